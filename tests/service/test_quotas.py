"""Reading does not become copying: distinct records are counted across workers, and a repeated look costs nothing."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import SetClock
from shared.errors import QuotaSpent
from shared.identity.principals import Principal
from shared.platform import Platform
from shared.policy import quotas
from shared.policy.quotas import STEP, Quotas
from shared.storage.cosmos import metered

SMALL: dict[str, Any] = {
    "user": {"records_a_day": 30, "others_records_a_day": 12, "refusals_an_hour": 3, "searches_a_day": 5},
    "organisation": {"others_records_a_day": 20},
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "limits", lambda: SMALL)


def somebody(organisation: str = "") -> Principal:
    return Principal(uuid.uuid4().hex, organisation or uuid.uuid4().hex, "user")


def worker(platform: Platform, clock: SetClock | None = None) -> Quotas:
    return Quotas(platform.container("quotas"), clock or SetClock(platform.clock.now()))


def records(count: int) -> list[str]:
    return [uuid.uuid4().hex for _ in range(count)]


async def test_a_person_is_stopped_before_the_record_too_many(platform: Platform) -> None:
    person, one = somebody(), worker(platform)
    await one.spend(person, records(30), others=False)
    with pytest.raises(QuotaSpent) as stopped:
        await one.spend(person, records(1), others=False)
    assert int(stopped.value.headers["Retry-After"]) <= 24 * 3600


async def test_searches_have_a_quota_of_their_own(platform: Platform) -> None:
    person, one = somebody(), worker(platform)
    for _ in range(5):
        await one.search(person)
    with pytest.raises(QuotaSpent, match="searched more today"):
        await one.search(person)
    await one.search(somebody())
    await one.spend(person, records(30), others=False)  # which is another quota


async def test_a_repeated_look_is_free_and_mostly_costs_no_call(platform: Platform) -> None:
    person, one, known = somebody(), worker(platform), records(STEP - 1)
    with metered() as meter:
        for _ in range(5):
            await one.spend(person, known, others=False)
    assert not meter.calls


async def test_records_of_others_have_a_smaller_quota(platform: Platform) -> None:
    person, one = somebody(), worker(platform)
    await one.spend(person, records(12), others=True)
    with pytest.raises(QuotaSpent):
        await one.spend(person, records(1), others=True)
    await one.spend(person, records(5), others=False)


async def test_several_workers_count_together(platform: Platform) -> None:
    """Each may overrun the quota by less than a step."""
    person, workers, shown = somebody(), [worker(platform) for _ in range(3)], 0
    while shown <= 30 + STEP * len(workers):
        try:
            await workers[shown % 3].spend(person, records(5), others=False)
        except QuotaSpent:
            return
        shown += 5
    raise AssertionError(f"{shown} records were shown")


async def test_an_organisation_has_a_quota_too(platform: Platform) -> None:
    home, one = uuid.uuid4().hex, worker(platform)
    await one.spend(somebody(home), records(10), others=True)
    await one.spend(somebody(home), records(10), others=True)
    with pytest.raises(QuotaSpent):
        await one.spend(somebody(home), records(1), others=True)


async def test_the_next_day_starts_anew(platform: Platform) -> None:
    clock = SetClock(platform.clock.now())
    person, one = somebody(), worker(platform, clock)
    await one.spend(person, records(30), others=False)
    clock.moment += timedelta(days=1)
    await one.spend(person, records(30), others=False)


async def test_refusals_of_the_last_hour_count(platform: Platform) -> None:
    clock = SetClock(platform.clock.now())
    person, one = somebody(), worker(platform, clock)
    assert [one.refused(person) for _ in range(3)] == [False, False, True]
    assert one.is_guessing(person)
    clock.moment += timedelta(hours=1, seconds=1)
    assert not one.is_guessing(person)


async def test_cameras_and_services_see_nothing_and_have_no_quota(platform: Platform) -> None:
    device = Principal("d", "o", "device")
    await worker(platform).spend(device, records(500), others=True)
