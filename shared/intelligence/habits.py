"""What the reports of one confirmed group have in common, and how far another report fits it.

For each aspect: the logarithm of how much more often it would look like this if the report belonged to the group than
it does among all reports (a likelihood ratio, in nats). What the group has shown often counts for much, what it has
shown once for less, and agreement in what is common for little. A single report is a group of one.
"""

import math
from collections import Counter
from collections.abc import Sequence

from shared.intelligence.features import Features
from shared.intelligence.rates import RARE, WORDS_OF, Rates

DOUBT = 1.5
"""Every group is thought to hold so many further reports that look like everybody's: once is not yet a habit."""
KEPT, SURE, LEAST = 0.95, 0.95, 0.15
"""What recurs is not always noted; nothing is ever certain; a new word never counts below this share of its rate."""
ABROAD, SAME_SITE, SAME_AREA = 0.1, 0.75, 0.55
"""How habits of place spread: elsewhere, at the very site, at sites near it."""
SPREAD_HOURS, KEEPS_HOURS = 2.0, 0.7
FLOOR = -12.0
"""What one aspect can speak against a link, at most."""
DESCRIBED = ("worn", "marks")


class Habits:
    """``reports``: one or more, that belong together."""

    def __init__(self, reports: Sequence[Features], rates: Rates) -> None:
        self.reports, self._rates, self.size = list(reports), rates, len(reports)
        self._described = sum(bool(report.suspects) for report in reports)
        self._sites = Counter(report.site_id for report in reports)
        self._weekdays = Counter(report.occurred_at.weekday() for report in reports)
        self._company = Counter(report.suspects for report in reports if report.suspects)
        self._words = {aspect: self._of_words(aspect) for aspect in WORDS_OF}
        self._hours: dict[int, float] = {}
        self._places: dict[str, float] = {}
        self.plates = [report.plates for report in reports if report.plates]

    def bits(self, report: Features) -> dict[str, float]:
        """For each aspect that is known; plates are compared by themselves (:meth:`plate`)."""
        found = {
            aspect: self._fit(aspect, getattr(report, aspect))
            for aspect in WORDS_OF
            if aspect not in DESCRIBED or (report.suspects and self._described)
        }
        found["place"] = self._place(report.site_id)
        found["hour"] = self._hour(report.occurred_at.hour)
        found["weekday"] = self._weekday(report.occurred_at.weekday())
        if report.suspects and self._company:
            found["company"] = self._of_company(report.suspects)
        return {aspect: max(FLOOR, value) for aspect, value in found.items()}

    def plate(self, report: Features) -> str | None:
        """``same``, ``alike`` (only as it is misread), ``different``; None where it is unknown of either."""
        if not (report.plates and self.plates):
            return None
        most = max(len(report.plates & each) for each in self.plates)
        return "same" if most > 1 else "alike" if most else "different"

    def _of_words(self, aspect: str) -> tuple[dict[str, float], float, float]:
        """What each word of the group adds if it is there again; what it costs if none is; what a new word costs."""
        known = self._described if aspect in DESCRIBED else self.size
        counts = Counter(word for report in self.reports for word in getattr(report, aspect))
        added, missing = {}, 0.0
        for word, count in counts.items():
            rate = self._rates.word(aspect, word)
            again = min(SURE, (count * KEPT + DOUBT * rate) / (known + DOUBT))
            without = math.log((1 - min(SURE, (count * 0.9 + DOUBT * rate) / (known + DOUBT))) / (1 - rate))
            added[word] = math.log(max(again, rate * LEAST) / rate) - without
            missing += without
        return added, missing, math.log(max(DOUBT / (known + DOUBT), LEAST))

    def _fit(self, aspect: str, words: frozenset[str]) -> float:
        added, missing, new = self._words[aspect]
        return missing + sum(added.get(word, new) for word in words)

    def _place(self, site: str) -> float:
        if site not in self._places:
            rate, around = self._rates.site(site), self._rates.near.get(site, ())
            here, near, total = self._sites[site], sum(self._sites[each] for each in around), self.size + 1
            share = rate / self._rates.mass.get(site, rate)
            likely = here * SAME_SITE / total + (near * SAME_AREA + here * 0.2) / total * share
            self._places[site] = math.log((likely + rate * (1 - (1 - ABROAD) * self.size / total)) / rate)
        return self._places[site]

    def _hour(self, hour: int) -> float:
        if hour not in self._hours:
            middle, total = hour + 0.5, 0.0
            for report in self.reports:
                apart = abs(middle - report.occurred_at.hour - report.occurred_at.minute / 60)
                total += math.exp(-0.5 * (min(apart, 24 - apart) / SPREAD_HOURS) ** 2)
            density, rate = total / (SPREAD_HOURS * math.sqrt(2 * math.pi)), self._rates.hours[hour]
            fits = KEEPS_HOURS * density + rate * (1 + (1 - KEEPS_HOURS) * self.size)
            self._hours[hour] = math.log(fits / (self.size + 1) / rate)
        return self._hours[hour]

    def _weekday(self, day: int) -> float:
        rate = self._rates.weekdays[day]
        return math.log((self._weekdays[day] + 2 * rate) / (self.size + 2) / rate)

    def _of_company(self, suspects: int) -> float:
        rate, known = self._rates.suspects.get(suspects, RARE), self._company.total()
        about = self._company[suspects] + 0.3 * (self._company[suspects + 1] + self._company[suspects - 1])
        return math.log((about + 0.4 * rate) / (1.3 * known + 0.4) / rate)
