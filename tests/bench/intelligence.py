"""``python -m tests.bench.intelligence``: how well suggestions find reports that belong together, in a generated world.

``--estimate`` fits ``shared/intelligence/weights.toml`` to the training seed. The held-out seed is only ever measured.
"""

import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from shared.intelligence import comparison, scoring
from shared.intelligence.candidates import Index
from shared.intelligence.features import Features
from tests.support.offences import HELD_OUT, TRAINING, Generator, World

type Pair = tuple[str, str]
SMOOTHING = 1.0
WANTED_PRECISION = 0.93
"""The bar for a suggestion is set on the training seed, a little above the 0.9 that is promised."""
BANDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0001)


@dataclass(frozen=True)
class Measured:
    found: int
    right: int
    links: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.links

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  ({self.right} right of {self.found} shown)"


def measured(found: Collection[Pair], world: World) -> Measured:
    return Measured(len(found), len(world.links & set(found)), len(world.links))


def compared(world: World) -> list[tuple[Features, Features]]:
    """Each report beside the earlier ones that the index gives for it, as when reports arrive one after another."""
    index, pairs = Index(), []
    for features in world.reports:
        pairs += [(other, features) for other in index.candidates(features)]
        index.add(features)
    return pairs


def ids(one: Features, other: Features) -> Pair:
    first, second = sorted((one.report_id, other.report_id))
    return first, second


def same_plate(world: World) -> set[Pair]:
    """The baseline: reports in which exactly the same plate was noted."""
    by_plate: dict[str, list[Features]] = defaultdict(list)
    found: set[Pair] = set()
    for features in world.reports:
        for token in features.plates:
            found |= {
                ids(one, features) for one in by_plate[token] if comparison.levels(one, features)["plate"] == "same"
            }
            by_plate[token].append(features)
    return found


def rows() -> list[tuple[str, str]]:
    world = Generator(HELD_OUT).world()
    began = time.process_time()
    pairs = compared(world)
    links = [scoring.score(one, other) for one, other in pairs]
    seconds = time.process_time() - began
    suggested = [link.reports for link in links if link.is_suggested]
    return [
        ("reports, true links", f"{len(world.reports)}, {len(world.links)}"),
        ("links among the candidates (recall of the index)", str(measured([link.reports for link in links], world))),
        ("baseline: same plate", str(measured(same_plate(world), world))),
        ("suggestions", str(measured(suggested, world))),
        *_calibration(links, world),
        ("time per report, candidates and scores", f"{1e3 * seconds / len(world.reports):.2f} ms"),
    ]


def _calibration(links: Iterable[scoring.Link], world: World) -> list[tuple[str, str]]:
    bands: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for link in links:
        band = next((at for at, top in enumerate(BANDS[1:]) if BANDS[at] <= link.probability < top), None)
        if band is not None:
            bands[band].append((link.probability, link.reports in world.links))
    return [
        (
            f"said {BANDS[band]:.2f} to {min(1.0, BANDS[band + 1]):.2f}",
            f"said {sum(p for p, _ in each) / len(each):.3f}, true {sum(t for _, t in each) / len(each):.3f}"
            f" ({len(each)} pairs)",
        )
        for band, each in sorted(bands.items())
    ]


def estimated(world: World) -> str:
    """``weights.toml`` for the labelled candidates of a world."""
    pairs = [(comparison.levels(one, other), ids(one, other) in world.links) for one, other in compared(world)]
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for levels, together in pairs:
        counts[together].update(f"{aspect}.{level}" for aspect, level in levels.items())
    rates = {together: _rates(counts[together]) for together in counts}
    weights = {code: math.log2(rates[True][code] / rates[False][code]) for code in scoring.WORDS}
    labelled = [
        (sum(weights[f"{aspect}.{level}"] for aspect, level in levels.items()), together) for levels, together in pairs
    ]
    slope, intercept = _logistic(labelled)
    known = scoring.Table("", 0, slope, intercept, weights)
    bar = _bar([(scoring.probability(total, known), together) for total, together in labelled])
    return _toml(rates, slope, intercept, bar, len(pairs), sum(together for _, together in pairs))


def _rates(counts: Counter[str]) -> Mapping[str, float]:
    """How often each level occurs where its aspect is known, smoothed so that none is 0."""
    aspects: dict[str, list[str]] = defaultdict(list)
    for code in scoring.WORDS:
        aspects[code.partition(".")[0]].append(code)
    return {
        code: (counts[code] + SMOOTHING) / (sum(counts[each] + SMOOTHING for each in codes))
        for codes in aspects.values()
        for code in codes
    }


def _logistic(labelled: list[tuple[float, bool]]) -> tuple[float, float]:
    """Slope and intercept of greatest likelihood, by Newton's method."""
    slope, intercept = 0.1, -2.0
    for _ in range(30):
        g0 = g1 = h00 = h01 = h11 = 0.0
        for total, together in labelled:
            p = 1 / (1 + math.exp(-max(-30.0, min(30.0, slope * total + intercept))))
            error, spread = together - p, p * (1 - p)
            g0, g1 = g0 + error, g1 + error * total
            h00, h01, h11 = h00 + spread, h01 + spread * total, h11 + spread * total * total
        determinant = h00 * h11 - h01 * h01
        intercept += (h11 * g0 - h01 * g1) / determinant
        slope += (h00 * g1 - h01 * g0) / determinant
    return slope, intercept


def _bar(scored: list[tuple[float, bool]]) -> float:
    """The lowest probability from which on enough suggestions are right."""
    right, best = 0, 1.0
    for shown, (p, together) in enumerate(sorted(scored, reverse=True), start=1):
        right += together
        if right / shown >= WANTED_PRECISION:
            best = p
    return best


def _toml(
    rates: Mapping[bool, Mapping[str, float]], slope: float, intercept: float, bar: float, pairs: int, links: int
) -> str:
    lines = [
        "# What each level of agreement between two reports is worth: m among pairs that belong together, u among",
        "# candidate pairs that do not. Written by `python -m tests.bench.intelligence --estimate`, never by hand.",
        f"# Source: the generated world of tests/support/offences.py, seed {TRAINING}: {pairs} candidate pairs,",
        f"# {links} of them true. No measurement of real crime: estimate anew from what people confirm and reject.",
        'version = "2026-11-generated"',
        f"suggest_from = {bar:.4f}",
        "",
        "[calibration] # probability = 1 / (1 + exp(-(slope * bits + intercept)))",
        f"slope = {slope:.4f}",
        f"intercept = {intercept:.4f}",
        "",
        "[levels]",
        *(f"{code} = {{ m = {rates[True][code]:.5f}, u = {rates[False][code]:.5f} }}" for code in scoring.WORDS),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    if "--estimate" in sys.argv:
        scoring.FILE.write_text(estimated(Generator(TRAINING).world()))
        scoring.table.cache_clear()
    table = Table("what", "measured", title="Suggested links between reports, held-out world", title_justify="left")
    for what, result in rows():
        table.add_row(what, result)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
