"""The demo world is believable, plays by the app's own rules, and is the same every time."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from cli import narratives, world
from shared.reports.models import ReportSubmission
from shared.reports.service import OLDEST

UNTIL = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def events() -> list[world.Event]:
    return list(world.events(500, UNTIL))


def test_the_same_seed_gives_the_same_world(events: list[world.Event]) -> None:
    assert list(world.events(500, UNTIL)) == events
    assert list(world.events(500, UNTIL, seed=8)) != events


def test_every_event_is_a_report_that_the_app_accepts(events: list[world.Event]) -> None:
    assert len(events) == 500
    for event in events:
        ReportSubmission.model_validate({**event.form, "siteId": str(uuid4())})
        assert 0 <= event.site < world.RETAILERS[event.retailer]


@pytest.mark.parametrize("hour", range(24))
def test_nothing_happens_in_the_future_or_too_long_ago(hour: int) -> None:
    until = UNTIL.replace(hour=hour)
    for event in world.events(300, until):
        assert until - OLDEST < event.occurred_at < event.submitted_at <= until


def test_history_is_spread_over_eighteen_months_oldest_first(events: list[world.Event]) -> None:
    moments = [event.occurred_at for event in events]
    assert moments == sorted(moments)
    assert moments[0] < UNTIL - timedelta(days=530)
    assert moments[-1] > UNTIL - timedelta(days=14)
    assert len({f"{at:%Y-%m}" for at in moments}) >= 18


def test_events_have_the_rhythm_of_a_shop(events: list[world.Event]) -> None:
    local = [event.occurred_at.astimezone(ZoneInfo(world.ZONE)) for event in events]
    assert {at.hour for at in local} <= set(range(world.OPEN, world.CLOSE))
    days = Counter(at.weekday() for at in local)
    assert days[4] + days[5] > 1.2 * (days[0] + days[1])


def test_vehicles_come_back_and_have_plates_that_nobody_has() -> None:
    plates = [vehicle.plate for vehicle in world.vehicles()]
    assert len(set(plates)) == 20
    assert all(re.fullmatch(r"[A-Z]{2}\d\d [QI][A-Z]{2}", plate) for plate in plates)
    seen = Counter(each["plate"] for event in world.events(500, UNTIL) for each in event.form["vehicles"])
    assert set(seen) <= set(plates)
    assert sum(count > 2 for count in seen.values()) >= 10


def test_suspects_come_back_in_the_same_clothes(events: list[world.Event]) -> None:
    looks = Counter((p["clothing"], p["marks"]) for event in events for p in event.form["people"] if p["marks"])
    assert looks.most_common(1)[0][1] >= 5


def test_cctv_is_how_four_in_ten_are_known(events: list[world.Event]) -> None:
    assert 0.33 < sum(event.form["howKnown"] == "cctv" for event in events) / len(events) < 0.47


def test_weapons_and_injuries_are_rare_and_told(events: list[world.Event]) -> None:
    armed = [event for event in events if event.form["weaponSeen"]]
    assert 0 < len(armed) < 25
    for event in armed:
        assert any(sentence in event.form["whatHappened"] for sentence in narratives.WEAPON)


def test_hardly_any_two_stories_read_the_same(events: list[world.Event]) -> None:
    stories = [event.form["whatHappened"] for event in events]
    assert len(set(stories)) > 490
    assert not any("{" in each or "}" in each for each in stories)


def test_each_place_has_one_shop() -> None:
    places = [place for retailer in world.RETAILERS for place in world.site_names(retailer)]
    assert len(places) == len(set(places)) == 30
