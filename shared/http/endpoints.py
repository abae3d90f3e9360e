"""What an endpoint declares about itself, what its handler gets, and what it gives back."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from shared.identity.principals import Principal
from shared.identity.tokens import Identity
from shared.pages.forms import Form
from shared.pages.languages import Language
from shared.platform import Platform

NOBODY = Identity("", "")
ANONYMOUS_PRINCIPAL = Principal(id="anonymous", organisation="", kind="service")

type Access = Literal["user", "device", "identity", "public"]
"""``identity``: signed in, but perhaps without an account here yet."""


@dataclass(frozen=True)
class Call[B: BaseModel, Q: BaseModel]:
    """A request that has passed the door."""

    platform: Platform
    principal: Principal
    body: B
    query: Q
    params: Mapping[str, str]
    identity: Identity = NOBODY
    idempotency_key: str = ""
    if_match: str = ""
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    language: Language = Language.ENGLISH
    wants_page: bool = False
    """Whether a browser asks, which shows HTML, and not a program, which reads JSON."""

    @property
    def cursor_binding(self) -> tuple[str, ...]:
        """What a page cursor is bound to: who asks, and the filters."""
        asked = self.query.model_dump_json(by_alias=True, exclude={"cursor", "limit"})
        return (self.principal.id, type(self.query).__name__, asked)


@dataclass(frozen=True)
class Reply:
    """An answer; ``body`` is a model, text or bytes of another type, or nothing."""

    body: BaseModel | str | bytes | None
    status: int | None = None
    etag: str = ""
    location: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """What an HTTP function declares about itself."""

    name: str
    method: str
    route: str
    summary: str
    access: Access
    personal: bool
    """Whether the answer or the change concerns personal data: then an audit entry is owed."""
    body: type[BaseModel]
    query: type[BaseModel]
    reply: type[BaseModel] | None
    media: tuple[str, ...]
    """The media types of an answer that is no model: a document, a picture, an archive."""
    parts: bool
    """Whether the answer can be had in parts, with Range."""
    form: Form | None
    """The page whose form is sent here, beside JSON of the same model."""
    status: int
    creates: bool
    changes: bool
    raw_body: bool
    before_terms: bool
    """Whether it is open to a user who has not accepted the terms of use yet."""
    body_limit: int
    handler: Callable[[Any], Awaitable[Reply]]

    @property
    def path(self) -> str:
        return "/api/" + re.sub(r"\{\*?(\w+)(:\w+)?\}", r"{\1}", self.route)


ENDPOINTS: dict[str, Endpoint] = {}
"""Every endpoint of the application by function name, in order of declaration."""
