"""The first page for everybody, and how all of them look."""

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PageQuery
from shared.http.pages import HTML, page
from shared.pages import directory, rendering
from shared.pages.languages import SHARED, Texts

door = Door()

WORDS = Texts(SHARED)
ONE_DAY = {"Cache-Control": "public, max-age=86400"}


@door.endpoint(
    "public_index",
    "GET",
    "public",
    summary="What there is for everybody, as a page",
    access="public",
    personal=False,
    query=PageQuery,
    media=HTML,
)
async def index(call: Call[NoBody, PageQuery]) -> Reply:
    listed = directory.shown(call.language)
    return page(rendering.render("pages/templates/index.html", WORDS, call.language, pages=listed))


@door.endpoint(
    "public_style",
    "GET",
    "public/style.css",
    summary="How the pages look",
    access="public",
    personal=False,
    media=("text/css",),
)
async def style(_call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(rendering.STYLESHEET, content_type="text/css", headers=ONE_DAY)
