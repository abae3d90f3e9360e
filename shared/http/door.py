"""The one door: every HTTP function is declared through :meth:`Door.endpoint`, and passes through :func:`_pass`.

The door admits (``admission``), hands over to a service, makes sure that personal data was accounted for, and turns
errors into problem+json, or into a page for whoever asked for a page. What an endpoint is (its action, purpose, body,
answer) is data that the OpenAPI document and the tests read (``endpoints``).
"""

import logging
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import azure.functions as func
from pydantic import BaseModel

from shared.audit.trail import Witness, witnessed
from shared.errors import Problem
from shared.http import problems
from shared.http.admission import admit, is_form, wants_page
from shared.http.endpoints import ENDPOINTS, Access, Call, Endpoint, Reply
from shared.http.models import NoBody, NoQuery
from shared.pages import forms
from shared.pages.forms import Form
from shared.pages.languages import asked
from shared.platform import current
from shared.storage.cosmos import Meter, metered
from shared.telemetry import measures
from shared.telemetry.tracing import SERVER, Span, say, span

__all__ = ["ENDPOINTS", "Call", "Door", "Endpoint", "Reply"]

log = logging.getLogger("reeve.http")
DEFAULT_BODY_BYTES = 1 << 20
NO_CONTENT = 204


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
            reply = await endpoint.handler(await admit(endpoint, request))
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
    if not wants_page(endpoint, request):
        return problems.response(problem, correlation)
    language = asked(request.params, request.headers)
    page = ""
    if endpoint.form and is_form(request) and len(request.get_body()) <= endpoint.body_limit:
        try:
            values = forms.read(request.get_body(), endpoint.body)
            page = await endpoint.form.page(current(), language, values, problem)
        except Problem as another:  # what was sent is no form, or what the form offers cannot be had
            log.info("%s cannot show its form: %s", endpoint.name, another.slug)
    return problems.page(problem, correlation, language, page)


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
