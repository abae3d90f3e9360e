"""What a document says, part by part: how it looks and what its tags are is the template's business.

Lengths are millimetres. Texts are plain: whatever stands in one is written as it is. A :class:`Note` is said under
one's breath, :class:`Facts` are names with their values, and what is in :class:`Together` stands on one page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

type Text = str | float | None
"""None is written as a dash."""
type Paper = Literal["A4", "A3", "Letter"]


@dataclass(frozen=True)
class Heading:
    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Points:
    texts: Sequence[str]


@dataclass(frozen=True)
class Facts:
    pairs: Sequence[tuple[str, Text]]


@dataclass(frozen=True)
class Table:
    """Its header is repeated on each page. ``widths`` are proportions, equal if there are none."""

    header: Sequence[str]
    rows: Sequence[Sequence[Text]]
    widths: Sequence[float] = ()


@dataclass(frozen=True)
class Picture:
    """A JPEG or PNG with what it shows in words, for whoever does not see it, and a caption for everybody."""

    content: bytes
    alt: str
    caption: str = ""
    width: float = 80


@dataclass(frozen=True)
class Code:
    """At the foot of a poster: a code to scan, and beside it where it leads."""

    picture: Picture
    title: str
    address: str


@dataclass(frozen=True)
class Together:
    blocks: Sequence["Block"]


@dataclass(frozen=True)
class Contents:
    """A table of the headings down to ``depth``."""

    title: str = "Contents"
    depth: Literal[1, 2] = 2


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a page."""


type Block = Heading | Paragraph | Note | Points | Facts | Table | Picture | Code | Together | Contents | PageBreak


@dataclass(frozen=True)
class Document:
    """``language`` is a BCP 47 tag; ``page`` stands at the right of the footer, with ``{page}`` and ``{pages}``."""

    title: str
    made_at: datetime
    blocks: Sequence[Block]
    under: Sequence[str] = ()
    """Lines under the title."""
    language: str = "en"
    footer: str = ""
    page: str = "Page {page} of {pages}"
    paper: Paper = "A4"
    author: str = "Reeve"
    look: Literal["paper", "poster"] = "paper"
    """A poster is one page, read from two metres away; what it says is made as large as there is room."""
