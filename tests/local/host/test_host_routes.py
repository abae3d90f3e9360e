"""Routes and binding expressions, rule by rule. Sources: Microsoft Learn, "Routing in ASP.NET Core" (route templates,
route constraints) and "Azure Functions binding expression patterns"; azure-functions-host, Utility.ApplyBindingData."""

import json
import re
import uuid
from typing import Any

import pytest

from local.host import wire
from local.host.expressions import BindingData, UnboundExpressionError, fill, with_payload
from local.host.functions import Function
from local.host.http.routes import first_match, route_of
from local.host.settings import SettingsError, span


def parameters(template: str, path: str, method: str = "GET", **trigger: Any) -> dict[str, str] | None:
    function = Function("f", "1", {"type": "httpTrigger", "name": "req", "route": template, **trigger})
    return route_of(function, "api").match(f"/api/{path}", method)


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("a/{x}", "a/b", {"x": "b"}),
        ("a/{x}", "a/b/", {"x": "b"}),
        ("a/{x}", "a", None),
        ("a/{x?}", "a", {}),
        ("a/{x=one}", "a", {"x": "one"}),
        ("a/{x=one}", "a/two", {"x": "two"}),
        ("A/{x}", "a/B", {"x": "B"}),
        ("a/{*rest}", "a/b/c", {"rest": "b/c"}),
        ("a/{**rest}", "a/b/c", {"rest": "b/c"}),
        ("a/{*rest}", "a", {}),
        ("{name}.{ext}", "photo.large.jpg", {"name": "photo", "ext": "large.jpg"}),
        ("v{version}/x", "v2/x", {"version": "2"}),
        ("a/{n:int}", "a/-12", {"n": "-12"}),
        ("a/{n:int}", "a/2147483648", None),
        ("a/{n:long}", "a/2147483648", {"n": "2147483648"}),
        ("a/{n:int}", "a/1.0", None),
        ("a/{n:decimal}", "a/1.5", {"n": "1.5"}),
        ("a/{b:bool}", "a/True", {"b": "True"}),
        ("a/{b:bool}", "a/1", None),
        ("a/{g:guid}", "a/0b4ba3f0-31e5-4a1d-bf0e-8d1b7c1f2a10", {"g": "0b4ba3f0-31e5-4a1d-bf0e-8d1b7c1f2a10"}),
        ("a/{g:guid}", "a/0b4ba3f0", None),
        ("a/{t:alpha}", "a/abC", {"t": "abC"}),
        ("a/{t:alpha}", "a/ab1", None),
        ("a/{d:datetime}", "a/2026-11-23", {"d": "2026-11-23"}),
        ("a/{d:datetime}", "a/yesterday", None),
        ("a/{t:length(3)}", "a/abc", {"t": "abc"}),
        ("a/{t:length(2,3)}", "a/abcd", None),
        ("a/{t:minlength(2)}", "a/a", None),
        ("a/{t:maxlength(2)}", "a/abc", None),
        ("a/{n:min(18)}", "a/17", None),
        ("a/{n:max(9)}", "a/9", {"n": "9"}),
        ("a/{n:range(1,5)}", "a/6", None),
        ("a/{n:int:min(2)}", "a/1", None),
        (r"a/{t:regex(^\\d{{3}}-x$)}".replace("\\\\", "\\"), "a/123-x", {"t": "123-x"}),
        (r"a/{t:regex(^\\d{{3}}-x$)}".replace("\\\\", "\\"), "a/12-x", None),
    ],
)
def test_templates(template: str, path: str, expected: dict[str, str] | None) -> None:
    assert parameters(template, path) == expected


def test_an_unknown_constraint_is_an_error() -> None:
    with pytest.raises(SettingsError, match="even"):
        parameters("a/{n:even}", "a/2")


def test_without_methods_every_method_matches_and_without_a_route_the_name_is_it() -> None:
    assert parameters("a", "a", "PATCH") == {}
    assert parameters("a", "a", "PATCH", methods=["get"]) is None
    assert parameters("", "f") == {}


def test_the_first_function_by_name_wins_even_against_a_literal() -> None:
    """azure-functions-host, WebScriptHostHttpRoutesManager: the order of functions, never specificity."""
    routes = [
        route_of(Function(name, name, {"type": "httpTrigger", "name": "req", "route": route}), "api")
        for name, route in (("aa", "x/{y}"), ("bb", "x/literal"))
    ]
    found = first_match(routes, "/api/x/literal", "GET")
    assert found is not None
    assert found[0].function.name == "aa"


DATA = BindingData({"name": "a.txt", "Query": {"Colour": "red"}, "n": 3, "on": True})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("in/{name}", "in/a.txt"),
        ("in/{NAME}", "in/a.txt"),
        ("{Query.colour}/{n}/{on}", "red/3/True"),
        ("plain", "plain"),
    ],
)
def test_expressions(expression: str, expected: str) -> None:
    assert fill(expression, DATA) == expected


@pytest.mark.parametrize(
    ("expression", "pattern"),
    [
        ("{rand-guid:N}", r"[0-9a-f]{32}"),
        ("{DateTime}", r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ"),
        ("{datetime:yyyy}/{sys.utcnow:MMdd}", r"\d{4}/\d{4}"),
    ],
)
def test_expressions_of_the_moment(expression: str, pattern: str) -> None:
    assert re.fullmatch(pattern, fill(expression, DATA))
    assert uuid.UUID(fill("{rand-guid}", DATA)) != uuid.UUID(fill("{rand-guid}", DATA))


def test_an_expression_without_a_value_is_an_error() -> None:
    with pytest.raises(UnboundExpressionError, match=r"Query\.size"):
        fill("{Query.size}", DATA)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"MessageId": "x"}', "x"),
        ('{"messageid": 5}', "5"),
        ('{"messageId": null}', "own"),
        ('{"messageId": [1]}', "own"),
        ('[{"messageId": "x"}]', "own"),
        ("{not json}", "own"),
        ("", "own"),
    ],
)
def test_a_json_payload_overwrites_metadata_of_the_same_name(payload: str, expected: str) -> None:
    metadata = with_payload(wire.TypedData(string=payload), {"MessageId": wire.TypedData(string="own")})
    assert metadata["MessageId"].string == expected
    assert len(metadata) == 1


def test_an_object_in_the_payload_stays_an_object() -> None:
    metadata = with_payload(wire.TypedData(string='{"a": {"b": 1}}'), {})
    assert json.loads(metadata["a"].json) == {"b": 1}


@pytest.mark.parametrize(("text", "seconds"), [("00:05:00", 300), ("1.02:00:00", 93600), ("00:00:00.5", 0.5)])
def test_time_spans(text: str, seconds: float) -> None:
    assert span(text).total_seconds() == seconds


def test_what_is_no_time_span() -> None:
    with pytest.raises(SettingsError, match="00:05:00"):
        span("5 minutes")
