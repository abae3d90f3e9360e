"""How complaints and requests of third parties are disposed of: with the reference that leads to them."""

from shared.complaints.models import COMPLAINTS, Kind
from shared.platform import Platform
from shared.retention.disposable import Disposable, Row, flat
from shared.storage.cosmos import Document


async def _with_its_reference(platform: Platform, matter: Document) -> int:
    await platform.container(COMPLAINTS).delete(matter["reference"], matter["reference"])
    return 1


COMPLAINT, THIRD_PARTY_REQUEST = (
    Disposable(
        name=kind.value,
        container=COMPLAINTS,
        rows=(Row(kind.value, "keptFrom"),),
        key=lambda matter: str(matter["organisationId"]),
        home=flat,
        dispose=_with_its_reference,
        site=None,
    )
    for kind in Kind
)
