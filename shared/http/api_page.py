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
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reeve API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>Reeve API</h1><p>{html.escape(api['info']['summary'])}. Machines read "
        f'<a href="openapi.json">openapi.json</a>.</p>{body}</body></html>'
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
    model = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    needed = set(model.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code>{' *' if name in needed else ''}</td>"
        f"<td>{html.escape(_shape(part))}</td><td>{html.escape(part.get('description', ''))}</td></tr>"
        for name, part in model.get("properties", {}).items()
    )
    note = html.escape(model.get("description", ""))
    return f"<p class='muted'>{note}</p><table><tr><th>Field</th><th>Type</th><th></th></tr>{rows}</table>"


def _shape(part: dict[str, Any]) -> str:
    if "$ref" in part:
        return str(part["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in part:
        return " | ".join(_shape(each) for each in part["anyOf"])
    if part.get("type") == "array":
        return f"list of {_shape(part.get('items', {}))}"
    return str(part.get("format") or part.get("type") or part.get("const") or "any")
