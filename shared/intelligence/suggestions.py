"""Suggested links between reports, and what a person decides about them.

A suggestion is worked out when somebody asks, and stored nowhere. Only a person's yes makes a link; their no is
remembered.
"""

import contextlib

from shared.cases import service as cases
from shared.cases.models import Linkable
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.identity.principals import Principal
from shared.intelligence import knowledge, permission, scoring
from shared.intelligence.knowledge import Knowledge
from shared.intelligence.models import (
    CaseSuggestion,
    CaseSuggestionList,
    ReasonView,
    Rejection,
    ReportLinkList,
    ReportLinkMade,
    ReportLinkView,
    Suggestion,
    SuggestionList,
    UnlinkForm,
    Verdict,
    VerdictForm,
    likelihood,
)
from shared.intelligence.reasons import KM, in_words
from shared.intelligence.scoring import Link as Scored
from shared.intelligence.scoring import Reason
from shared.people import links, reach
from shared.people.models import PEOPLE, Basis, Confidence, EndKind, Link
from shared.people.service import reported
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports import screening
from shared.storage.cosmos import Key

MOST = 10
"""Suggestions at a time: what nobody reads helps nobody."""


async def for_report(platform: Platform, principal: Principal, report_id: str, purpose: Purpose) -> SuggestionList:
    decision = await permission.authorised(platform, principal, "suggestion:list", purpose)
    await reported(platform, principal, report_id, purpose, "/reportId")
    known = await knowledge.gathered(platform, principal, report_id)
    found = known.population.proposals(report_id, MOST) if report_id in known.rows else []
    shown = [_suggestion(known, each) for each in found]
    await platform.account(
        principal,
        "suggestion:list",
        subjects=[report_id, *(s.report_id for s in shown)],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    return SuggestionList(suggestions=shown, looked_at=known.looked_at, version=scoring.table().version)


async def for_case(platform: Platform, principal: Principal, case_id: str, purpose: Purpose) -> CaseSuggestionList:
    """Reports that may belong with one of the case's, and are not in it; the likeliest first."""
    case, _ = await cases.opened(platform, principal, "case:read", case_id, purpose)
    decision = await permission.authorised(platform, principal, "suggestion:list", purpose)
    inside = case.linked(Linkable.REPORT)
    known = await knowledge.gathered(platform, principal, *inside)
    best: dict[str, Scored] = {}
    for report in [each for each in inside if each in known.rows]:
        for each in known.population.proposals(report, MOST):
            other = each.reports[1]
            if other not in inside and (other not in best or best[other].probability < each.probability):
                best[other] = each
    ranked = sorted(best.values(), key=lambda link: -link.probability)[:MOST]
    shown = [CaseSuggestion(**_suggestion(known, each).model_dump(), belongs_with=each.reports[0]) for each in ranked]
    await platform.account(
        principal,
        "suggestion:list",
        subjects=[case_id, *(s.report_id for s in shown)],
        decision=decision,
        purpose=purpose,
        shows=True,
    )
    return CaseSuggestionList(suggestions=shown, looked_at=known.looked_at, version=scoring.table().version)


async def decide(
    platform: Platform, principal: Principal, report_id: str, other_id: str, form: VerdictForm, purpose: Purpose
) -> ReportLinkList:
    """The same verdict twice is one. A yes after a no counts, and the other way round once the link is taken away."""
    decision = await permission.authorised(platform, principal, "suggestion:decide", purpose)
    screening.refuse_profiling(form)
    await _two(platform, principal, report_id, other_id, purpose)
    action = f"suggestion:{form.verdict}"
    await platform.account(principal, action, subjects=[report_id, other_id], decision=decision, purpose=purpose)
    if form.verdict is Verdict.ACCEPTED and form.confidence:
        await platform.container(PEOPLE).delete(*_rejection(principal.organisation, report_id, other_id))
        link = _drafted(platform, principal, report_id, other_id, form.confidence, form.reason, Basis.SUGGESTED)
        with contextlib.suppress(Conflict):
            await links.add(platform, link)
    else:
        await _reject(platform, principal, report_id, other_id)
    return await _links(platform, principal, report_id)


async def link(
    platform: Platform, principal: Principal, report_id: str, form: ReportLinkMade, purpose: Purpose
) -> ReportLinkList:
    """A person links two reports by themselves."""
    decision = await permission.authorised(platform, principal, "link:make", purpose)
    screening.refuse_profiling(form)
    other = form.other_id.lower()
    await _two(platform, principal, report_id, other, purpose)
    await platform.account(principal, "link:make", subjects=[report_id, other], decision=decision, purpose=purpose)
    new = _drafted(platform, principal, report_id, other, form.confidence, form.reason)
    try:
        await links.add(platform, new)
    except Conflict:
        await _refuse_unless_repeated(platform, new)
    return await _links(platform, principal, report_id)


async def unlink(
    platform: Platform, principal: Principal, report_id: str, link_id: str, form: UnlinkForm, purpose: Purpose
) -> ReportLinkList:
    """A link between reports that was wrong. Links of profiles are taken away there."""
    decision = await permission.authorised(platform, principal, "link:make", purpose)
    screening.refuse_profiling(form)
    await reported(platform, principal, report_id, purpose, "/reportId")
    known = await links.of(platform, principal.organisation, report_id)
    wrong = next((each for each in known if each.id == link_id), None)
    if wrong is None or wrong.other(report_id)[0] is not EndKind.REPORT:
        raise NotFound("The report has no such link with another report.")
    await platform.account(principal, "link:remove", subjects=list(wrong.end_ids), decision=decision, purpose=purpose)
    await links.remove(platform, principal.organisation, link_id)
    return await _links(platform, principal, report_id)


async def linked(platform: Platform, principal: Principal, report_id: str, purpose: Purpose) -> ReportLinkList:
    decision = await permission.authorised(platform, principal, "link:read", purpose)
    await reported(platform, principal, report_id, purpose, "/reportId")
    found = await _links(platform, principal, report_id)
    subjects = [report_id, *(each.record_id for each in found.links)]
    await platform.account(principal, "link:read", subjects=subjects, decision=decision, purpose=purpose, shows=True)
    return found


# -- how it is done ----------------------------------------------------------------------------------------------------


async def _refuse_unless_repeated(platform: Platform, new: Link) -> None:
    """The same link by the same person is the same request, sent again; another one is told that the two are linked."""
    known = await platform.records(Link).read(new.id, new.key)
    if (known.added_by, known.reason, known.confidence) != (new.added_by, new.reason, new.confidence):
        raise Conflict("The two are linked already. GET the links of the report to see by whom, and why.")


async def _two(platform: Platform, principal: Principal, report_id: str, other_id: str, purpose: Purpose) -> None:
    """Both are one's own, may be read, and have no minor in them."""
    if report_id == other_id:
        raise Invalid("A report is not linked with itself.", [FieldError("/otherId", "same", "Name another report.")])
    await reported(platform, principal, report_id, purpose, "/reportId")
    await reported(platform, principal, other_id, purpose, "/otherId")


async def _reject(platform: Platform, principal: Principal, report_id: str, other_id: str) -> None:
    organisation = principal.organisation
    if other_id in await links.neighbours(platform, organisation, report_id):
        raise Conflict("The two are linked. Take the link away if it was wrong.")
    identifier, _ = _rejection(organisation, report_id, other_id)
    no = Rejection(
        id=identifier,
        organisation_id=organisation,
        record_id=identifier,
        end_ids=sorted((report_id, other_id)),
        rejected_by=principal.id,
        created_at=platform.clock.now(),
    )
    with contextlib.suppress(Conflict):
        await platform.records(Rejection).create(no)


def _rejection(organisation: str, one: str, other: str) -> tuple[str, Key]:
    identifier = links.rejection_id(organisation, one, other)
    return identifier, [organisation, identifier]


def _drafted(
    platform: Platform,
    principal: Principal,
    one: str,
    other: str,
    confidence: Confidence,
    reason: str,
    basis: Basis = Basis.ENTERED,
) -> Link:
    return links.drafted(
        principal.organisation,
        (EndKind.REPORT, one),
        (EndKind.REPORT, other),
        confidence=confidence,
        reason=reason,
        event_at=None,
        by=principal.id,
        at=platform.clock.now(),
        basis=basis,
    )


async def _links(platform: Platform, principal: Principal, report_id: str) -> ReportLinkList:
    known = await links.of(platform, principal.organisation, report_id)
    found = await reach.visible(platform, principal, known, report_id)
    return ReportLinkList(links=[_view(each, report_id) for each in found])


def _view(link: Link, of: str) -> ReportLinkView:
    kind, other = link.other(of)
    known = link.model_dump(include={"id", "confidence", "basis", "reason", "added_by"})
    return ReportLinkView(**known, kind=kind, record_id=other, added_at=link.created_at)


def _suggestion(known: Knowledge, link: Scored) -> Suggestion:
    other = known.rows[link.reports[1]]
    return Suggestion(
        report_id=other["id"],
        type=other["type"],
        occurred_at=known.when(other["id"]),
        site_id=other["siteId"],
        likelihood=likelihood(link.probability),
        compared_with=link.compared_with,
        evidence=[_reason(each) for each in link.evidence],
        counter_evidence=[_reason(each) for each in link.counter_evidence],
    )


def _reason(reason: Reason) -> ReasonView:
    words = in_words(reason.code, rare=reason.rare)
    return ReasonView(code=reason.code, rare=reason.rare, km=KM.get(reason.code), words=words)
