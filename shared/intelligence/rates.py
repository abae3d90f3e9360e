"""How common everything is among an organisation's own reports: what few reports have, tells more when two agree."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shared.geography import distance_km
from shared.intelligence.features import Features

NEAR_KM = 25
RARE = 1e-4
"""Of what no report had before."""
WORDS_OF = ("products", "methods", "worn", "marks")
"""The aspects that are sets of words."""


@dataclass(frozen=True)
class Rates:
    """Shares of reports, 0 to 1."""

    words: dict[str, dict[str, float]]
    """Of each word of an aspect, among the reports in which the aspect is known."""
    sites: dict[str, float]
    near: dict[str, tuple[str, ...]]
    """Other sites within ``NEAR_KM``."""
    mass: dict[str, float]
    """The share of reports at a site and those near it."""
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    suspects: dict[int, float]

    def word(self, aspect: str, word: str) -> float:
        return self.words[aspect].get(word, RARE)

    def site(self, site: str) -> float:
        return self.sites.get(site, RARE)


def measured(reports: Sequence[Features]) -> Rates:
    total = len(reports)
    hours = Counter(report.occurred_at.hour for report in reports)
    weekdays = Counter(report.occurred_at.weekday() for report in reports)
    suspects = Counter(report.suspects for report in reports if report.suspects)
    sites = Counter(report.site_id for report in reports)
    shares, near = {site: count / total for site, count in sites.items()}, _near(reports)
    return Rates(
        words={aspect: _words(aspect, reports) for aspect in WORDS_OF},
        sites=shares,
        near=near,
        mass={site: share + sum(shares[each] for each in near.get(site, ())) for site, share in shares.items()},
        hours=tuple((hours[hour] + 1) / (total + 24) for hour in range(24)),
        weekdays=tuple((weekdays[day] + 1) / (total + 7) for day in range(7)),
        suspects={number: (suspects[number] + 1) / (suspects.total() + 8) for number in range(1, 9)},
    )


def _words(aspect: str, reports: Sequence[Features]) -> dict[str, float]:
    known = [report for report in reports if report.suspects or aspect in {"products", "methods"}]
    counts = Counter(word for report in known for word in getattr(report, aspect))
    return {word: (count + 0.5) / (len(known) + 1) for word, count in counts.items()}


def _near(reports: Sequence[Features]) -> dict[str, tuple[str, ...]]:
    places = {report.site_id: report.place for report in reports if report.place}
    return {
        site: tuple(other for other, at in places.items() if other != site and distance_km(place, at) <= NEAR_KM)
        for site, place in places.items()
    }
