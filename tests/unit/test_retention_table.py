"""The document for privacy officers shows the schedule as it is."""

import re
from pathlib import Path

from cli import retention

PAGE = Path(__file__).parents[2] / "docs" / "retention.md"


def test_the_page_shows_the_table_in_force() -> None:
    found = re.search(r"<!-- schedule -->\n(.*)\n<!-- /schedule -->", PAGE.read_text(), re.DOTALL)
    assert found
    assert found[1] == retention.table(), "paste what ./reeve retention prints"


def test_one_place_shows_its_sources() -> None:
    lines = retention.table(("DE-BE", "DE")).splitlines()
    assert any("not kept" in line and "`" not in line and "| EU |" in line for line in lines)
