"""Report intake and queries."""

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PersonalQuery
from shared.reports import service
from shared.reports.models import (
    AgeJudgement,
    ReportAmendment,
    ReportListQuery,
    ReportPage,
    ReportQuery,
    ReportSubmission,
    ReportView,
)
from shared.reports.views import view
from shared.searches import service as searches
from shared.searches.models import Search, SearchAnswer

door = Door()


@door.endpoint(
    "reports_submit",
    "POST",
    "reports",
    summary="Report an event",
    body=ReportSubmission,
    reply=ReportView,
    status=201,
    creates=True,
)
async def submit(call: Call[ReportSubmission, NoQuery]) -> Reply:
    report = await service.submit(call.platform, call.principal, call.body, call.idempotency_key)
    return Reply(view(report, frozenset()), etag=report.etag, location=f"/api/reports/{report.id}")


@door.endpoint(
    "reports_read",
    "GET",
    "reports/{reportId:guid}",
    summary="Read a report of your own organisation, or one shared with you",
    query=ReportQuery,
    reply=ReportView,
)
async def read(call: Call[NoBody, ReportQuery]) -> Reply:
    owner = str(call.query.owner) if call.query.owner else None
    report, shown = await service.read(
        call.platform, call.principal, call.params["reportId"].lower(), call.query.purpose, owner
    )
    return Reply(shown, etag=report.etag)


@door.endpoint(
    "reports_list",
    "GET",
    "reports",
    summary="List your organisation's reports, newest event first",
    query=ReportListQuery,
    reply=ReportPage,
)
async def list_own(call: Call[NoBody, ReportListQuery]) -> Reply:
    return Reply(await service.list_own(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "reports_search",
    "POST",
    "search",
    summary="Search your organisation's reports, people, vehicles, cases and evidence; the search itself is remembered",
    body=Search,
    query=PersonalQuery,
    reply=SearchAnswer,
)
async def search(call: Call[Search, PersonalQuery]) -> Reply:
    return Reply(await searches.search(call.platform, call.principal, call.body, call.query))


@door.endpoint(
    "reports_amend",
    "PATCH",
    "reports/{reportId:guid}",
    summary="Put a report right",
    body=ReportAmendment,
    query=PersonalQuery,
    reply=ReportView,
    changes=True,
)
async def amend(call: Call[ReportAmendment, PersonalQuery]) -> Reply:
    report = await service.amend(
        call.platform, call.principal, call.params["reportId"].lower(), call.body, call.query.purpose, call.if_match
    )
    return Reply(view(report, frozenset()), etag=report.etag)


@door.endpoint(
    "reports_judge_age",
    "POST",
    "reports/{reportId:guid}/age-judgement",
    summary="Say whether somebody in a report is a minor",
    body=AgeJudgement,
    reply=ReportView,
    changes=True,
)
async def judge_age(call: Call[AgeJudgement, NoQuery]) -> Reply:
    report_id = call.params["reportId"].lower()
    report = await service.judge_age(call.platform, call.principal, report_id, call.body, call.if_match)
    return Reply(view(report, frozenset()), etag=report.etag)
