"""What is past its time is out of use at once, whether or not it has been disposed of yet."""

from datetime import datetime

from shared.clock import rfc3339
from shared.policy.decision import Purpose
from shared.storage.cosmos import Document

STILL_IN_USE = "c.disposeAt > @usableAt AND (NOT IS_DEFINED(c.restrictedAt) OR IS_NULL(c.restrictedAt))"
"""A condition on ``c`` for lists, with the parameter ``usableAt``."""


def in_use(document: Document, now: datetime, purpose: Purpose | None = None) -> bool:
    """Whether anybody may see the record. What only a legal hold keeps, or what is restricted because the person asked
    for it, can be read for legal action."""
    if "disposing" in document or (document.get("restrictedAt") and purpose is not Purpose.LEGAL_ACTION):
        return False
    if str(document["disposeAt"]) > rfc3339(now):
        return True
    return purpose is Purpose.LEGAL_ACTION and str(document.get("heldUntil", "")) > rfc3339(now)
