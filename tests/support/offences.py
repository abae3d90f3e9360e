"""A generated world of reports in which it is known which belong together. Nobody in it exists, and nobody has a name.

10,000 reports in one year at 60 sites in 12 towns:

- 300 recurring people: 40 groups of 3 or 4, the others alone. Each (or each group) has one or two methods, three
  products, up to five sites around one town, an hour of the day with weekdays, clothes, for some a mark, for some a
  vehicle.
- Look-alikes: a quarter as many again, each with method, products, sites and rhythm of somebody who recurs, but other
  clothes, marks and vehicle. Each offends one to four times; only their own reports belong together.
- Noise: everything else happened once.

Missing and wrong, as in real reports: plates are noted in half of the events with a vehicle and misread in one of
eight; clothes are worn or described in part; marks are seen in two of three; a method or product may be left out;
habits are kept only four times in five. Reports of one person or group are linked truly, and no others.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, product

from shared.geography import Point
from shared.intelligence import vocabulary
from shared.intelligence.features import Features
from shared.reports.models import Method
from shared.sealing.tokens import plate_tokens

TRAINING, HELD_OUT, THIRD = 20261, 97531, 31337
"""Seeds: weights are estimated on the first; nothing is ever fitted to the others."""
REPORTS, PEOPLE, GROUPS, SITES, TOWNS = 10_000, 300, 40, 60, 12
START = datetime(2025, 1, 1, tzinfo=UTC)
INDEX_KEY = bytes(32)
PRODUCTS = [f"product {number}" for number in range(60)]
METHODS = list(Method)
PLATE = "ABCDEFGHJKLMNOPRSTUVWXYZ"
MISREAD = {"O": "0", "B": "8", "S": "5", "I": "1", "Z": "2", "G": "6", "0": "O", "8": "B", "5": "S", "1": "I", "2": "Z"}


@dataclass(frozen=True)
class Habits:
    """What an offender, or a group, does again and again."""

    methods: list[Method]
    products: list[str]
    sites: list[int]
    hour: float
    weekdays: list[int]
    clothes: list[str]
    marks: list[str]
    plate: str | None
    company: int


@dataclass(frozen=True)
class World:
    reports: list[Features]
    """In order of time."""
    links: frozenset[tuple[str, str]]
    """Pairs of report ids that belong together, each sorted."""


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        words = {name: sorted(each) for name, each in vocabulary.table().items()}
        self.clothes = [f"{colour} {garment}" for colour, garment in product(words["colours"], words["garments"])]
        self.popular = self.random.choices(self.clothes, k=40)
        self.marks = [f"{mark} {part}" for mark, part in product(words["marks"], words["parts"])]
        towns = [(self.random.uniform(50, 53), self.random.uniform(-3, 1)) for _ in range(TOWNS)]
        self.places = [self._around(towns[site % TOWNS]) for site in range(SITES)]

    def world(self) -> World:
        alone = PEOPLE
        offenders: list[Habits] = []
        for _ in range(GROUPS):
            company = self.random.choice([3, 4])
            alone -= company
            offenders.append(self._habits(company))
        offenders += [self._habits(1) for _ in range(alone)]
        look_alikes = [self._look_alike(self.random.choice(offenders)) for _ in range(PEOPLE // 4)]
        made = [(number, habits) for number, habits in enumerate(offenders) for _ in range(self._times(habits))]
        made += [
            (len(offenders) + number, habits)
            for number, habits in enumerate(look_alikes)
            for _ in range(self.random.randint(1, 4))
        ]
        once = [(-1 - number, self._habits(self._company())) for number in range(REPORTS - len(made))]
        events = [(who, self._event(habits)) for who, habits in [*made, *once]]
        return self._numbered(events)

    def _times(self, habits: Habits) -> int:
        """Few offend often: between 3 and 30 times, groups more."""
        return min(30, 3 + int(self.random.expovariate(1 / (9 if habits.company > 1 else 6))))

    def _company(self) -> int:
        return self.random.choices([1, 2, 3, 4], [75, 17, 6, 2])[0]

    def _habits(self, company: int) -> Habits:
        town = self.random.randrange(TOWNS)
        return Habits(
            methods=self.random.sample(METHODS, self.random.choice([1, 2])),
            products=self.random.sample(PRODUCTS, 3),
            sites=[*self.random.sample(range(town, SITES, TOWNS), 4), self.random.randrange(SITES)],
            hour=self.random.triangular(7, 22, 16),
            weekdays=self.random.sample(range(7), 3),
            clothes=self._wardrobe(company),
            marks=[self.random.choice(self.marks)] if self.random.random() < 0.35 + 0.1 * company else [],
            plate=self._plate() if self.random.random() < (0.75 if company > 1 else 0.45) else None,
            company=company,
        )

    def _wardrobe(self, company: int) -> list[str]:
        """Half of what is worn is what everybody wears."""
        return [self.random.choice(self.random.choice([self.clothes, self.popular])) for _ in range(2 + company)]

    def _look_alike(self, of: Habits) -> Habits:
        own = self._habits(of.company)
        return Habits(
            of.methods, of.products, of.sites, of.hour, of.weekdays, own.clothes, own.marks, own.plate, of.company
        )

    def _event(self, habits: Habits) -> Features:
        keeps = self.random.random
        site = self.random.choice(habits.sites) if keeps() < 0.9 else self.random.randrange(SITES)
        seen = [*[each for each in habits.clothes if keeps() < 0.45]]
        seen += [self.random.choice(self.popular)] if keeps() < 0.4 else []
        described = keeps() < 0.8
        return Features(
            report_id="",
            site_id=f"site-{site}",
            place=self.places[site],
            occurred_at=self._moment(habits),
            methods=frozenset(
                [each for each in habits.methods if keeps() < 0.8]
                + ([self.random.choice(METHODS)] if keeps() < 0.15 else [])
            ),
            products=frozenset(
                [each for each in habits.products if keeps() < 0.55]
                + ([self.random.choice(PRODUCTS)] if keeps() < 0.3 else [])
            ),
            suspects=max(1, habits.company - (keeps() < 0.25)) if described else 0,
            plates=self._noted(habits.plate),
            worn=frozenset(seen if described else []),
            marks=frozenset([each for each in habits.marks if keeps() < 0.65] if described else []),
        )

    def _moment(self, habits: Habits) -> datetime:
        day = self.random.randrange(52) * 7
        day += self.random.choice(habits.weekdays) if self.random.random() < 0.8 else self.random.randrange(7)
        hour = self.random.gauss(habits.hour, 1.5) if self.random.random() < 0.8 else self.random.triangular(7, 22, 16)
        return START + timedelta(days=day, hours=min(23.9, max(0, hour)))

    def _noted(self, plate: str | None) -> frozenset[str]:
        if plate is None or self.random.random() < 0.5:
            return frozenset()
        return frozenset(plate_tokens(INDEX_KEY, self._misread(plate) if self.random.random() < 0.125 else plate))

    def _misread(self, plate: str) -> str:
        at = self.random.randrange(len(plate))
        return plate[:at] + MISREAD.get(plate[at], self.random.choice(PLATE)) + plate[at + 1 :]

    def _plate(self) -> str:
        letters = "".join(self.random.choices(PLATE, k=5))
        return f"{letters[:2]}{self.random.randrange(100):02}{letters[2:]}"

    def _around(self, town: Point) -> Point:
        return town[0] + self.random.gauss(0, 0.04), town[1] + self.random.gauss(0, 0.06)

    def _numbered(self, events: list[tuple[int, Features]]) -> World:
        ordered = sorted(events, key=lambda each: each[1].occurred_at)
        together: dict[int, list[str]] = defaultdict(list)
        reports = []
        for number, (who, features) in enumerate(ordered):
            reports.append(replace(features, report_id=f"report-{number:05}"))
            together[who].append(reports[-1].report_id)
        pairs = {pair for ids in together.values() for pair in combinations(ids, 2)}
        return World(reports, frozenset(pairs))
