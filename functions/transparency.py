"""What the public can see: the privacy statement, each organisation's notice, its policy on number plates."""

from pydantic import BaseModel

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, PageQuery
from shared.http.pages import page
from shared.pages.directory import publish
from shared.transparency import notices, rendering
from shared.transparency.models import NoticeList, NoticeView, PlatePolicyView, StatementView, VersionQuery

door = Door()


def _either(call: Call[NoBody, PageQuery], name: str, found: BaseModel) -> Reply:
    return page(rendering.page(name, call.language, found)) if call.wants_page else Reply(found)


@door.endpoint(
    "transparency_statement",
    "GET",
    "public/privacy",
    summary="The privacy statement, made from the rules in force, and its earlier versions",
    access="public",
    personal=False,
    query=VersionQuery,
    reply=StatementView,
    media=("text/html",),
)
async def statement(call: Call[NoBody, VersionQuery]) -> Reply:
    return _either(call, "statement", await notices.statement(call.platform, call.query.version))


@door.endpoint(
    "transparency_notices",
    "GET",
    "public/notices",
    summary="The organisations that are responsible for data here",
    access="public",
    personal=False,
    query=PageQuery,
    reply=NoticeList,
    media=("text/html",),
)
async def list_notices(call: Call[NoBody, PageQuery]) -> Reply:
    return _either(call, "notices", await notices.listed(call.platform))


@door.endpoint(
    "transparency_notice",
    "GET",
    "public/notices/{organisationId:guid}",
    summary="What one organisation does with data about people, from its settings",
    access="public",
    personal=False,
    query=VersionQuery,
    reply=NoticeView,
    media=("text/html",),
)
async def notice(call: Call[NoBody, VersionQuery]) -> Reply:
    organisation = call.params["organisationId"].lower()
    return _either(call, "notice", await notices.notice(call.platform, organisation, call.query.version))


@door.endpoint(
    "transparency_plates",
    "GET",
    "public/notices/{organisationId:guid}/plates",
    summary="An organisation's usage policy for number plates (Cal. Civ. Code 1798.90.51)",
    access="public",
    personal=False,
    query=VersionQuery,
    reply=PlatePolicyView,
    media=("text/html",),
)
async def plates(call: Call[NoBody, VersionQuery]) -> Reply:
    organisation = call.params["organisationId"].lower()
    return _either(call, "plates", await notices.plate_policy(call.platform, organisation, call.query.version))


publish("/api/public/privacy", rendering.TEXTS, "statement")
publish("/api/public/notices", rendering.TEXTS, "notices")
