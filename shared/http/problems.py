"""Errors on their way out: ``application/problem+json`` (RFC 9457), one shape for everything that can go wrong."""

import json
from typing import Any

import azure.functions as func
from pydantic import ValidationError

from shared.errors import FieldError, Invalid, Malformed, Problem
from shared.pages import rendering
from shared.pages.languages import SHARED, Language, Texts

BASE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # A page on another origin needs the version of what it read to change it; the platform says which origins may ask.
    "Access-Control-Expose-Headers": "Content-Range, ETag, Location, Retry-After, X-Correlation-Id",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",  # which browsers heed over TLS only
    "Cross-Origin-Resource-Policy": "same-origin",  # no page elsewhere embeds an answer; CORS is another matter
}
MOST_ERRORS = 25
TEXTS = Texts(SHARED)


def response(problem: Problem, correlation: str) -> func.HttpResponse:
    body: dict[str, Any] = {
        "type": f"urn:reeve:problem:{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "correlationId": correlation,
        **problem.extra,
    }
    if problem.errors:
        body["errors"] = [{"at": e.at, "code": e.code, "detail": e.detail} for e in problem.errors]
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status_code=problem.status,
        mimetype="application/problem+json",
        headers={**BASE_HEADERS, **problem.headers, "X-Correlation-Id": correlation},
    )


def page(problem: Problem, correlation: str, language: Language, content: str = "") -> func.HttpResponse:
    """A problem for people: ``content`` if the page on which it happened can be shown again, else one that says it."""
    if not content:
        slug = problem.slug if TEXTS.of(language).find(f"problem.{problem.slug}.title") else Problem.slug
        content = rendering.render("pages/templates/problem.html", TEXTS, language, slug=slug, correlation=correlation)
    return func.HttpResponse(
        content,
        status_code=problem.status,
        mimetype="text/html",
        headers={**BASE_HEADERS, **rendering.HEADERS, **problem.headers, "X-Correlation-Id": correlation},
    )


def from_validation(error: ValidationError, *, query: bool = False) -> Problem:
    """What pydantic found, as field errors that say what to fix and never repeat what was sent."""
    found = error.errors(include_url=False, include_context=True, include_input=False)
    if found and found[0]["type"] == "json_invalid":
        return Malformed(f"The body is not valid JSON: {found[0]['ctx']['error']}.")
    errors = [_field_error(dict(item), query) for item in found[:MOST_ERRORS]]
    count = len(found)
    return Invalid(f"{count} value{'s need' if count > 1 else ' needs'} correcting. See 'errors'.", errors=errors)


def _field_error(item: dict[str, Any], query: bool) -> FieldError:
    path = [str(part) for part in item["loc"]]
    at = f"query:{'.'.join(path)}" if query else "/" + "/".join(p.replace("~", "~0").replace("/", "~1") for p in path)
    return FieldError(at=at, code=item["type"], detail=_plain(item))


def _plain(item: dict[str, Any]) -> str:
    context = item.get("ctx", {})
    match item["type"]:
        case "missing":
            return "This is required."
        case "extra_forbidden":
            return "This field is not known here. Remove it, or check its spelling."
        case "string_too_long":
            return f"At most {context['max_length']} characters."
        case "string_too_short":
            return f"At least {context['min_length']} characters."
        case "enum" | "literal_error":
            return f"Must be one of: {context['expected']}."
        case "value_error":
            return str(context["error"])
        case _:
            return f"{item['msg']}."
