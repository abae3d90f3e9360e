"""schemathesis over the whole OpenAPI document: no 5xx, no undocumented status, answers as they are documented.

Requests are generated from the document, valid and not, in the name of an administrator, an investigator and nobody.
"""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

import function_app
from shared.http import openapi
from tests.support.world import World

assert function_app.app
schema = schemathesis.openapi.from_dict(json.loads(openapi.document()))
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.specs.openapi.checks.status_code_conformance,
    schemathesis.specs.openapi.checks.content_type_conformance,
    schemathesis.specs.openapi.checks.response_schema_conformance,
]


def a_few(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("who", ["admin", "investigator"])
@schema.parametrize()
@a_few(8)
def test_every_operation(case: Any, world: World, who: str) -> None:
    check(case, world, {"Authorization": f"Bearer {world.stack.token(world.people[who].sub)}"})


@schema.parametrize()
@a_few(2)  # most are refused before anything is read; what is public is read in the same way for those who sign in
def test_every_operation_without_signing_in(case: Any, world: World) -> None:
    check(case, world, {})


def check(case: Any, world: World, headers: dict[str, str]) -> None:
    answer = case.call(base_url=world.stack.base_url, headers=headers, timeout=30)
    if answer.status_code == 404 and not answer.content:
        return  # no route has such an id: the host itself answers, here and in Azure, and has no words
    case.validate_response(answer, checks=CHECKS)
