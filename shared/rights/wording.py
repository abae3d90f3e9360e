"""The words of an answer, by language. New Zealand's English is English with what its law says differently."""

import functools
import tomllib
from pathlib import Path
from typing import Any

from shared.rights.models import Language

HOME = Path(__file__).with_name("words")


@functools.cache
def of(language: Language) -> dict[str, Any]:
    base, _, variant = language.value.partition("-")
    words = tomllib.loads((HOME / f"{base}.toml").read_text())
    if variant:
        words = _over(words, tomllib.loads((HOME / f"{language.value}.toml").read_text()))
    return words


def _over(words: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = dict(words)
    for name, value in other.items():
        merged[name] = _over(words[name], value) if isinstance(value, dict) and name in words else value
    return merged
