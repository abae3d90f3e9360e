"""From a request to a call: who asks is known, and what is sent is read, bounded and valid; or it is refused."""

import re
from typing import Any

import azure.functions as func
from pydantic import BaseModel, ValidationError

from shared.errors import (
    FieldError,
    Invalid,
    Malformed,
    PreconditionRequired,
    TermsNotAccepted,
    TooLarge,
    UnsupportedMedia,
)
from shared.http import problems
from shared.http.endpoints import ANONYMOUS_PRINCIPAL, NOBODY, Call, Endpoint
from shared.http.models import NoBody
from shared.identity import credentials, terms
from shared.identity.principals import Principal
from shared.identity.tokens import Identity
from shared.pages import forms
from shared.pages.languages import asked
from shared.platform import Platform, current

IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9._~-]{8,128}")


async def admit(endpoint: Endpoint, request: func.HttpRequest) -> Call[Any, Any]:
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
        wants_page=wants_page(endpoint, request),
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
    if endpoint.form and is_form(request):
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
    if endpoint.form and is_form(request):
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


def wants_page(endpoint: Endpoint, request: func.HttpRequest) -> bool:
    return "text/html" in endpoint.media and "text/html" in request.headers.get("accept", "").lower()


def is_form(request: func.HttpRequest) -> bool:
    return _content_type(request) == forms.MEDIA_TYPE


def _content_type(request: func.HttpRequest) -> str:
    stated: str = request.headers.get("content-type", "")
    return stated.partition(";")[0].strip().lower()
