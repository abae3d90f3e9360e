"""How a profile is forgotten: with every link that it is an end of, and out of every case."""

from shared.cases import profiles as in_cases
from shared.people import links
from shared.people.models import PEOPLE
from shared.platform import Platform
from shared.retention.disposable import Disposable, Row
from shared.storage.cosmos import Document, Key


def _key(profile: Document) -> Key:
    return [profile["organisationId"], profile["id"]]


async def _dispose(platform: Platform, profile: Document) -> int:
    await in_cases.forget(platform, profile["organisationId"], profile["id"])
    return 1 + await links.forget(platform, profile["organisationId"], profile["id"])


PROFILE = Disposable(
    name="profile",
    container=PEOPLE,
    rows=(Row("person_of_interest", "lastEventAt"),),
    key=_key,
    site=None,
    dispose=_dispose,
)
