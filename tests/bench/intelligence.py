"""``python -m tests.bench.intelligence``: how well suggestions find reports that belong together, in generated worlds.

Somebody opens every report once, in order of time, and then once again, looks at up to three suggestions each, and says
yes or no. In one run nobody says anything: then every suggestion is between two single reports.

``--estimate`` fits ``shared/intelligence/weights.toml`` to the training seed. The other seeds are only ever measured.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from shared.intelligence import comparison, population, rates, scoring
from shared.intelligence.features import Features
from shared.intelligence.population import Pair, Population, pair
from tests.support.offences import HELD_OUT, THIRD, TRAINING, Generator, World

type Look = Callable[[Population, str], None]
type Numbers = NDArray[np.float64]
SHOWN, ROUNDS = 3, 2
WANTED_PRECISION = 0.92
"""The bar for a suggestion is set on the training seed, a little above the 0.9 that is promised."""
BANDS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0001)
ASPECTS = ("products", "methods", "worn", "marks", "place", "hour", "weekday", "company")
PLATES = ("same", "alike", "different")
LOOKED_AT = 5
"""Pairs of each report that the weights are fitted to: those that the weights so far put first."""
MISTAKES = 0.05


@dataclass
class Measured:
    """Of one run; ``said`` are the suggestions with their probability and whether they are true."""

    links: int
    said: list[tuple[float, bool]] = field(default_factory=list)
    found: int = 0
    """True links that are in one group at the end, or were suggested where nobody confirms."""
    wrong: int = 0
    """Links in one group that are not true: somebody confirmed what was wrong."""
    seconds: float = 0.0
    reports: int = 0

    @property
    def precision(self) -> float:
        return sum(true for _, true in self.said) / len(self.said) if self.said else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.links

    def __str__(self) -> str:
        right = sum(true for _, true in self.said)
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  ({right} right of {len(self.said)} shown)"


def drawn(world: World) -> tuple[Population, dict[str, set[str]]]:
    """The world's reports, and the truth about them."""
    truth: dict[str, set[str]] = defaultdict(set)
    for one, other in world.links:
        truth[one].add(other)
        truth[other].add(one)
    return population.of(world.reports, rates.measured(world.reports)), truth


def worked(world: World, *, confirms: bool, mistakes: float = 0.0, looks: Look | None = None) -> Measured:
    """Goes through all reports; ``mistakes`` is the share of verdicts that are wrong."""
    people, truth = drawn(world)
    result, chance, suggested = Measured(len(world.links)), Random(1), set[Pair]()
    began = time.process_time()
    for report in world.reports * (ROUNDS if confirms else 1):
        if looks:
            looks(people, report.report_id)
        result.reports += 1
        for link in people.proposals(report.report_id, SHOWN):
            one, other = link.reports
            if pair(one, other) in suggested:
                continue
            suggested.add(pair(one, other))
            true = other in truth[one]
            result.said.append((link.probability, true))
            if confirms:
                (people.join if true != (chance.random() < mistakes) else people.part)(one, other)
    result.seconds = time.process_time() - began
    joined = {p for group in people.groups for p in _pairs(group)} if confirms else suggested
    result.found = len(joined & world.links)
    result.wrong = len(joined - world.links) if confirms else 0
    return result


def _pairs(group: Sequence[str]) -> Iterable[Pair]:
    return (pair(one, other) for at, one in enumerate(group) for other in group[at + 1 :])


def same_plate(world: World) -> set[Pair]:
    """The baseline: reports in which exactly the same plate was noted."""
    by_plate: dict[str, list[Features]] = defaultdict(list)
    found: set[Pair] = set()
    for features in world.reports:
        for token in features.plates:
            found |= {
                pair(one.report_id, features.report_id)
                for one in by_plate[token]
                if comparison.levels(one, features)["plate"] == "same"
            }
            by_plate[token].append(features)
    return found


def against(found: Collection[Pair], world: World) -> str:
    right = len(world.links & set(found))
    return (
        f"precision {right / max(1, len(found)):.3f}  recall {right / len(world.links):.3f}  ({right} of {len(found)})"
    )


def rows() -> list[tuple[str, str]]:
    """The held-out world; :func:`more` is left to those who ask for it, because it takes minutes."""
    world = Generator(HELD_OUT).world()
    alone, confirmed = worked(world, confirms=False), worked(world, confirms=True)
    return [
        ("reports, true links", f"{len(world.reports)}, {len(world.links)}"),
        ("baseline: same plate", against(same_plate(world), world)),
        ("suggestions, nobody confirms any", str(alone)),
        ("suggestions, a person says yes or no", str(confirmed)),
        *_calibration(confirmed),
        ("time per report", f"{1e3 * confirmed.seconds / confirmed.reports:.2f} ms"),
    ]


def more() -> list[tuple[str, str]]:
    """Somebody who is sometimes wrong, and a third world."""
    slips = worked(Generator(HELD_OUT).world(), confirms=True, mistakes=MISTAKES)
    third = worked(Generator(THIRD).world(), confirms=True)
    return [
        (f"a person says yes or no, {MISTAKES:.0%} wrongly", f"{slips}, {slips.wrong} wrong links in groups"),
        ("a third seed, a person says yes or no", str(third)),
    ]


def _calibration(result: Measured) -> list[tuple[str, str]]:
    bands: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for said, true in result.said:
        band = next((at for at, top in enumerate(BANDS[1:]) if BANDS[at] <= said < top), None)
        if band is not None:
            bands[band].append((said, true))
    return [
        (
            f"said {BANDS[band]:.2f} to {min(1.0, BANDS[band + 1]):.2f}",
            f"said {sum(p for p, _ in each) / len(each):.3f}, true {sum(t for _, t in each) / len(each):.3f}"
            f" ({len(each)} suggestions)",
        )
        for band, each in sorted(bands.items())
    ]


# -- fitting -----------------------------------------------------------------------------------------------------------


def estimate(rounds: int = 1) -> None:
    """Writes weights, a few times over, because which pairs are looked at depends on the weights; then the bar."""
    world = Generator(TRAINING).world()
    for _ in range(rounds):
        seen = _labelled(world)
        _write(_fitted(seen), 0.5, len(seen), sum(true for _, _, true in seen))
    for bar in (0.45, 0.5, 0.55, 0.6, 0.65, 0.7):
        _write(scoring.table(), bar, len(seen), sum(true for _, _, true in seen))
        result = worked(world, confirms=True)
        print(f"bar {bar}: {result}", flush=True)
        if result.precision >= WANTED_PRECISION:
            return


type Labelled = tuple[str, list[float], bool]


def _labelled(world: World) -> list[Labelled]:
    """(band, what each aspect says, whether it is true) of what somebody would look at first."""
    _, truth = drawn(world)
    seen: list[Labelled] = []

    def look(people: Population, report_id: str) -> None:
        for _, other in people.ranked(report_id)[:LOOKED_AT]:
            report, group = people.compared(report_id, other)
            bits, plate = group.bits(report), group.plate(report)
            said = [*(bits.get(each, 0.0) for each in ASPECTS), *(float(plate == each) for each in PLATES)]
            seen.append((scoring.band(group.size), said, other in truth[report_id]))

    worked(world, confirms=True, looks=look)
    return seen


def _fitted(seen: Sequence[Labelled]) -> scoring.Table:
    """Logistic regression: the aspects' weights and the intercept are those of a band, the plates' are common."""
    names, width = list(scoring.BANDS), len(ASPECTS) + 1
    inputs = np.zeros((len(seen), width * len(names) + len(PLATES)))
    for at, (band, said, _) in enumerate(seen):
        start = width * names.index(band)
        inputs[at, start : start + width] = [*said[: len(ASPECTS)], 1.0]
        inputs[at, -len(PLATES) :] = said[len(ASPECTS) :]
    found = _logistic(inputs, np.array([true for _, _, true in seen], float))
    bands = {
        name: scoring.Band(
            intercept=float(found[width * at + width - 1]),
            weights={each: float(found[width * at + n]) for n, each in enumerate(ASPECTS)},
        )
        for at, name in enumerate(names)
    }
    plates = dict(zip(PLATES, map(float, found[-len(PLATES) :]), strict=True))
    return scoring.Table("", 0.5, bands, plates)


def _logistic(inputs: Numbers, true: Numbers, ridge: float = 1.0) -> Numbers:
    """The weights of greatest likelihood, kept a little small, by Newton's method."""
    weights = np.zeros(inputs.shape[1])
    for _ in range(25):
        said = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (true - said) - ridge * weights
        bend = (inputs * (said * (1 - said))[:, None]).T @ inputs + ridge * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def _write(known: scoring.Table, bar: float, pairs: int, links: int) -> None:
    lines = [
        "# How far each aspect is believed when a report is compared with a single one, with a group of two to four",
        "# that people confirmed, or with a larger one. Written by `python -m tests.bench.intelligence --estimate`.",
        f"# Source: the generated world of tests/support/offences.py, seed {TRAINING}: {pairs} comparisons,",
        f"# {links} of them true. No measurement of real crime: estimate anew from what people confirm and reject.",
        'version = "2026-11-habits"',
        f"suggest_from = {bar:.2f}",
    ]
    for name, band in known.bands.items():
        lines += ["", f"[bands.{name}]", f"intercept = {band.intercept:.4f}", "", f"[bands.{name}.weights]"]
        lines += [f"{aspect} = {weight:.4f}" for aspect, weight in band.weights.items()]
    lines += ["", "[plates]", *(f"{level} = {weight:.4f}" for level, weight in known.plates.items())]
    scoring.FILE.write_text("\n".join(lines) + "\n")
    scoring.table.cache_clear()


def exported(world: World) -> str:
    """For another linkage program; see ``linkage.py``."""
    towns = {site: min([site, *near]) for site, near in rates.measured(world.reports).near.items()}

    def row(report: Features) -> dict[str, object]:
        plates = sorted(report.plates)
        return {
            "id": report.report_id,
            "plate": "|".join(plates) or None,
            **{each: sorted(getattr(report, each)) for each in rates.WORDS_OF},
            "first_worn": min(report.worn, default=None),
            "first_marks": min(report.marks, default=None),
            "site": report.site_id,
            "town": towns[report.site_id],
            "weekday": report.occurred_at.weekday(),
            "company": report.suspects or None,
        }

    return json.dumps({"links": sorted(world.links), "reports": [row(each) for each in world.reports]})


def main() -> None:
    if "--export" in sys.argv:
        Path(sys.argv[-1]).write_text(exported(Generator(HELD_OUT).world()))
        return
    if "--estimate" in sys.argv:
        estimate()
    table = Table("what", "measured", title="Suggested links between reports, held-out worlds", title_justify="left")
    for what, result in [*rows(), *more()]:
        table.add_row(what, result)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
