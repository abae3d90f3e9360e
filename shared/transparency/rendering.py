"""The same as pages: codes and periods in the reader's words."""

from pathlib import Path
from typing import Any

from shared.pages import directory
from shared.pages.languages import Language, Texts, Words
from shared.pages.rendering import render
from shared.retention.periods import Period
from shared.rights.terms import Term

READ_ONLY = {"privacy", "notices", "transparency"}
TEXTS = Texts(Path(__file__).with_name("texts"))


def page(name: str, language: Language, it: Any) -> str:
    """``name`` is a template of this package; it gets ``it`` as the model that programs get as JSON, and the pages on
    which people can do something."""
    doors = [each for each in directory.shown(language) if each.path.rpartition("/")[2] not in READ_ONLY]
    return render(f"transparency/pages/{name}.html", TEXTS, language, it=it, span_of=span, term_of=term, doors=doors)


def span(words: Words, period: str) -> str:
    """``P12M`` as people say it."""
    parsed = Period.parse(period)
    for count, unit in ((parsed.months, "month"), (parsed.days, "day"), (parsed.hours, "hour")):
        if count:
            return _count(words, count, unit)
    return words("period.nothing")


def term(words: Words, text: str) -> str:
    """``20 working days`` in another language."""
    parsed = Term.parse(text)
    return _count(words, parsed.count, parsed.unit.replace(" ", "_"))


def _count(words: Words, count: int, unit: str) -> str:
    return words(f"period.{unit}") if count == 1 else words(f"period.{unit}s", n=count)
