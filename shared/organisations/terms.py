"""Reading and accepting the terms of use."""

from pydantic import Field

from shared.clock import Moment
from shared.errors import FieldError, Invalid
from shared.http.models import ApiModel
from shared.identity.principals import Principal
from shared.identity.terms import in_force
from shared.organisations.models import User
from shared.platform import Platform


class Terms(ApiModel):
    """The terms in force."""

    version: str
    title: str
    points: list[str]


class Acceptance(ApiModel):
    version: str = Field(max_length=20, description="The version that was shown: only the one in force can be accepted")


class AcceptanceView(ApiModel):
    version: str
    accepted_at: Moment


def shown() -> Terms:
    found = in_force()
    return Terms(version=found.version, title=found.title, points=list(found.points))


async def accept(platform: Platform, principal: Principal, given: Acceptance) -> AcceptanceView:
    """Records that this user accepted these words at this moment. Accepting again changes nothing."""
    if given.version != in_force().version:
        what = FieldError("/version", "not_in_force", f"The terms in force are version {in_force().version}.")
        raise Invalid("Other terms are in force now. Read them, then accept that version.", [what])
    user = await platform.records(User).read(principal.id, principal.organisation)
    if user.accepted_terms != given.version or user.accepted_terms_at is None:
        now = platform.clock.now()
        changed = user.model_copy(update={"accepted_terms": given.version, "accepted_terms_at": now})
        user = await platform.records(User).replace(changed, user.etag)
        platform.principals.forget(principal.id)
    return AcceptanceView(version=given.version, accepted_at=user.accepted_terms_at or platform.clock.now())
