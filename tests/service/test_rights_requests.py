"""Requests without a host: routed twice, left unconfirmed, forgotten; and what routing can know."""

import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.clock import SetClock
from shared.errors import NotFound
from shared.platform import Platform
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.retention.disposal import Outcome, dispose, order_for
from shared.rights import disposal, holdings, intake, limits, routing
from shared.rights.models import Facts, Request, RequestForm, RoutingOrder
from shared.sealing.roots import PLATFORM
from shared.storage.cosmos import metered
from tests.support.rights import ask, rights_case, stored_code
from tests.support.world import World, theft


async def routed(platform: Platform, **changes: Any) -> tuple[str, str]:
    form = RequestForm.model_validate(ask(**changes))
    given = await intake.submit(platform, form)
    code = await stored_code(platform, given.reference)
    await intake.confirm(platform, given.reference, given.secret, code)
    await routing.route(platform, RoutingOrder(reference=given.reference, message_id=f"route-{given.reference}"))
    return given.reference, given.secret


async def rows(platform: Platform, where: str) -> list[Any]:
    found = platform.container("rights").query(f"SELECT * FROM c WHERE {where}")
    return [each async for each in found]


async def test_routed_twice_is_routed_once(world: World, platform: Platform) -> None:
    reference, _ = await routed(platform)
    await routing.route(platform, RoutingOrder(reference=reference, message_id=f"route-{reference}"))
    cases = await rows(platform, f"c.kind = 'rights_case' AND c.requestId = '{reference}'")
    assert len(cases) == len({each["organisationId"] for each in cases}) >= 1
    assert not await rows(platform, f"c.kind = 'outbox' AND c.id = 'route-{reference}'")


async def test_routing_that_broke_off_goes_on(world: World, platform: Platform) -> None:
    form = RequestForm.model_validate(ask())
    given = await intake.submit(platform, form)
    code = await stored_code(platform, given.reference)
    await intake.confirm(platform, given.reference, given.secret, code)
    request = await platform.records(Request).read(given.reference, [PLATFORM, given.reference])
    assert request.facts
    first, *_ = await routing._chosen(platform, request.facts, request.contact)
    await routing._open(platform, request, request.facts, *first)
    count = await routing.route(platform, RoutingOrder(reference=given.reference, message_id="x"))
    cases = await rows(platform, f"c.kind = 'rights_case' AND c.requestId = '{given.reference}'")
    assert len(cases) == count


async def test_what_nobody_confirms_goes_after_three_days_with_its_key_and_letters(
    world: World, platform: Platform
) -> None:
    given = await intake.submit(platform, RequestForm.model_validate(ask()))
    later = replace(platform, clock=SetClock(datetime.now(UTC) + timedelta(days=3, minutes=1)))
    assert await disposal.sweep(later) >= 1
    assert not await rows(platform, f"c.rightsId = '{given.reference}'")
    platform.keyring.forget()
    with pytest.raises(NotFound):
        await platform.keyring.fetch(PLATFORM, given.reference)


async def test_a_case_is_disposed_of_like_every_record(world: World, platform: Platform) -> None:
    case = await rights_case(world)
    await platform.container("rights").replace(
        (await platform.container("rights").read(case.id, case.key)) | {"disposeAt": "2020-01-01T00:00:00.000Z"},
        case.etag,
    )
    document = await platform.container("rights").read(case.id, case.key)
    assert await dispose(platform, order_for(disposal.RIGHTS_CASE, document)) is Outcome.DISPOSED
    assert await dispose(platform, order_for(disposal.RIGHTS_CASE, document)) is Outcome.GONE


@pytest.fixture
async def reported(world: World, platform: Platform) -> str:
    form = ReportSubmission.model_validate(theft(world, vehicles=[{"plate": "RX08 QPN"}]))
    return (await reports.submit(platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)).id


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"plates": ["rx08qpn"], "incident": {"region": "NZ", "place": "Elsewhere", "on": "2026-01-01"}}, "plate"),
        ({"plates": ["RXO8 QPN"], "incident": {"region": "NZ", "place": "Elsewhere", "on": "2026-01-01"}}, "plate"),
        ({"incident": {"region": "GB-ENG", "place": "x", "on": "today"}}, "event"),
        ({"incident": {"region": "NZ", "place": "x", "on": "today"}}, None),
        ({"incident": {"region": "GB-ENG", "place": "x", "on": "2026-01-01"}}, None),
    ],
)
async def test_records_are_found_by_token_and_by_time_and_place(
    world: World, platform: Platform, reported: str, changes: Any, why: str | None
) -> None:
    if changes["incident"]["on"] == "today":  # of the test's own time, whenever it was collected
        changes |= {"incident": changes["incident"] | {"on": datetime.now(UTC).date().isoformat()}}
    facts: Facts = RequestForm.model_validate(ask(**changes)).facts()
    found = {each.id: each.why for each in await holdings.of(platform, world.home.id, facts, "nobody@mail.example")}
    assert found.get(reported) == why


# -- enumeration -----------------------------------------------------------------------------------------------------

PAIRS = 40


async def seen_from_outside(platform: Platform, changes: Any) -> tuple[list[str], list[str], float]:
    """What a stranger gets from asking and looking: calls to the store, shapes of the answers, seconds."""
    form = RequestForm.model_validate(ask(**changes))
    began = time.perf_counter()
    with metered() as meter:
        receipt = await intake.submit(platform, form)
        status = await intake.status(platform, receipt.reference, receipt.secret)
    took = time.perf_counter() - began
    told = status.model_dump_json(exclude={"reference", "received_at"})
    shape = [*sorted(receipt.model_dump()), str(len(receipt.reference)), str(len(receipt.secret)), told]
    return [operation for operation, _ in meter.calls], shape, took


async def test_with_wrong_facts_answers_and_times_are_the_same(
    world: World, platform: Platform, reported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The known person has a report by plate, time and place; the unknown one has nothing anywhere. In turn, so that
    whatever else the machine does slows both; then a rank-sum test, which a difference that can be used would fail."""
    monkeypatch.setattr(limits, "PER_MINUTE", 10_000)
    today = datetime.now(UTC).date().isoformat()
    known = {"plates": ["RX08 QPN"], "incident": {"region": "GB-ENG", "place": "Quayside", "on": today}}
    unknown = {"plates": ["ZZ99 ZZZ"], "incident": {"region": "GB-ENG", "place": "Hillside", "on": "2026-01-01"}}
    await seen_from_outside(platform, known)
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    traces = set()
    for number in range(PAIRS):
        pair = [("known", known), ("unknown", unknown)]
        for name, changes in pair if number % 2 else reversed(pair):
            calls, shape, took = await seen_from_outside(platform, changes)
            traces.add((tuple(calls), tuple(shape)))
            times[name].append(took)
    assert len(traces) == 1
    ranked = sorted((took, name) for name, all_of in times.items() for took in all_of)
    ranks = sum(rank for rank, (_, name) in enumerate(ranked, 1) if name == "known")
    mean, deviation = PAIRS * (2 * PAIRS + 1) / 2, (PAIRS * PAIRS * (2 * PAIRS + 1) / 12) ** 0.5
    assert abs(ranks - mean) / deviation < 4, "by its time one could tell who is known"


async def test_before_an_answer_the_status_is_the_same_for_whoever_is_known_and_who_is_not(
    world: World, platform: Platform, reported: str
) -> None:
    today = datetime.now(UTC).date().isoformat()
    told = set()
    for changes in (
        {"plates": ["RX08 QPN"], "incident": {"region": "GB-ENG", "place": "Anywhere", "on": today}},
        {"plates": ["ZZ99 ZZZ"], "incident": {"region": "GB-ENG", "place": "Anywhere", "on": "2026-01-01"}},
    ):
        reference, secret = await routed(platform, **changes)
        status = await intake.status(platform, reference, secret)
        told.add(status.model_dump_json(exclude={"reference", "received_at"}))
    assert len(told) == 1
