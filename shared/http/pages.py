"""A page on its way out."""

from collections.abc import Mapping

from shared.http.door import Reply
from shared.pages import rendering


def page(content: str, status: int | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    """HTML of :func:`shared.pages.rendering.render`, under the policy of the pages."""
    return Reply(content, status, content_type="text/html", headers={**rendering.HEADERS, **(headers or {})})
