"""By when a request must be answered: pure functions of the table, the days on which things happened, and the place.

All days are those of the controller's place (:func:`local_day`). A last day ends with its last hour. Nothing here reads
a clock: while the time stands still, the last day is counted as if the wait ended ``today``, which is handed in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.errors import Conflict
from shared.retention import schedule
from shared.rights import terms
from shared.rights.days import Calendar
from shared.rights.terms import Step


class Reason(StrEnum):
    """What the controller may wait for. Which of them stops or starts a clock stands in the table."""

    CLARIFICATION = "clarification"
    IDENTITY = "identity"
    FEE = "fee"


@dataclass(frozen=True)
class Wait:
    """From the day on which the person was asked until the day on which the answer came; None: it has not come."""

    reason: Reason
    since: date
    until: date | None = None


@dataclass(frozen=True)
class Extended:
    """More time for the answer, for a reason that the person was told on the day ``told``."""

    told: date
    ground: str
    until: date


@dataclass(frozen=True)
class Clock:
    """One request at one controller under one regime."""

    regime: str
    place: str
    """ISO 3166-2, of the controller."""
    received: date
    waits: tuple[Wait, ...] = ()
    extended: Extended | None = None

    @property
    def calendar(self) -> Calendar:
        return terms.calendar(self.regime, self.place)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day that it was at the controller's place. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a zone.")
    return moment.astimezone(zone).date()


def started(clock: Clock, today: date) -> date:
    """The day from which the law counts: of receipt, or of the last thing without which its time does not begin."""
    counted = terms.regime(clock.regime)["starts_after"]
    return max([clock.received, *(wait.until or today for wait in clock.waits if wait.reason in counted)])


def paused_days(clock: Clock, today: date) -> int:
    """For how many days the time stood still after it began; days of two waits at once count once."""
    counted = terms.regime(clock.regime)["pauses"]
    begun, total = started(clock, today), 0
    for wait in sorted((each for each in clock.waits if each.reason in counted), key=lambda each: each.since):
        since, until = max(begun, wait.since), wait.until or today
        if until > since:
            total += (until - since).days
            begun = until
    return total


def is_paused(clock: Clock) -> bool:
    """Whether the controller waits for something without which its time does not run."""
    row = terms.regime(clock.regime)
    return any(wait.until is None and wait.reason in {*row["pauses"], *row["starts_after"]} for wait in clock.waits)


def due(clock: Clock, step: Step, today: date) -> date | None:
    """The last day for the step; None where the regime sets none. Only the answer waits and is extended."""
    if step is Step.ANSWER:
        return answer_due(clock, today)
    row = terms.row(clock.regime, step)
    return row.term.after(clock.received, clock.calendar) if row else None


def answer_due(clock: Clock, today: date) -> date:
    """The last day for the answer."""
    first = first_due(clock, today)
    if clock.extended is None:
        return first
    latest = latest_due(clock, today)
    return max(first, min(clock.extended.until, latest) if latest else clock.extended.until)


def first_due(clock: Clock, today: date) -> date:
    """The last day without an extension, and the last on which the person can be told of one."""
    return _last_day(clock, today, extended=False)


def latest_due(clock: Clock, today: date) -> date | None:
    """The last day that an extension can reach; None where the law says no more than "reasonable"."""
    return _last_day(clock, today, extended=True) if terms.extension(clock.regime).most else None


def target(clock: Clock, today: date) -> date:
    """By when we mean to answer: our own term, or the law's if that ends earlier."""
    ours = terms.target().after(started(clock, today), clock.calendar) + timedelta(days=paused_days(clock, today))
    return min(ours, answer_due(clock, today))


def extend(clock: Clock, extension: Extended) -> Clock:
    """The same request with more time. Raises Conflict where the law gives none."""
    rule, told = terms.extension(clock.regime), extension.told
    if clock.extended:
        raise Conflict("The time for this request was extended already. It can be extended once.")
    if extension.ground not in rule.grounds:
        raise Conflict(f"The law knows these reasons for more time: {', '.join(sorted(rule.grounds))}.")
    if told < clock.received:
        raise Conflict("The person cannot have been told of more time before the request came.")
    if told > (first := first_due(clock, told)):
        raise Conflict(f"The person had to be told of more time by {first}. The request is overdue: answer it now.")
    if extension.until <= first:
        raise Conflict(f"The time runs until {first} already.")
    if (latest := latest_due(clock, told)) and extension.until > latest:
        raise Conflict(f"The law gives no more time than until {latest}.")
    return replace(clock, extended=extension)


def wait(clock: Clock, begun: Wait) -> Clock:
    """The same request, stopped until the person has done something. Raises Conflict where the law does not stop it."""
    row = terms.regime(clock.regime)
    if begun.reason not in {*row["pauses"], *row["starts_after"]}:
        raise Conflict(f"Under {row['name']} the time runs on while you wait for this. Ask the person all the same.")
    if begun.since < clock.received or (begun.until and begun.until < begun.since):
        raise Conflict("A wait begins on or after the day of the request, and ends on or after the day it began.")
    if begun.since > answer_due(clock, begun.since):
        raise Conflict("The time for this request is over: no wait stops it any more.")
    return replace(clock, waits=(*clock.waits, begun))


def regimes_at(places: Iterable[str]) -> list[str]:
    """The regimes that may apply to a controller in these places (ISO 3166-2); every one if a place has none here."""
    found = {schedule.regime_of(place) for place in places}
    known = terms.regimes()
    return [each for each in known if each in found] if found and found <= set(known) else known


def earliest(clocks: Iterable[Clock], today: date) -> Clock:
    """Of the regimes that may apply to one request, the one whose last day comes first. Raises ValueError for none."""
    return min(clocks, key=lambda clock: (answer_due(clock, today), clock.regime))


def _last_day(clock: Clock, today: date, *, extended: bool) -> date:
    """The end of the first term, or of the longest extension; waits added, then put off if the law does so."""
    row = terms.row(clock.regime, Step.ANSWER)
    if row is None:
        raise ValueError(f"{clock.regime} has no row for an answer.")
    end, begun = row.term, started(clock, today)
    if extended and (most := terms.extension(clock.regime).most):
        end = replace(end, count=end.count + most.count)
    last = end.after(begun, clock.calendar) + timedelta(days=paused_days(clock, today))
    return clock.calendar.next_working_day(last) if row.rolls else last
