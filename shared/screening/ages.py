"""Ages, school years and teens in words: what says somebody is under 18. '12 year old malt' does not, nor 'Male 1'."""

import functools
import re
from collections.abc import Iterator

from shared.screening.terms import lexicon

_WORD_NUMBER = (
    "seventeen|sixteen|fifteen|fourteen|thirteen|twelve|eleven|ten|nine|eight|seven|six|five|four|three|two|one"
)
_NUMBER = rf"(?:(?:1[0-7]|[1-9])(?!\d)|\b(?:{_WORD_NUMBER})\b)"
_ANY_NUMBER = rf"(?:[1-9]\d?(?!\d)|\b(?:{_WORD_NUMBER}|eighteen|nineteen|twenty)\b)"
_NOT_A_PART = r"(?<![\d£$€.:/'+-])"
_RANGE = rf"(?:\s?(?:-|/|to|or|and|maybe)\s?{_ANY_NUMBER})?"
_AGE = rf"{_NOT_A_PART}{_NUMBER}{_RANGE}"
_AGE_NOT_A_COUNT = rf"{_NOT_A_PART}(?:[89]|1[0-7])(?!\d){_RANGE}"
"""'Male 1' and 'suspect 2' count people."""

_ROUGHLY = (
    r"(?:only|just|to be|about|around|maybe|like|approx\w*|perhaps|possibly|probably|roughly|between|circa|c|of|say"
    r"|no more than|no older than|not older than|younger than|at most|barely|not yet|under|maximum|as young as"
    r"|another|a)[.:]?\s+"
)
_ENDS = (
    r"(?=\s*(?:$|[,;!?()\n\"]|\.(?!\d)|:(?!\d)|\s-\s"
    r"|(?:or|and|to|wearing|with|at most|at the most|max|when|who|but|years|yrs|ish|tops|maybe|if|in a|in school|took"
    r"|stole|ran|he|she|they|had|was|were|i|so|on|from|carrying)\b))(?!\s*years (?!old|of age|\.|,))"
)
_PERSON = (
    r"(?:m[ae]n|males?|wom[ae]n|females?|lads?|boys?|girls?|guys?|person|people|youths?|suspects?|offenders?|kids?"
    r"|child(?:ren)?|son|daughter|brother|sister|teen(?:ager)?s?|friends?|thie(?:f|ves)|students?|pupils?"
    r"|individuals?|subjects?|shoplifters?)"
)
_LOOKS = (
    r"(?:is|was|are|were|be|look|looks|looked|seems?|seemed|appears?|appeared|turned|claimed to be"
    r"|(?:said|says) (?:he|she|they)(?:'?s| is| was| were| are))"
)
_YEARS_OLD = (
    r"(?:y\s?[./]?\s?o\b\.?|(?:yrs?|years?)[\s-]*(?:old|olds|of age)\b"
    r"|yrs?\b\.?(?=\s*(?:[,.]|$|m[ae]n\b|(?:fe)?males?\b)))"
)
_SCHOOL_YEAR = rf"(?:[1-9]|1[0-3]|{_WORD_NUMBER})"
_PUPILS = r"(?:students?|pupils?|kids?|boys?|girls?|lads?|child(?:ren)?|class|group)"

_PATTERNS = (
    # "15yo", "12-14 years old", "fifteen-year-old"
    rf"{_AGE}[\s-]*{_YEARS_OLD}",
    # "aged 15", "ages: about 12 to 14"
    rf"\b(?:aged?|ages)\s*:?\s*(?:{_ROUGHLY})*{_AGE}(?!\s*(?:minutes|mins|hours|days|months|%))",
    # "he's 15", "the boy looked about sixteen", "said she was 17"
    rf"\b(?:he|she|they|who|both|{_PERSON})(?:'?s|'?re|\s+{_LOOKS})\s+(?:{_ROUGHLY})*{_AGE}{_ENDS}",
    rf"\b(?:look(?:s|ed)?|seem(?:s|ed)?|age and (?:he|she|they) said)\s+(?:{_ROUGHLY})*{_AGE}{_ENDS}",
    # "male, about 9", "lads between 13 and 15"
    rf"\b{_PERSON}\s*[,(:-]?\s*(?:aged?\s+)?(?:{_ROUGHLY})+{_AGE}{_ENDS}",
    # "male, 16-17", "suspect (16)", "F, 15"
    rf"\b{_PERSON}\s*[,(:-]?\s*{_AGE_NOT_A_COUNT}{_ENDS}",
    rf"(?<!size )(?<!sizes )\b[mf]\s?[,/]\s?1[0-7](?!\d){_ENDS}",
    # "both were under 16", "under the age of 18", "not yet 18", "as young as seven"
    rf"\b(?:is|was|are|were|be|being|both|{_PERSON})\s+(?:clearly\s+|probably\s+)?under[\s-]?(?:age|1[0-8]){_ENDS}",
    r"\bunder the age of 1[0-8]\b|\bunder[\s-]1[0-8]'?s\b|\bnot yet 18\b",
    rf"\bas young as {_NUMBER}",
    # "year 9 student", "in Year 10", "8th grader"
    rf"\b(?:year|yr)\s?{_SCHOOL_YEAR}s?\s{_PUPILS}\b",
    rf"\bin\s(?:year|yr|grade)\s?(?:[7-9]|1[0-3]|{_WORD_NUMBER})\b(?!\s*of\b)",
    rf"\b\d{{1,2}}(?:st|nd|rd|th)[\s-]grade(?:r|rs)?\b|\bgrade\s\d{{1,2}}\s{_PUPILS}\b",
)
_ANY = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))
_HINT = re.compile(rf"\d|\b(?:{_WORD_NUMBER})\b|under")
_SENTENCE = re.compile(r"[^.;!?\n]+(?:\.(?!\s)[^.;!?\n]*)*[.;!?\n]?")
_WORDS_AROUND = 3
_WORD = re.compile(r"[a-z]+")


def young_ages(folded: str) -> Iterator[tuple[int, int]]:
    """Where the folded text states an age under 18."""
    for sentence in _SENTENCE.finditer(folded):
        if _HINT.search(folded, *sentence.span()):
            for match in _ANY.finditer(folded, *sentence.span()):
                if not _of_a_thing(folded, *match.span()):
                    yield match.span()


def _of_a_thing(folded: str, start: int, end: int) -> bool:
    before = _WORD.findall(folded[max(0, start - 40) : start].rpartition(".")[2])[-_WORDS_AROUND:]
    after = _WORD.findall(folded[end : end + 40].partition(".")[0].partition(",")[0])[:_WORDS_AROUND]
    if set(before) & _people() or set(_WORD.findall(folded[start:end])) & _people():
        return False
    return not _things().isdisjoint([*before, *after])


@functools.cache
def _things() -> frozenset[str]:
    return lexicon().table.words.aged_things


@functools.cache
def _people() -> frozenset[str]:
    words = lexicon().table.words
    return words.person | {"he", "she", "they", "who"}
