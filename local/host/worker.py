"""Microsoft's own worker library, in this process: it indexes the app and calls its functions."""

import logging
import os
import re
import sys
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime

from . import wire
from .functions import Function, described, is_disabled

NO_EXCEPTION = wire.RpcException(message="", stack_trace="", source="")
LOG = logging.getLogger("local.host")
TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
caller: ContextVar[str] = ContextVar("traceparent", default="")
"""The header ``traceparent`` of the HTTP request that is being answered."""


class FunctionError(Exception):
    """The function raised: 'Type: message'. ``trace`` is the worker's traceback."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace


@dataclass(frozen=True)
class Attempt:
    """Which try this is under the function's retry policy; the function reads it from ``context.retry_context``."""

    number: int = 0
    limit: int = 0
    error: FunctionError | None = None

    @property
    def message(self) -> wire.Message:
        error = NO_EXCEPTION
        if self.error is not None:
            error = wire.RpcException(message=str(self.error), stack_trace=self.error.trace, source="")
        return wire.Message(retry_count=self.number, max_retry_count=self.limit, exception=error)


class Worker:
    """One per process: the library keeps its registry in module globals."""

    async def load(self, directory: Path) -> list[Function]:
        """The app's functions that are not disabled, in the order of the host: by name, ignoring case.

        Raises:
            FunctionError: if the app cannot be indexed, with the worker's own message.
            UnsupportedBindingError: if a binding is not one of this host's.
        """
        sys.path.insert(0, str(directory))
        os.chdir(directory)
        runtime.start_threadpool_executor()
        properties = {"host": "127.0.0.1", "protos": wire}
        begun = await runtime.worker_init_request(
            wire.request("worker_init_request", properties, capabilities={}, function_app_directory=str(directory))
        )
        if begun.result.status != wire.StatusResult.Success:
            raise FunctionError(begun.result.exception.message, begun.result.exception.stack_trace)
        listed = await runtime.functions_metadata_request(wire.request("functions_metadata_request"))
        found = [described(each) for each in listed.function_metadata_results or ()]
        return sorted((each for each in found if not is_disabled(each.name)), key=lambda each: each.name.lower())

    async def call(
        self,
        function: Function,
        inputs: Mapping[str, wire.TypedData],
        metadata: Mapping[str, wire.TypedData],
        attempt: Attempt,
    ) -> Any:
        """One invocation: the worker's response, with ``return_value`` and ``output_data``.

        Raises:
            FunctionError: if the function raised.
        """
        response = await runtime.invocation_request(
            wire.request(
                "invocation_request",
                invocation_id=str(uuid.uuid4()),
                function_id=function.id,
                input_data=[wire.ParameterBinding(name=name, data=data) for name, data in inputs.items()],
                trigger_metadata=dict(metadata),
                trace_context=wire.Message(trace_parent=_trace_parent(), trace_state="", attributes={}),
                retry_context=attempt.message,
            )
        )
        if response.result.status != wire.StatusResult.Success:
            raise FunctionError(response.result.exception.message, response.result.exception.stack_trace)
        return response


def _trace_parent() -> str:
    """W3C Trace Context, version 00: the trace of whoever calls over HTTP, else a new one for every invocation."""
    given = caller.get()
    return given if TRACEPARENT.fullmatch(given) else f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
