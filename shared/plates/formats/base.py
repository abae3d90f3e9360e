"""What every vendor's format has in common: how a message is taken apart, how its times and texts are read."""

import base64
import binascii
import codecs
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import FieldError, Invalid, Malformed
from shared.http.problems import from_validation
from shared.plates.models import PlateRead

MOST_ALTERNATIVES = 20
MOST_PARTS = 20
MOST_FIELDS = 500
"""Side by side. Every format looks through the names of a message for its own."""
MOST_READS = 1_000
"""In one message; a device that was cut off for long sends several."""
BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
BLANK = re.compile(rb"\r?\n\r?\n")
IN_BASE64 = re.compile(rb"^content-transfer-encoding:[ \t]*base64\b", re.IGNORECASE | re.MULTILINE)


class Part(BaseModel):
    """A piece of a vendor's message: what we do not know is none of our business."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, defer_build=True)


@dataclass(frozen=True)
class Message:
    """What arrived, opened as far as all formats need it."""

    headers: Mapping[str, str]
    body: bytes
    zone: ZoneInfo
    """Of the site: for times without one."""
    parts: tuple[bytes, ...] = field(init=False, default=())
    """The body, or what a multipart body holds."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", _parts(self.headers.get("content-type", ""), self.body))

    @cached_property
    def json(self) -> Any:
        """The first part that is a JSON object or list; None if none is."""
        for part in map(_without_mark, self.parts):
            if _first(part) in {b"{", b"["}:
                return _json(part)
        return None

    @cached_property
    def xml(self) -> "Xml | None":
        """The first part that is XML; entities, external references and document types are refused."""
        for part in map(_without_mark, self.parts):
            if _first(part) == b"<":
                try:
                    return Xml(ElementTree.fromstring(part, forbid_dtd=True))
                except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
                    raise Malformed("The message looks like XML, but cannot be read as such.") from None
        return None

    @property
    def pictures(self) -> tuple[bytes, ...]:
        """The JPEGs of a multipart body, in order."""
        return tuple(part for part in self.parts if part.startswith(b"\xff\xd8"))

    @property
    def object(self) -> Mapping[str, Any]:
        """The JSON if it is an object, else an empty one: for looking whose format it is."""
        return self.json if isinstance(self.json, dict) else {}


class Xml:
    """An element, found by local names: cameras disagree about namespaces, even across their own firmware."""

    def __init__(self, element: Any) -> None:
        self._element = element

    @property
    def name(self) -> str:
        return str(self._element.tag).rpartition("}")[2]

    def find(self, *path: str) -> "Xml | None":
        here: Xml | None = self
        for name in path:
            here = next((each for each in here.children if each.name == name), None) if here else None
        return here

    def text(self, *path: str) -> str | None:
        found = self.find(*path)
        said = (found._element.text or "").strip() if found else ""
        return said or None

    @property
    def children(self) -> list["Xml"]:
        return [Xml(each) for each in self._element]


@dataclass(frozen=True)
class Understood:
    """The reads of a message; none in a heartbeat. ``answer`` is what the device wants to hear, if it minds."""

    reads: list[PlateRead]
    answer: Mapping[str, Any] | None = None


class Format(Protocol):
    name: str
    """As devices are registered with, and as the module is called."""

    def recognises(self, message: Message) -> bool:
        """Whether this is the vendor's format; looks, does not judge."""
        ...

    def parse(self, message: Message) -> Understood:
        """Raises :class:`Invalid` and says what is missing."""
        ...


def checked[P: Part](model: type[P], content: Any) -> P:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise from_validation(error) from None


def moment(text: str | None, zone: ZoneInfo, *patterns: str, at: str) -> datetime:
    """ISO 8601, or one of the ``strptime`` patterns; without a zone it is the site's time."""
    readers: list[Callable[[str], datetime]] = [datetime.fromisoformat, *map(_by, patterns)]
    for read in readers:
        try:
            found = read((text or "").strip())
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=zone)
    what = FieldError(at, "time", "Set the camera to send date and time, for example 2026-11-23T08:15:30+01:00.")
    raise Invalid("The time of the read cannot be read.", [what])


def pictures(*fields: Any) -> tuple[str, ...]:
    """Those fields that hold a text, which may be a picture in base64; what it really is, is seen when it is needed."""
    return tuple(each for each in fields if isinstance(each, str) and each)


def _by(pattern: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller adds the site's zone


def _parts(content_type: str, body: bytes) -> tuple[bytes, ...]:
    """What a form holds (RFC 7578), each part as its bytes are; of anything else, the body.

    Parts do not nest in a form, and of their headers none matters but an encoding. So they are cut at the boundary and
    not given to a mail parser, which takes minutes for some headers, and fails at parts within parts.
    """
    found = BOUNDARY.search(content_type) if content_type.lower().startswith("multipart/") else None
    if found is None:
        return (body,)
    boundary = (found[1] or found[2]).encode("latin-1", "replace")
    cut = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(?:--|[ \t]*(?=\r?\n))")
    pieces = cut.split(body, MOST_PARTS + 2)[1:]
    if len(pieces) > MOST_PARTS + 1:
        raise Malformed("The message has too many parts.")
    return tuple(_content(piece) for piece in pieces)


def _content(part: bytes) -> bytes:
    """Behind the first blank line. In base64 it is opened, which RFC 7578 does not ask for and some senders do."""
    blank = BLANK.search(part)
    if blank is None:
        return b""
    head, content = part[: blank.start()], part[blank.end() :]
    if not IN_BASE64.search(head):
        return content
    try:
        return base64.b64decode(content)
    except binascii.Error:
        raise Malformed("A part of the message says that it is base64, and is not.") from None


def _json(part: bytes) -> Any:
    try:
        found = json.loads(part)
    except (ValueError, RecursionError):
        raise Malformed("The message looks like JSON, but cannot be read as such.") from None
    if isinstance(found, dict) and len(found) > MOST_FIELDS:
        raise Malformed("The message has too many fields.")
    return found


def _without_mark(part: bytes) -> bytes:
    """Without blanks and the byte order mark of UTF-8 before it."""
    return part.removeprefix(codecs.BOM_UTF8).lstrip()


def _first(part: bytes) -> bytes:
    """The first character, also of UTF-16, as Windows writes it."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if part.startswith(mark):
            return part[2:4].strip(b"\0")
    return part[:1]
