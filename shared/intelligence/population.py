"""The reports of an organisation with what people have said of them: which belong together, and which do not.

Nothing is stored here: it is put together for one request, or for a measurement, and thrown away.
"""

from collections.abc import Sequence

from shared.intelligence import scoring
from shared.intelligence.candidates import Index
from shared.intelligence.features import Features
from shared.intelligence.habits import Habits
from shared.intelligence.rates import Rates
from shared.intelligence.scoring import Link

type Pair = tuple[str, str]


def pair(one: str, other: str) -> Pair:
    """The same for both orders."""
    return (one, other) if one < other else (other, one)


class Population:
    def __init__(self, rates: Rates) -> None:
        self._rates, self._index = rates, Index()
        self._reports: dict[str, Features] = {}
        self._group: dict[str, int] = {}
        self._members: dict[int, list[str]] = {}
        self._habits: dict[int, Habits] = {}
        self._apart: set[Pair] = set()

    def add(self, report: Features) -> None:
        number = len(self._reports)
        self._reports[report.report_id] = report
        self._group[report.report_id] = number
        self._members[number] = [report.report_id]
        self._index.add(report)

    def join(self, one: str, other: str) -> None:
        """A person confirmed that the two belong together. Ids that are not here are ignored."""
        if one not in self._group or other not in self._group:
            return
        first, second = self._group[one], self._group[other]
        if first == second:
            return
        if len(self._members[first]) < len(self._members[second]):
            first, second = second, first
        moved = self._members.pop(second)
        self._members[first] += moved
        self._group |= dict.fromkeys(moved, first)
        self._habits.pop(first, None)
        self._habits.pop(second, None)

    def part(self, one: str, other: str) -> None:
        """A person said that the two do not belong together: it is not proposed again."""
        self._apart.add(pair(one, other))

    def group(self, report: str) -> list[str]:
        """The report and those that a person put together with it."""
        return self._members[self._group[report]]

    @property
    def groups(self) -> list[list[str]]:
        return list(self._members.values())

    def proposals(self, report_id: str, most: int) -> list[Link]:
        """At most ``most`` reports, one of each group, that may belong together with this one; the likeliest first."""
        bar = scoring.table().suggest_from
        found = [other for p, other in self.ranked(report_id) if p >= bar][:most]
        return [link for link in (self.explained(report_id, other) for other in found) if link.is_suggested]

    def ranked(self, report_id: str) -> list[tuple[float, str]]:
        """(probability, report) of each group that this report may belong to, the likeliest first; without what a
        person has said no to."""
        mine, best = self._group[report_id], dict[int, tuple[float, str]]()
        for other in self._index.candidates(self._reports[report_id], self._rates):
            group = self._group[other]
            if group != mine:
                found = scoring.probability(*self.compared(report_id, other))
                best[group] = max(best.get(group, (0.0, "")), (found, other))
        open_ones = [each for group, each in best.items() if not self._is_apart(mine, group)]
        return sorted(open_ones, reverse=True)

    def compared(self, one: str, other: str) -> tuple[Features, Habits]:
        """Of two reports the one whose group is smaller, and the habits of the other's group."""
        mine, group = self._group[one], self._group[other]
        if len(self._members[group]) >= len(self._members[mine]):
            return self._reports[one], self._habits_of(group)
        return self._reports[other], self._habits_of(mine)

    def explained(self, report_id: str, other: str) -> Link:
        report, group = self.compared(report_id, other)
        link = scoring.explained(report, group, other if report.report_id == report_id else report_id)
        return link if link.reports[0] == report_id else scoring.turned(link)

    def _is_apart(self, mine: int, group: int) -> bool:
        """Said of any report of the one and any of the other."""
        return any(pair(one, other) in self._apart for one in self._members[mine] for other in self._members[group])

    def _habits_of(self, group: int) -> Habits:
        if group not in self._habits:
            self._habits[group] = Habits([self._reports[each] for each in self._members[group]], self._rates)
        return self._habits[group]


def of(reports: Sequence[Features], rates: Rates) -> Population:
    made = Population(rates)
    for report in reports:
        made.add(report)
    return made
