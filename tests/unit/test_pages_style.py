"""Colours that everybody can read: WCAG 2.2 SC 1.4.3 (text, 4.5 to 1) and SC 1.4.11 (edges, 3 to 1), light and dark."""

import re

import pytest

from shared.pages.rendering import STYLESHEET

TEXT = [
    ("ink", "paper"), ("soft-ink", "paper"), ("accent", "paper"), ("on-accent", "accent"), ("wrong", "paper"),
    ("wrong", "wrong-soft"), ("ink", "wrong-soft"), ("ink", "soft"),
]  # fmt: skip
EDGES = [("line", "paper"), ("accent", "paper"), ("wrong", "paper")]


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", STYLESHEET, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in blocks[:2])
    return {"light": light, "dark": dark}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_what_the_standard_says() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(scheme: str) -> None:
    colours = palettes()[scheme]
    ratios = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXT}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}
    ratios = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in EDGES}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 3} == {}


def test_nothing_is_fetched() -> None:
    assert "url(" not in STYLESHEET
    assert "@import" not in STYLESHEET
