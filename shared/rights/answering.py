"""How a privacy officer answers: looks at what was found, decides record by record, looks at the draft, sends it.

Nothing happens to a record, and nothing leaves, before the answer is sent. The platform suggests; a person decides.
"""

import contextlib
import hmac
import json
from datetime import timedelta

from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from shared.evidence.models import Evidence
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.reports import screening
from shared.retention import holds
from shared.retention.terms import terms_of
from shared.rights import actions, contents, correspondence, desk, holdings, law, letters, media, packaging
from shared.rights.answer_models import (
    Answer,
    AnswerForm,
    ExemptionView,
    Package,
    RecordPreview,
    RecordsView,
    RecordView,
)
from shared.rights.decisions import MOST_DECISIONS, Act, Decided, Decision, Disclose
from shared.rights.models import AnswerFile, AnswerNote, Case, CaseState, Identity, Request, RequestState
from shared.sealing.keyring import Use
from shared.sealing.records import Record
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import commitment

ATTEMPTS = 5
LOOKED_AT_AGAIN = timedelta(days=2)


async def records(platform: Platform, principal: Principal, case_id: str) -> tuple[Case, RecordsView]:
    """Every record that may be about the person, opened for the privacy officer, with what was decided so far."""
    case, decision = await desk.opened(platform, principal, "rights:read", case_id)
    found = await holdings.of(platform, case.organisation_id, case.facts, case.contact)
    decided = {each.record_id: each for each in case.decisions}
    shown = [await _view(platform, case, one, decided.get(one.id)) for one in found]
    views = [each for each in shown if each]
    await platform.account(
        principal,
        "rights:records",
        organisation=case.organisation_id,
        subjects=[case.id, *(each.id for each in views)],
        decision=decision,
        purpose=desk.PURPOSE,
        shows=True,
    )
    regime = packaging.regime_of(case, platform.clock.now())
    return case, RecordsView(
        records=views,
        exemptions=[
            ExemptionView(code=each.code, says=each.says, source=each.source, neither=each.neither)
            for each in law.exemptions(regime).values()
        ],
        known_kinds=law.regime(regime)["kinds"],
    )


async def decide(
    platform: Platform, principal: Principal, case_id: str, record_id: str, wanted: Decision, etag: str
) -> Case:
    case, allowed = await desk.opened(platform, principal, "rights:answer", case_id)
    screening.refuse_profiling(wanted)
    decided = await _checked(platform, principal, case, record_id, wanted)
    others = [each for each in case.decisions if each.record_id != record_id]
    if len(others) >= MOST_DECISIONS:
        raise Conflict("There are very many records in this case. Answer it in parts: talk to the person.")
    changed = case.model_copy(update={"decisions": [*others, decided]})
    stored = await platform.records(Case).replace(changed, etag)
    await desk.account(platform, principal, f"rights:decide:{wanted.disclose.value}", stored, allowed, record_id)
    return stored


async def preview(
    platform: Platform, principal: Principal, case_id: str, record_id: str, wanted: Decision
) -> RecordPreview:
    """What the person would be told of this record if it were decided so. Nothing is stored."""
    case, allowed = await desk.opened(platform, principal, "rights:answer", case_id)
    decided = await _checked(platform, principal, case, record_id, wanted)
    shown = await packaging.preview(platform, case, decided)
    await desk.account(platform, principal, "rights:preview", case, allowed, record_id, shows=True)
    return shown


async def draft(platform: Platform, principal: Principal, case_id: str, form: AnswerForm) -> Package:
    """The answer as it would be now. Nothing is stored or done."""
    case, allowed = await desk.opened(platform, principal, "rights:answer", case_id)
    package = await packaging.package(platform, case, form.note)
    await desk.account(platform, principal, "rights:draft", case, allowed, *(each.record_id for each in case.decisions))
    return package


async def answer(platform: Platform, principal: Principal, case_id: str, form: AnswerForm, etag: str) -> Case:
    """Stores the package, does what was decided, closes the case, tells the person; each step safe to repeat."""
    case, allowed = await desk.opened(platform, principal, "rights:answer", case_id)
    if case.etag != etag:
        raise PreconditionFailed("The case has changed since it was read. Read it again and repeat the change.")
    screening.refuse_profiling(form)
    await _refuse_unfinished(platform, case)
    stored = await _packed(platform, case, form.note)
    await _copied(platform, stored)
    for each in case.decisions:
        await actions.carry_out(platform, case, each)
        if each.decision.act is not Act.NOTHING:
            action = f"rights:{each.decision.act.value}"
            await desk.account(platform, principal, action, case, allowed, each.record_id)
    terms = await terms_of(platform, case.organisation_id)
    now = stored.answered_at
    done = case.model_copy(
        update={
            "state": CaseState.ANSWERED,
            "answered_at": now,
            "answered_by": principal.id,
            "kept_from": now,
            "dispose_at": terms.dispose_at("rights_request", now),
        }
    )
    await desk.account(platform, principal, "rights:answer", case, allowed, *(e.record_id for e in case.decisions))
    closed = await platform.records(Case).replace(done, etag)
    await tell_person(platform, closed, stored)
    return closed


async def finish(platform: Platform) -> int:
    """Tells the persons whose answers were closed just when something broke off. How many answers were looked at."""
    since = rfc3339(platform.clock.now() - LOOKED_AT_AGAIN)
    text = "SELECT * FROM c WHERE c.kind = 'rights_answer' AND c.answeredAt > @since"
    found = [each async for each in platform.container(Answer.container).query(text, {"since": since})]
    for stored in await platform.records(Answer).open_all(found):
        case = await platform.records(Case).read(stored.rights_id, stored.key)
        if case.state is CaseState.ANSWERED:
            await tell_person(platform, case, stored)
    return len(found)


async def tell_person(platform: Platform, case: Case, stored: Answer) -> None:
    """The note that there is an answer, in the person's copy, with a letter. Safe to repeat."""
    name = (await organisations.organisation(platform, case.organisation_id)).name
    note = AnswerNote(
        case_id=case.id,
        organisation_id=case.organisation_id,
        organisation=name,
        answered_at=stored.answered_at,
        until=stored.dispose_at,
        files=[AnswerFile(**each.model_dump(include=set(AnswerFile.model_fields))) for each in stored.package.files],
    )
    for _ in range(ATTEMPTS):
        try:
            request = await platform.records(Request).read(case.request_id, [PLATFORM, case.request_id])
        except NotFound:
            return
        if any(each.case_id == case.id for each in request.answers):
            return
        answers = [*request.answers, note]
        changes: dict[str, object] = {"answers": answers}
        if {each.case_id for each in request.cases} <= {each.case_id for each in answers}:
            latest = max(each.until for each in answers) + timedelta(days=1)
            changes |= {"state": RequestState.CLOSED, "dispose_at": min(latest, request.dispose_at)}
        order, beside = await correspondence.letter(platform, request, "answer", until=letters.until(stored.dispose_at))
        try:
            await platform.records(Request).replace(request.model_copy(update=changes), request.etag, *beside)
        except PreconditionFailed:
            continue  # another controller answers at this moment
        await platform.bus.send_or_leave(order)
        return
    raise PreconditionFailed("Many are writing to this person at once. Send the answer again in a moment.")


async def _packed(platform: Platform, case: Case, note: str | None) -> Answer:
    """The answer as it is stored; one that broke off after this is the same one when it is sent again, unless somebody
    decided anew in between: what was put together from other decisions never leaves."""
    now, terms = platform.clock.now(), await terms_of(platform, case.organisation_id)
    identifier, made_of = derived_id("rights-answer", case.id), await _made_of(platform, case, note)
    with contextlib.suppress(NotFound):
        known = await platform.records(Answer).read(identifier, case.key)
        if hmac.compare_digest(known.decisions_commitment, made_of):
            return known
        await _take_back(platform, known)
    package = await packaging.package(platform, case, note)
    stored = Answer(
        sources=media.sources(case.decisions, package),
        id=identifier,
        organisation_id=case.organisation_id,
        rights_id=case.rights_id,
        request_id=case.request_id,
        package=package,
        answered_at=package.answered_at,
        decisions_commitment=made_of,
        dispose_at=terms.dispose_at("rights_response", now),
    )
    return await platform.records(Answer).create(stored)


async def _made_of(platform: Platform, case: Case, note: str | None) -> str:
    decisions = [each.model_dump(mode="json", by_alias=True) for each in case.decisions]
    key = await platform.keyring.key_for(case.organisation_id, Use.COMMITMENTS)
    return commitment(key, json.dumps([case.proof.result, note, decisions], sort_keys=True))


async def _take_back(platform: Platform, stored: Answer) -> None:
    await media.discard(platform, stored.organisation_id, stored.id)
    await platform.container(Answer.container).delete(stored.id, stored.key)
    await platform.keyring.destroy(stored.organisation_id, stored.id)


async def _copied(platform: Platform, stored: Answer) -> None:
    """The files of the answer, before anything is done: an item may be erased by this very answer. If one was painted
    anew meanwhile, the answer is taken back, so that the officer can look and decide again."""
    try:
        await media.copy(platform, stored)
    except Conflict:
        await _take_back(platform, stored)
        raise


async def _view(platform: Platform, case: Case, found: holdings.Found, decided: Decided | None) -> RecordView | None:
    record = await packaging.find(platform, case.organisation_id, found.kind, found.id)
    if record is None:
        return None
    content = contents.content_of(found.kind, record)
    mine = contents.theirs(content, case.facts.full_name, case.facts.plates)
    names = {found.id, str(getattr(record, "report_id", None) or found.id)}
    return RecordView(
        kind=found.kind,
        id=found.id,
        why_found=found.why,
        content=content,
        suggested=Decision(
            kind=found.kind,
            disclose=Disclose.GIVE,
            mine=mine,
            # Somebody has said something about the report: as a rule another person than the one who asks now.
            leave_out=["statements"] if "statements" in content else [],
        ),
        acts=actions.possible(found.kind),
        held=await holds.until(platform, case.organisation_id, names) is not None,
        dispose_at=getattr(record, "dispose_at", None) or getattr(record, "expires_at", None),
        evidence=media.facts(record) if isinstance(record, Evidence) else None,
        decided=decided,
    )


async def _checked(platform: Platform, principal: Principal, case: Case, record_id: str, wanted: Decision) -> Decided:
    """The decision, if it fits the record, the law of the place, and what can be done at all."""
    record = await packaging.find(platform, case.organisation_id, wanted.kind, record_id)
    if record is None:
        raise NotFound("There is no such record at your organisation; it may be gone already.")
    decided = Decided(record_id=record_id, decision=wanted, by=principal.id, at=platform.clock.now())
    _check(platform, case, record, decided)
    return decided


def _check(platform: Platform, case: Case, record: Record, decided: Decided) -> None:
    wanted = decided.decision
    known = law.exemptions(packaging.regime_of(case, platform.clock.now()))
    if wanted.exemption and wanted.exemption not in known:
        what = FieldError("/exemption", "unknown_exemption", f"The law here knows: {', '.join(sorted(known))}.")
        raise Invalid("The law of the place knows no such exemption.", [what])
    if wanted.neither and not (wanted.exemption and known[wanted.exemption].neither):
        what = FieldError("/neither", "not_allowed", "Only some exemptions allow neither to confirm nor to deny.")
        raise Invalid("This exemption does not allow that.", [what])
    content = contents.content_of(wanted.kind, record)
    contents.cut(content, wanted.mine, wanted.redact, wanted.leave_out, "")
    for pointer in wanted.corrections:
        actions.put(contents.content_of(wanted.kind, record), pointer, "")
    if isinstance(record, Evidence):
        media.check(record, wanted)
    actions.check(decided)


async def _refuse_unfinished(platform: Platform, case: Case) -> None:
    if case.proof.result is Identity.UNCONFIRMED:
        raise Conflict("Say first whether the person is who they say.")
    if case.proof.result is Identity.NOT_CONFIRMED:
        if case.decisions:
            raise Conflict("Whoever is not identified is told nothing. Say again who it is, and decisions fall.")
        return
    decided = {each.record_id for each in case.decisions}
    # Whoever looked at a report and found it to be about somebody else has answered for what hangs on it.
    strangers = {each.record_id for each in case.decisions if each.decision.disclose is Disclose.NOT_THEIRS}
    found = await holdings.of(platform, case.organisation_id, case.facts, case.contact)
    if open_ := [each.id for each in found if each.id not in decided and each.report_id not in strangers]:
        raise Conflict(
            f"{len(open_)} records that were found are not decided yet. Say of each what becomes of it.",
            extra={"ids": open_},
        )
