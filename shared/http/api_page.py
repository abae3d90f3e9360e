"""The API for people who read: one page without script, written from the OpenAPI document."""

import functools
import html
import json
from typing import Any

from shared.http import openapi

STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:#1f6f5c}
@media (prefers-color-scheme:dark){:root{--accent:#6fd3b8}}
body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:2rem 1.25rem 6rem}
h1{margin:0 0 .25rem;font-size:2rem}h2{margin:2.5rem 0 .75rem;text-transform:capitalize}
details{border:1px solid var(--line);border-radius:.6rem;margin:.5rem 0;padding:0 1rem;background:var(--soft)}
summary{cursor:pointer;padding:.7rem 0;display:flex;gap:.8rem;align-items:baseline;flex-wrap:wrap}
.method{font:600 .8rem ui-monospace,monospace;color:var(--accent);min-width:3.6rem}
code,pre{font:.875rem/1.5 ui-monospace,monospace}
pre{overflow:auto;padding:.75rem;background:var(--soft);border-radius:.5rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;padding:.3rem .75rem .3rem 0;
border-bottom:1px solid var(--line);vertical-align:top}.muted{opacity:.75}
"""


@functools.cache
def page() -> str:
    api = json.loads(openapi.document())
    groups: dict[str, list[str]] = {}
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(api, path, method, operation))
    body = "".join(f"<h2>{html.escape(tag)}</h2>{''.join(parts)}" for tag, parts in groups.items())
    shapes = "".join(_named_shape(api, name) for name in sorted(api["components"]["schemas"]))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reeve API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>Reeve API</h1><p>{html.escape(api['info']['summary'])}. Machines read "
        f'<a href="openapi.json">openapi.json</a>.</p>{body}<h2>Shapes</h2>{shapes}</body></html>'
    )


def _operation(api: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> str:
    who = next((name for need in operation["security"] for name in need), "everybody")
    parts = [f'<p class="muted">For: {html.escape(who)} · <code>{html.escape(operation["operationId"])}</code></p>']
    if operation["parameters"]:
        parts.append(_table(operation["parameters"]))
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        parts.append(f"<h4>Body</h4>{_schema(api, schema)}")
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        shape = _schema(api, content["schema"]) if content else ""
        parts.append(f"<p><strong>{status}</strong> {html.escape(answer['description'])}</p>{shape}")
    title = html.escape(operation["summary"])
    return (
        f'<details id="{html.escape(operation["operationId"])}"><summary><span class="method">{method.upper()}</span>'
        f"<code>{html.escape(path)}</code><span>{title}</span></summary>{''.join(parts)}</details>"
    )


def _table(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{html.escape(each['name'])}</code></td><td>{each['in']}"
        f"{', required' if each['required'] else ''}</td><td>{html.escape(_kind(each))}</td></tr>"
        for each in parameters
    )
    return f"<table><tr><th>Parameter</th><th>In</th><th>What</th></tr>{rows}</table>"


def _kind(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    options = [schema, *schema.get("anyOf", [])]
    allowed = next((" | ".join(map(str, each["enum"])) for each in options if "enum" in each), "")
    shown = next((each.get("format") or each["type"] for each in options if each.get("type") not in {None, "null"}), "")
    return str(parameter.get("description") or allowed or shown)


def _schema(api: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" not in schema:
        return f"<p>{html.escape(schema.get('description', ''))}</p>"
    return _fields(api, api["components"]["schemas"][_name(schema)])


def _named_shape(api: dict[str, Any], name: str) -> str:
    schema = api["components"]["schemas"][name]
    inside = _fields(api, schema) if "properties" in schema else f"<p>{_shape(api, schema)}</p>"
    return f'<details id="{html.escape(name)}"><summary><code>{html.escape(name)}</code></summary>{inside}</details>'


def _fields(api: dict[str, Any], model: dict[str, Any]) -> str:
    needed = set(model.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code>{' *' if name in needed else ''}</td>"
        f"<td>{_shape(api, part)}</td><td>{html.escape(part.get('description', ''))}</td></tr>"
        for name, part in model.get("properties", {}).items()
    )
    note = html.escape(model.get("description", ""))
    return f"<p class='muted'>{note}</p><table><tr><th>Field (* required)</th><th>Type</th><th></th></tr>{rows}</table>"


def _shape(api: dict[str, Any], part: dict[str, Any]) -> str:
    """A type in words, as HTML: simple types and choices spelled out, others linked."""
    if "$ref" in part:
        name = _name(part)
        meant = api["components"]["schemas"][name]
        link = f'<a href="#{html.escape(name)}">{html.escape(name)}</a>'
        return link if "properties" in meant else _shape(api, meant)
    if "anyOf" in part:
        return " or ".join(_shape(api, each) for each in part["anyOf"])
    if part.get("type") == "array":
        return f"list of {_shape(api, part.get('items', {}))}"
    if "enum" in part:
        return html.escape(" | ".join(map(str, part["enum"])))
    limits = [f"{low}..{high}" for low, high in [_bounds(part)] if low or high]
    return html.escape(" ".join([str(part.get("format") or part.get("const") or part.get("type") or "any"), *limits]))


def _bounds(part: dict[str, Any]) -> tuple[str, str]:
    low, high = part.get("minLength", part.get("minimum", "")), part.get("maxLength", part.get("maximum", ""))
    return str(low), str(high)


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]
