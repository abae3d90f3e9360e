"""The privacy statement of the platform, the notice of each organisation, and its policy on number plates."""

from collections import Counter
from typing import Literal

from shared.errors import NotFound
from shared.identity.principals import Principal, Role
from shared.identity.terms import in_force
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, OrganisationKind
from shared.pages.languages import Language
from shared.plates import health
from shared.platform import Platform
from shared.policy.decision import Purpose, Resource, decide
from shared.retention import schedule
from shared.retention.terms import terms_of
from shared.sealing.roots import PLATFORM
from shared.sharing import communities, law
from shared.transparency import facts, signs
from shared.transparency.models import (
    NoticeLink,
    NoticeList,
    NoticeView,
    PlatePolicyView,
    SharedWithView,
    StatementView,
)
from shared.transparency.publications import published

PLATE_ACTIONS = ("plate:search", "candidate:read", "candidate:decide", "watchlist:add")
PLATE_CATEGORIES = ["plate_read", "plate_candidate", "plate_confirmed", "watchlist_entry"]
CUSTODIAN = "privacy officer"
MONITORING = ["every-use-logged", "log-sealed", "quota", "alarm", "case-bound"]
ACCURACY = ["similar-characters", "a-person-compares", "correction", "candidates-expire"]


async def statement(platform: Platform, version: str | None = None) -> StatementView:
    made = StatementView(
        version="",
        operator=platform.settings.operator_name,
        contact=platform.settings.operator_contact,
        rules=facts.versions(),
        purposes=facts.purposes(),
        kept=facts.kept(),
        promises=facts.promises(),
        rights=facts.all_rights(),
        authorities=facts.authorities(),
        processors=facts.processors(),
    )
    return await published(platform, "statement", PLATFORM, made, version)


async def notice(platform: Platform, organisation_id: str, version: str | None = None) -> NoticeView:
    """Raises :class:`NotFound` for an organisation that is not there."""
    home = await _organisation(platform, organisation_id)
    regime = schedule.regime_of(home.jurisdiction)
    known = regime in {each.regime for each in facts.all_rights()}
    made = NoticeView(
        version="",
        organisation_id=home.id,
        name=home.name,
        kind=home.kind,
        jurisdiction=home.jurisdiction,
        regime=regime,
        contact=home.data_protection_contact,
        own_notice=home.privacy_notice,
        kept=facts.kept_here(await terms_of(platform, home.id)),
        shares_with_retailers=law.may_share(home, OrganisationKind.RETAILER),
        shares_with_police=law.may_share(home, OrganisationKind.LAW_ENFORCEMENT),
        communities=await _communities(platform, home),
        reads_plates=bool(await health.of(platform, home.id)),
        rights=[facts.rights_under(regime)] if regime and known else [],
        authorities=facts.authorities(regime) if regime else [],
        rules=facts.versions(),
    )
    return await published(platform, "notice", home.id, made, version)


async def plate_policy(platform: Platform, organisation_id: str, version: str | None = None) -> PlatePolicyView:
    home = await _organisation(platform, organisation_id)
    here = await terms_of(platform, home.id)
    made = PlatePolicyView(
        version="",
        organisation_id=home.id,
        name=home.name,
        jurisdiction=home.jurisdiction,
        allowed=here.anpr_allowed,
        in_use=bool(await health.of(platform, home.id)),
        purposes=[each.value for each in Purpose if _roles(home, [each])],
        roles=_roles(home, list(Purpose)),
        training=in_force().version,
        monitoring=MONITORING,
        sharing=await _communities(platform, home),
        custodian=CUSTODIAN,
        contact=home.data_protection_contact,
        accuracy=ACCURACY,
        kept=facts.kept_here(here, PLATE_CATEGORIES),
        rules=facts.versions(),
    )
    return await published(platform, "plates", home.id, made, version)


async def listed(platform: Platform) -> NoticeList:
    found = await organisations.listed(platform)
    return NoticeList(
        organisations=[
            NoticeLink(organisation_id=each.id, name=each.name, kind=each.kind, jurisdiction=each.jurisdiction)
            for each in found
        ]
    )


async def sign(
    platform: Platform, principal: Principal, site_id: str, language: Language, paper: Literal["A4", "A3"], origin: str
) -> bytes:
    """The sign for one of the principal's own sites, as PDF."""
    resource = Resource("organisation", principal.organisation, principal.organisation)
    await platform.authorise(principal, "organisation:read", resource)
    return await signs.sign(platform, principal.organisation, site_id, language, paper, origin)


def _roles(home: Organisation, purposes: list[Purpose]) -> list[str]:
    """Who may use plates here for one of the purposes: asked of the access rules themselves."""

    def may(role: Role, action: str, purpose: Purpose) -> bool:
        somebody = Principal("somebody", home.id, "user", frozenset([role.value]), employer=home.kind.value)
        resource = Resource("candidate", home.id, home.id, case_bound=True)
        return decide(somebody, action, resource, purpose).allowed

    return [
        role.value
        for role in Role
        if any(may(role, action, purpose) for action in PLATE_ACTIONS for purpose in purposes)
    ]


async def _communities(platform: Platform, home: Organisation) -> list[SharedWithView]:
    """Without their names: that an organisation is in a certain group may be nobody's business."""
    found = []
    for identifier in home.communities:
        inside = [each for each in await communities.members(platform, identifier) if each.is_in]
        mine = next((each for each in inside if each.organisation_id == home.id), None)
        if mine is None:
            continue
        others = Counter(each.organisation_kind for each in inside if each is not mine)
        types = sorted({kind.value for rule in mine.shares for kind in rule.types})
        found.append(SharedWithView(members=dict(sorted(others.items())), types=types))
    return found


async def _organisation(platform: Platform, identifier: str) -> Organisation:
    try:
        found = await organisations.organisation(platform, identifier)
    except NotFound:
        raise NotFound("There is no such organisation.") from None
    if found.kind is OrganisationKind.PLATFORM or found.state != "active":
        raise NotFound("There is no such organisation.")
    return found
