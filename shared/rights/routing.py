"""Who gets a request: every controller that may hold something about the person. Then the platform forgets the facts.

A controller gets a case if the person names it or one of its sites, if a blind token of theirs is found there, or if
somebody was described there at that time in that region. Where nobody is named, everybody with a site in the region
gets one, since only they can tell. The platform decides nothing beyond that, and opens no record.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from shared.audit.trail import Entry
from shared.errors import Conflict, NotFound
from shared.ids import derived_id
from shared.platform import Platform
from shared.retention.terms import terms_of
from shared.rights import clock, holdings, reminders, terms
from shared.rights.models import Case, CaseRef, Facts, Request, RequestState, RoutingOrder
from shared.rights.terms import Step
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import normalised_name
from shared.storage import outbox

type Why = Literal["named", "token", "event", "region"]
QUEUE = "rights-routing"
TELLING = 4
"""Letters from which a word of a name tells: not "the", not "and"."""


@dataclass(frozen=True)
class Controller:
    """An organisation that may hold something: its name, its place, and its sites in the region of the incident."""

    id: str
    name: str
    jurisdiction: str
    site_names: tuple[str, ...]
    time_zone: str


async def route(platform: Platform, order: RoutingOrder) -> int:
    """Opens the cases. Safe to run any number of times. How many controllers have the request now."""
    reference = order.reference
    try:
        request = await platform.records(Request).read(reference, [PLATFORM, reference])
    except NotFound:
        return 0
    if request.facts is not None and not request.routed:
        holders = await _chosen(platform, request.facts, request.contact)
        cases = [await _open(platform, request, request.facts, *each) for each in holders]
        state = RequestState.SENT if cases else RequestState.CLOSED
        done = request.model_copy(update={"facts": None, "routed": True, "cases": cases, "state": state})
        request = await platform.records(Request).replace(done, request.etag)
    await outbox.confirm(platform.container(Request.container), order.message_id, request.key)
    return len(request.cases)


async def _chosen(platform: Platform, facts: Facts, contact: str) -> list[tuple[Controller, list[Why]]]:
    found = []
    for each in await _controllers(platform, facts.incident.region):
        held = await holdings.of(platform, each.id, facts, contact)
        reasons: dict[Why, bool] = {
            "named": names(facts.incident.place, (each.name, *each.site_names)),
            "token": any(one.why != "event" for one in held),
            "event": any(one.why == "event" for one in held),
            "region": bool(each.site_names),
        }
        found.append((each, [why for why, holds in reasons.items() if holds]))
    return chosen(found)


def chosen(found: Iterable[tuple[Controller, list[Why]]]) -> list[tuple[Controller, list[Why]]]:
    """Of all controllers those that get the request: with a reason of their own, or all of the region if nobody is
    named."""
    found = list(found)
    nobody_named = not any("named" in reasons for _, reasons in found)
    return [
        (each, reasons)
        for each, reasons in found
        if {"named", "token", "event"} & set(reasons) or (nobody_named and "region" in reasons)
    ]


def names(place: str, known: Iterable[str]) -> bool:
    """Whether somebody's words about a place name an organisation or a site: every telling word of its name."""
    said = set(normalised_name(place).split())
    for each in known:
        telling = [word for word in re.findall(r"\w+", normalised_name(each)) if len(word) >= TELLING]
        if telling and said.issuperset(telling):
            return True
    return False


async def _controllers(platform: Platform, region: str) -> list[Controller]:
    sites: dict[str, list[tuple[str, str]]] = {}
    async for site in platform.container("sites").query("SELECT c.organisationId, c.name, c.region, c.timeZone FROM c"):
        if holdings.within(site["region"], region):
            sites.setdefault(site["organisationId"], []).append((site["name"], site["timeZone"]))
    text = "SELECT c.id, c.name, c.jurisdiction FROM c WHERE c.kind != 'platform' AND c.state = 'active'"
    homes = [each async for each in platform.container("organisations").query(text)]
    return [
        Controller(
            each["id"],
            each["name"],
            each["jurisdiction"],
            tuple(name for name, _ in sites.get(each["id"], [])),
            sites[each["id"]][0][1] if each["id"] in sites else "UTC",
        )
        for each in homes
    ]


async def _open(platform: Platform, request: Request, facts: Facts, controller: Controller, why: list[Why]) -> CaseRef:
    identifier = derived_id("rights-case", request.id, controller.id)
    regimes = clock.regimes_at([controller.jurisdiction])
    day = clock.local_day(request.received_at, ZoneInfo(controller.time_zone))
    first = clock.earliest([clock.Clock(each, controller.jurisdiction, day) for each in regimes], day)
    rule = terms.row(first.regime, Step.ANSWER)
    retained = await terms_of(platform, controller.id)
    case = Case(
        id=identifier,
        organisation_id=controller.id,
        rights_id=identifier,
        request_id=request.id,
        kinds=request.kinds,
        language=request.language,
        regimes=regimes,
        place=controller.jurisdiction,
        time_zone=controller.time_zone,
        rule_id=rule.id if rule else first.regime,
        received_at=request.received_at,
        facts=facts,
        contact=request.contact,
        why_here=why,
        kept_from=request.received_at,
        dispose_at=retained.dispose_at("rights_request", request.received_at),
    )
    message = reminders.warning(case, "received")
    try:
        await platform.records(Case).create(case, reminders.outboxed(case, message, platform.clock.now()))
    except Conflict:
        return CaseRef(case_id=identifier, organisation_id=controller.id)
    await platform.trail.record(
        Entry(
            organisation=controller.id,
            actor="routing",
            actor_organisation=PLATFORM,
            action="rights:receive",
            subjects=[identifier, request.id],
        )
    )
    await platform.bus.send_or_leave(message)
    return CaseRef(case_id=identifier, organisation_id=controller.id)
