"""Who is told outside the app, where, and when: rules of the organisation and of each person. Pure, and for people to
read; that somebody sees an alert in the app at all is decided elsewhere, and no rule here can widen it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.alerts.models import Cause, Outlet
from shared.alerts.occasion import Filter, Occasion
from shared.http.models import ApiModel
from shared.identity.principals import Role
from shared.policy.decision import Relation

type ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""HH:MM on the clock of the site, or of the person who has named theirs."""


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("Use an IANA name, such as Europe/London.")
    return name


type ZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]


class Pace(StrEnum):
    """In order of haste."""

    IMMEDIATELY = "immediately"
    HOURLY = "hourly"
    DAILY = "daily"


HASTE = list(Pace)


class Rule(ApiModel):
    tells: Filter = Filter()
    outlets: Annotated[list[Outlet], Field(min_length=1, max_length=2)]
    pace: Pace = Field(default=Pace.IMMEDIATELY, description="hourly and daily gather several alerts in one message")


class TeamRule(Rule):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)] = Field(
        description="Shown to those whom it tells of something, as the reason"
    )
    roles: Annotated[list[Role], Field(max_length=7)] = Field(default=[], description="For whom; empty means for all")
    mandatory: bool = Field(default=False, description="Holds also for those who have rules of their own")


class QuietHours(ApiModel):
    """On the clock of the site that the alert is about, or one's own. What falls into them is told when they end."""

    begins: ClockTime
    ends: ClockTime
    urgent_anyway: bool = Field(default=True, description="Urgent alerts are told at once all the same")

    @model_validator(mode="after")
    def _not_all_day(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("Let them end at another time than they begin.")
        return self

    def contains(self, clock: time) -> bool:
        begins, ends = time.fromisoformat(self.begins), time.fromisoformat(self.ends)
        return begins <= clock < ends if begins < ends else clock >= begins or clock < ends


class TeamPreferences(ApiModel):
    """Of an organisation, for all who have not chosen otherwise."""

    rules: Annotated[list[TeamRule], Field(max_length=30)] = [
        TeamRule(name="Urgent alerts", tells=Filter(urgent_only=True), outlets=list(Outlet)),
        TeamRule(name="Matches to compare", tells=Filter(causes=[Cause.PLATE_CANDIDATE]), outlets=list(Outlet)),
        TeamRule(name="Saved searches", tells=Filter(causes=[Cause.SAVED_SEARCH]), outlets=list(Outlet)),
    ]
    quiet_hours: QuietHours | None = None
    daily_at: ClockTime = "08:00"


class OwnPreferences(ApiModel):
    """Of a person. What is null is as the organisation has it."""

    rules: Annotated[list[Rule], Field(max_length=30)] | None = Field(
        default=None, description="Instead of the organisation's, but for its mandatory ones; [] for none"
    )
    quiet_hours: QuietHours | None = None
    never_quiet: bool = Field(default=False, description="No quiet hours, whatever the organisation says")
    daily_at: ClockTime | None = None
    time_zone: ZoneName | None = Field(
        default=None, description="Your own clock, by its IANA name; null for that of the site that the alert is about"
    )
    weekly: bool = Field(
        default=False, description="A mail on Mondays with the totals of the week at your sites, for who may see totals"
    )


@dataclass(frozen=True)
class Planned:
    outlet: Outlet
    due_at: datetime
    gathered: bool
    """Whether it waits, and is told together with what else waits."""
    why: str


def plan(
    occasion: Occasion,
    relation: Relation,
    roles: Sequence[str],
    team: TeamPreferences,
    own: OwnPreferences,
    zone: ZoneInfo,
    now: datetime,
) -> list[Planned]:
    """Where and when somebody who sees this alert in the app is told besides. Of several rules the hastiest counts.

    :param zone: of the site that the alert is about; a person's own clock counts before it
    """
    zone = ZoneInfo(own.time_zone) if own.time_zone else zone
    rules = [(rule, why) for rule, why in _rules(roles, team, own) if rule.tells.picks(occasion, relation)]
    planned = []
    for outlet in Outlet:
        fitting = [(HASTE.index(rule.pace), number) for number, (rule, _) in enumerate(rules) if outlet in rule.outlets]
        if fitting:
            rule, why = rules[min(fitting)[1]]
            due = _due(rule.pace, own.daily_at or team.daily_at, zone, now)
            due = _after_quiet(due, _quiet(team, own), zone, urgent=occasion.urgent)
            planned.append(Planned(outlet, due, due > now, why))
    return planned


def _rules(roles: Sequence[str], team: TeamPreferences, own: OwnPreferences) -> Iterator[tuple[Rule, str]]:
    for rule in team.rules:
        for_them = not rule.roles or any(role in roles for role in rule.roles)
        if for_them and (rule.mandatory or own.rules is None):
            yield rule, f"your organisation's rule \u201c{rule.name}\u201d"
    for each in own.rules or []:
        yield each, "a rule of your own"


def _quiet(team: TeamPreferences, own: OwnPreferences) -> QuietHours | None:
    return None if own.never_quiet else own.quiet_hours or team.quiet_hours


def _due(pace: Pace, daily_at: str, zone: ZoneInfo, now: datetime) -> datetime:
    match pace:
        case Pace.IMMEDIATELY:
            return now
        case Pace.HOURLY:
            local = now.astimezone(zone)
            return (
                now
                + timedelta(hours=1)
                - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            )
        case Pace.DAILY:
            return _next(time.fromisoformat(daily_at), zone, now)


def _after_quiet(due: datetime, quiet: QuietHours | None, zone: ZoneInfo, *, urgent: bool) -> datetime:
    if quiet is None or (urgent and quiet.urgent_anyway):
        return due
    if not quiet.contains(due.astimezone(zone).time()):
        return due
    return _next(time.fromisoformat(quiet.ends), zone, due)


def _next(clock: time, zone: ZoneInfo, after: datetime) -> datetime:
    """The next moment after ``after`` when the clock there shows this. A time that is skipped in spring comes an hour
    later; one that is shown twice in autumn counts both times."""
    day = after.astimezone(zone).date()
    shown = [datetime.combine(day + timedelta(days=ahead), clock, zone) for ahead in range(3)]
    moments = [each.replace(fold=fold).astimezone(UTC) for each in shown for fold in (0, 1) if _shows(each, fold)]
    return min(each for each in moments if each > after).astimezone(after.tzinfo)


def _shows(wanted: datetime, fold: int) -> bool:
    """Whether the clock shows this time with this ``fold``; of a skipped time only the later reading counts."""
    first, second = (wanted.replace(fold=each).utcoffset() or timedelta() for each in (0, 1))
    return fold == 0 or second < first
