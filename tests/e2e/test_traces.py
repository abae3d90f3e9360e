"""One trace leads from a report to the warning that its recipient sees, and no trace names anybody."""

import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import httpx

from shared.telemetry.attributes import IDS, NUMBERS, WORDS
from tests.support.stack import StackUnderTest
from tests.support.trust import TRUSTED
from tests.support.waiting import eventually
from tests.support.world import World, fresh_key, theft

SAYABLE = IDS | NUMBERS | WORDS


async def spans(stack: StackUnderTest, trace: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(
        base_url=stack.environment["OTEL_EXPORTER_OTLP_ENDPOINT"], verify=TRUSTED, timeout=60
    ) as collector:
        found: list[dict[str, Any]] = (await collector.get(f"/traces/{trace}.json")).json()
    return found


async def test_one_trace_from_a_report_to_the_warning(world: World, stack: StackUnderTest) -> None:
    trace = uuid.uuid4().hex
    headers = fresh_key() | {"traceparent": f"00-{trace}-{uuid.uuid4().hex[:16]}-01"}
    report = (await world.reporter.api.post("/api/reports", json=theft(world), headers=headers)).json()["id"]
    steps = {"reports_submit", "send alert-requests", "alerts_dispatch", "cosmos create"}

    async def complete() -> list[dict[str, Any]] | None:
        found = await spans(stack, trace)
        return found if steps <= {each["name"] for each in found} else None

    found = await eventually(complete, what=f"a trace with {steps}")
    [handled] = [each for each in found if each["name"] == "alerts_dispatch"]
    assert handled["parent"] in {each["id"] for each in found}
    written = [each for each in found if each["parent"] == handled["id"] and each["name"] == "cosmos create"]
    assert "alerts" in {each["attributes"]["db.collection.name"] for each in written}
    alerts = (await world.investigator.api.get("/api/alerts")).json()["alerts"]
    assert report in {each["causeId"] for each in alerts}


async def test_no_span_and_no_measure_says_more_than_it_may(world: World, stack: StackUnderTest) -> None:
    await world.reporter.api.post("/api/reports", json=theft(world), headers=fresh_key())
    await world.reporter.api.post("/api/reports", json={"whatHappened": "Nora Quill did it"}, headers=fresh_key())
    trace = uuid.uuid4().hex
    await world.stranger.api.get(
        f"/api/reports/{uuid.uuid4()}",
        params={"purpose": "INVESTIGATE", "name": "Nora Quill"},
        headers={"traceparent": f"00-{trace}-{uuid.uuid4().hex[:16]}-01"},
    )
    assert await eventually(lambda: spans(stack, trace), what="the spans of the last request")
    store = Path(stack.data.of("telemetry")) / "telemetry.db"
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
        told = database.execute("SELECT name, attributes FROM spans").fetchall()
        told += database.execute("SELECT name, attributes FROM points").fetchall()
    assert len(told) > 20
    for name, attributes in told:
        assert set(json.loads(attributes)) <= SAYABLE, name
    everything = str(told)
    for personal in ("Quill", "QLM", "ZX71", "razor", "harbour", "WM/4471", "Green waxed"):
        assert personal not in everything
