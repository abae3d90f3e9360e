"""Which reports may belong together, and what people say to that."""

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, PersonalQuery
from shared.intelligence import groups, suggestions
from shared.intelligence.groups import Group, GroupList
from shared.intelligence.models import (
    CaseSuggestionList,
    ReportLinkList,
    ReportLinkMade,
    SuggestionList,
    UnlinkForm,
    VerdictForm,
)

door = Door()


@door.endpoint(
    "suggestions_report",
    "GET",
    "reports/{reportId:guid}/suggestions",
    summary="Reports that may belong with this one, with what speaks for and against it",
    query=PersonalQuery,
    reply=SuggestionList,
)
async def for_report(call: Call[NoBody, PersonalQuery]) -> Reply:
    report_id = call.params["reportId"].lower()
    return Reply(await suggestions.for_report(call.platform, call.principal, report_id, call.query.purpose))


@door.endpoint(
    "suggestions_case",
    "GET",
    "cases/{caseId:guid}/suggestions",
    summary="Reports that may belong into this case, with what speaks for and against it",
    query=PersonalQuery,
    reply=CaseSuggestionList,
)
async def for_case(call: Call[NoBody, PersonalQuery]) -> Reply:
    case_id = call.params["caseId"].lower()
    return Reply(await suggestions.for_case(call.platform, call.principal, case_id, call.query.purpose))


@door.endpoint(
    "suggestions_decide",
    "PUT",
    "reports/{reportId:guid}/suggestions/{otherId:guid}",
    summary="Accept a suggestion, which links the two reports, or reject it for good",
    body=VerdictForm,
    query=PersonalQuery,
    reply=ReportLinkList,
)
async def decide(call: Call[VerdictForm, PersonalQuery]) -> Reply:
    report_id, other_id = call.params["reportId"].lower(), call.params["otherId"].lower()
    done = await suggestions.decide(call.platform, call.principal, report_id, other_id, call.body, call.query.purpose)
    return Reply(done)


@door.endpoint(
    "links_list",
    "GET",
    "reports/{reportId:guid}/links",
    summary="What people linked this report with, why, and how sure they are",
    query=PersonalQuery,
    reply=ReportLinkList,
)
async def list_links(call: Call[NoBody, PersonalQuery]) -> Reply:
    report_id = call.params["reportId"].lower()
    return Reply(await suggestions.linked(call.platform, call.principal, report_id, call.query.purpose))


@door.endpoint(
    "links_make",
    "POST",
    "reports/{reportId:guid}/links",
    summary="Link two reports that belong together",
    body=ReportLinkMade,
    query=PersonalQuery,
    reply=ReportLinkList,
    status=201,
    creates=True,
)
async def make_link(call: Call[ReportLinkMade, PersonalQuery]) -> Reply:
    report_id = call.params["reportId"].lower()
    return Reply(await suggestions.link(call.platform, call.principal, report_id, call.body, call.query.purpose))


@door.endpoint(
    "links_remove",
    "POST",
    "reports/{reportId:guid}/links/{linkId:guid}/remove",
    summary="Take away a link between reports that was wrong, and say why",
    body=UnlinkForm,
    query=PersonalQuery,
    reply=ReportLinkList,
)
async def remove_link(call: Call[UnlinkForm, PersonalQuery]) -> Reply:
    report_id, link_id = call.params["reportId"].lower(), call.params["linkId"].lower()
    done = await suggestions.unlink(call.platform, call.principal, report_id, link_id, call.body, call.query.purpose)
    return Reply(done)


@door.endpoint(
    "groups_list",
    "GET",
    "groups",
    summary="Reports that people put together, as groups, the one with the newest event first",
    query=PersonalQuery,
    reply=GroupList,
)
async def list_groups(call: Call[NoBody, PersonalQuery]) -> Reply:
    return Reply(await groups.list_groups(call.platform, call.principal, call.query.purpose))


@door.endpoint(
    "groups_read",
    "GET",
    "reports/{reportId:guid}/group",
    summary="The group that a report belongs to: network, time line, places and loss",
    query=PersonalQuery,
    reply=Group,
)
async def read_group(call: Call[NoBody, PersonalQuery]) -> Reply:
    report_id = call.params["reportId"].lower()
    return Reply(await groups.of_report(call.platform, call.principal, report_id, call.query.purpose))
