"""Searches everything that a stack has written for strings that must not be there: in clear, base64 and UTF-16."""

import base64
import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SHORTEST = 5


@dataclass(frozen=True)
class Leak:
    file: Path
    text: str
    form: str


def forms(text: str) -> Iterator[tuple[str, bytes]]:
    """How a string may lie in a file: base64 at each of three alignments, without the ends that neighbours touch."""
    plain = text.encode()
    yield "clear", plain
    yield "JSON escaped", "".join(c if ord(c) < 128 else f"\\u{ord(c):04x}" for c in text).encode()
    yield "UTF-16", text.encode("utf-16-le")
    for shift in range(3):
        encoded = base64.b64encode(b"\x00" * shift + plain)
        whole = encoded[4 if shift else 0 : -4 or None]
        if len(whole) >= SHORTEST:
            yield "base64", whole
            yield "base64url", whole.replace(b"+", b"-").replace(b"/", b"_")


def search(directory: Path, texts: Iterable[str]) -> list[Leak]:
    """Every file below ``directory``, whatever its kind."""
    wanted = [(text, form, pattern) for text in texts for form, pattern in forms(text)]
    found = []
    for file in sorted(path for path in directory.rglob("*") if path.is_file() and path.stat().st_size):
        with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found += [Leak(file, text, form) for text, form, pattern in wanted if content.find(pattern) >= 0]
    return found
