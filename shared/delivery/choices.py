"""Preferences as stored and changed: of an organisation by its administrators, of a person by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import Field

from shared.alerts.models import Outlet
from shared.alerts.preferences import OwnPreferences, TeamPreferences
from shared.clock import Moment
from shared.delivery.webhooks import manage
from shared.errors import Conflict, NotFound, PreconditionFailed
from shared.http.models import ApiModel
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.platform import Platform
from shared.policy.decision import Resource
from shared.sealing.records import Clear, Record

NOTHING_YET = '"none"'
"""The ETag of preferences that nobody has set."""


class TeamChoice(Record):
    container: ClassVar[str] = "channels"

    kind: Literal["team-preferences"] = "team-preferences"
    preferences: Clear[TeamPreferences]
    changed_by: str
    changed_at: Moment


class OwnChoice(Record):
    container: ClassVar[str] = "channels"

    kind: Literal["own-preferences"] = "own-preferences"
    user_id: str
    preferences: Clear[OwnPreferences]
    changed_at: Moment


class TeamPreferencesView(ApiModel):
    preferences: TeamPreferences
    etag: str = Field(description="Send this as If-Match to change them")


class OwnPreferencesView(ApiModel):
    preferences: OwnPreferences
    organisation: TeamPreferences = Field(description="What holds where yours say nothing, and its mandatory rules")
    etag: str = Field(description="Send this as If-Match to change them")


async def read_team(platform: Platform, principal: Principal) -> TeamPreferencesView:
    await manage(platform, principal, [])
    stored = await _team(platform, principal.organisation)
    return _team_view(stored)


async def set_team(platform: Platform, principal: Principal, form: TeamPreferences, etag: str) -> TeamPreferencesView:
    await manage(platform, principal, [principal.organisation])
    choice = TeamChoice(
        id=_id(principal.organisation),
        organisation_id=principal.organisation,
        preferences=form,
        changed_by=principal.id,
        changed_at=platform.clock.now(),
    )
    return _team_view(await _put(platform, choice, etag))


async def read_own(platform: Platform, principal: Principal) -> OwnPreferencesView:
    await _mine(platform, principal)
    return await _own_view(platform, principal, await _own(platform, principal))


async def set_own(platform: Platform, principal: Principal, form: OwnPreferences, etag: str) -> OwnPreferencesView:
    await _mine(platform, principal)
    choice = OwnChoice(
        id=_id(principal.id),
        organisation_id=principal.organisation,
        user_id=principal.id,
        preferences=form,
        changed_at=platform.clock.now(),
    )
    return await _own_view(platform, principal, await _put(platform, choice, etag))


@dataclass
class Reach:
    """What an organisation's people have chosen, and where they can be reached: of those who were asked for."""

    team: TeamPreferences = field(default_factory=TeamPreferences)
    own: dict[str, OwnPreferences] = field(default_factory=dict)
    mail: set[str] = field(default_factory=set)
    """Users with a verified address."""
    browsers: dict[str, list[str]] = field(default_factory=dict)
    """Ids by user."""

    def targets(self, user: str, outlet: Outlet) -> list[str]:
        if outlet is Outlet.EMAIL:
            return [user] if user in self.mail else []
        return self.browsers.get(user, [])


async def reach(platform: Platform, organisation: str, users: Sequence[str]) -> Reach:
    """One query; nothing sealed is opened for it."""
    text = (
        "SELECT c.kind, c.id, c.userId, c.state, c.preferences FROM c "
        "WHERE c.kind = 'team-preferences' OR ARRAY_CONTAINS(@users, c.userId)"
    )
    found, reached = platform.container("channels").query(text, {"users": list(users)}, organisation), Reach()
    async for each in found:
        match each["kind"]:
            case "team-preferences":
                reached.team = TeamPreferences.model_validate(each["preferences"])
            case "own-preferences":
                reached.own[each["userId"]] = OwnPreferences.model_validate(each["preferences"])
            case "mail" if each["state"] == "verified":
                reached.mail.add(each["userId"])
            case "push":
                reached.browsers.setdefault(each["userId"], []).append(each["id"])
    return reached


async def _put[R: Record](platform: Platform, choice: R, etag: str) -> R:
    store = platform.records(type(choice))
    if etag != NOTHING_YET:
        try:
            return await store.replace(choice, etag)
        except NotFound:
            raise PreconditionFailed("These preferences are gone. Read them again and repeat the change.") from None
    try:
        return await store.create(choice)
    except Conflict:
        raise PreconditionFailed("Somebody set them just now. Read them again and repeat the change.") from None


async def _team(platform: Platform, organisation: str) -> TeamChoice | None:
    try:
        return await platform.records(TeamChoice).read(_id(organisation), organisation)
    except NotFound:
        return None


async def _own(platform: Platform, principal: Principal) -> OwnChoice | None:
    try:
        return await platform.records(OwnChoice).read(_id(principal.id), principal.organisation)
    except NotFound:
        return None


def _team_view(choice: TeamChoice | None) -> TeamPreferencesView:
    if choice is None:
        return TeamPreferencesView(preferences=TeamPreferences(), etag=NOTHING_YET)
    return TeamPreferencesView(preferences=choice.preferences, etag=choice.etag)


async def _own_view(platform: Platform, principal: Principal, choice: OwnChoice | None) -> OwnPreferencesView:
    team = await _team(platform, principal.organisation)
    return OwnPreferencesView(
        preferences=choice.preferences if choice else OwnPreferences(),
        organisation=team.preferences if team else TeamPreferences(),
        etag=choice.etag if choice else NOTHING_YET,
    )


async def _mine(platform: Platform, principal: Principal) -> None:
    resource = Resource("alert", principal.id, principal.organisation)
    await platform.authorise(principal, "alert:preferences", resource, related="recipient")


def _id(whose: str) -> str:
    return derived_id("preferences", whose)
