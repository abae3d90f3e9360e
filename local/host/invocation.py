"""One invocation from end to end: inputs bound, the function called, outputs written, the outcome on the console.

The order matters: outputs are written before a trigger settles its message, so a failed output is a failed invocation
and the message comes again. Source: azure-webjobs-sdk, FunctionExecutor.
"""

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from . import wire
from .expressions import BindingData, binding_data, with_payload
from .functions import Binding, Function
from .worker import Attempt, FunctionError, Worker

log = logging.getLogger("local.host")
JITTER = 0.2
type Metadata = Mapping[str, wire.TypedData]
NOTHING: Metadata = {}
NO_NAMES: Mapping[str, Any] = {}


class BoundResource(Protocol):
    """One kind of binding beside the trigger."""

    async def read(self, binding: Binding, data: BindingData) -> wire.TypedData:
        """What the function gets; empty TypedData if the thing does not exist."""

    async def write(self, binding: Binding, data: BindingData, value: wire.TypedData) -> None:
        """Durable when this returns."""

    async def close(self) -> None: ...


class Invoker:
    """Calls functions for every trigger. ``running`` holds what a graceful stop waits for."""

    def __init__(self, worker: Worker, resources: Mapping[str, BoundResource], timeout: timedelta | None) -> None:
        self._worker, self._resources = worker, resources
        self._timeout = timeout.total_seconds() if timeout else None
        self.running: set[asyncio.Future[Any]] = set()

    async def run(
        self,
        function: Function,
        payload: wire.TypedData,
        metadata: Metadata = NOTHING,
        names: Mapping[str, Any] = NO_NAMES,
    ) -> Any:
        """Calls a function under its retry policy. ``names`` are further names for binding expressions.

        Returns:
            The worker's response.

        Raises:
            FunctionError: if the last try failed.
        """
        task = asyncio.ensure_future(self._tries(function, payload, with_payload(payload, metadata), names))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return await task

    async def drain(self, seconds: float) -> None:
        """Waits for what runs; what takes longer is cancelled, as Azure ends an instance."""
        if self.running:
            _, late = await asyncio.wait(set(self.running), timeout=seconds)
            for task in late:
                task.cancel()

    async def _tries(
        self, function: Function, payload: wire.TypedData, metadata: Metadata, names: Mapping[str, Any]
    ) -> Any:
        """azure-webjobs-sdk, FunctionExecutorExtensions.TryExecuteAsync. A limit of -1 is endless."""
        policy, attempt = function.retry, Attempt(limit=function.retry.max_retry_count if function.retry else 0)
        while True:
            try:
                return await self._once(function, payload, metadata, names, attempt)
            except FunctionError as error:
                if policy is None or attempt.number == attempt.limit:
                    raise
                attempt = Attempt(attempt.number + 1, attempt.limit, error)
                await asyncio.sleep(_delay(policy, attempt.number))

    async def _once(
        self,
        function: Function,
        payload: wire.TypedData,
        metadata: Metadata,
        names: Mapping[str, Any],
        attempt: Attempt,
    ) -> Any:
        began = time.perf_counter()
        try:
            data = binding_data(metadata, names)
            inputs = {function.trigger["name"]: payload}
            for binding in function.inputs:
                inputs[binding["name"]] = await self._resources[binding["type"]].read(binding, data)
            response = await self._timed(self._worker.call(function, inputs, metadata, attempt))
            await self._write(function, response, data)
        except FunctionError as error:
            log.error("%s failed in %s: %s\n%s", function.name, _since(began), error, error.trace.rstrip())  # noqa: TRY400 - the trace that matters is the worker's
            raise
        except Exception as error:
            log.exception("%s failed in %s: its bindings could not be read or written", function.name, _since(began))
            raise FunctionError(f"{type(error).__name__}: {error}") from error
        log.info("%s succeeded in %s", function.name, _since(began))
        return response

    async def _timed(self, call: Any) -> Any:
        """Under ``functionTimeout``. Azure then also restarts the worker; here a sync function's thread runs on."""
        try:
            return await asyncio.wait_for(call, self._timeout)
        except TimeoutError:
            raise FunctionError(f"FunctionTimeoutException: it ran longer than {self._timeout:g} s") from None

    async def _write(self, function: Function, response: Any, data: BindingData) -> None:
        given = [(each.name, each.data) for each in response.output_data or ()]
        if response.return_value is not None:
            given.append(("$return", response.return_value))
        for name, value in given:
            binding = function.outputs.get(name)
            if binding is not None and binding["type"] != "http" and value is not None:
                await self._resources[binding["type"]].write(binding, data, value)


def _delay(policy: Any, attempt: int) -> float:
    """Seconds before try ``attempt``: fixed, or doubling between the bounds with +-20 % at random."""
    if policy.retry_strategy == "fixed_delay":
        return float(policy.delay_interval.total_seconds())
    low, high = policy.minimum_interval.total_seconds(), policy.maximum_interval.total_seconds()
    grown = float((2 ** (attempt - 1)) * low * random.uniform(1 - JITTER, 1 + JITTER))
    return float(min(high, max(low, grown)))


def _since(began: float) -> str:
    return f"{1000 * (time.perf_counter() - began):.0f} ms"
