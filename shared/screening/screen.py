"""Screens what a reporter writes, before it is kept: what may not be said of anybody, and whether a minor is described.

Nothing is stored, nothing is logged and nothing is rewritten: the reporter gets the exact words, why they cannot stay
and what to write instead.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.screening.ages import young_ages
from shared.screening.contexts import Place, judged
from shared.screening.disguises import reveal
from shared.screening.normalise import Folded, Gap, Token, fold, tokenise
from shared.screening.terms import Attribute, Group, Lexicon, Term, lexicon


@dataclass(frozen=True, slots=True)
class Finding:
    """``text[start:end]`` is what was found. The reason quotes it: for the reporter's eyes only."""

    start: int
    end: int
    attribute: Attribute
    reason: str = field(repr=False)
    suggestion: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Screening:
    findings: tuple[Finding, ...]
    minor_suspected: tuple[Finding, ...]
    terms_version: str

    def tally(self) -> Mapping[str, int]:
        """How many findings of each kind: all that a log or a statistic may know."""
        return Counter(str(finding.attribute) for finding in (*self.findings, *self.minor_suspected))


def screen(text: str) -> Screening:
    known = lexicon()
    folded = fold(text)
    found = _without_overlaps(sorted(_found(text, folded, known), key=lambda hit: (hit[0], -hit[1])))
    findings = [_explained(text, known, *hit) for hit in found]
    return Screening(
        findings=tuple(finding for finding in findings if finding.attribute is not Attribute.MINOR),
        minor_suspected=tuple(finding for finding in findings if finding.attribute is Attribute.MINOR),
        terms_version=known.table.version,
    )


type Hit = tuple[int, int, Attribute, Group | None]


def _found(text: str, folded: Folded, known: Lexicon) -> Iterator[Hit]:
    tokens = reveal(tokenise(text, folded))
    for first, term in _terms_in(tokens, known):
        span = judged(Place(tokens, first, first + len(term.words), term, known))
        if span:
            yield tokens[span[0]].start, tokens[span[1] - 1].end, term.group.attribute, term.group
    for start, end in young_ages(folded.text):
        yield *folded.span(start, end), Attribute.MINOR, None


def _terms_in(tokens: list[Token], known: Lexicon) -> Iterator[tuple[int, Term]]:
    """Every term that stands in the text; of one group's terms at one place only the longest."""
    for first, token in enumerate(tokens):
        candidates = known.by_first_word.get(token.word) or known.by_first_word.get(token.bare)
        longest = 0
        for term in candidates or ():
            if len(term.words) >= longest and _stands(tokens, first, term):
                longest = len(term.words)
                yield first, term


def _stands(tokens: list[Token], first: int, term: Term) -> bool:
    for at, word in enumerate(term.words[1:], first + 1):
        if at == len(tokens) or tokens[at].bare != word or tokens[at].gap is not Gap.SPACE:
            return False
    return True


def _without_overlaps(hits: list[Hit]) -> list[Hit]:
    """Two findings of one attribute that touch are one: 'one black and one white male'."""
    result: list[Hit] = []
    last: dict[Attribute, int] = {}
    for hit in hits:
        start, end, attribute, group = hit
        at = last.get(attribute)
        if at is not None and start < result[at][1]:
            result[at] = (result[at][0], max(end, result[at][1]), attribute, result[at][3] or group)
        else:
            last[attribute] = len(result)
            result.append(hit)
    return result


def _explained(text: str, known: Lexicon, start: int, end: int, attribute: Attribute, group: Group | None) -> Finding:
    explanation = known.table.attribute[attribute]
    verb = "suggests" if attribute is Attribute.MINOR else "describes"
    suggestion = (group and group.suggestion) or explanation.suggestion
    return Finding(start, end, attribute, f"'{text[start:end]}' {verb} {explanation.label}.", suggestion)
