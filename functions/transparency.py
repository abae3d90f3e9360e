"""What the public can see: the privacy statement, each organisation's notice, its policy on number plates."""

import logging
from functools import partial

import azure.functions as func
from pydantic import BaseModel

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, PageQuery
from shared.http.pages import HTML, either
from shared.pages.directory import publish
from shared.platform import current
from shared.telemetry.tracing import traced
from shared.transparency import figures, notices, rendering
from shared.transparency.models import (
    FiguresView,
    NoticeList,
    NoticeView,
    PlatePolicyView,
    SignQuery,
    StatementView,
    VersionQuery,
)

log = logging.getLogger("reeve.transparency")
door = Door()


def _shown(call: Call[NoBody, PageQuery], name: str, found: BaseModel) -> Reply:
    return either(call, found, partial(rendering.page, name))


@door.endpoint(
    "transparency_statement",
    "GET",
    "public/privacy",
    summary="The privacy statement, made from the rules in force, and its earlier versions",
    access="public",
    personal=False,
    query=VersionQuery,
    reply=StatementView,
    media=HTML,
)
async def statement(call: Call[NoBody, VersionQuery]) -> Reply:
    return _shown(call, "statement", await notices.statement(call.platform, call.query.version))


@door.endpoint(
    "transparency_notices",
    "GET",
    "public/notices",
    summary="The organisations that are responsible for data here",
    access="public",
    personal=False,
    query=PageQuery,
    reply=NoticeList,
    media=HTML,
)
async def list_notices(call: Call[NoBody, PageQuery]) -> Reply:
    return _shown(call, "notices", await notices.listed(call.platform))


@door.endpoint(
    "transparency_notice",
    "GET",
    "public/notices/{organisationId:guid}",
    summary="What one organisation does with data about people, from its settings",
    access="public",
    personal=False,
    query=VersionQuery,
    reply=NoticeView,
    media=HTML,
)
async def notice(call: Call[NoBody, VersionQuery]) -> Reply:
    organisation = call.params["organisationId"].lower()
    return _shown(call, "notice", await notices.notice(call.platform, organisation, call.query.version))


@door.endpoint(
    "transparency_plates",
    "GET",
    "public/notices/{organisationId:guid}/plates",
    summary="An organisation's usage policy for number plates (Cal. Civ. Code 1798.90.51)",
    access="public",
    personal=False,
    query=VersionQuery,
    reply=PlatePolicyView,
    media=HTML,
)
async def plates(call: Call[NoBody, VersionQuery]) -> Reply:
    organisation = call.params["organisationId"].lower()
    return _shown(call, "plates", await notices.plate_policy(call.platform, organisation, call.query.version))


@door.endpoint(
    "transparency_figures",
    "GET",
    "public/transparency",
    summary="What was asked, answered, handed to the police and forgotten in twelve months: rounded, no small numbers",
    access="public",
    personal=False,
    query=PageQuery,
    reply=FiguresView,
    media=HTML,
)
async def read_figures(call: Call[NoBody, PageQuery]) -> Reply:
    return _shown(call, "figures", await figures.current(call.platform))


@door.endpoint(
    "transparency_sign",
    "GET",
    "organisation/sites/{siteId:guid}/sign",
    summary="A sign for the door of a site, to be printed, with a code that leads to the whole notice",
    personal=False,
    query=SignQuery,
    media=("application/pdf",),
)
async def sign(call: Call[NoBody, SignQuery]) -> Reply:
    site, language = call.params["siteId"].lower(), call.query.lang or call.language
    content = await notices.sign(call.platform, call.principal, site, language, call.query.paper, _origin(call))
    return Reply(content, content_type="application/pdf")


def _origin(call: Call[NoBody, SignQuery]) -> str:
    """Where the request came in, for a laptop; anywhere else PUBLIC_URL is set."""
    host = call.headers.get("host", "localhost")
    return f"{'http' if host.startswith(('127.', 'localhost')) else 'https'}://{host}"


@door.blueprint.function_name("transparency_count")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 37 * * * *")
@traced("transparency_count")
async def count(timer: func.TimerRequest) -> None:
    if await figures.refresh(current()):
        log.info("transparency: figures counted%s", ", run was late" if timer.past_due else "")


publish("/api/public/privacy", rendering.TEXTS, "statement")
publish("/api/public/notices", rendering.TEXTS, "notices")
publish("/api/public/transparency", rendering.TEXTS, "figures")
