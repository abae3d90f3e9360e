"""What an operation may cost, counted through the SDK. A budget that is exceeded is a design that slipped."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.organisations import devices
from shared.plates import lists
from shared.plates import service as plates
from shared.storage.cosmos import metered
from shared.storage.outbox import Message
from tests.e2e.test_reports_api import read
from tests.support.world import World, fresh_key, submit, theft

SUBMIT_CALLS = 3  # record key, batch of report and outbox message, audit entry
READ_CALLS = 3  # report, record key, audit entry
PLATE_MATCH_CALLS = [
    *["read"] * 2,  # at once: the entry as it is now, and when this vehicle passed here before
    "create",  # the candidate's key
    "batch",  # gate, candidate, message, passage, and picture if there is one
    "create",  # audit entry
]


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


@pytest.fixture
def sends(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """Every message that this process hands to the broker, which gets it all the same."""
    sent, send = list[Message](), world.platform.bus.send

    async def counted(message: Message) -> None:
        sent.append(message)
        await send(message)

    monkeypatch.setattr(world.platform.bus, "send", counted)
    return sent


@pytest.mark.parametrize(
    ("keep", "listed", "calls", "messages"),
    [(False, False, [], 0), (True, False, ["batch"], 0), (True, True, PLATE_MATCH_CALLS, 1)],
    ids=["no match, not kept", "no match, kept", "match"],
)
async def test_a_plate_read(
    world: World, sends: list[Message], keep: bool, listed: bool, calls: list[str], messages: int
) -> None:
    """The first passage of the day warms the list, the entry's key and the camera's gate; the second one counts."""
    made = await devices.register_device(world.platform, world.site, "plain", keep_unmatched=keep)
    device = await world.platform.principals.device(made.device, made.secret)
    plate, now = f"BG{uuid.uuid4().hex[:5].upper()}", datetime.now(UTC)
    if listed:
        form = {"plate": plate, "reason": "Seen at thefts.", "caseReference": "HP-8"}
        form["expiresAt"] = (now + timedelta(days=1)).isoformat()
        added = await world.investigator.api.post("/api/watchlists/entries", json=form, headers=fresh_key())
        assert added.status_code == 201
        lists.forget()
    for passed in (now - timedelta(minutes=5), now):
        message = {"plate": plate, "capturedAt": passed.isoformat(), "id": uuid.uuid4().hex, "confidence": 0.99}
        sends.clear()
        with metered() as meter:
            await plates.receive(world.platform, device, {}, json.dumps(message).encode())
    assert sorted(operation for operation, _ in meter.calls) == sorted(calls)
    assert len(sends) == messages


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
