"""One search over reports, people, vehicles, cases and evidence of one's own organisation.

Each kind is decided on, paged and accounted for by itself: whoever may not see a kind is told nothing of it, and each
entry of the audit log names the policies that let somebody see what it lists.
"""

import asyncio
from dataclasses import dataclass

from shared.cases import finding as case_finding
from shared.cases.models import CasePage
from shared.cases.models import summary as case_summary
from shared.evidence import finding as evidence_finding
from shared.evidence.service import view as evidence_view
from shared.http.models import PersonalQuery
from shared.identity.principals import Principal
from shared.people import finding as profile_finding
from shared.people.models import ProfilePage, Subject
from shared.people.models import summary as profile_summary
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource, decide
from shared.reports import search as reports
from shared.reports.service import require_own
from shared.searches.models import EvidencePage, Kind, Search, SearchAnswer

ACTIONS = {
    Kind.REPORT: ("report", "report:search"),
    Kind.PERSON: ("profile", "profile:list"),
    Kind.VEHICLE: ("profile", "profile:list"),
    Kind.CASE: ("case", "case:list"),
    Kind.EVIDENCE: ("evidence", "evidence:read"),
}


@dataclass(frozen=True)
class Asked:
    """One search of one person."""

    platform: Platform
    principal: Principal
    form: Search
    purpose: Purpose

    def binding(self, kind: Kind) -> tuple[str, ...]:
        """What a cursor is bound to: the kinds that were searched beside do not matter."""
        sought = self.form.model_copy(update={"kinds": [], "facets": False}).sought
        return (self.principal.id, "Search", kind.value, self.purpose.value, sought)

    async def account(self, kind: Kind, subjects: list[str], decision: Decision, *, counted: bool) -> None:
        plate = kind is Kind.VEHICLE and self.form.plate
        await self.platform.account(
            self.principal,
            "plate:search" if plate else f"{ACTIONS[kind][0]}:search",
            organisation=self.principal.organisation,
            subjects=subjects,
            decision=decision,
            purpose=self.purpose,
            shows=True,
            sought=self.form.sought,
            counted=counted,
        )


async def search(platform: Platform, principal: Principal, form: Search, query: PersonalQuery) -> SearchAnswer:
    """A page of each kind. Its cost: one query and one audit entry for each kind that is searched."""
    asked = Asked(platform, principal, form, query.purpose)
    decisions = await authorised(asked)
    first = next(iter(decisions))
    page = SearchAnswer(reports=[], next_cursor=None, searched=list(decisions))
    found = await asyncio.gather(*(_of(asked, kind, each, counted=kind is first) for kind, each in decisions.items()))
    for each in found:
        page = page.model_copy(update=each)
    return page


async def authorised(asked: Asked) -> dict[Kind, Decision]:
    """The kinds to search. One that was named and may not be seen is a refusal; others are left out."""
    wanted, allowed = asked.form.searched_kinds, dict[Kind, Decision]()
    for kind in wanted:
        category, action = ACTIONS[kind]
        resource = Resource(category, asked.principal.organisation, asked.principal.organisation)
        if asked.form.kinds or decide(asked.principal, action, resource, asked.purpose).allowed:
            allowed[kind] = await asked.platform.authorise(asked.principal, action, resource, asked.purpose)
    if not allowed:  # refused by name, so that it stands in the log
        category, action = ACTIONS[wanted[0]]
        resource = Resource(category, asked.principal.organisation, asked.principal.organisation)
        await asked.platform.authorise(asked.principal, action, resource, asked.purpose)
    return allowed


async def _of(asked: Asked, kind: Kind, decision: Decision, *, counted: bool) -> dict[str, object]:
    """Fields of the answer."""
    match kind:
        case Kind.REPORT:
            query = PersonalQuery(purpose=asked.purpose)
            page = await reports.search(asked.platform, asked.principal, asked.form.of_reports, query)
            return dict(page)
        case Kind.PERSON:
            return {"people": await _profiles(asked, kind, Subject.PERSON, decision, counted=counted)}
        case Kind.VEHICLE:
            return {"vehicles": await _profiles(asked, kind, Subject.VEHICLE, decision, counted=counted)}
        case Kind.CASE:
            return {"cases": await _cases(asked, decision, counted=counted)}
        case Kind.EVIDENCE:
            return {"evidence": await _evidence(asked, decision, counted=counted)}


async def _profiles(asked: Asked, kind: Kind, subject: Subject, decision: Decision, *, counted: bool) -> ProfilePage:
    form = asked.form
    if form.plate:
        decision = await _plate_decision(asked)
    sought = profile_finding.ProfilesSought(
        subject, form.name, form.plate, form.like, form.worn, form.marks, form.since, form.until
    )
    page = await profile_finding.found(
        asked.platform, asked.principal, sought, form.limit, form.cursor, asked.binding(kind)
    )
    await asked.account(kind, [each.id for each in page.records], decision, counted=counted)
    now = asked.platform.clock.now()
    return ProfilePage(profiles=[profile_summary(each, now) for each in page.records], next_cursor=page.next_cursor)


async def _plate_decision(asked: Asked) -> Decision:
    """A search for a plate needs the right to search plates, and a report or a case, as it does among reports."""
    organisation = asked.principal.organisation
    if asked.form.report_id:
        await require_own(asked.platform, organisation, str(asked.form.report_id))
    bound = Resource("profile", organisation, organisation, case_bound=True)
    return await asked.platform.authorise(asked.principal, "plate:search", bound, asked.purpose)


async def _cases(asked: Asked, decision: Decision, *, counted: bool) -> CasePage:
    form = asked.form
    sought = case_finding.CasesSought(
        form.title,
        form.police_reference,
        form.case_statuses,
        str(form.assignee_id) if form.assignee_id else None,
        form.since,
        form.until,
    )
    page = await case_finding.found(
        asked.platform, asked.principal.organisation, sought, form.limit, form.cursor, asked.binding(Kind.CASE)
    )
    await asked.account(Kind.CASE, [each.id for each in page.records], decision, counted=counted)
    now = asked.platform.clock.now()
    return CasePage(cases=[case_summary(each, now) for each in page.records], next_cursor=page.next_cursor)


async def _evidence(asked: Asked, decision: Decision, *, counted: bool) -> EvidencePage:
    """At the sites where the principal's role holds."""
    form = asked.form
    sought = evidence_finding.EvidenceSought(
        str(form.of_report) if form.of_report else None,
        await reports.sites_sought(asked.platform, asked.principal, form),
        form.media,
        form.states,
        form.since,
        form.until,
    )
    page = await evidence_finding.found(
        asked.platform, asked.principal.organisation, sought, form.limit, form.cursor, asked.binding(Kind.EVIDENCE)
    )
    await asked.account(Kind.EVIDENCE, [each.id for each in page.records], decision, counted=counted)
    shown = [evidence_view(each, decision.withheld) for each in page.records]
    return EvidencePage(evidence=shown, next_cursor=page.next_cursor)
