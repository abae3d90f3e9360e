"""Where and when people are told besides the app: nothing early, nothing in quiet hours, nothing forgotten."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.alerts.models import Cause, Outlet
from shared.alerts.occasion import Filter, Occasion
from shared.alerts.preferences import (
    HASTE,
    OwnPreferences,
    Pace,
    QuietHours,
    Rule,
    TeamPreferences,
    TeamRule,
    plan,
)
from shared.identity.principals import Role

ZONES = [ZoneInfo(name) for name in ("Europe/London", "Pacific/Auckland", "Asia/Kathmandu", "America/St_Johns", "UTC")]
LONDON = ZONES[0]
ROLES = [Role.REPORTER, Role.INVESTIGATOR, Role.ORG_ADMIN]

clocks = st.builds(lambda hour, minute: f"{hour:02d}:{minute:02d}", st.integers(0, 23), st.integers(0, 59))
quiets = st.builds(
    lambda times, urgent: QuietHours(begins=times[0], ends=times[1], urgent_anyway=urgent),
    st.lists(clocks, min_size=2, max_size=2, unique=True),
    st.booleans(),
)
rules = st.builds(
    TeamRule,
    name=st.sampled_from(["One", "Two"]),
    tells=st.builds(Filter, urgent_only=st.booleans()),
    outlets=st.lists(st.sampled_from(list(Outlet)), min_size=1, unique=True),
    pace=st.sampled_from(list(Pace)),
    roles=st.lists(st.sampled_from(ROLES), max_size=2, unique=True),
    mandatory=st.booleans(),
)
teams = st.builds(TeamPreferences, rules=st.lists(rules, max_size=4), quiet_hours=st.none() | quiets, daily_at=clocks)
own_rules = rules.map(lambda each: Rule(**each.model_dump(exclude={"name", "roles", "mandatory"})))
owns = st.builds(
    OwnPreferences,
    rules=st.none() | st.lists(own_rules, max_size=3),
    quiet_hours=st.none() | quiets,
    never_quiet=st.booleans(),
    daily_at=st.none() | clocks,
    time_zone=st.none() | st.sampled_from([zone.key for zone in ZONES]),
)
moments = st.integers(0, 2 * 365 * 86_400).map(lambda each: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=each))
roles = st.lists(st.sampled_from(ROLES), min_size=1, unique=True)


def occasion(*, urgent: bool = False, cause: Cause = Cause.REPORT) -> Occasion:
    return Occasion(cause, "c", "o", "s", "Theft reported", urgent=urgent)


@given(st.booleans(), roles, teams, owns, st.sampled_from(ZONES), moments)
def test_nothing_comes_early_or_in_quiet_hours_or_much_too_late(
    urgent: bool, who: list[Role], team: TeamPreferences, own: OwnPreferences, zone: ZoneInfo, now: datetime
) -> None:
    quiet = None if own.never_quiet else own.quiet_hours or team.quiet_hours
    for each in plan(occasion(urgent=urgent), "own", who, team, own, zone, now):
        assert now <= each.due_at <= now + timedelta(hours=50)
        assert each.gathered == (each.due_at > now)
        if quiet and not (urgent and quiet.urgent_anyway):
            there = zone if own.time_zone is None else ZoneInfo(own.time_zone)
            local, before = each.due_at.astimezone(there), (each.due_at - timedelta(hours=2)).astimezone(there)
            skipped = (local.utcoffset() or timedelta()) > (before.utcoffset() or timedelta())
            assert skipped or not quiet.contains(local.time())


@given(st.booleans(), roles, teams, owns, st.sampled_from(ZONES), moments)
def test_every_rule_that_fits_is_kept_by_the_hastiest(
    urgent: bool, who: list[Role], team: TeamPreferences, own: OwnPreferences, zone: ZoneInfo, now: datetime
) -> None:
    theirs: list[Rule] = [
        rule
        for rule in team.rules
        if (rule.mandatory or own.rules is None) and (not rule.roles or set(rule.roles) & set(who))
    ]
    theirs += own.rules or []
    fitting = [rule for rule in theirs if urgent or not rule.tells.urgent_only]
    planned = {each.outlet: each for each in plan(occasion(urgent=urgent), "own", who, team, own, zone, now)}
    assert set(planned) == {outlet for rule in fitting for outlet in rule.outlets}
    for outlet, each in planned.items():
        fastest = min(HASTE.index(rule.pace) for rule in fitting if outlet in rule.outlets)
        if not each.gathered:
            assert HASTE[fastest] is Pace.IMMEDIATELY


def test_without_any_word_only_what_is_urgent_or_runs_out_is_told_outside() -> None:
    now, team, own = datetime(2026, 6, 1, 12, tzinfo=UTC), TeamPreferences(), OwnPreferences()

    def told(*, urgent: bool) -> list[Cause]:
        causes = [(each, occasion(urgent=urgent, cause=each)) for each in Cause]
        return [each for each, what in causes if plan(what, "own", ["investigator"], team, own, LONDON, now)]

    assert told(urgent=True) == list(Cause)
    assert told(urgent=False) == [Cause.PLATE_CANDIDATE, Cause.SAVED_SEARCH]


@pytest.mark.parametrize(
    ("at", "pace", "due"),
    [
        ("2026-06-01T12:00:00+00:00", Pace.IMMEDIATELY, "2026-06-01T12:00:00+00:00"),
        ("2026-06-01T12:10:05+00:00", Pace.HOURLY, "2026-06-01T13:00:00+00:00"),
        ("2026-06-01T06:59:59+00:00", Pace.DAILY, "2026-06-01T07:00:00+00:00"),  # summer time: 08:00 is 07:00 UTC
        ("2026-06-01T07:00:00+00:00", Pace.DAILY, "2026-06-02T07:00:00+00:00"),
        ("2026-12-01T12:00:00+00:00", Pace.DAILY, "2026-12-02T08:00:00+00:00"),
        ("2026-06-01T21:30:00+00:00", Pace.IMMEDIATELY, "2026-06-02T05:00:00+00:00"),  # 22:30 there, quiet until 06:00
        ("2026-06-02T04:59:59+00:00", Pace.IMMEDIATELY, "2026-06-02T05:00:00+00:00"),
        ("2026-06-02T05:00:00+00:00", Pace.IMMEDIATELY, "2026-06-02T05:00:00+00:00"),
    ],
)
def test_times_are_those_of_the_site(at: str, pace: Pace, due: str) -> None:
    team = TeamPreferences(
        rules=[TeamRule(name="All", outlets=[Outlet.EMAIL], pace=pace)],
        quiet_hours=QuietHours(begins="22:00", ends="06:00"),
    )
    now = datetime.fromisoformat(at)
    [planned] = plan(occasion(), "own", ["reporter"], team, OwnPreferences(), LONDON, now)
    assert planned.due_at == datetime.fromisoformat(due)
    assert planned.why == "your organisation's rule \u201cAll\u201d"


@pytest.mark.parametrize(
    ("at", "ends", "due"),
    [
        ("2026-10-25T00:10:00+00:00", "01:30", "2026-10-25T00:30:00+00:00"),  # 01:10, for the first time that night
        ("2026-10-25T01:10:00+00:00", "01:30", "2026-10-25T01:30:00+00:00"),  # 01:10 again, and not a day later
        ("2026-10-24T22:30:00+00:00", "06:00", "2026-10-25T06:00:00+00:00"),  # a night of nine hours
        ("2026-03-28T22:30:00+00:00", "06:00", "2026-03-29T05:00:00+00:00"),  # and one of seven
        ("2026-03-29T00:30:00+00:00", "01:30", "2026-03-29T01:30:00+00:00"),  # a time that no clock shows that night
    ],
)
def test_quiet_hours_end_once_in_the_nights_when_clocks_change(at: str, ends: str, due: str) -> None:
    team = TeamPreferences(rules=[TeamRule(name="All", outlets=[Outlet.EMAIL])])
    own = OwnPreferences(quiet_hours=QuietHours(begins="22:00", ends=ends))
    [planned] = plan(occasion(), "own", ["reporter"], team, own, LONDON, datetime.fromisoformat(at))
    assert planned.due_at == datetime.fromisoformat(due)


def test_ones_own_clock_counts_before_the_sites() -> None:
    team = TeamPreferences(rules=[TeamRule(name="All", outlets=[Outlet.EMAIL], pace=Pace.DAILY)], daily_at="08:00")
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    own = OwnPreferences(time_zone="Pacific/Auckland")
    [planned] = plan(occasion(), "own", ["reporter"], team, own, LONDON, now)
    assert planned.due_at == datetime(2026, 6, 1, 20, tzinfo=UTC)
    for odd in ("Westmere", "../etc/passwd", "", "europe/london"):
        with pytest.raises(ValidationError, match="IANA"):
            OwnPreferences(time_zone=odd)


def test_quiet_hours_of_a_whole_day_cannot_be_meant() -> None:
    with pytest.raises(ValidationError):
        QuietHours(begins="08:00", ends="08:00")


def test_own_rules_replace_the_organisations_but_for_the_mandatory_ones() -> None:
    team = TeamPreferences(
        rules=[
            TeamRule(name="Everything", outlets=[Outlet.EMAIL]),
            TeamRule(name="Officers on call", outlets=[Outlet.PUSH], roles=[Role.INVESTIGATOR], mandatory=True),
        ]
    )
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def outlets(who: str, own: OwnPreferences) -> set[Outlet]:
        return {each.outlet for each in plan(occasion(), "own", [who], team, own, LONDON, now)}

    assert outlets("investigator", OwnPreferences(rules=[])) == {Outlet.PUSH}
    assert outlets("reporter", OwnPreferences(rules=[])) == set()
    assert outlets("reporter", OwnPreferences()) == {Outlet.EMAIL}
