"""How an evidence item is disposed of: its media, sealed or still unsealed, go before the item."""

from shared.evidence import vault
from shared.evidence.models import State
from shared.platform import Platform
from shared.retention.disposable import Disposable, Row
from shared.storage.cosmos import Document, Key

KEPT = "NOT IS_NULL(c.processedAt) AND IS_NULL(c.refusal)"


def key_of(item: Document) -> Key:
    return [item["organisationId"], item["id"]]


def _category(item: Document) -> str:
    """Content that was kept, or an upload that came to nothing."""
    kept = item["processedAt"] and not item["refusal"]
    return "evidence" if kept else "evidence_upload"


async def _dispose(platform: Platform, item: Document) -> int:
    await vault.discard(platform, item["organisationId"], item["id"])
    return 1


EVIDENCE = Disposable(
    name="evidence",
    container="evidence",
    rows=(Row("evidence", "eventAt", KEPT), Row("evidence_upload", "requestedAt", f"NOT ({KEPT})")),
    category=_category,
    key=key_of,
    dispose=_dispose,
    claim={"state": State.DISPOSING.value},
)
"""An upload that comes after the claim finds no item and is discarded."""
