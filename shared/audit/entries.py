"""What the log says of an audit entry: a commitment to its content, which tells nothing without the entry itself.

The commitment is the SHA-256 of the entry's canonical JSON after 32 random bytes, which are kept in the entry and
nowhere else. So nobody can find out the content of a public leaf by trying, and once the entry has been disposed of,
the leaf still holds its place in the tree but means nothing to anybody.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import rfc8785

from shared.audit.merkle import VerificationError

COMMITTED = (
    "id",
    "organisationId",
    "at",
    "actor",
    "actorOrganisation",
    "action",
    "subjects",
    "purpose",
    "policies",
    "outcome",
    "soughtDigest",
)
"""The fields of an entry that can never be changed, named alike in the store and in the API."""

CONTEXT = b"reeve audit entry v1\n"


def commitment(entry: Mapping[str, Any]) -> str:
    content = rfc8785.dumps({name: entry[name] for name in COMMITTED})
    return hashlib.sha256(CONTEXT + bytes.fromhex(entry["nonce"]) + content).hexdigest()


def sought_digest(salt: str, sought: str) -> str:
    """Stands in the entry for what was searched: the text and the salt are sealed, and can be forgotten."""
    return hashlib.sha256(CONTEXT + bytes.fromhex(salt) + sought.encode()).hexdigest()


def leaf(entry: Mapping[str, Any]) -> bytes:
    """The entry's leaf: canonical JSON, with the hour in which it was written."""
    hour = f"{entry['at'][:13]}:00:00Z"
    return rfc8785.dumps({"commitment": commitment(entry), "id": entry["id"], "time": hour, "v": 1})


def void_leaf(identifier: str) -> bytes:
    """Fills the place of an entry that turned out to have a leaf already: see :mod:`shared.audit.sealer`."""
    return rfc8785.dumps({"id": identifier, "v": 1, "void": True})


def read_leaf(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
        if found["v"] == 1 and isinstance(found["id"], str):
            return dict(found)
    except (ValueError, TypeError, KeyError):
        pass
    raise VerificationError("a leaf of the log is not one that this version can read")
