"""An item of evidence as it lies in a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.evidence.models import Evidence
from shared.storage.cosmos import Document


@dataclass(frozen=True)
class Exhibit:
    """With its place in the archive, and everybody who touched it."""

    number: int
    item: Evidence
    file: str
    original: bool
    reason: str | None
    sha256: str
    size_bytes: int
    thumbnail: bytes | None
    """Of the rendition only."""
    custody: Sequence[Document]
