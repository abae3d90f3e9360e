"""Index a function app and call its functions through Microsoft's worker library."""

import asyncio
import json
import logging
import os
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import azure_functions_runtime as runtime

from . import wire

log = logging.getLogger("local.host")
SUPPORTS_RETRY = {"timerTrigger", "eventHubTrigger", "cosmosDBTrigger", "kafkaTrigger"}  # [SupportsRetry]
SUPPORTED = {"httpTrigger", "http", "blobTrigger", "serviceBusTrigger", "serviceBus", "timerTrigger"}
NO_EXCEPTION = wire.RpcException(message="", stack_trace="", source="")


class FunctionError(Exception):
    """The function raised; ``str()`` is 'Type: message', ``trace`` the worker's traceback."""

    def __init__(self, exception: Any) -> None:
        super().__init__(exception.message)
        self.trace = exception.stack_trace


@dataclass
class Function:
    name: str
    id: str
    trigger: dict[str, Any]
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)  # parameter name or "$return" -> binding
    retry: Any = None


class Worker:
    """One per process: the runtime keeps its registry in module globals."""

    async def load(self, directory: Path) -> list[Function]:
        sys.path.insert(0, str(directory))
        os.chdir(directory)
        runtime.start_threadpool_executor()
        properties = {"host": "127.0.0.1", "protos": wire}
        init = await runtime.worker_init_request(
            wire.request("worker_init_request", properties, capabilities={}, function_app_directory=str(directory))
        )
        if init.result.status != wire.StatusResult.Success:
            raise FunctionError(init.result.exception)
        listed = await runtime.functions_metadata_request(wire.request("functions_metadata_request"))
        found = [self._function(m) for m in listed.function_metadata_results or ()]
        return [f for f in found if os.environ.get(f"AzureWebJobs.{f.name}.Disabled", "").lower() not in {"true", "1"}]

    @staticmethod
    def _function(meta: Any) -> Function:
        bindings = [json.loads(raw) for raw in meta.raw_bindings]
        trigger = next(b for b in bindings if b["type"].lower().endswith("trigger"))
        outputs = {b["name"]: b for b in bindings if b["direction"] == "OUT"}
        if unknown := [b["type"] for b in bindings if b["type"] not in SUPPORTED]:
            raise SystemExit(f"{meta.name}: bindings of type {', '.join(unknown)} are not supported by this host")
        retry = meta.retry_options if trigger["type"] in SUPPORTS_RETRY else None
        return Function(meta.name, meta.function_id, trigger, outputs, retry)

    async def invoke_once(
        self,
        function: Function,
        data: Any,
        metadata: dict[str, Any],
        retry_count: int = 0,
        retry_max: int = 0,
        exception: Any = NO_EXCEPTION,
    ) -> Any:
        invocation_id, began = str(uuid.uuid4()), time.perf_counter()
        response = await runtime.invocation_request(
            wire.request(
                "invocation_request",
                invocation_id=invocation_id,
                function_id=function.id,
                input_data=[wire.ParameterBinding(name=function.trigger["name"], data=data)],
                trigger_metadata=metadata,
                trace_context=wire.Message(
                    trace_parent=f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-00", trace_state="", attributes={}
                ),
                retry_context=wire.Message(retry_count=retry_count, max_retry_count=retry_max, exception=exception),
            )
        )
        ok = response.result.status == wire.StatusResult.Success
        if function.trigger["type"] != "httpTrigger":
            took = 1000 * (time.perf_counter() - began)
            log.info("%s %s in %.0f ms", function.name, "succeeded" if ok else "failed", took)
        if not ok:
            log.error(
                "%s failed: %s\n%s",
                function.name,
                response.result.exception.message,
                response.result.exception.stack_trace,
            )
            raise FunctionError(response.result.exception)
        return response

    async def invoke(self, function: Function, data: Any, metadata: dict[str, Any]) -> Any:
        """With the function's own retry policy, as the host's FunctionExecutorExtensions.TryExecuteAsync."""
        policy, attempt, last = function.retry, 0, NO_EXCEPTION
        limit = policy.max_retry_count if policy else 0
        while True:
            try:
                return await self.invoke_once(function, data, metadata, attempt, limit, last)
            except FunctionError as error:
                if policy is None or attempt == limit:  # -1 never equals: endless
                    raise
                attempt += 1
                last = wire.RpcException(message=str(error), stack_trace=error.trace, source="")
                await asyncio.sleep(self._delay(policy, attempt))

    @staticmethod
    def _delay(policy: Any, attempt: int) -> float:
        if policy.retry_strategy == "fixed_delay":
            return float(policy.delay_interval.total_seconds())
        low, high = policy.minimum_interval.total_seconds(), policy.maximum_interval.total_seconds()
        return float(min(high, low + (2 ** (attempt - 1) - 1)))
