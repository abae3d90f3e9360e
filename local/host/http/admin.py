"""The host's own API: its status for everybody, its functions with the master key.

Source: Microsoft Learn, "Manually run a non HTTP-triggered function"; azure-functions-host,
FunctionController and HostController.
"""

import asyncio
import contextlib
import json

from .. import wire
from ..functions import Function
from ..invocation import Invoker, Metadata
from ..worker import FunctionError
from .keys import Keys
from .messages import Answer, Request

JSON = ("content-type", "application/json")


class Admin:
    def __init__(self, functions: list[Function], invoker: Invoker, keys: Keys, host_id: str) -> None:
        self._functions = {function.name.lower(): function for function in functions}
        self._invoker, self._keys, self._host_id = invoker, keys, host_id
        self._running: set[asyncio.Task[None]] = set()

    def answer(self, request: Request, content: bytes) -> Answer:
        path = request.path.rstrip("/").lower()
        if (request.method, path) == ("GET", "/admin/host/status"):
            return Answer(200, [JSON], json.dumps({"id": self._host_id, "state": "Running", "errors": []}).encode())
        if (request.method, path) in {("GET", "/admin/host/ping"), ("POST", "/admin/host/ping")}:
            return Answer(200)
        if not self._keys.is_master(request.key):
            return Answer(401)
        if (request.method, path) == ("GET", "/admin/functions"):
            listed = [_described(function) for function in self._functions.values()]
            return Answer(200, [JSON], json.dumps(listed).encode())
        function = self._functions.get(path.removeprefix("/admin/functions/"))
        if function is None:
            return Answer(404)
        if request.method == "GET":
            return Answer(200, [JSON], json.dumps(_described(function)).encode())
        return self._invoke(function, content) if request.method == "POST" else Answer(404)

    def _invoke(self, function: Function, content: bytes) -> Answer:
        """Runs a function by hand, at once and in the background: 202, like the real one."""
        if function.kind == "httpTrigger":
            return Answer(404)
        try:
            given = json.loads(content or b"{}")
        except ValueError:
            return Answer(400)
        if not isinstance(given, dict):
            return Answer(400)
        payload, metadata = by_hand(function, given.get("input", ""))
        self._running.add(task := asyncio.create_task(self._run(function, payload, metadata)))
        task.add_done_callback(self._running.discard)
        return Answer(202)

    async def _run(self, function: Function, payload: wire.TypedData, metadata: Metadata) -> None:
        with contextlib.suppress(FunctionError):  # on the console already
            await self._invoker.run(function, payload, metadata)


def by_hand(function: Function, given: object) -> tuple[wire.TypedData, Metadata]:
    """The input as the function's trigger would bring it; a timer ignores it."""
    text = given if isinstance(given, str) else json.dumps(given)
    if function.kind == "timerTrigger":
        info = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
        return wire.TypedData(json=json.dumps(info)), {}
    if function.kind in {"eventGridTrigger", "cosmosDBTrigger", "warmupTrigger"}:
        return wire.TypedData(json=text), {}
    if function.kind == "serviceBusTrigger":
        return wire.TypedData(string=text), {"UserProperties": wire.TypedData(json="{}")}
    return wire.TypedData(string=text), {"Id": wire.TypedData(string="by hand")}


def _described(function: Function) -> dict[str, object]:
    bindings = [function.trigger, *function.inputs, *function.outputs.values()]
    return {"name": function.name, "trigger": function.kind, "config": {"bindings": bindings}}
