"""What an operation may cost, counted through the SDK. A budget that is exceeded is a design that slipped."""

import re
from typing import Any

import httpx
import pytest

from tests.e2e.test_reports_api import read
from tests.support.world import World, fresh_key, submit, theft

SUBMIT_CALLS = 3  # record key, batch of report and outbox message, audit entry
READ_CALLS = 3  # report, record key, audit entry


def cosmos_calls(answer: httpx.Response) -> int:
    found = re.search(r"(\d+) calls", answer.headers["server-timing"])
    assert found
    return int(found[1])


@pytest.fixture(scope="module", autouse=True)
async def warm(world: World) -> None:
    """Budgets are for a warm worker: principals, sites and roots are known."""
    for person in (world.reporter, world.investigator):
        await person.api.get("/api/me")
    for _ in range(2):
        await submit(world.reporter, theft(world))
    # A first page with more behind it: the key that signs cursors is fetched once.
    await world.investigator.api.get("/api/reports", params={"purpose": "INVESTIGATE", "limit": 1})


async def test_submitting_a_report(world: World) -> None:
    assert cosmos_calls(await submit(world.reporter, theft(world))) == SUBMIT_CALLS


async def test_repeating_a_submission_costs_no_more_than_looking(world: World) -> None:
    body, key = theft(world), fresh_key()
    for expected in (
        SUBMIT_CALLS,
        SUBMIT_CALLS + 1,
    ):  # key known, batch refused, record read
        answer = await world.reporter.api.post("/api/reports", json=body, headers=key)
        assert cosmos_calls(answer) <= expected


async def test_reading_ones_own_report(world: World) -> None:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    assert cosmos_calls(await read(world.investigator, report)) <= READ_CALLS


@pytest.mark.parametrize("limit", [1, 25])
async def test_a_page_of_reports_is_one_query_and_the_keys_it_needs(world: World, limit: int) -> None:
    asked: dict[str, Any] = {"purpose": "INVESTIGATE", "limit": limit}
    answer = await world.investigator.api.get("/api/reports", params=asked)
    assert cosmos_calls(answer) <= 2 + len(answer.json()["reports"])


async def test_listing_alerts(world: World) -> None:
    assert cosmos_calls(await world.investigator.api.get("/api/alerts")) <= 1
