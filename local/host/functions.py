"""The functions of an app: their bindings as the worker library reports them, checked against what this host can do."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

type Binding = dict[str, Any]
"""One binding as function.json would spell it: type, direction, name, and the fields of its kind."""

TRIGGERS = {
    "httpTrigger",
    "blobTrigger",
    "queueTrigger",
    "serviceBusTrigger",
    "timerTrigger",
    "cosmosDBTrigger",
    "eventGridTrigger",
    "warmupTrigger",
}
INPUTS = {"blob", "cosmosDB"}
OUTPUTS = {"http", "blob", "queue", "serviceBus", "cosmosDB"}
RETRYING = {"timerTrigger", "cosmosDBTrigger", "eventHubTrigger", "kafkaTrigger"}
"""Triggers whose functions may have a retry policy. Source: Microsoft Learn, "Azure Functions error handling and
retries"; [SupportsRetry] in azure-webjobs-sdk. On others the policy is ignored."""


class UnsupportedBindingError(Exception):
    """The app uses a binding that this host does not have. Running it anyway would hide that."""


@dataclass(frozen=True)
class Function:
    """One function. ``outputs`` are by parameter name, the returned value's is ``$return``."""

    name: str
    id: str
    trigger: Binding
    inputs: tuple[Binding, ...] = ()
    outputs: dict[str, Binding] = field(default_factory=dict)
    retry: Any = None

    @property
    def kind(self) -> str:
        return str(self.trigger["type"])

    @property
    def host_name(self) -> str:
        """As receipts, queues and timers of the real host name it."""
        return f"Host.Functions.{self.name}"

    @property
    def is_binary(self) -> bool:
        return is_binary(self.trigger)


def is_binary(binding: Binding) -> bool:
    return str(binding.get("dataType", "")).upper() == "BINARY"


def is_disabled(name: str) -> bool:
    """``AzureWebJobs.NAME.Disabled``, or with underscores where a shell allows no dots."""
    given = os.environ.get(f"AzureWebJobs.{name}.Disabled") or os.environ.get(f"AzureWebJobs__{name}__Disabled", "")
    return given.lower() in {"true", "1"}


def described(metadata: Any) -> Function:
    """A function from the worker's RpcFunctionMetadata.

    Raises:
        UnsupportedBindingError: naming the function and the binding.
    """
    bindings: list[Binding] = [json.loads(raw) for raw in metadata.raw_bindings]
    trigger = next(each for each in bindings if _is_trigger(each))
    inputs = tuple(each for each in bindings if each["direction"] == "IN" and each is not trigger)
    outputs = {each["name"]: each for each in bindings if each["direction"] == "OUT"}
    _check(metadata.name, [trigger], TRIGGERS)
    _check(metadata.name, inputs, INPUTS)
    _check(metadata.name, outputs.values(), OUTPUTS)
    retry = metadata.retry_options if trigger["type"] in RETRYING else None
    return Function(metadata.name, metadata.function_id, trigger, inputs, outputs, retry)


def _is_trigger(binding: Binding) -> bool:
    return str(binding["type"]).lower().endswith("trigger")


def _check(function: str, bindings: Iterable[Binding], known: set[str]) -> None:
    for binding in bindings:
        if binding["type"] not in known:
            raise UnsupportedBindingError(
                f"{function}: this host has no binding {binding['type']} ({binding['direction'].lower()})"
            )
