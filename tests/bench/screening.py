"""``python -m tests.bench.screening``: how much of the labelled sentences the free-text screen finds, and how fast."""

import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shared.screening.screen import screen
from shared.screening.terms import Attribute

SENTENCES = Path(__file__).parents[1] / "data" / "screening"
PARTS = ("tuning", "held_out", "unseen")
NARRATIVE = 500
RUNS = 7


@dataclass(frozen=True, slots=True)
class Sentence:
    """A labelled sentence of one part of the set.

    ``tuning`` shaped the rules. ``held_out`` is every third sentence of the first set, written before the rules and not
    looked at since; its neighbours are alike. ``unseen`` was written after the rules and nothing was changed for it: it
    says best what to expect of texts to come.
    """

    text: str
    expected: frozenset[str]
    obfuscated: bool
    part: str

    @property
    def found(self) -> frozenset[str]:
        return frozenset(screen(self.text).tally())


@dataclass(slots=True)
class Score:
    right: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    def __str__(self) -> str:
        counts = f"{self.right} found, {self.missed} missed, {self.wrong} wrong"
        return f"recall {self.recall:.3f}  precision {self.precision:.3f}  ({counts})"


def sentences() -> list[Sentence]:
    return [sentence for part in PARTS for sentence in _read(part)]


def _read(part: str) -> Iterator[Sentence]:
    for line in (SENTENCES / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        expected = frozenset(row["attributes"]) | ({Attribute.MINOR.value} if row["minor"] else frozenset())
        yield Sentence(row["text"], expected, row["obfuscated"], part)


def score(among: Iterable[Sentence], attributes: Iterable[str]) -> Score:
    """One decision a sentence and attribute."""
    wanted, total = frozenset(attributes), Score()
    for sentence in among:
        found, expected = sentence.found & wanted, sentence.expected & wanted
        total.right += len(found & expected)
        total.missed += len(expected - found)
        total.wrong += len(found - expected)
    return total


def rows() -> list[tuple[str, str]]:
    everything = sentences()
    protected = [attribute.value for attribute in Attribute if attribute is not Attribute.MINOR]
    parts = {part: [sentence for sentence in everything if sentence.part == part] for part in PARTS}
    parts["obfuscated"] = [sentence for sentence in everything if sentence.obfuscated]
    return [
        (f"protected attributes, all {len(everything)}", str(score(everything, protected))),
        *((f"- {part}, {len(among)}", str(score(among, protected))) for part, among in parts.items()),
        *((f"{attribute}", str(score(everything, [attribute]))) for attribute in protected),
        ("minors, all", str(score(everything, [Attribute.MINOR]))),
        *((f"- {part}", str(score(among, [Attribute.MINOR]))) for part, among in parts.items()),
        (f"time per {NARRATIVE} characters, clean", _time(s for s in everything if not s.expected)),
        (f"time per {NARRATIVE} characters, violating", _time(s for s in everything if s.expected)),
    ]


def _time(among: Iterable[Sentence]) -> str:
    text = " ".join(sentence.text for sentence in among)
    narratives = [text[at : at + NARRATIVE] for at in range(0, len(text) - NARRATIVE, NARRATIVE)]
    median = statistics.median(_seconds(lambda: [screen(narrative) for narrative in narratives]) for _ in range(RUNS))
    return f"{1e6 * median / len(narratives):.0f} µs"


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    table = Table("what", "measured", title="Free-text screen", title_justify="left")
    for what, measured in rows():
        table.add_row(what, measured)
    Console(width=120).print(table)
