"""Documents as PDF: readable in thirty years, and by whoever is handed one.

PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1): every font is inside, every character can be copied as text, nothing
is fetched, and what is a heading, a list or the head of a table is tagged as such, for screen readers. Typst sets them
and writes none that breaks these rules. Content reaches the template as data, so no text is ever read as markup, and
stays in memory: no file is written.
"""

import asyncio
import base64
import dataclasses
import functools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shared.documents import characters
from shared.documents.blocks import Document, Picture

if TYPE_CHECKING:
    import typst

TEMPLATE: Final = Path(__file__).with_name("document.typ")
STANDARDS: Final = ["a-2a", "ua-1"]
HIGHEST: Final = 150
"""Millimetres of a picture."""
MOST_PIXELS: Final = 4_000_000
"""Of a picture: thumbnails and codes have a twentieth of it."""


class TypesettingError(Exception):
    """A mistake in the template, or in who calls it. Without what Typst says, which quotes the content."""


async def typeset(document: Document) -> bytes:
    """The document as PDF, after those that others ask for. The same document gives the same bytes."""
    return await asyncio.get_running_loop().run_in_executor(_press(), written, document)


def written(document: Document) -> bytes:
    """As :func:`typeset`, where nobody waits on an event loop. Raises :class:`TypesettingError`."""
    import typst  # noqa: PLC0415 - 80 MB that few requests need

    files: dict[str, bytes] = {}
    content = json.dumps(_plain(document, files), ensure_ascii=False).encode()
    files |= {"main.typ": TEMPLATE.read_bytes(), "content.json": content}
    try:
        made = typst.compile(  # type: ignore[call-overload]  # its stubs do not know that it takes files from memory
            files,
            font_paths=_fonts(),
            pdf_standards=STANDARDS,
            timestamp=int(document.made_at.timestamp()),
        )
    except typst.TypstError:
        raise TypesettingError("Typst refuses the document.") from None
    return bytes(made)


@functools.cache
def _press() -> ThreadPoolExecutor:
    """A large document takes half a gigabyte while it is set: many asked for at once wait for each other."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="typesetting")


@functools.cache
def _fonts() -> "typst.Fonts":
    import font_roboto  # noqa: PLC0415
    import typst  # noqa: PLC0415

    home = Path(font_roboto.Roboto).parent
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(home)])


@functools.cache
def _known() -> frozenset[int]:
    import font_roboto  # noqa: PLC0415

    faces = (font_roboto.Roboto, font_roboto.RobotoMedium, font_roboto.RobotoBold)
    return frozenset.intersection(*(characters.known(Path(face).read_bytes()) for face in faces))


def _plain(value: Any, files: dict[str, bytes]) -> Any:
    """What JSON can say of it; blocks are named by their ``kind``, pictures go into ``files``."""
    match value:
        case str():
            return characters.shown(value, _known())
        case None:
            return "–"
        case int() | float():
            return value
        case Picture():
            return _picture(value, files)
        case _ if dataclasses.is_dataclass(value):
            fields = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
            return {"kind": type(value).__name__} | {name: _plain(each, files) for name, each in fields.items()}
        case list() | tuple():
            return [_plain(each, files) for each in value]
        case datetime():
            return value.isoformat()
    raise TypeError(f"A document cannot hold a {type(value).__name__}.")


def _picture(picture: Picture, files: dict[str, bytes]) -> dict[str, Any]:
    """Typst takes files of text from memory, and no others: so a picture goes into a drawing, unchanged."""
    from PIL import Image  # noqa: PLC0415 - only this work needs it, start-up does not

    with Image.open(BytesIO(picture.content), formats=["JPEG", "PNG"]) as image:
        (across, down), mime_type = image.size, f"image/{str(image.format).lower()}"
    if across * down > MOST_PIXELS:
        raise ValueError("The picture is too large for a document.")
    name, data = f"{len(files)}.svg", base64.b64encode(picture.content).decode()
    files[name] = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{down}">'
        f'<image width="{across}" height="{down}" href="data:{mime_type};base64,{data}"/></svg>'
    ).encode()
    height = min(picture.width * down / across, HIGHEST)
    return {
        "kind": "Picture",
        "file": name,
        "width": height * across / down,
        "alt": _plain(picture.alt, files),
        "caption": _plain(picture.caption, files),
    }
