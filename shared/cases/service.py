"""What people do with a case: open it, link records, write notes, hand it over, feed back what came of it."""

from typing import Any
from uuid import UUID

from shared.cases import profiles
from shared.cases.models import (
    CASES,
    MOST_NOTES,
    MOST_RECORDS,
    MOST_TASKS,
    Case,
    CaseChange,
    CaseForm,
    CaseListQuery,
    CasePage,
    CaseProfile,
    CaseView,
    Link,
    Linkable,
    LinkForm,
    LinkKind,
    LinkView,
    Note,
    NoteForm,
    Status,
    Task,
    TaskChange,
    TaskForm,
    summary,
)
from shared.clock import rfc3339
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.http.paging import Wanted, newest_page
from shared.identity.principals import Principal
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.people import reach
from shared.platform import Platform
from shared.policy.decision import Decision, Purpose, Resource
from shared.reports import screening
from shared.retention.terms import terms_of
from shared.retention.visibility import STILL_IN_USE, in_use
from shared.sealing.keyring import Use
from shared.sealing.records import repeated
from shared.sealing.tokens import commitment, reference_token, title_tokens
from shared.storage.cosmos import Document

HOMES = {Linkable.REPORT: "reports", Linkable.EVIDENCE: "evidence"}
"""The containers, partitioned by organisation and id, in which linked records lie."""


async def open_case(
    platform: Platform, principal: Principal, form: CaseForm, purpose: Purpose, idempotency_key: str
) -> Case:
    """A repeated request meets the case that it has made. Raises :class:`IdempotencyMismatch` if that is another."""
    organisation, now = principal.organisation, platform.clock.now()
    identifier = derived_id("case", principal.id, idempotency_key)
    decision = await _authorised(platform, principal, "case:open", identifier, purpose)
    screening.refuse_profiling(form)
    assignees = await _colleagues(platform, principal, [str(each) for each in form.assignees], "/assignees")
    terms = await terms_of(platform, organisation)
    key = await platform.keyring.key_for(organisation, Use.COMMITMENTS)
    case = Case(
        id=identifier,
        organisation_id=organisation,
        case_id=identifier,
        title=form.title,
        summary=form.reason,
        police_reference=form.police_reference,
        **await _tokens(platform, organisation, form.title, form.police_reference),
        assignee_ids=assignees or [principal.id],
        deadline=form.deadline,
        opened_by=principal.id,
        opened_at=now,
        changed_at=now,
        request_commitment=commitment(key, form.model_dump_json()),
        dispose_at=terms.dispose_at("case", now),
    )
    try:
        stored = await platform.records(Case).create(case)
    except Conflict:
        stored = await repeated(platform.records(Case), case, "case")
    await platform.account(principal, "case:open", subjects=[identifier], decision=decision, purpose=purpose)
    return stored


async def read(platform: Platform, principal: Principal, case_id: str, purpose: Purpose) -> tuple[Case, CaseView]:
    case, decision = await opened(platform, principal, "case:read", case_id, purpose)
    await platform.account(principal, "case:read", subjects=[case_id], decision=decision, purpose=purpose, shows=True)
    return case, await view(platform, principal, case, purpose)


async def list_cases(
    platform: Platform, principal: Principal, query: CaseListQuery, binding: tuple[str, ...]
) -> CasePage:
    """A page, the last changed first, of cases that are still in use."""
    decision = await _authorised(platform, principal, "case:list", principal.organisation, query.purpose)
    now = platform.clock.now()
    where, parameters = ["c.kind = 'case'", STILL_IN_USE], dict[str, object]({"usableAt": rfc3339(now)})
    if query.status:
        where.append("c.status = @status")
        parameters["status"] = query.status.value
    if query.record:
        where.append("ARRAY_CONTAINS(c.recordIds, @record)")
        parameters["record"] = str(query.record)
    if query.mine:
        where.append("ARRAY_CONTAINS(c.assigneeIds, @me)")
        parameters["me"] = principal.id
    home = [principal.organisation]
    wanted = Wanted(" AND ".join(where), parameters, home, "changedAt", query.limit, query.cursor, binding)
    found = await newest_page(platform, Case, wanted)
    await platform.account(
        principal,
        "case:list",
        subjects=[each.id for each in found.records],
        decision=decision,
        purpose=query.purpose,
        shows=True,
    )
    return CasePage(cases=[summary(each, now) for each in found.records], next_cursor=found.next_cursor)


async def change(
    platform: Platform, principal: Principal, case_id: str, form: CaseChange, purpose: Purpose, etag: str
) -> Case:
    """Over the version ``etag``. Raises :class:`PreconditionFailed` if somebody was faster."""
    case, decision = await opened(platform, principal, "case:change", case_id, purpose)
    screening.refuse_profiling(form)
    given = form.model_dump(exclude_unset=True)
    for name in ("title", "status", "assignees"):
        if name in given and given[name] is None:
            raise Invalid("This cannot be taken away.", [FieldError(f"/{name}", "required", "Give a value.")])
    if "assignees" in given:
        wanted = [str(each) for each in given.pop("assignees")]
        given["assignee_ids"] = await _colleagues(platform, principal, wanted, "/assignees")
    title, reference = given.get("title", case.title), given.get("police_reference", case.police_reference)
    given |= await _tokens(platform, principal.organisation, title, reference)
    return await _stored(platform, principal, "case:change", case, given, decision, purpose, etag)


async def link(
    platform: Platform, principal: Principal, case_id: str, form: LinkForm, purpose: Purpose, etag: str
) -> Case:
    case, decision = await opened(platform, principal, "case:change", case_id, purpose)
    screening.refuse_profiling(form)
    identifier = str(form.id)
    if form.kind is LinkKind.PROFILE:
        given = await _with_profile(platform, principal, case, form, purpose)
    else:
        given = await _with_record(platform, principal, case, form, purpose)
    return await _stored(platform, principal, "case:link", case, given, decision, purpose, etag, identifier)


async def _with_record(
    platform: Platform, principal: Principal, case: Case, form: LinkForm, purpose: Purpose
) -> dict[str, Any]:
    kind, identifier = Linkable(form.kind), str(form.id)
    await _may_read(platform, principal, kind, identifier, purpose)
    if identifier in case.record_ids:
        raise Conflict("The record is part of this case already.")
    _room(len(case.links), MOST_RECORDS, "records")
    now = platform.clock.now()
    new = Link(kind=kind, id=identifier, reason=form.reason, added_by=principal.id, added_at=now)
    return {"links": [*case.links, new], "record_ids": [*case.record_ids, identifier]}


async def _with_profile(
    platform: Platform, principal: Principal, case: Case, form: LinkForm, purpose: Purpose
) -> dict[str, Any]:
    identifier = str(form.id)
    await require_profile(platform, principal, identifier, purpose, "/id")
    if identifier in case.profile_ids:
        raise Conflict("The profile is part of this case already.")
    _room(len(case.profiles), MOST_RECORDS, "profiles")
    new = CaseProfile(id=identifier, reason=form.reason, added_by=principal.id, added_at=platform.clock.now())
    return {"profiles": [*case.profiles, new], "profile_ids": [*case.profile_ids, identifier]}


async def require_profile(
    platform: Platform, principal: Principal, profile_id: str, purpose: Purpose, at: str
) -> Document:
    """What is clear of a profile that this principal may read; for anybody else there is none."""
    found = await reach.in_use_of(platform, principal.organisation, [profile_id], purpose)
    if profile_id not in await reach.readable(platform, principal, found, purpose):
        what = FieldError(at, "unknown_record", "Check the id: your organisation has no such profile.")
        raise Invalid("The profile does not exist, or is not yours.", [what])
    return found[profile_id]


async def unlink(
    platform: Platform, principal: Principal, case_id: str, record_id: str, purpose: Purpose, etag: str
) -> Case:
    case, decision = await opened(platform, principal, "case:change", case_id, purpose)
    if record_id in await reach.readable(platform, principal, case.profile_ids, purpose):
        kept = [each for each in case.profiles if each.id != record_id]
        changes = {"profiles": kept, "profile_ids": [each.id for each in kept]}
        return await _stored(platform, principal, "case:unlink", case, changes, decision, purpose, etag, record_id)
    if record_id not in case.record_ids:
        raise NotFound("The record is not part of this case.")
    given = {
        "links": [each for each in case.links if each.id != record_id],
        "record_ids": [each for each in case.record_ids if each != record_id],
    }
    return await _stored(platform, principal, "case:unlink", case, given, decision, purpose, etag, record_id)


async def add_note(
    platform: Platform, principal: Principal, case_id: str, form: NoteForm, purpose: Purpose, etag: str
) -> Case:
    case, decision = await opened(platform, principal, "case:change", case_id, purpose)
    screening.refuse_profiling(form)
    _room(len(case.notes), MOST_NOTES, "notes")
    note = Note(text=form.notes, written_by=principal.id, written_at=platform.clock.now())
    given = {"notes": [*case.notes, note]}
    return await _stored(platform, principal, "case:note", case, given, decision, purpose, etag)


async def add_task(
    platform: Platform, principal: Principal, case_id: str, form: TaskForm, purpose: Purpose, etag: str
) -> Case:
    case, decision = await opened(platform, principal, "case:change", case_id, purpose)
    screening.refuse_profiling(form)
    _room(len(case.tasks), MOST_TASKS, "tasks")
    task = Task(
        id=derived_id("task", case.id, str(len(case.tasks))),
        text=form.notes,
        assigned_to_id=await _colleague(platform, principal, form.assigned_to),
        due=form.due,
        added_by=principal.id,
    )
    given = {"tasks": [*case.tasks, task]}
    return await _stored(platform, principal, "case:task", case, given, decision, purpose, etag)


async def change_task(
    platform: Platform,
    principal: Principal,
    case_id: str,
    task_id: str,
    form: TaskChange,
    purpose: Purpose,
    etag: str,
) -> Case:
    case, decision = await opened(platform, principal, "case:change", case_id, purpose)
    if task_id not in {task.id for task in case.tasks}:
        raise NotFound("The case has no such task.")
    changes: dict[str, Any] = {}
    if "due" in form.model_fields_set:
        changes["due"] = form.due
    if "assigned_to" in form.model_fields_set:
        changes["assigned_to_id"] = await _colleague(platform, principal, form.assigned_to)
    if form.done is not None:
        now = platform.clock.now()
        changes |= {"done_by": principal.id, "done_at": now} if form.done else {"done_by": None, "done_at": None}
    tasks = [task.model_copy(update=changes) if task.id == task_id else task for task in case.tasks]
    return await _stored(platform, principal, "case:task", case, {"tasks": tasks}, decision, purpose, etag)


# -- for other capabilities ------------------------------------------------------------------------------------------


async def is_open(platform: Platform, organisation: str, case_id: str) -> bool:
    """Whether a case of the organisation may be named as the reason for a search."""
    try:
        document = await platform.container(CASES).read(case_id, [organisation, case_id])
    except NotFound:
        return False
    return in_use(document, platform.clock.now()) and document["status"] != Status.CLOSED.value


async def opened(
    platform: Platform, principal: Principal, action: str, case_id: str, purpose: Purpose
) -> tuple[Case, Decision]:
    """The case and the decision that lets this principal at it; whoever asks accounts for it."""
    try:
        document = await platform.container(CASES).read(case_id, [principal.organisation, case_id])
    except NotFound:
        document = None
    if document is None or not in_use(document, platform.clock.now(), purpose):
        raise NotFound("The case does not exist, or is not yours.")
    decision = await _authorised(platform, principal, action, case_id, purpose)
    return await platform.records(Case).open(document), decision


async def view(platform: Platform, principal: Principal, case: Case, purpose: Purpose) -> CaseView:
    there = await present(platform, case)
    known = case.model_dump(include=set(CaseView.model_fields) - {"records", "profiles"})
    links = [LinkView(**each.model_dump(), present=each.id in there) for each in case.links]
    return CaseView(**known, records=links, profiles=await profiles.seen(platform, principal, case, purpose))


async def present(platform: Platform, case: Case) -> set[str]:
    """Which of the linked records have not been disposed of."""
    found: set[str] = set()
    for kind, container in HOMES.items():
        if wanted := case.linked(kind):
            text = f"SELECT c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id) AND {STILL_IN_USE}"  # noqa: S608
            asked = {"ids": wanted, "usableAt": rfc3339(platform.clock.now())}
            rows = platform.container(container).query(text, asked, key=[case.organisation_id])
            found |= {str(each["id"]) async for each in rows}
    return found


def tokens_by(index_key: bytes, title: str, reference: str | None) -> dict[str, list[str]]:
    """By which a case is found."""
    return {
        "title_tokens": title_tokens(index_key, title),
        "reference_tokens": [reference_token(index_key, reference)] if reference else [],
    }


# -- how it is done --------------------------------------------------------------------------------------------------


async def _stored(
    platform: Platform,
    principal: Principal,
    action: str,
    case: Case,
    changes: dict[str, Any],
    decision: Decision,
    purpose: Purpose,
    etag: str,
    *subjects: str,
) -> Case:
    """Each change starts the case's time anew, and is accounted for before it is stored."""
    now, terms = platform.clock.now(), await terms_of(platform, principal.organisation)
    renewed = {"changed_at": now, "dispose_at": terms.dispose_at("case", now)}
    await platform.account(principal, action, subjects=[case.id, *subjects], decision=decision, purpose=purpose)
    return await platform.records(Case).replace(case.model_copy(update=changes | renewed), etag)


async def _tokens(platform: Platform, organisation: str, title: str, reference: str | None) -> dict[str, list[str]]:
    return tokens_by((await platform.keyring.index(organisation)).newest, title, reference)


async def _may_read(
    platform: Platform, principal: Principal, kind: Linkable, identifier: str, purpose: Purpose
) -> None:
    """Nobody links what they may not see: roles can hold at some sites only."""
    try:
        document = await platform.container(HOMES[kind]).read(identifier, [principal.organisation, identifier])
    except NotFound:
        document = None
    if document is None or not in_use(document, platform.clock.now()):
        what = FieldError("/id", "unknown_record", f"Check the id: your organisation has no such {kind.value}.")
        raise Invalid("The record does not exist, or is not yours.", [what])
    resource = Resource(kind.value, identifier, principal.organisation, document["siteId"])
    await platform.authorise(principal, f"{kind.value}:read", resource, purpose)


async def _colleague(platform: Platform, principal: Principal, user: UUID | None) -> str | None:
    found = await _colleagues(platform, principal, [str(user)] if user else [], "/assignedTo")
    return next(iter(found), None)


async def _colleagues(platform: Platform, principal: Principal, ids: list[str], pointer: str) -> list[str]:
    """The ids, if all of them are people who work here."""
    known = await organisations.user_ids(platform, principal.organisation) if ids else set()
    for number, each in enumerate(ids):
        if each not in known:
            at = f"{pointer}/{number}" if pointer == "/assignees" else pointer
            what = FieldError(at, "unknown_user", "Choose somebody who works in your organisation.")
            raise Invalid("Somebody who is named here does not work in your organisation.", [what])
    return list(dict.fromkeys(ids))


def _room(count: int, most: int, what: str) -> None:
    if count >= most:
        raise Conflict(f"A case holds {most} {what} at most. Close it and open one that follows it.")


async def _authorised(
    platform: Platform, principal: Principal, action: str, subject: str, purpose: Purpose
) -> Decision:
    return await platform.authorise(principal, action, Resource("case", subject, principal.organisation), purpose)
