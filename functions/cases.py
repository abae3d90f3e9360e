"""Cases: grouping what belongs together, notes, tasks, hand-over, and what came of it."""

from typing import Any

from shared.cases import outcomes, service
from shared.cases.models import (
    Case,
    CaseChange,
    CaseForm,
    CaseListQuery,
    CasePage,
    CaseView,
    LinkForm,
    NoteForm,
    OutcomesView,
    TaskChange,
    TaskForm,
)
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, PersonalQuery

door = Door()


@door.endpoint(
    "cases_open",
    "POST",
    "cases",
    summary="Open a case",
    body=CaseForm,
    query=PersonalQuery,
    reply=CaseView,
    status=201,
    creates=True,
)
async def open_case(call: Call[CaseForm, PersonalQuery]) -> Reply:
    case = await service.open_case(call.platform, call.principal, call.body, call.query.purpose, call.idempotency_key)
    return await _shown(call, case, location=f"/api/cases/{case.id}")


@door.endpoint(
    "cases_list",
    "GET",
    "cases",
    summary="Your organisation's cases, last changed first",
    query=CaseListQuery,
    reply=CasePage,
)
async def list_cases(call: Call[NoBody, CaseListQuery]) -> Reply:
    return Reply(await service.list_cases(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "cases_read",
    "GET",
    "cases/{caseId:guid}",
    summary="A case with its records, notes and tasks",
    query=PersonalQuery,
    reply=CaseView,
)
async def read(call: Call[NoBody, PersonalQuery]) -> Reply:
    case, view = await service.read(call.platform, call.principal, _id(call), call.query.purpose)
    return Reply(view, etag=case.etag)


@door.endpoint(
    "cases_change",
    "PATCH",
    "cases/{caseId:guid}",
    summary="Change a case: status, deadline, who works on it, what came of it",
    body=CaseChange,
    query=PersonalQuery,
    reply=CaseView,
    changes=True,
)
async def change(call: Call[CaseChange, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(call, await service.change(call.platform, call.principal, _id(call), call.body, purpose, etag))


@door.endpoint(
    "cases_link",
    "POST",
    "cases/{caseId:guid}/records",
    summary="Put a report, an evidence item or a profile into a case, and say why",
    body=LinkForm,
    query=PersonalQuery,
    reply=CaseView,
    changes=True,
)
async def link(call: Call[LinkForm, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(call, await service.link(call.platform, call.principal, _id(call), call.body, purpose, etag))


@door.endpoint(
    "cases_unlink",
    "DELETE",
    "cases/{caseId:guid}/records/{recordId:guid}",
    summary="Take a record or a profile out of a case; it itself stays",
    query=PersonalQuery,
    reply=CaseView,
    changes=True,
)
async def unlink(call: Call[NoBody, PersonalQuery]) -> Reply:
    record, purpose, etag = call.params["recordId"].lower(), call.query.purpose, call.if_match
    return await _shown(call, await service.unlink(call.platform, call.principal, _id(call), record, purpose, etag))


@door.endpoint(
    "cases_note",
    "POST",
    "cases/{caseId:guid}/notes",
    summary="Write a note; it stays as it is",
    body=NoteForm,
    query=PersonalQuery,
    reply=CaseView,
    changes=True,
)
async def note(call: Call[NoteForm, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(
        call, await service.add_note(call.platform, call.principal, _id(call), call.body, purpose, etag)
    )


@door.endpoint(
    "cases_task",
    "POST",
    "cases/{caseId:guid}/tasks",
    summary="Add a task",
    body=TaskForm,
    query=PersonalQuery,
    reply=CaseView,
    changes=True,
)
async def task(call: Call[TaskForm, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(
        call, await service.add_task(call.platform, call.principal, _id(call), call.body, purpose, etag)
    )


@door.endpoint(
    "cases_change_task",
    "PATCH",
    "cases/{caseId:guid}/tasks/{taskId:guid}",
    summary="Tick a task off, give it to somebody, move its day",
    body=TaskChange,
    query=PersonalQuery,
    reply=CaseView,
    changes=True,
)
async def change_task(call: Call[TaskChange, PersonalQuery]) -> Reply:
    task_id, purpose, etag = call.params["taskId"].lower(), call.query.purpose, call.if_match
    case = await service.change_task(call.platform, call.principal, _id(call), task_id, call.body, purpose, etag)
    return await _shown(call, case)


@door.endpoint(
    "reports_outcomes",
    "GET",
    "reports/{reportId:guid}/outcomes",
    summary="What came of a report: the outcomes of the cases that it belongs to",
    query=PersonalQuery,
    reply=OutcomesView,
)
async def read_outcomes(call: Call[NoBody, PersonalQuery]) -> Reply:
    report = call.params["reportId"].lower()
    return Reply(await outcomes.of_report(call.platform, call.principal, report, call.query.purpose))


async def _shown(call: Call[Any, PersonalQuery], case: Case, location: str = "") -> Reply:
    view = await service.view(call.platform, call.principal, case, call.query.purpose)
    return Reply(view, etag=case.etag, location=location)


def _id(call: Call[Any, PersonalQuery]) -> str:
    return call.params["caseId"].lower()
