"""Which reports are worth comparing with one: what is asked of an index, a bounded number each, and what of it is kept.

The same for a database, which has an index of each token, and for reports in memory. What two reports share counts by
how rare it is, and those that share most and rarest things are compared.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from shared.intelligence.features import Features
from shared.intelligence.rates import RARE, Rates

PER_REPORT = 100
ANYWHERE, AROUND = 100, 150
"""Reports that one ask finds at most."""
MOST_PRODUCTS, MOST_ASKS = 5, 40
"""Products of a report that are asked for, and questions of one request."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The newest reports with one of ``values`` in ``aspect``, a field of :class:`Features`, at most ``most``."""

    aspect: str
    values: frozenset[str]
    sites: frozenset[str]
    """At one of these; anywhere if there are none."""
    most: int


def asks(report: Features, near: Iterable[str]) -> list[Ask]:
    """What is rare is asked for everywhere, what is common around the site; ``near`` are the sites nearby."""
    anywhere, around = frozenset[str](), frozenset({report.site_id, *near})
    found = [Ask("plates", report.plates, anywhere, ANYWHERE)] if report.plates else []
    found += [Ask("marks", frozenset({each}), anywhere, ANYWHERE) for each in sorted(report.marks)]
    found += [Ask("worn", frozenset({each}), anywhere, ANYWHERE) for each in sorted(report.worn)]
    found += [Ask("worn", frozenset({each}), around, ANYWHERE) for each in sorted(report.worn)]
    found += [Ask("methods", frozenset(report.methods), around, AROUND)] if report.methods else []
    products = sorted(report.products)[:MOST_PRODUCTS]
    found += [Ask("products", frozenset({each}), place, ANYWHERE) for place in (anywhere, around) for each in products]
    return found


def questions(reports: Iterable[Features], near: Mapping[str, Iterable[str]]) -> list[Ask]:
    """Of several reports in turn, ``MOST_ASKS`` at most: what tells most of any comes before what tells less of one."""
    turns = zip_longest(*(asks(each, near.get(each.site_id, ())) for each in reports))
    return list(dict.fromkeys(ask for turn in turns for ask in turn if ask))[:MOST_ASKS]


class Index:
    """Reports by what they have, the newest last."""

    def __init__(self) -> None:
        self._reports: list[Features] = []
        self._having: dict[tuple[str, ...], list[int]] = defaultdict(list)

    def add(self, report: Features) -> None:
        for aspect in ("plates", "marks", "worn", "methods", "products"):
            for value in getattr(report, aspect):
                self._having[aspect, value].append(len(self._reports))
                self._having[aspect, value, report.site_id].append(len(self._reports))
        self._reports.append(report)

    def answer(self, ask: Ask) -> list[int]:
        places: list[tuple[str, ...]] = [(site,) for site in ask.sites] or [()]
        keys = [(ask.aspect, value, *place) for value in ask.values for place in places]
        found = {each for key in keys for each in self._having.get(key, [])[-ask.most :]}
        return heapq.nlargest(ask.most, found)

    def candidates(self, report: Features, rates: Rates) -> list[str]:
        """Ids of other reports, those that share most and rarest things first, at most ``PER_REPORT``."""
        near = rates.near.get(report.site_id, ())
        found = {number for ask in asks(report, near) for number in self.answer(ask)}
        tells, around = dict(_tells(report, rates)), -math.log(max(rates.mass.get(report.site_id, 1.0), 1e-9)) / 2
        ranked = [
            (_shared(other, tells) + (around if other.site_id in near else 0.0), other.report_id)
            for other in (self._reports[number] for number in found)
            if other.report_id != report.report_id
        ]
        return [each for _, each in heapq.nlargest(PER_REPORT, ranked)]


def _tells(report: Features, rates: Rates) -> Iterator[tuple[tuple[str, str], float]]:
    """How much it tells that another report has the same."""
    yield from ((("plates", each), -math.log(RARE)) for each in report.plates)
    for aspect in ("marks", "worn", "products", "methods"):
        yield from (((aspect, each), -math.log(rates.word(aspect, each))) for each in getattr(report, aspect))
    yield ("site", report.site_id), -math.log(rates.site(report.site_id))


def _shared(other: Features, tells: dict[tuple[str, str], float]) -> float:
    return sum(
        weight
        for (aspect, value), weight in tells.items()
        if (other.site_id == value if aspect == "site" else value in getattr(other, aspect))
    )
