"""Pages of the door: HTML on its way out, the page beside the model, and the page that shows a form."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, PageQuery
from shared.pages import rendering
from shared.pages.forms import Form
from shared.pages.languages import Language

HTML = ("text/html",)


def page(content: str, status: int | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    """HTML of :func:`shared.pages.rendering.render`, under the policy of the pages."""
    return Reply(content, status, content_type="text/html", headers={**rendering.HEADERS, **(headers or {})})


def either[M: BaseModel](call: Call[Any, Any], found: M, drawn: Callable[[Language, M], str]) -> Reply:
    """The page for a browser, the model for a program."""
    return page(drawn(call.language, found)) if call.wants_page else Reply(found)


def show(door: Door, name: str, form: Form, summary: str, query: type[PageQuery] = PageQuery) -> None:
    """Declares the page of a form where the form is sent to, filled in with what the query says of its fields."""
    route = form.action.removeprefix("/api/")

    @door.endpoint(name, "GET", route, summary=summary, access="public", personal=False, query=query, media=HTML)
    async def shown(call: Call[NoBody, PageQuery]) -> Reply:
        values = call.query.model_dump(by_alias=True, exclude={"lang"}, exclude_none=True)
        return page(await form.page(call.platform, call.language, values))
