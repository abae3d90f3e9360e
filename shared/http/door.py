"""The one door: every HTTP function is declared through :meth:`Door.endpoint`, and passes through :func:`_pass`.

The door authenticates, validates, hands over to a service, makes sure that personal data was accounted for, and
turns errors into problem+json, or into a page for whoever asked for a page. What an endpoint is (its action, purpose,
body, answer) is data that the OpenAPI document and the tests read.
"""

import logging
import re
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import azure.functions as func
from pydantic import BaseModel, ValidationError

from shared.audit.trail import Witness, witnessed
from shared.errors import (
    FieldError,
    Invalid,
    Malformed,
    PreconditionRequired,
    Problem,
    TermsNotAccepted,
    TooLarge,
    UnsupportedMedia,
)
from shared.http import problems
from shared.http.models import NoBody, NoQuery
from shared.identity import credentials, terms
from shared.identity.principals import Principal
from shared.identity.tokens import Identity
from shared.pages import forms
from shared.pages.forms import Form
from shared.pages.languages import Language, asked
from shared.platform import Platform, current
from shared.storage.cosmos import Meter, metered
from shared.telemetry import measures
from shared.telemetry.tracing import SERVER, Span, say, span

log = logging.getLogger("reeve.http")

DEFAULT_BODY_BYTES = 1 << 20
IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9._~-]{8,128}")
NO_CONTENT = 204
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


class Door:
    """A blueprint whose HTTP functions can only be declared with everything the door needs to know."""

    def __init__(self) -> None:
        self.blueprint = func.Blueprint()  # type: ignore[no-untyped-call]

    def endpoint(
        self,
        name: str,
        method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"],
        route: str,
        *,
        summary: str,
        access: Access = "user",
        personal: bool = True,
        body: type[BaseModel] = NoBody,
        query: type[BaseModel] = NoQuery,
        reply: type[BaseModel] | None = None,
        media: tuple[str, ...] = (),
        parts: bool = False,
        form: Form | None = None,
        status: int = 200,
        creates: bool = False,
        changes: bool = False,
        raw_body: bool = False,
        before_terms: bool = False,
        body_limit: int = DEFAULT_BODY_BYTES,
    ) -> Callable[[Callable[[Any], Awaitable[Reply]]], Callable[[Any], Awaitable[Reply]]]:
        """``creates`` demands an Idempotency-Key, ``changes`` an If-Match; ``raw_body`` hands over the bytes.

        What is answered is a ``reply`` model or of the types in ``media`` (with both: as the caller prefers), unless
        ``status`` is 204. With a ``form``, ``body`` is its model.
        """

        def declare(handler: Callable[[Any], Awaitable[Reply]]) -> Callable[[Any], Awaitable[Reply]]:
            endpoint = Endpoint(
                name, method, route, summary, access, personal, body, query, reply, media, parts, form, status,
                creates, changes, raw_body, before_terms, body_limit, handler,
            )  # fmt: skip
            if name in ENDPOINTS:
                raise ValueError(f"two endpoints are called {name}")
            if not (reply or media or status == NO_CONTENT):
                raise ValueError(
                    f"{name} does not say what it answers: give reply=, or media= for what is no JSON model"
                )
            ENDPOINTS[name] = endpoint
            self._register(endpoint)
            return handler

        return declare

    def _register(self, endpoint: Endpoint) -> None:
        async def trigger(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
            return await _pass(endpoint, req, context.trace_context.trace_parent)

        trigger.__name__ = trigger.__qualname__ = endpoint.name
        routed = self.blueprint.route(
            route=endpoint.route, methods=[endpoint.method], auth_level=func.AuthLevel.ANONYMOUS
        )(trigger)
        self.blueprint.function_name(endpoint.name)(routed)


async def _pass(endpoint: Endpoint, request: func.HttpRequest, parent: str) -> func.HttpResponse:
    began, correlation = time.perf_counter(), str(uuid.uuid4())
    with (
        span(endpoint.name, SERVER, parent, reeve__function=endpoint.name, reeve__correlation_id=correlation) as told,
        metered() as meter,
        witnessed() as witness,
    ):
        try:
            reply = await endpoint.handler(await _admit(endpoint, request))
            _demand_account(endpoint, witness)
            answer = _answer(endpoint, reply, correlation)
        except Problem as problem:
            answer = await _refused(endpoint, request, problem, correlation)
        except Exception as error:
            # The message of an unforeseen error may quote data, so only its type and place are logged.
            place = "".join(traceback.format_tb(error.__traceback__)[-4:])
            log.error("%s failed with %s (%s)\n%s", endpoint.name, type(error).__name__, correlation, place)  # noqa: TRY400
            unforeseen = Problem("Please try again; quote the correlation id if it stays.")
            answer = await _refused(endpoint, request, unforeseen, correlation)
        _tell(told, endpoint, answer, meter)
    elapsed = 1000 * (time.perf_counter() - began)
    calls, units = len(meter.calls), meter.request_units
    log.info("%s %d %.0f ms, %d cosmos calls, %.2f RU", endpoint.name, answer.status_code, elapsed, calls, units)
    measures.request(endpoint.name, answer.status_code, elapsed)
    if endpoint.access == "user":
        answer.headers["Server-Timing"] = f'cosmos;desc="{calls} calls, {units:.2f} RU", total;dur={elapsed:.1f}'
    return answer


async def _refused(
    endpoint: Endpoint, request: func.HttpRequest, problem: Problem, correlation: str
) -> func.HttpResponse:
    """A problem as JSON, or as a page: the form again with what was sent, if it was one."""
    if not _wants_page(endpoint, request):
        return problems.response(problem, correlation)
    language = asked(request.params, request.headers)
    page = ""
    if endpoint.form and _is_form(request) and len(request.get_body()) <= endpoint.body_limit:
        try:
            values = forms.read(request.get_body(), endpoint.body)
            page = await endpoint.form.page(current(), language, values, problem)
        except Problem as another:  # what was sent is no form, or what the form offers cannot be had
            log.info("%s cannot show its form: %s", endpoint.name, another.slug)
    return problems.page(problem, correlation, language, page)


def _wants_page(endpoint: Endpoint, request: func.HttpRequest) -> bool:
    return "text/html" in endpoint.media and "text/html" in request.headers.get("accept", "").lower()


def _is_form(request: func.HttpRequest) -> bool:
    return _content_type(request) == forms.MEDIA_TYPE


def _content_type(request: func.HttpRequest) -> str:
    stated: str = request.headers.get("content-type", "")
    return stated.partition(";")[0].strip().lower()


def _tell(told: Span, endpoint: Endpoint, answer: func.HttpResponse, meter: Meter) -> None:
    say(
        told,
        {
            "http.request.method": endpoint.method,
            "http.response.status_code": answer.status_code,
            "reeve.cosmos.calls": len(meter.calls),
            "reeve.cosmos.request_units": meter.request_units,
        },
    )


def _demand_account(endpoint: Endpoint, witness: Witness) -> None:
    """No entry, no data: an answer about personal data that nobody accounted for does not leave."""
    if endpoint.personal and not witness.entries:
        raise RuntimeError("no audit entry")


async def _admit(endpoint: Endpoint, request: func.HttpRequest) -> Call[Any, Any]:
    platform = current()
    principal, identity = await _principal(endpoint, platform, request)
    raw = request.get_body()
    if len(raw) > endpoint.body_limit:
        raise TooLarge(f"The body may have at most {endpoint.body_limit // 1024} KiB.")
    return Call(
        platform=platform,
        principal=principal,
        identity=identity,
        body=_body(endpoint, request, raw),
        query=_query(endpoint, request),
        params=dict(request.route_params),
        idempotency_key=_idempotency_key(endpoint, request, raw) if endpoint.creates else "",
        if_match=_if_match(request) if endpoint.changes else "",
        raw=raw,
        headers=request.headers,
        language=asked(request.params, request.headers),
        wants_page=_wants_page(endpoint, request),
    )


async def _principal(endpoint: Endpoint, platform: Platform, request: func.HttpRequest) -> tuple[Principal, Identity]:
    match endpoint.access:
        case "user":
            identity = await platform.tokens.verify(credentials.bearer(request.headers))
            principal = await platform.principals.user(identity)
            if not endpoint.before_terms and principal.accepted_terms != terms.in_force().version:
                raise TermsNotAccepted("Read GET /api/terms, then accept them with POST /api/terms/acceptance.")
            return principal, identity
        case "identity":
            identity = await platform.tokens.verify(credentials.bearer(request.headers))
            return ANONYMOUS_PRINCIPAL, identity
        case "device":
            secret = credentials.device_secret(request.headers, request.params)
            return await platform.principals.device(request.route_params["deviceId"].lower(), secret), NOBODY
        case "public":
            return ANONYMOUS_PRINCIPAL, NOBODY


def _body(endpoint: Endpoint, request: func.HttpRequest, raw: bytes) -> BaseModel | None:
    if endpoint.raw_body:
        return None
    if endpoint.body is NoBody:
        return NoBody()
    if endpoint.form and _is_form(request):
        return _filled_in(endpoint, raw)
    if _content_type(request) != "application/json":
        raise UnsupportedMedia("Send the body as JSON, with the header Content-Type: application/json.")
    if not raw:
        raise Malformed("The body is empty. Send it with a Content-Length: chunked bodies do not arrive.")
    try:
        return endpoint.body.model_validate_json(raw)
    except ValidationError as error:
        raise problems.from_validation(error) from None


def _filled_in(endpoint: Endpoint, raw: bytes) -> BaseModel:
    values = forms.read(raw, endpoint.body)
    values.pop(forms.IDEMPOTENCY_FIELD, None)
    try:
        return endpoint.body.model_validate(values)
    except ValidationError as error:
        raise problems.from_validation(error) from None


def _query(endpoint: Endpoint, request: func.HttpRequest) -> BaseModel:
    asked = {name: value for name, value in request.params.items() if endpoint.access != "device" or name != "key"}
    try:
        return endpoint.query.model_validate(asked)
    except ValidationError as error:
        raise problems.from_validation(error, query=True) from None


def _idempotency_key(endpoint: Endpoint, request: func.HttpRequest, raw: bytes) -> str:
    """From the header; a form, which can send none, has it in a field that is not seen."""
    key: str = request.headers.get("idempotency-key", "")
    if endpoint.form and _is_form(request):
        key = forms.read(raw, endpoint.body).get(forms.IDEMPOTENCY_FIELD, "")
    if not IDEMPOTENCY_KEY.fullmatch(key):
        what = FieldError("header:Idempotency-Key", "idempotency_key", "8 to 128 letters, digits or . _ ~ -")
        raise Invalid("Send an Idempotency-Key, so that a repeated request does not create a second record.", [what])
    return key


def _if_match(request: func.HttpRequest) -> str:
    etag: str = request.headers.get("if-match", "")
    if not etag or etag == "*":
        raise PreconditionRequired("Send If-Match with the ETag of the version you read.")
    return etag


def _answer(endpoint: Endpoint, reply: Reply, correlation: str) -> func.HttpResponse:
    headers = {**problems.BASE_HEADERS, **reply.headers, "X-Correlation-Id": correlation}
    if reply.etag:
        headers["ETag"] = reply.etag
    if reply.location:
        headers["Location"] = reply.location
    body = reply.body.model_dump_json(by_alias=True) if isinstance(reply.body, BaseModel) else reply.body
    return func.HttpResponse(
        body, status_code=reply.status or endpoint.status, mimetype=reply.content_type, headers=headers
    )
