"""HTTP triggers as an ASGI application: routing, keys, and HttpRequest/HttpResponse as RpcHttp."""

import asyncio
import contextlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from . import wire
from .worker import Function, FunctionError, Worker

type Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

MAX_BODY = 104_857_600  # ScriptConstants.DefaultMaxRequestBodySize
CONSTRAINTS = {
    "int": r"[+-]?\d+",
    "long": r"[+-]?\d+",
    "alpha": r"[A-Za-z]*",
    "bool": r"(?i:true|false)",
    "guid": r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}",
}
SAME_SITE = {1: "Lax", 2: "Strict", 3: "None"}


@dataclass
class Route:
    function: Function
    pattern: re.Pattern[str]
    methods: set[str] | None
    level: str


def compile_template(template: str) -> re.Pattern[str]:
    """An ASP.NET route template: literals (any case), {p}, {p?}, {p=default}, {p:int}, {*rest}."""
    out = ""
    for segment in filter(None, template.split("/")):
        if whole := re.fullmatch(r"\{(\*{0,2})(\w+)((?::[^?=]+)*)(\?|=[^}]*)?\}", segment):
            star, name, constraint, optional = whole.groups()
            body = ".*" if star else CONSTRAINTS[constraint[1:]] if constraint else "[^/]+"
            out += f"(?:/(?P<{name}>{body}))" + ("?" if optional or star else "")
        else:
            out += "/" + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(segment))
    return re.compile(out + "/?", re.IGNORECASE)


class Keys:
    """master = admin; host keys and the function's own keys = function; all compared in constant time."""

    def __init__(self, master: str, host: Sequence[str] = (), functions: Any = None) -> None:
        self.master, self.host, self.functions = master, list(host), functions or {}

    def level(self, key: str, function: str) -> str:
        def same(other: str) -> bool:
            return hmac.compare_digest(key.encode(), other.encode())

        if not key:
            return "ANONYMOUS"
        if same(self.master):
            return "ADMIN"
        own = self.functions.get(function, ())
        return "FUNCTION" if any(same(k) for k in (*self.host, *own)) else "ANONYMOUS"


class HttpApp:
    def __init__(self, worker: Worker, functions: Any, keys: Any, prefix: str = "api", outputs: Any = None) -> None:
        self.worker, self.keys, self.outputs = worker, keys, outputs
        self.functions: dict[str, Function] = {f.name.lower(): f for f in functions}
        self.running: set[asyncio.Task[None]] = set()
        prefix = prefix.strip("/")
        self.routes = [
            Route(
                f,
                compile_template(f"{prefix}/{t.get('route') or f.name}"),
                {m.upper() for m in t["methods"]} if t.get("methods") else None,
                t.get("authLevel", "FUNCTION").upper(),
            )
            for f in functions
            if (t := f.trigger)["type"] == "httpTrigger"
        ]

    def match(self, path: str, method: str) -> tuple[Route | None, dict[str, str]]:
        """First registered route that matches wins; a wrong method is no match, so 404, never 405."""
        for route in self.routes:
            if (route.methods is None or method in route.methods) and (m := route.pattern.fullmatch(path)):
                return route, {k: v for k, v in m.groupdict().items() if v is not None}
        return None, {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, headers, body = await self.handle(scope, receive)
        if not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def admin(self, scope: dict[str, Any], receive: Any) -> Answer:
        """The host's own API: its status for everybody, the rest with the master key."""
        as_json, path, method = [(b"content-type", b"application/json")], scope["path"].rstrip("/"), scope["method"]
        if (method, path) == ("GET", "/admin/host/status"):
            return 200, as_json, b'{"state":"Running"}'
        given = dict(scope["headers"]).get(b"x-functions-key", b"").decode("latin-1")
        if self.keys.level(given, "") != "ADMIN":
            return 401, [], b""
        if (method, path) == ("GET", "/admin/functions"):
            listed = [{"name": f.name, "trigger": f.trigger["type"]} for f in self.functions.values()]
            return 200, as_json, json.dumps(listed).encode()
        function = self.functions.get(path.removeprefix("/admin/functions/").lower())
        if method != "POST" or function is None or function.trigger["type"] == "httpTrigger":
            return 404, [], b""
        data = json.loads(await body_of(receive) or b"{}").get("input", "")
        if function.trigger["type"] == "timerTrigger":
            data = json.dumps({"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False})
            value, metadata = wire.TypedData(json=data), {}
        else:
            value, metadata = wire.TypedData(string=data), {"UserProperties": wire.TypedData(json="{}")}
        self.running.add(task := asyncio.create_task(self.by_hand(function, value, metadata)))
        task.add_done_callback(self.running.discard)
        return 202, [], b""

    async def by_hand(self, function: Function, value: Any, metadata: dict[str, Any]) -> None:
        with contextlib.suppress(FunctionError):  # logged by the worker
            await self.worker.invoke(function, value, metadata)

    async def handle(self, scope: dict[str, Any], receive: Any) -> Answer:
        if scope["path"].startswith("/admin/"):
            return await self.admin(scope, receive)
        route, params = self.match(scope["path"], scope["method"])
        if route is None:
            return 404, [], b""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        query: dict[str, str] = {}
        for name, value in parse_qsl(scope["query_string"].decode("latin-1")):  # blank values are dropped
            query[name] = f"{query[name]},{value}" if name in query else value
        if route.level != "ANONYMOUS":
            held = self.keys.level(headers.get("x-functions-key", query.get("code", "")), route.function.name)
            if held not in (route.level, "ADMIN"):
                return 401, [], b""
        content = await body_of(receive)
        if content is None:
            return 413, [], b""
        if not headers.get("content-length"):
            content = b""  # the host hands a worker no chunked body (ToRpcHttp wants ContentLength > 0)
        raw_query = scope["query_string"].decode("latin-1")
        url = f"{scope['scheme']}://{headers.get('host', '')}{scope['raw_path'].decode('latin-1')}" + (
            f"?{raw_query}" if raw_query else ""
        )
        body = wire.TypedData(bytes=content) if content else wire.TypedData()
        request = wire.RpcHttp(method=scope["method"], url=url, headers=headers, params=params, query=query, body=body)
        try:
            answer = await self.worker.invoke(route.function, wire.TypedData(http=request), {})
            if self.outputs and answer.output_data:
                await self.outputs(route.function, answer)
        except FunctionError:
            return 500, [], b""
        return self.response(answer.return_value)

    @staticmethod
    def response(value: Any) -> Answer:
        if value is None:
            return 204, [], b""
        kind = value.WhichOneof("data")
        if kind != "http":
            return 200, [(b"content-type", b"text/plain; charset=utf-8")], payload(value)
        http = value.http
        headers = [(k.lower().encode("latin-1"), str(v).encode("latin-1")) for k, v in http.headers.items()]
        headers += [(b"set-cookie", cookie(c).encode("latin-1")) for c in http.cookies or ()]
        return int(http.status_code), headers, payload(http.body)


async def body_of(receive: Any) -> bytes | None:
    """The whole body, or None when it is larger than the host takes. A client that leaves sends no more."""
    chunks, size, more = [], 0, True
    while more:
        event = await receive()
        chunks.append(event.get("body", b""))
        size, more = size + len(chunks[-1]), event.get("more_body", False)
        if size > MAX_BODY:
            return None
    return b"".join(chunks)


def payload(data: Any) -> bytes:
    kind = data.WhichOneof("data") if data is not None else None
    value = getattr(data, kind) if kind else b""
    return value if isinstance(value, bytes) else str(value).encode()


def cookie(c: Any) -> str:
    out = [f"{c.name}={c.value}"]
    if c.max_age:
        out.append(f"Max-Age={int(c.max_age.value)}")
    for attr, label in (("domain", "Domain"), ("path", "Path")):
        if (v := getattr(c, attr)) and v.value:
            out.append(f"{label}={v.value}")
    if c.expires:
        out.append(f"Expires={formatdate(c.expires.value.seconds, usegmt=True)}")
    out += [
        label
        for attr, label in (("secure", "Secure"), ("http_only", "HttpOnly"))
        if getattr(c, attr) and getattr(c, attr).value
    ]
    if same_site := SAME_SITE.get(c.same_site):
        out.append(f"SameSite={same_site}")
    return "; ".join(out)
