"""A form is its model: what it shows, what it reads, and how it says what is wrong, through the door itself."""

import json
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from urllib.parse import urlencode

import azure.functions as func
import pytest
from pydantic import Field, StringConstraints

from shared import platform
from shared.errors import Malformed
from shared.http import door as doors
from shared.http.door import ENDPOINTS, Call, Door, Reply
from shared.http.models import ApiModel, PageQuery
from shared.http.pages import page
from shared.pages import forms
from shared.pages.forms import Form
from shared.pages.languages import Language, Texts
from tests.support import accessibility


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Asked(ApiModel):
    full_name: Annotated[str, StringConstraints(min_length=2, max_length=40)] = Field(
        json_schema_extra={"autocomplete": "name"}
    )
    born: date | None = None
    colour: Colour
    others: list[Colour] = []
    story: Annotated[str, StringConstraints(max_length=2000)] | None = None
    sure: bool = False
    shop: str


WORDS = """
[ask]
title = "Ask & tell"
lead = "Say it."
submit = "Send"
[ask.fields]
fullName = { label = "Name", hint = "As on letters" }
born = { label = "Born" }
colour = { label = "Colour" }
others = { label = "Others" }
story = { label = "Story" }
sure = { label = "I am sure" }
shop = { label = "Shop" }
[ask.options.colour]
red = "Red"
blue = "Blue"
[ask.options.others]
red = "Red"
blue = "Blue"
"""
GOOD = {"fullName": "Ada", "colour": "red", "shop": "1", "idempotencyKey": "x" * 32}


async def shops(_platform: Any) -> dict[str, list[tuple[str, str]]]:
    return {"shop": [("1", "Harbour <Pine>"), ("2", "Marlow")]}


@pytest.fixture
def form(tmp_path: Path) -> Form:
    for language in Language:
        (tmp_path / f"{language}.toml").write_text(WORDS)
    return Form("ask", "/api/public/ask", Asked, Texts(tmp_path), choices=shops)


@pytest.fixture
def endpoint(form: Form, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setitem(platform._current, "platform", SimpleNamespace())

    async def handler(call: Call[Asked, PageQuery]) -> Reply:
        if call.wants_page:
            return page(f"<p>{call.idempotency_key} {call.body.model_dump_json()}")
        return Reply(call.body)

    Door().endpoint(
        "tests_ask", "POST", "public/ask", summary="Ask", access="public", personal=False, body=Asked, query=PageQuery,
        reply=Asked, media=("text/html",), form=form, creates=True, body_limit=4096,
    )(handler)  # fmt: skip
    yield "tests_ask"
    del ENDPOINTS["tests_ask"]


async def send(endpoint: str, body: bytes, lang: str = "en", **headers: str) -> func.HttpResponse:
    sent = {"Accept": "text/html,*/*;q=0.8", "Content-Type": forms.MEDIA_TYPE} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    request = func.HttpRequest(
        method="POST", url="http://localhost/api/public/ask", headers=sent, params={"lang": lang}, body=body
    )
    return await doors._pass(ENDPOINTS[endpoint], request, "")


@pytest.mark.parametrize("language", list(Language))
async def test_an_empty_form_keeps_nobody_out(form: Form, language: Language) -> None:
    html = await form.page(None, language)
    accessibility.check(html, language.value)
    assert "Ask &amp; tell" in html
    assert "Harbour &lt;Pine&gt;" in html
    assert 'autocomplete="name"' in html
    assert html.count('type="radio"') == 2 + 2
    assert '<textarea id="field-story"' in html
    assert 'type="date"' in html


async def test_a_filled_form_arrives_as_its_model(endpoint: str) -> None:
    fields = [*GOOD.items(), ("others", "red"), ("others", "blue"), ("born", "1990-02-01"), ("sure", "true"),
              ("story", "one\r\ntwo")]  # fmt: skip
    answer = await send(endpoint, urlencode(fields).encode())
    assert answer.status_code == 200
    key, _, content = answer.get_body().decode().removeprefix("<p>").partition(" ")
    assert key == "x" * 32
    assert json.loads(content) == {
        "full_name": "Ada",
        "born": "1990-02-01",
        "colour": "red",
        "others": ["red", "blue"],
        "story": "one\ntwo",
        "sure": True,
        "shop": "1",
    }


async def test_what_is_wrong_is_said_beside_the_field_and_what_was_sent_stays(endpoint: str) -> None:
    sent = GOOD | {"fullName": "<b>" + "x" * 60, "born": "yesterday", "colour": "green"}
    answer = await send(endpoint, urlencode(sent).encode(), "de")
    html = answer.get_body().decode()
    assert answer.status_code == 400
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    accessibility.check(html, "de")
    assert "Fehler: Höchstens 40 Zeichen." in html
    assert "Bitte geben Sie ein Datum an" in html
    assert "&lt;b&gt;xxx" in html
    assert "<b>xxx" not in html
    assert html.count('aria-invalid="true"') == 2  # of a group of choices the group says it
    assert 'aria-describedby="field-fullName-hint field-fullName-wrong"' in html
    assert f'value="{"x" * 32}"' in html, "the repeated form must keep its key"


async def test_a_field_that_no_form_has_is_refused(endpoint: str) -> None:
    answer = await send(endpoint, urlencode(GOOD | {"isAdmin": "true"}).encode())
    assert answer.status_code == 400


async def test_programs_get_problems_as_json(endpoint: str) -> None:
    answer = await send(endpoint, b"{}", Accept="*/*", Content_Type="application/json", idempotency_key="y" * 32)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"fullName=%FF", 400),
        (b"fullName=a&fullName=b", 400),
        (b"&".join(b"others=red" for _ in range(300)), 400),
        (b"story=" + b"x" * 5000, 413),
        (urlencode(GOOD | {"idempotencyKey": "short"}).encode(), 400),
    ],
)
async def test_what_no_browser_sends_gets_a_page_that_says_so(endpoint: str, body: bytes, status: int) -> None:
    answer = await send(endpoint, body, "fr")
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    accessibility.check(answer.get_body().decode(), "fr")


async def test_another_media_type_is_refused_in_words(endpoint: str) -> None:
    answer = await send(endpoint, b"<x/>", Content_Type="text/xml", idempotency_key="y" * 32)
    assert answer.status_code == 415
    assert "We could not read what was sent" in answer.get_body().decode()


def test_a_field_twice_is_no_form() -> None:
    with pytest.raises(Malformed):
        forms.read(b"shop=1&shop=2", Asked)
