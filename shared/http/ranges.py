"""Parts of long content, as browsers ask for them (RFC 9110, section 14): one range, never several."""

import re
from collections.abc import Mapping

from shared.errors import RangeNotSatisfiable

ONE_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})", re.ASCII)


def wanted(headers: Mapping[str, str], most: int) -> tuple[int, int] | None:
    """The first byte, and how many at most; None when no range is asked for, or one that is best ignored."""
    found = ONE_RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if not found:
        return None
    start, last = int(found[1]), int(found[2]) if found[2] else None
    if last is not None and last < start:
        return None
    return start, most if last is None else min(last - start + 1, most)


def check(start: int, total: int) -> None:
    """Raises :class:`RangeNotSatisfiable` for a part that begins behind the end."""
    if start >= total:
        raise RangeNotSatisfiable(
            "The content is shorter than that.", headers={"Content-Range": f"bytes */{total}", "Accept-Ranges": "bytes"}
        )


def described(start: int, count: int, total: int) -> dict[str, str]:
    return {"Content-Range": f"bytes {start}-{start + count - 1}/{total}", "Accept-Ranges": "bytes"}
