"""A small world on a running stack: two retailers and the police in a community, one outsider, people in each.

Set up through the app's own services, spoken to over HTTP as its users would.
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx

from shared.identity.principals import Principal, Role
from shared.identity.terms import in_force
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, OrganisationKind, Site, User
from shared.platform import Platform
from shared.reports.models import ReportType
from shared.sharing import communities
from shared.sharing.models import CommunityForm, MembershipSettings, SharingRule
from tests.support.trust import TRUSTED


class Stack(Protocol):
    """What the ``stack`` fixture offers."""

    base_url: str
    environment: dict[str, str]

    def token(self, sub: str, **claims: Any) -> str: ...


@dataclass
class Person:
    """Somebody who signs in; ``api`` speaks HTTP in their name."""

    principal: Principal
    sub: str
    api: httpx.AsyncClient

    @property
    def id(self) -> str:
        return self.principal.id


@dataclass
class World:
    stack: Stack
    platform: Platform
    home: Organisation
    partner: Organisation
    police: Organisation
    outsider: Organisation
    site: Site
    other_site: Site
    community: str
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    def anonymous(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.stack.base_url, headers=headers, verify=TRUSTED, timeout=60)

    async def close(self) -> None:
        """Its organisations leave the platform: the next world's people are told by their own police alone."""
        for person in self.people.values():
            await person.api.aclose()
        for each in (self.home, self.partner, self.police, self.outsider):
            now = await organisations.organisation(self.platform, each.id)
            suspended = now.model_copy(update={"state": "suspended"})
            await self.platform.records(Organisation).replace(suspended, now.etag)


async def build(stack: Stack, platform: Platform) -> World:
    retailer, police = OrganisationKind.RETAILER, OrganisationKind.LAW_ENFORCEMENT
    home = await organisations.onboard(platform, "Harbour & Pine", retailer, "GB")
    partner = await organisations.onboard(platform, "Marlow Market", retailer, "GB")
    officers = await organisations.onboard(platform, "Westmere Police", police, "GB")
    outsider = await organisations.onboard(platform, "Quill Outdoor", retailer, "GB")
    sites = [await organisations.add_site(platform, _site(platform, home, name)) for name in ("Quayside", "Mill Lane")]
    form = CommunityForm(name="Westmere Watch", aim="Warn each other of thefts and violence.")
    community = (await communities.found(platform, home, new_id(platform.clock.now()), form)).id
    await communities.enter(platform, community, home, sharing("theft", "robbery", "violence"))
    await communities.enter(platform, community, partner, sharing("theft"))
    await communities.enter(platform, community, officers, sharing())
    home, partner, officers = [
        await organisations.organisation(platform, each.id) for each in (home, partner, officers)
    ]
    world = World(stack, platform, home, partner, officers, outsider, sites[0], sites[1], community)
    await add_person(world, "reporter", home, Role.REPORTER, sites=[sites[0].id])
    await add_person(world, "elsewhere", home, Role.REPORTER, sites=[sites[1].id])
    await add_person(world, "investigator", home, Role.INVESTIGATOR)
    await add_person(world, "admin", home, Role.ORG_ADMIN)
    await add_person(world, "operator", home, Role.OPERATOR)
    await add_person(world, "privacy_officer", home, Role.PRIVACY_OFFICER)
    await add_person(world, "auditor", home, Role.AUDITOR)
    await add_person(world, "partner_investigator", partner, Role.INVESTIGATOR)
    await add_person(world, "partner_reporter", partner, Role.REPORTER)
    await add_person(world, "officer", officers, Role.OFFICER)
    await add_person(world, "stranger", outsider, Role.INVESTIGATOR)
    return world


def sharing(*types: str) -> MembershipSettings:
    return MembershipSettings(shares=[SharingRule(types=[ReportType(each) for each in types])] if types else [])


def theft(world: World, **changes: Any) -> dict[str, Any]:
    """A report that names a person, a plate and a story, so that leaks have something to leak."""
    return {
        "type": "theft",
        "occurredAt": (datetime.now(UTC) - timedelta(hours=2)).isoformat(),
        "siteId": world.site.id,
        "howKnown": "witnessed",
        "whatHappened": "Filled a rucksack with razor blades and ran towards the harbour bridge.",
        "items": [{"product": "Razor blades", "quantity": 12, "value": {"amountMinor": 1899, "currency": "GBP"}}],
        "people": [{"role": "suspect", "ageBand": "adult", "clothing": "Green waxed jacket, white trainers"}],
        "vehicles": [{"plate": "ZX71 QLM", "country": "GB", "colour": "silver"}],
        "policeReference": "WM/4471/26",
    } | changes


def fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


async def submit(person: Person, body: dict[str, Any]) -> httpx.Response:
    return await person.api.post("/api/reports", json=body, headers=fresh_key())


async def time_is_up(world: World, report: str) -> None:
    """The report is past its time, and the sweep has not come by yet."""
    reports, key = world.platform.container("reports"), [world.home.id, report]
    document = await reports.read(report, key)
    await reports.replace(document | {"disposeAt": "2020-01-01T00:00:00.000Z"}, document["_etag"])


def problem(response: httpx.Response) -> dict[str, Any]:
    """The problem detail of an error answer, checked for shape."""
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(response.text)
    assert found["status"] == response.status_code
    assert {"type", "title", "detail", "correlationId"} <= set(found)
    return found


def _site(platform: Platform, organisation: Organisation, name: str) -> Site:
    return Site(
        id=new_id(platform.clock.now()),
        organisation_id=organisation.id,
        name=name,
        region="GB-ENG",
        time_zone="Europe/London",
        latitude=51.0,
        longitude=-1.0,
    )


async def add_person(world: World, name: str, home: Organisation, role: Role, sites: list[str] | None = None) -> None:
    sub, issuer = f"{name}-{uuid.uuid4().hex[:8]}", world.platform.settings.issuers[0]
    user = User(
        id=new_id(world.platform.clock.now()),
        organisation_id=home.id,
        name=name.title(),
        roles=[role],
        site_ids=sites or [],
        accepted_terms=in_force().version,
    )
    await organisations.add_user(world.platform, user, Identity(issuer, sub))
    principal = Principal(user.id, home.id, "user", frozenset([role.value]), frozenset(sites or []), home.kind.value)
    client = world.anonymous(Authorization=f"Bearer {world.stack.token(sub)}")
    world.people[name] = Person(principal, sub, client)
