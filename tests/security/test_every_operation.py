"""schemathesis over the whole OpenAPI document: no 5xx, no undocumented status, answers as they are documented.

Requests are generated from the document, valid and not, in the name of an investigator, of an administrator where
investigators may not, and of nobody. Each operation also gets one request for everything that can be wrong with it.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings

import function_app
from shared.http import openapi
from tests.support.world import World

assert function_app.app
schema = schemathesis.openapi.from_dict(json.loads(openapi.document()))
schema.config.phases.coverage.unexpected_methods = set()  # the host answers those, and has tests of its own
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.specs.openapi.checks.status_code_conformance,
    schemathesis.specs.openapi.checks.content_type_conformance,
    schemathesis.specs.openapi.checks.response_schema_conformance,
]


ONE_OF_EACH = Phase.explicit
"""Fourteen thousand requests in all, with each value of each field wrong in each way: sent once."""


def a_few(examples: int, *phases: Phase) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[*phases, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """Connections that stay open from one request to the next."""
    with requests.Session() as opened:
        yield opened


@schema.parametrize()
@a_few(10, ONE_OF_EACH)
def test_every_operation(case: Any, world: World, session: requests.Session) -> None:
    for person in (world.investigator, world.admin):
        status = check(case, world, session, {"Authorization": person.api.headers["Authorization"]})
        if status != 403:
            break


@schema.parametrize()
@a_few(2)  # most are refused before anything is read; what is public is read in the same way for those who sign in
def test_every_operation_without_signing_in(case: Any, world: World, session: requests.Session) -> None:
    check(case, world, session, {})


def check(case: Any, world: World, session: requests.Session, headers: dict[str, str]) -> int:
    answer = case.call(base_url=world.stack.base_url, session=session, headers=headers, timeout=60)
    if answer.status_code != 404 or answer.content:  # without words: no route has such an id, so the host answers
        case.validate_response(answer, checks=CHECKS)
    return int(answer.status_code)
