"""Text as it reads, whatever characters spell it, with the way back to the text as it was written.

``fold`` undoes what Unicode offers for disguise: accents, full-width and mathematical letters, characters without
width, and letters of other alphabets that look like Latin ones. ``tokenise`` cuts the result into words. Every word
knows where it stood in the original, so that an explanation can point at it.
"""

import functools
import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

UNKNOWN_LETTER = "\N{REPLACEMENT CHARACTER}"
"""Stands for a letter that resembles nothing we know, or for an asterisk within a word: it may be any letter."""

# Letters that look like a Latin letter and do not decompose to it, after the confusables of Unicode TS 39.
_LOOKALIKES = {
    "a": "аαɑᴀ∂ᗩꭺ",
    "b": "ьвʙβɓƅᏴᗷ",
    "c": "сϲᴄςƈⅽꮯᏟ",
    "d": "ԁɗđᴅðꓒᎠ",
    "e": "еєεɛэᴇҽℯәǝꭼᎬ",
    "f": "ƒғꜰϝẝ",
    "g": "ɡɢǥԍցᏀ",
    "h": "һнʜħհᏂΗ",
    "i": "іιıɪɩᎥ׀",
    "j": "јʝᴊϳᎫ",
    "k": "кκᴋƙқᏦ",
    "l": "ʟłɭӏⅼꓡᏞ",
    "m": "мᴍϻɱᎷΜ",
    "n": "пηɴŋɲոռΝ",
    "o": "оοσøᴏօɵ૦๐०০ⲟ",
    "p": "рρᴘþƥᏢ",
    "q": "ԛգɋ",
    "r": "гʀɾɍᎡ",
    "s": "ѕꜱʂƽᏚ",
    "t": "тτᴛŧƭᎢ",
    "u": "υᴜսцʋμ",
    "v": "νѵᴠⅴᏙ",
    "w": "ѡωᴡԝшᏔ",
    "x": "хχⅹӿ",
    "y": "уүγʏɏყᎩΥ",
    "z": "ᴢʐƶᏃ",
    "'": "’‘ʼ`´",
    "-": "–—‐‑‒−",
}
_CONFUSABLE = {other: latin for latin, others in _LOOKALIKES.items() for other in others}
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u180e")
_SHAPE = str.maketrans("4@30$571!|l+89*", f"aaeosstiiiitbg{UNKNOWN_LETTER}")
_LETTER_RANGES = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)  # squared, circled and flag letters, each A to Z
_RUN_OF_ONE_KIND = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]")
_EDGE = rf"[a-z0-9@${UNKNOWN_LETTER}]"
_INNER = rf"[a-z0-9@$*!|{UNKNOWN_LETTER}]"
_WORD = re.compile(rf"(?<![a-z0-9/])[a-z]/[a-z](?![a-z0-9/])|{_EDGE}(?:{_INNER}*{_EDGE})?(?:'[a-z]+)?")


class Gap(IntEnum):
    """What parts a word from the one before it."""

    SPACE = 0
    PAUSE = 1
    STOP = 2


@dataclass(frozen=True, slots=True)
class Folded:
    """``origin[i]`` is where the folded character ``i`` begins in the original; one more entry marks its end."""

    text: str
    origin: Sequence[int]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where ``text[first:last]`` stands in the original; never empty, for one character may fold to several."""
        return self.origin[first], max(self.origin[last], self.origin[last - 1] + 1)


@dataclass(slots=True)
class Token:
    word: str
    bare: str
    """Without the possessive."""
    shape: str
    """The bare word by its look, see ``shape``."""
    start: int
    end: int
    between: str
    """The folded text that parts this word from the one before."""
    gap: Gap
    capital: bool
    """Begins with a capital, without being all capitals: it may be a name."""

    def replaced(self, word: str, end: int | None = None) -> "Token":
        """The same place, read as ``word``."""
        at_end = self.end if end is None else end
        return Token(word, word, shape(word), self.start, at_end, self.between, self.gap, self.capital)


def shape(word: str) -> str:
    """Digits and signs as the letters they imitate; I, l, 1, ! and | look alike, so all are one."""
    return word.translate(_SHAPE)


def fold(text: str) -> Folded:
    if text.isascii():
        return Folded(text.lower(), range(len(text) + 1))
    parts: list[str] = []
    origin = array("L")
    for run in _RUN_OF_ONE_KIND.finditer(text):
        at, written = run.start(), run.group()
        folded = written.lower() if written.isascii() else _fold_character(written)
        parts.append(folded)
        origin.extend(range(at, at + len(folded)) if written.isascii() else [at] * len(folded))
    origin.append(len(text))
    return Folded("".join(parts), origin)


def tokenise(text: str, folded: Folded) -> list[Token]:
    tokens: list[Token] = []
    plain, shapes, before = folded.text, shape(folded.text), 0
    for match in _WORD.finditer(plain):
        first, last = match.span()
        start, end = folded.span(first, last)
        word, between = plain[first:last], plain[before:first]
        bare = word.partition("'")[0] if "'" in word else word
        capital = text[start].isupper() and not text[start + 1 : start + 2].isupper()
        gap = Gap.SPACE if between == " " else _gap(between)
        tokens.append(Token(word, bare, shapes[first : first + len(bare)], start, end, between, gap, capital))
        before = last
    return tokens


@functools.lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _BLANKS or unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return ""
    for first in _LETTER_RANGES:
        if first <= ord(character) < first + 26:
            return chr(ord("a") + ord(character) - first)
    parts = unicodedata.normalize("NFKD", character)
    return "".join(_fold_part(part) for part in parts if not unicodedata.combining(part))


def _fold_part(part: str) -> str:
    """Confusables are looked up before and after folding case: a capital may resemble another letter."""
    if part.isascii():
        return part.lower()
    folded = part.casefold()
    known = _CONFUSABLE.get(part) or _CONFUSABLE.get(folded)
    if known:
        return known
    if folded.isascii():
        return folded
    return UNKNOWN_LETTER if part.isalpha() else part


@functools.lru_cache(maxsize=1024)
def _gap(between: str) -> Gap:
    if any(mark in between for mark in ".!?;\n"):
        return Gap.STOP
    if any(mark in between for mark in ',:()[]/"') or " - " in between:
        return Gap.PAUSE
    return Gap.SPACE
