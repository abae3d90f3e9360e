"""The OpenAPI 3.1 document, written from what the endpoints declare: it cannot say what the code does not do."""

import functools
import json
import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from shared import errors
from shared.http.door import ENDPOINTS, Endpoint
from shared.http.models import NoBody, NoQuery
from shared.pages import forms

type Schemas = list[tuple[type[BaseModel], JsonSchemaMode]]
"""Models, each as what is sent or as what is answered."""

REFERENCE = "#/components/schemas/{model}"
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A problem detail of RFC 9457.",
    "required": ["type", "title", "status", "detail", "correlationId"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:reeve:problem:invalid-request"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "correlationId": {"type": "string", "format": "uuid"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "code", "detail"],
                "properties": {
                    "at": {"type": "string", "description": "JSON pointer, or query:name, or header:Name"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
SECURITY_SCHEMES: dict[str, Any] = {
    "user": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "OpenID Connect access token"},
    "device": {"type": "http", "scheme": "basic", "description": "Any user name; the device's secret as password"},
}


class ByCapability(GenerateJsonSchema):
    """Tells models of one name apart by their capability, and not by the module that they happen to lie in: code that
    moves changes nothing for clients."""

    def normalize_name(self, name: str) -> str:
        if found := re.fullmatch(r"shared\.(\w+)\.(?:\w+\.)*(\w+)", name):
            return f"{found[1]}.{found[2]}"
        return super().normalize_name(name)


@functools.cache
def document() -> str:
    """The whole document as JSON. Cached: the set of endpoints does not change while a process lives."""
    endpoints = sorted(ENDPOINTS.values(), key=lambda each: (each.path, each.method))
    inputs: Schemas = [(each.body, "validation") for each in endpoints if each.body is not NoBody]
    outputs: Schemas = [(each.reply, "serialization") for each in endpoints if each.reply]
    references, definitions = models_json_schema(
        [*inputs, *outputs], by_alias=True, ref_template=REFERENCE, schema_generator=ByCapability
    )
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, references)
    described = {
        "openapi": "3.1.0",
        "info": {
            "title": "Reeve",
            "version": "0.1.0",
            "summary": "Privacy-by-design crime intelligence for retailers and the police they work with",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {**definitions.get("$defs", {}), "Problem": PROBLEM_SCHEMA},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }
    return json.dumps(described, ensure_ascii=False)


def _operation(endpoint: Endpoint, references: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.name.partition("_")[0]],
        "parameters": [*_path_parameters(endpoint), *_headers(endpoint), *_query_parameters(endpoint)],
        "responses": {**_successes(endpoint, references), **_problems(endpoint)},
        "security": [] if endpoint.access == "public" else [{_scheme(endpoint): []}],
    }
    if endpoint.raw_body:
        content = {"application/json": {"schema": {"description": "The vendor's own format, see docs/devices.md"}}}
        operation["requestBody"] = {"required": True, "content": content}
    elif endpoint.body is not NoBody:
        schema = {"schema": references[endpoint.body, "validation"]}
        types = ["application/json", *([forms.MEDIA_TYPE] if endpoint.form else [])]
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(types, schema)}
    return operation


def _scheme(endpoint: Endpoint) -> str:
    return "user" if endpoint.access == "identity" else endpoint.access


def _successes(endpoint: Endpoint, references: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "Done"}
    content: dict[str, Any] = {media_type: {} for media_type in endpoint.media}
    if endpoint.reply:
        content["application/json"] = {"schema": references[endpoint.reply, "serialization"]}
    if content:
        answer["content"] = content
    found = {str(endpoint.status): answer}
    if endpoint.parts:
        place = {"required": True, "schema": {"type": "string"}, "description": "Which bytes of how many these are"}
        found["206"] = answer | {"description": "A part", "headers": {"Content-Range": place}}
    return found


def _problems(endpoint: Endpoint) -> dict[str, Any]:
    """Every problem this endpoint can answer with, derived from what it declares."""
    found: set[type[errors.Problem]] = {errors.Invalid, errors.NotFound, errors.Throttled, errors.Unavailable}
    found.add(errors.Problem)
    if endpoint.access == "public":
        found.add(errors.Gone)
    else:
        found |= {errors.Unauthenticated, errors.Forbidden}
    if endpoint.raw_body or endpoint.body is not NoBody:
        found |= {errors.Malformed, errors.TooLarge, errors.UnsupportedMedia}
    if endpoint.access == "user":
        found |= {errors.TermsNotAccepted, errors.QuotaSpent}
    if endpoint.method != "GET":
        found |= {errors.Conflict, errors.PreconditionFailed}
    if endpoint.creates:
        found.add(errors.IdempotencyMismatch)
    if endpoint.changes:
        found |= {errors.PreconditionFailed, errors.PreconditionRequired}
    if endpoint.parts:
        found.add(errors.RangeNotSatisfiable)
    content: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if "text/html" in endpoint.media:
        content["text/html"] = {}
    return {
        str(status): {
            "description": " / ".join(sorted({e.title for e in found if e.status == status})),
            "content": content,
        }
        for status in sorted({e.status for e in found})
    }


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    names = [part.strip("{}") for part in endpoint.path.split("/") if part.startswith("{")]
    text, identifier = {"type": "string"}, {"type": "string", "format": "uuid"}
    schemas = {name: identifier if name.endswith("Id") else text for name in names}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in schemas.items()]


def _headers(endpoint: Endpoint) -> list[dict[str, Any]]:
    found = []
    if endpoint.creates:
        found.append(("Idempotency-Key", "8 to 128 characters of your choice; repeated, it creates nothing new", True))
    if endpoint.changes:
        found.append(("If-Match", "The ETag of the version you read", True))
    if endpoint.parts:
        found.append(("Range", "One range of bytes, as bytes=0-; another form is ignored", False))
    text = {"type": "string"}
    return [{"name": n, "in": "header", "required": r, "description": d, "schema": text} for n, d, r in found]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is NoQuery:
        return []
    model: type[BaseModel] = endpoint.query
    schema = model.model_json_schema(by_alias=True)
    required, shared_parts = set(schema.get("required", ())), schema.get("$defs", {})

    def inlined(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return inlined(shared_parts[value["$ref"].rsplit("/", 1)[1]])
            return {name: inlined(part) for name, part in value.items() if name not in {"title", "default"}}
        return [inlined(part) for part in value] if isinstance(value, list) else value

    return [
        {"name": name, "in": "query", "required": name in required, "schema": inlined(part)}
        for name, part in schema["properties"].items()
    ]
