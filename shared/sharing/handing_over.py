"""What is asked of whatever is handed over to others: who gets it, and which fields of a report."""

from collections.abc import Iterable

from shared.errors import FieldError, Invalid, NotFound
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.platform import Platform
from shared.sharing.access import ALL_FIELDS, ALWAYS


async def police(platform: Platform, organisation_id: str, at: str) -> str:
    """The id, if it is one of a law-enforcement organisation; else :class:`Invalid`, ``at`` the field that named it."""
    try:
        found = await organisations.organisation(platform, organisation_id)
    except NotFound:
        found = None
    if found is None or found.kind is not OrganisationKind.LAW_ENFORCEMENT:
        what = FieldError(at, "no_police", "Choose a law-enforcement organisation.")
        raise Invalid("The recipient is not a law-enforcement organisation.", [what])
    return found.id


def fields(withhold: Iterable[str]) -> list[str]:
    """Of a report: everything but what is withheld, never who reported it. Unknown names: :class:`Invalid`."""
    withheld = frozenset(withhold)
    if unknown := sorted(withheld - ALL_FIELDS):
        what = FieldError("/withhold", "unknown_field", f"A report has no field {', '.join(unknown)}.")
        raise Invalid("A field to withhold does not exist.", [what])
    return sorted(ALL_FIELDS - withheld - ALWAYS - {"reportedBy"})
