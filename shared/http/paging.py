"""Lists come in pages, newest first, each with a cursor to the next: one way of doing it for every list."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.http import cursors
from shared.platform import Platform
from shared.sealing.records import Record
from shared.storage.cosmos import Key


@dataclass(frozen=True)
class Wanted:
    """Which page of which list: the condition on ``c`` with its parameters, within the partition (or prefix) ``key``,
    in descending order of the property ``by``."""

    where: str
    parameters: Mapping[str, object]
    key: Key
    by: str
    limit: int
    cursor: str | None
    binding: tuple[str, ...]
    """What the cursor is bound to: who asks, and for what."""


@dataclass(frozen=True)
class Page[R: Record]:
    records: list[R]
    next_cursor: str | None


async def newest_page[R: Record](platform: Platform, model: type[R], wanted: Wanted) -> Page[R]:
    after = await cursors.read(platform, wanted.binding, wanted.cursor) if wanted.cursor else None
    found = await platform.container(model.container).newest(
        wanted.where, wanted.parameters, wanted.key, by=wanted.by, after=after, count=wanted.limit + 1
    )
    shown, cursor = found[: wanted.limit], None
    if len(found) > wanted.limit:
        cursor = await cursors.issue(platform, wanted.binding, (shown[-1][wanted.by], shown[-1]["id"]))
    return Page(await platform.records(model).open_all(shown), cursor)
