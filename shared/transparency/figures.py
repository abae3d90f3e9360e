"""How much was asked, answered, handed to the police and forgotten: counted once a day, and silent about small numbers.

Only how many of what there were at which organisation is looked at; nothing is opened. What is shown obeys the rules
of :mod:`shared.insights.suppression` for what crosses organisations.
"""

import statistics
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from shared.clock import rfc3339
from shared.errors import NotFound
from shared.insights.suppression import SHARED, Key, rounded, shown
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.retention import schedule
from shared.sealing.roots import PLATFORM
from shared.storage.cosmos import Document
from shared.transparency.models import CountView, FiguresView, Publication, TimesView

CURRENT = "figures-current"
MONTHS = 12
TOTAL = "total"
RULE = (
    "Numbers below 10, of fewer than three organisations, or with more than 70 % from one of them are left out, and "
    "others where they would give these away; the rest is rounded to 5."
)


@dataclass(frozen=True)
class Source:
    """Where something that somebody asks for is stored, and what of it may be counted: no sealed field."""

    container: str
    kinds: tuple[str, ...]
    answered: str
    due: str | None
    """The property that holds the day by which it should be answered; None where it is not stored but counted."""
    outcome: str | None


SOURCES = (
    Source("rights", ("rights_case",), "answeredAt", None, None),
    Source("complaints", ("complaint", "third_party_request"), "closedAt", "answerBy", "outcome"),
)

type Counts = dict[Key, dict[str, int]]


@dataclass(frozen=True)
class Answered:
    """One answer: by whom, how long it took, and whether it came in time."""

    organisation: str
    days: int
    in_time: bool | None


async def current(platform: Platform) -> FiguresView:
    """As counted last; counted now if that was never done."""
    try:
        kept = await platform.records(Publication).read(CURRENT, PLATFORM)
    except NotFound:
        return await count(platform)
    return FiguresView.model_validate(kept.content)


async def refresh(platform: Platform) -> bool:
    """A timer's work: counts once a day. Whether it did."""
    if (await current(platform)).counted_at.date() >= platform.clock.now().date():
        return False
    await count(platform)
    return True


async def count(platform: Platform) -> FiguresView:
    """Anew, and kept in place of what was counted before."""
    now = platform.clock.now().replace(microsecond=0)
    first, until = _window(now)
    received: Counts = defaultdict(lambda: defaultdict(int))
    answers: dict[str, list[Answered]] = defaultdict(list)
    disclosed: Counts = defaultdict(lambda: defaultdict(int))
    disposed: Counts = {(category,): {} for category in schedule.categories()}
    for source in SOURCES:
        async for document in _asked(platform, source, first, until):
            _add(source, document, received, answers)
    for home in await organisations.listed(platform):
        async for purpose in _disclosures(platform, home.id, first, until):
            disclosed[purpose,][home.id] += 1
        for category in schedule.categories():
            disposed[category,][home.id] = await _disposals(platform, home.id, category, first, until)
    figures = FiguresView(
        first_month=f"{first:%Y-%m}",
        last_month=f"{until - relativedelta(days=1):%Y-%m}",
        counted_at=now,
        received=_cells(received, [0, 1]),
        times=[_times(kind, answers.get(kind, [])) for source in SOURCES for kind in source.kinds],
        disclosed=_cells(disclosed, [0]),
        disposed=_cells(disposed, [0]),
        rule=RULE,
    )
    await platform.container(Publication.container).upsert(_stored(figures))
    return figures


def _add(source: Source, document: Document, received: Counts, answers: Mapping[str, list[Answered]]) -> None:
    kind, organisation = document["kind"], document["organisationId"]
    outcome = (document.get(source.outcome) or "open") if source.outcome else TOTAL
    received[kind, outcome][organisation] += 1
    if closed := document.get(source.answered):
        answered, came = datetime.fromisoformat(closed), datetime.fromisoformat(document["receivedAt"])
        in_time = answered.date() <= date.fromisoformat(document[source.due]) if source.due else None
        answers[kind].append(Answered(organisation, (answered.date() - came.date()).days, in_time))


def _times(kind: str, answers: list[Answered]) -> TimesView:
    by_organisation: dict[str, int] = defaultdict(int)
    for each in answers:
        by_organisation[each.organisation] += 1
    if not answers or not SHARED.is_safe(by_organisation):
        return TimesView(what=kind, answered=None if answers else 0, median_days=None, in_time_percent=None)
    in_time = [each.in_time for each in answers if each.in_time is not None]
    return TimesView(
        what=kind,
        answered=rounded(len(answers)),
        median_days=round(statistics.median(each.days for each in answers)),
        in_time_percent=rounded(round(100 * sum(in_time) / len(in_time))) if in_time else None,
    )


def _cells(table: Counts, margins: list[int]) -> list[CountView]:
    safe = shown(table, SHARED, margins)
    return [
        CountView(what=key[0], outcome=key[1] if len(key) > 1 else TOTAL, count=number)
        for key, number in sorted(safe.items())
    ]


def _asked(platform: Platform, source: Source, first: datetime, until: datetime) -> AsyncIterator[Document]:
    fields = ["organisationId", "kind", "receivedAt", source.answered, *filter(None, [source.due, source.outcome])]
    wanted = ", ".join(f"c.{name}" for name in fields)
    where = "ARRAY_CONTAINS(@kinds, c.kind) AND c.receivedAt >= @first AND c.receivedAt < @until"
    text = f"SELECT {wanted} FROM c WHERE {where}"  # noqa: S608 - names of our own
    asked = {"kinds": list(source.kinds), "first": rfc3339(first), "until": rfc3339(until)}
    return platform.container(source.container).query(text, asked)


async def _disclosures(platform: Platform, home: str, first: datetime, until: datetime) -> AsyncIterator[str]:
    text = (
        "SELECT VALUE c.purpose FROM c WHERE c.kind = 'disclosure' "
        "AND c.disclosedAt >= @first AND c.disclosedAt < @until"
    )
    asked = {"first": rfc3339(first), "until": rfc3339(until)}
    async for purpose in platform.container("disclosures").query(text, asked, key=home):
        yield str(purpose)


async def _disposals(platform: Platform, home: str, category: str, first: datetime, until: datetime) -> int:
    text = (
        "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'certificate' AND c.category = @category "
        "AND c.disposedAt >= @first AND c.disposedAt < @until"
    )
    asked = {"category": category, "first": rfc3339(first), "until": rfc3339(until)}
    return sum([int(str(each)) async for each in platform.container("retention").query(text, asked, key=home)])


def _stored(figures: FiguresView) -> Document:
    """Not a version: figures change every day, and nobody has to know what they were yesterday."""
    return {
        "id": CURRENT,
        "organisationId": PLATFORM,
        "schemaVersion": 1,
        "kind": "publication",
        "of": "figures",
        "version": f"{figures.counted_at:%Y-%m-%d}",
        "publishedAt": rfc3339(figures.counted_at),
        "content": figures.model_dump(mode="json", by_alias=True),
    }


def _window(now: datetime) -> tuple[datetime, datetime]:
    """The beginnings of the twelfth whole month before this one, and of this one."""
    this = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return this - relativedelta(months=MONTHS), this
