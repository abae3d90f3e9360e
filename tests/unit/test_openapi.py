"""The API's description is enough to generate a client from, and can be had with nothing running."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import function_app
from cli import openapi
from shared.evidence.media_types import MediaType
from shared.http.door import ENDPOINTS, Call, Door, Reply
from shared.http.models import NoBody, NoQuery

assert function_app.app
ROOT = Path(__file__).parents[2]
DESCRIBED = json.loads(openapi.document())
OPERATIONS = {each["operationId"]: each for operations in DESCRIBED["paths"].values() for each in operations.values()}


def printed(seed: str) -> str:
    """By the command, in an environment that names no stack and no setting."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", "openapi"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_needs_nothing_and_prints_the_same_everywhere() -> None:
    first, second = printed("1"), printed("2")
    assert first == second
    assert json.loads(first) == DESCRIBED


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DESCRIBED))
    known = {f"#/components/schemas/{name}" for name in DESCRIBED["components"]["schemas"]}
    assert found
    assert found <= known, found - known


def test_no_name_of_a_model_tells_in_which_module_it_lies() -> None:
    """Else code that moves would break every client that was generated."""
    names = set(DESCRIBED["components"]["schemas"])
    assert "cases.CaseView" in names
    assert not {each for each in names if each.startswith("shared") or each.count(".") > 1}


def test_operations_have_names_of_their_own() -> None:
    assert len(OPERATIONS) == sum(len(operations) for operations in DESCRIBED["paths"].values())


def test_every_answer_has_a_type_except_where_there_is_none() -> None:
    """A client cannot fetch what is said to be empty; only 204 is."""
    for name, operation in OPERATIONS.items():
        for status, answer in operation["responses"].items():
            assert ("content" in answer) == (status != "204"), (name, status)


def test_an_endpoint_that_does_not_say_what_it_answers_cannot_be_declared() -> None:
    silent = Door().endpoint("system_silent", "GET", "silent", summary="Silent", access="public", personal=False)
    with pytest.raises(ValueError, match="system_silent does not say"):
        silent(answered)
    assert "system_silent" not in ENDPOINTS


def test_evidence_can_be_of_every_type_that_is_accepted() -> None:
    answers = OPERATIONS["evidence_content"]["responses"]
    assert set(answers["200"]["content"]) == {each.value for each in MediaType}


@pytest.mark.parametrize("name", ["evidence_content", "bundles_content"])
def test_long_content_is_described_in_parts(name: str) -> None:
    operation = OPERATIONS[name]
    whole, part = operation["responses"]["200"], operation["responses"]["206"]
    assert part["content"] == whole["content"]
    assert "Content-Range" in part["headers"]
    assert "416" in operation["responses"]
    [asked] = [each for each in operation["parameters"] if each["name"] == "Range"]
    assert not asked["required"]


async def answered(_call: Call[NoBody, NoQuery]) -> Reply:
    return Reply("something")


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)
