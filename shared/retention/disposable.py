"""What can be disposed of, said by each capability about its own records; the engine knows no other."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.platform import Platform
from shared.storage.cosmos import Document, Key


async def _nothing(_platform: Platform, _document: Document) -> int:
    return 1


async def _none(_platform: Platform, _document: Document) -> list[Document]:
    return []


@dataclass(frozen=True)
class Row:
    """Which of the documents go by one row of the schedule, and the property that holds the start of their clock."""

    category: str
    starts: str
    where: str = "true"
    """A condition on ``c`` in Cosmos DB's SQL."""


def hierarchical(organisation: str) -> Key:
    return [organisation]


def flat(organisation: str) -> Key:
    return organisation


@dataclass(frozen=True)
class Disposable:
    """One kind of record, and how it is disposed of without leaving an orphan."""

    name: str
    """Of the documents' property ``kind``."""
    container: str
    rows: tuple[Row, ...]
    key: Callable[[Document], Key]
    """The full partition key."""
    category: Callable[[Document], str] | None = None
    """By which of several rows a document goes."""
    home: Callable[[str], Key] = hierarchical
    """The partition, or its prefix, that holds the records of one organisation."""
    dispose: Callable[[Platform, Document], Awaitable[int]] = _nothing
    """Disposes of everything that points at the record or belongs to it, but for its key and itself. Safe to run any
    number of times. Tells how many records there were, the record itself included."""
    children: Callable[[Platform, Document], Awaitable[list[Document]]] = _none
    """Records of other kinds that cannot outlive this one; each has a disposal of its own."""
    due: str = "disposeAt"
    site: str | None = "siteId"
    """The property that names the site at which the data was collected."""
    claim: Mapping[str, Any] = field(default_factory=dict)
    """What a document says while it is being disposed of, for its capability to take notice of."""
    counted: Callable[[Platform, Document, str], Awaitable[None]] | None = None
    """Adds the record's contribution to the aggregates, once for each value of the last argument."""
    fixed: bool = False
    """Whether its end was set by a person, so that a changed schedule leaves it alone."""

    def row_of(self, document: Document) -> Row:
        if self.category is None:
            [only] = self.rows
            return only
        category = self.category(document)
        return next(row for row in self.rows if row.category == category)

    def names(self, document: Document) -> Sequence[str]:
        """Ids by which a legal hold can name it: its own, and that of the report it hangs on."""
        return [each for each in (document["id"], document.get("reportId")) if each]
