"""However a term is spelt, it is found, and what is shown to the reporter lies in what the reporter wrote."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.screening.normalise import fold, tokenise
from shared.screening.screen import screen

VIOLATING = [
    ("asian", "Suspect is an {} male in a grey coat.", "ethnic_origin"),
    ("black", "A {} male took two bottles of gin.", "ethnic_origin"),
    ("romanian", "The {} woman left by the side door.", "ethnic_origin"),
    ("muslim", "A {} lady took the cosmetics.", "religion"),
    ("jewish", "He is a {} man who lives nearby.", "religion"),
    ("communist", "Known {} who shouts at staff.", "politics"),
    ("lesbian", "The {} couple took wine.", "sexuality"),
    ("schizophrenic", "The {} man ran off.", "health"),
    ("pregnant", "A {} woman put cheese in the pram.", "health"),
    ("toddler", "A {} was sent in to steal sweets.", "minor"),
]
ACCENTS = "\u0300\u0301\u0308\u0327\u0336\u20dd"
WIDTHLESS = "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f\u180e"
LOOKALIKES = {
    **{
        "a": "а4@ɑᴀａ",
        "b": "Ьʙｂ8",
        "c": "сϲᴄｃ",
        "d": "ԁᴅｄ",
        "e": "еᴇｅ3",
        "g": "ɡɢ",
        "h": "һʜ",
        "i": "іıɪ1!",
        "k": "кᴋ",
    },
    **{
        "l": "ʟ1|Iⅼ",
        "m": "мᴍｍ",
        "n": "ɴпｎ",
        "o": "оοᴏ0",
        "p": "рρᴘ",
        "r": "гʀ",
        "s": "ѕꜱ$5",
        "t": "тᴛ7",
        "u": "ᴜυ",
        "x": "х",
    },
    **{"w": "ᴡω", "j": "јʝ", "z": "ᴢ"},
}
JOINTS = [" ", ".", "-", "_", "*"]


def accented(word: str, chance: random.Random) -> str:
    return "".join(letter + chance.choice(["", *ACCENTS]) for letter in word)


def widthless(word: str, chance: random.Random) -> str:
    return "".join(letter + chance.choice(["", *WIDTHLESS]) for letter in word)


def lookalike(word: str, chance: random.Random) -> str:
    """The first letter is no sign ('|esbian' begins with punctuation) and the last two stay ('4514n' is a number)."""
    first = [letter for letter in LOOKALIKES.get(word[0], "") if letter.isalnum()]
    rest = "".join(chance.choice([letter, *LOOKALIKES.get(letter, "")]) for letter in word[1:-2])
    return chance.choice([word[0], *first]) + rest + word[-2:]


def spaced(word: str, chance: random.Random) -> str:
    return chance.choice(JOINTS).join(word)


def repeated(word: str, chance: random.Random) -> str:
    return "".join(letter * chance.choice([1, 1, 3]) for letter in word)


def capitals(word: str, chance: random.Random) -> str:
    return "".join(chance.choice([letter, letter.upper()]) for letter in word)


DISGUISES = [accented, widthless, lookalike, spaced, repeated, capitals]


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda disguise: disguise.__name__)
@pytest.mark.parametrize(("word", "sentence", "attribute"), VIOLATING, ids=[word for word, _, _ in VIOLATING])
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_a_disguised_violation_stays_detected(disguise, word: str, sentence: str, attribute: str, seed: int) -> None:
    """Source: Unicode TS 39, 'Unicode Security Mechanisms', §4 confusable detection."""
    text = sentence.format(disguise(word, random.Random(seed)))
    assert attribute in screen(text).tally(), ascii(text)


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32), case=st.sampled_from(VIOLATING))
def test_two_disguises_at_once_stay_detected(seed: int, case: tuple[str, str, str]) -> None:
    word, sentence, attribute = case
    chance = random.Random(seed)
    plain = chance.choice([capitals, spaced])(word, chance)
    text = sentence.format(chance.choice([accented, widthless])(plain, chance))
    assert attribute in screen(text).tally(), ascii(text)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=300) | st.text("аbl аckасmu5l1m sikh 15yo.-*/\u200b\u0301ﬁß", max_size=200))
def test_findings_always_lie_in_the_original_text(text: str) -> None:
    screening = screen(text)
    for finding in (*screening.findings, *screening.minor_suspected):
        assert 0 <= finding.start < finding.end <= len(text)
        assert text[finding.start : finding.end] in finding.reason


@settings(deadline=None)
@given(st.text(max_size=200))
def test_folding_keeps_the_way_back(text: str) -> None:
    folded = fold(text)
    assert len(folded.origin) == len(folded.text) + 1
    assert list(folded.origin) == sorted(folded.origin)
    assert all(0 <= token.start < token.end <= len(text) for token in tokenise(text, folded))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("An Ａｓｉａｎ male ran.", "Ａｓｉａｎ male"),
        ("A m.u.s.l.i.m woman.", "m.u.s.l.i.m woman"),
        ("Zoë saw a bl\u200bäck male.", "bl\u200bäck male"),
        ("ﬁrst, a gypsy came", "gypsy"),
    ],
    ids=["full-width", "spaced", "zero-width", "after a ligature"],
)
def test_the_exact_words_are_quoted(text: str, quoted: str) -> None:
    (finding,) = screen(text).findings
    assert text[finding.start : finding.end] == quoted


@pytest.mark.parametrize(
    "text",
    [
        "He looks the same as Ian.",
        "He fled in his panic.",
        "Black ice on the car park.",
        "A 1980s record player, 15th shelf, Act 1980 s 2.",
        "Version 4.8.0 of 2024-02-22",
        "**its own**",
        "Sizes S M L X L were taken.",
        "Mr Blackman of Jewson called.",
        "That took 5 min or less.",
    ],
)
def test_ordinary_spellings_are_not_taken_for_disguises(text: str) -> None:
    assert not screen(text).findings, screen(text).findings


@pytest.mark.parametrize(
    "unit",
    [
        "a ",
        "1 ",
        "b*",
        "aaa",
        "b l a c k ",
        "mus lim ",
        "black and ",
        "looked about ",
        "he is ",
        "15-",
        "и",
        "-",
        "y.o. ",
    ],
)
def test_no_text_makes_it_slow(unit: str) -> None:
    """The longest narrative is 8000 characters; a quadratic step would take seconds."""
    began = time.process_time()
    screen(unit * (8000 // len(unit)))
    assert time.process_time() - began < 1
