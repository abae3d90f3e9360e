"""How a case is disposed of. What it groups goes by its own time; what was handed over from it is a disclosure."""

from shared.retention.disposable import Disposable, Row
from shared.storage.cosmos import Document, Key


def _key(case: Document) -> Key:
    return [case["organisationId"], case["id"]]


CASE = Disposable(name="case", container="cases", rows=(Row("case", "changedAt"),), key=_key, site=None)
