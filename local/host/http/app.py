"""The ASGI application: the host's own API, the webhooks of extensions, then the app's routes by function name."""

from ..expressions import fields
from ..functions import Function
from ..invocation import Invoker
from ..settings import Settings
from ..worker import FunctionError, caller
from . import cross_origin
from .admin import Admin
from .keys import Keys
from .messages import (
    Answer,
    BodyTooLargeError,
    Receive,
    Request,
    Scope,
    Send,
    body_of,
    for_worker,
    from_worker,
    request_of,
    respond,
)
from .routes import first_match, route_of
from .site import Site
from .webhooks import Notify, Webhooks

HOME = b"<!doctype html><title>Functions</title><p>Your Functions app is up and running.</p>"


class HttpApp:
    def __init__(
        self,
        functions: list[Function],
        invoker: Invoker,
        keys: Keys,
        settings: Settings,
        notify_blob: Notify | None,
        site: Site | None = None,
    ) -> None:
        self._invoker, self._keys, self._origins, self._site = invoker, keys, settings.cross_origin, site
        self._admin = Admin(functions, invoker, keys, settings.host_id)
        self._webhooks = Webhooks(functions, invoker, keys, notify_blob)
        self.routes = [route_of(each, settings.route_prefix) for each in functions if each.kind == "httpTrigger"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = request_of(scope)
        try:
            answer = cross_origin.preflight(request, self._origins) or await self._answer(request, receive)
        except BodyTooLargeError:
            answer = Answer(413, [("connection", "close")])
        await respond(send, request.method, cross_origin.with_origin(request, answer, self._origins))

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        path = request.path.lower()
        if path.startswith("/admin/"):
            return self._admin.answer(request, await body_of(request, receive))
        if path.startswith("/runtime/webhooks/"):
            return await self._webhooks.answer(request, await body_of(request, receive))
        found = first_match(self.routes, request.path, request.method)
        if found is None:
            if self._site and (page := self._site.answer(request)):
                return page
            home = path == "/" and request.method == "GET"
            return Answer(200, [("content-type", "text/html; charset=utf-8")], HOME) if home else Answer(404)
        route, parameters = found
        if not self._keys.opens(request.key, route.level, route.function.name):
            return Answer(401)
        return await self._call(route.function, request, parameters, await body_of(request, receive))

    async def _call(self, function: Function, request: Request, parameters: dict[str, str], content: bytes) -> Answer:
        """Route and query parameters and the fields of a JSON body may be named by the function's other bindings."""
        names = {**request.query, **parameters, "query": dict(request.query), "headers": dict(request.headers)}
        if "json" in request.headers.get("content-type", "") and (function.inputs or len(function.outputs) > 1):
            names = fields(content.decode("utf-8", "replace")) | names
        caller.set(request.headers.get("traceparent", ""))
        try:
            response = await self._invoker.run(function, for_worker(request, parameters, content), names=names)
            return from_worker(response.return_value)
        except FunctionError:
            return Answer(500)
