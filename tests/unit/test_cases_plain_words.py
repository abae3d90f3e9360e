"""A court reads words: whatever can be done to an item of evidence has some."""

import re
from itertools import chain
from pathlib import Path

import pytest

from shared.cases import plain_words
from shared.evidence.models import Verdict

ROOT = Path(__file__).parents[2]
NEVER_ABOUT_AN_ITEM = {"bundle:list", "bundle:read"}


def actions() -> set[str]:
    """All that the sources name, with each verdict of a scanner."""
    sources = chain((ROOT / "shared/evidence").rglob("*.py"), (ROOT / "shared/cases").glob("bundl*.py"))
    found = {name for each in sources for name in re.findall(r'"((?:evidence|bundle):[a-z-]+)"', each.read_text())}
    return (found | {f"evidence:scan:{each.value}" for each in Verdict}) - NEVER_ABOUT_AN_ITEM


def test_every_action_has_words() -> None:
    assert len(actions()) > 12
    assert actions() - plain_words.ACTIONS.keys() == set()
    assert plain_words.action("evidence:store") == "Examined, fingerprinted and sealed (evidence:store)"
    assert plain_words.action("of:tomorrow") == "of:tomorrow"


@pytest.mark.parametrize(
    ("name", "words"), [("reportedBy", "reported by"), ("people", "people"), ("siteId", "site id")]
)
def test_fields_are_told_in_words(name: str, words: str) -> None:
    assert plain_words.field(name) == words
