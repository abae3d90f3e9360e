"""Words that were spelt so as not to be found: 'b l a c k', 'mu5lim', 'gaaay', 'bl*ck', 'asi-an', 'asianmale'.

Only words of the vocabulary are ever recovered; everything else stays as it was written.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.screening.normalise import UNKNOWN_LETTER, Gap, Token, shape
from shared.screening.terms import Lexicon, lexicon

_RUN = re.compile(r"(.)\1+")
_MEASURE = re.compile(r"\d+(?:[a-z]|st|nd|rd|th)?")
"""'1980s' and '15th' are numbers, though 1980s looks like the name of a people."""
_JOINTS = frozenset([" ", ".", "-", "_", "*", "/", "'", "~", "+", "•", "·"])
_SHORTEST = 3
_SHORTEST_JOINED = 5
_PLAINLY_REPEATED = 3
_MOST_PIECES = 4


@dataclass(frozen=True)
class Spellings:
    """The vocabulary, arranged by the ways of hiding its words."""

    lexicon: Lexicon
    by_shape: dict[str, str]
    by_squeezed: dict[str, tuple[str, ...]]
    by_length: dict[int, tuple[str, ...]]
    joinable: frozenset[str]
    beginnings: frozenset[str]
    longest: int


@functools.cache
def spellings() -> Spellings:
    known = lexicon()
    squeezed: defaultdict[str, list[str]] = defaultdict(list)
    by_length: defaultdict[int, list[str]] = defaultdict(list)
    words = sorted(word for word in known.vocabulary if word.isalpha())  # 'ic3' looks like 'ice'
    for word in words:
        squeezed[_squeeze(shape(word))].append(word)
        by_length[len(word)].append(word)
    joinable = frozenset(word for word in known.vocabulary - known.table.words.person if len(word) >= _SHORTEST_JOINED)
    joinable |= known.single_words & known.table.words.person
    return Spellings(
        lexicon=known,
        by_shape={shape(word): word for word in words},
        by_squeezed={key: tuple(words) for key, words in squeezed.items()},
        by_length={length: tuple(words) for length, words in by_length.items()},
        joinable=joinable,
        beginnings=frozenset(shape(word[:end]) for word in joinable for end in range(1, len(word))),
        longest=max(by_length),
    )


def reveal(tokens: list[Token]) -> list[Token]:
    """The same words, with those in disguise replaced by what they stand for."""
    known = spellings()
    return list(_each_revealed(_joined(_letters_gathered(tokens, known), known), known))


def _letters_gathered(tokens: list[Token], known: Spellings) -> list[Token]:
    """'b l a c k' and 'g.a.y': a run of single characters, parted alike, becomes the words that it spells."""
    result: list[Token] = []
    at = 0
    while at < len(tokens):
        end = at + 1
        if len(tokens[at].word) == 1:
            while end < len(tokens) and len(tokens[end].word) == 1 and _same_joint(tokens, at, end):
                end += 1
        if end - at < _SHORTEST:
            result.append(tokens[at])
            at += 1
        else:
            letters = tokens[at:end]
            result.extend(letters if _mostly_digits(letters) else _spelt(letters, known))
            at = end
    return result


def _same_joint(tokens: list[Token], first: int, at: int) -> bool:
    joint = tokens[at].between
    return joint in _JOINTS and (at == first + 1 or joint == tokens[first + 1].between)


def _mostly_digits(letters: list[Token]) -> bool:
    """A version or a date, not a word with digits for letters."""
    return sum(letter.word.isalpha() for letter in letters) * 2 <= len(letters)


def _spelt(letters: list[Token], known: Spellings) -> Iterator[Token]:
    spelling = "".join(letter.shape for letter in letters)
    at = 0
    while at < len(spelling):
        for end in range(min(len(spelling), at + known.longest), at + _SHORTEST - 1, -1):
            word = known.by_shape.get(spelling[at:end])
            if word:
                yield _merged(letters[at:end], word)
                at = end
                break
        else:
            yield letters[at]
            at += 1


def _joined(tokens: list[Token], known: Spellings) -> Iterator[Token]:
    """'mus-lim' and 'schizo phrenic': pieces that make a term together."""
    at = 0
    while at < len(tokens):
        pieces = _pieces_of_a_term(tokens, at, known)
        if pieces:
            yield _merged(tokens[at : at + pieces[0]], pieces[1])
            at += pieces[0]
        else:
            yield tokens[at]
            at += 1


def _pieces_of_a_term(tokens: list[Token], at: int, known: Spellings) -> tuple[int, str] | None:
    spelling = tokens[at].shape
    for count in range(2, min(_MOST_PIECES, len(tokens) - at) + 1):
        if spelling not in known.beginnings:
            return None
        piece = tokens[at + count - 1]
        if piece.between not in _JOINTS or _is_number(piece) or _is_number(tokens[at]):
            return None
        spelling += piece.shape
        word = known.by_shape.get(spelling)
        if word in known.joinable and not _really_two_words(tokens[at : at + count], known):
            return count, word
    return None


def _is_number(piece: Token) -> bool:
    return len(piece.bare) > 1 and _MEASURE.fullmatch(piece.bare) is not None


def _really_two_words(pieces: list[Token], known: Spellings) -> bool:
    return " ".join(piece.word for piece in pieces) in known.lexicon.table.spelling.not_joined


def _each_revealed(tokens: Iterator[Token], known: Spellings) -> Iterator[Token]:
    vocabulary = known.lexicon.vocabulary
    for token in tokens:
        if token.bare in vocabulary:
            yield token
        elif word := _recognised(token, known):
            yield token.replaced(word)
        elif token.shape[:_SHORTEST] in known.beginnings:
            yield from _parted(token, known)
        else:
            yield token


def _recognised(token: Token, known: Spellings) -> str | None:
    look = token.shape
    if len(look) < _SHORTEST or _MEASURE.fullmatch(token.bare):
        return None
    if found := known.by_shape.get(look):
        return found
    if UNKNOWN_LETTER in look:
        return known.by_shape.get(look.replace(UNKNOWN_LETTER, "")) or _guessed(look, known)
    return _without_repeats(look, known) if _RUN.search(look) else None


def _without_repeats(look: str, known: Spellings) -> str | None:
    """'gaaay' is 'gay' with letters repeated; 'Kidd' is a name and 'con' is not 'coon'."""
    candidates = known.by_squeezed.get(_squeeze(look))
    if not candidates:
        return None
    runs = _runs(look)
    if len(look) < _SHORTEST_JOINED and max(runs) < _PLAINLY_REPEATED:
        return None
    for word in candidates:
        if all(ours <= theirs for ours, theirs in zip(_runs(shape(word)), runs, strict=True)):
            return word
    return None


def _guessed(look: str, known: Spellings) -> str | None:
    """'bl*ck': at least three letters and more than half of them must be there."""
    given = len(look) - look.count(UNKNOWN_LETTER)
    if given < _SHORTEST or given * 2 <= len(look):
        return None
    for word in known.by_length.get(len(look), ()):
        if all(theirs in (ours, UNKNOWN_LETTER) for ours, theirs in zip(shape(word), look, strict=True)):
            return word
    return None


def _parted(token: Token, known: Spellings) -> Iterator[Token]:
    """'asianmale' is two words; the surname Blackman is one."""
    look, spelling = token.shape, known.lexicon.table.spelling
    if token.bare not in spelling.not_split:
        for cut in range(_SHORTEST, len(look) - 2):
            term, person = known.by_shape.get(look[:cut]), known.by_shape.get(look[cut:])
            if term in known.lexicon.single_words and person in spelling.split_person:
                yield token.replaced(term)
                yield replace(token.replaced(person), between=" ", gap=Gap.SPACE, capital=False)
                return
    yield token


def _merged(tokens: list[Token], word: str) -> Token:
    return tokens[0].replaced(word, tokens[-1].end)


def _squeeze(word: str) -> str:
    return _RUN.sub(r"\1", word)


def _runs(word: str) -> list[int]:
    return [len(run.group()) for run in re.finditer(r"(.)\1*", word)]
