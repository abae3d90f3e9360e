"""How a case is disposed of. What it groups goes by its own time; what was handed over from it is a disclosure."""

from shared.evidence import vault
from shared.platform import Platform
from shared.retention.disposable import Disposable, Row, flat
from shared.storage.cosmos import Document, Key


def _key(case: Document) -> Key:
    return [case["organisationId"], case["id"]]


CASE = Disposable(name="case", container="cases", rows=(Row("case", "changedAt"),), key=_key, site=None)


async def _dispose_bundle(platform: Platform, bundle: Document) -> int:
    await vault.discard_sealed(platform, bundle["organisationId"], bundle["id"])
    return 1


BUNDLE = Disposable(
    name="bundle",
    container="disclosures",
    rows=(Row("disclosure", "disclosedAt"),),
    key=lambda bundle: str(bundle["organisationId"]),
    home=flat,
    site=None,
    dispose=_dispose_bundle,
)
