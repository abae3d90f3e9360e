"""Binding expressions: ``samples/{name}-{rand-guid}`` filled with what the trigger brought.

Source: Microsoft Learn, "Azure Functions binding expression patterns".
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from . import wire

GUID_FORMATS: dict[str, Callable[[uuid.UUID], str]] = {
    "": str,
    "D": str,
    "N": lambda value: value.hex,
    "B": lambda value: f"{{{value}}}",
    "P": lambda value: f"({value})",
}
DATE_TOKENS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "fff": "%f"}


class UnboundExpressionError(Exception):
    """An expression names something that the trigger did not bring."""


class BindingData(Mapping[str, Any]):
    """What expressions may name: the trigger's metadata and the top-level fields of its payload, in any case."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}

    def __getitem__(self, name: str) -> Any:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def with_payload(payload: wire.TypedData, metadata: Mapping[str, wire.TypedData]) -> dict[str, wire.TypedData]:
    """The metadata, overwritten by the top-level fields of a payload that is a JSON object in a string.

    A field ``MessageId`` or ``Label`` of a message's body so replaces the message's own. Arrays and nulls stay out,
    other scalars become text. Source: azure-functions-host, Utility.ApplyBindingData.
    """
    result = dict(metadata)
    names = {name.lower(): name for name in result}
    kind = payload.WhichOneof("data")
    for name, value in fields(getattr(payload, kind) if kind in {"string", "json"} else "").items():
        if value is None or isinstance(value, list):
            continue
        data = (
            wire.TypedData(json=json.dumps(value)) if isinstance(value, dict) else wire.TypedData(string=_text(value))
        )
        result[names.get(name.lower(), name)] = data
    return result


def fields(text: str) -> dict[str, Any]:
    """The top-level fields, if this is a JSON object."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        parsed = json.loads(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def binding_data(metadata: Mapping[str, wire.TypedData], names: Mapping[str, Any]) -> BindingData:
    return BindingData({name: _plain(value) for name, value in metadata.items()} | dict(names))


def fill(expression: str, data: Mapping[str, Any]) -> str:
    """The expression with every ``{…}`` replaced.

    Raises:
        UnboundExpressionError: naming what is missing.
    """
    return re.sub(r"\{([^{}]+)\}", lambda match: _value(match[1], data), expression)


def _value(expression: str, data: Mapping[str, Any]) -> str:
    name, _, form = expression.partition(":")
    if name.lower() in {"rand-guid", "sys.randguid"}:
        return GUID_FORMATS[form](uuid.uuid4())
    if name.lower() in {"datetime", "sys.utcnow"} and name not in data:
        return _moment(datetime.now(UTC), form)
    value: Any = data
    for step in name.split("."):
        if not isinstance(value, Mapping) or (found := _lookup(value, step)) is None:
            raise UnboundExpressionError(f"nothing is bound to {{{expression}}}")
        value = found
    return _text(value)


def _lookup(values: Mapping[str, Any], step: str) -> Any:
    if isinstance(values, BindingData):
        return values.get(step)
    return next((value for name, value in values.items() if name.lower() == step.lower()), None)


def _moment(now: datetime, form: str) -> str:
    """Colons are no part of a blob's name, so the default has none."""
    if not form:
        return now.strftime("%Y-%m-%dT%H-%M-%SZ")
    pattern = re.sub("|".join(DATE_TOKENS), lambda match: DATE_TOKENS[match[0]], form)
    return now.strftime(pattern.replace("%f", f"{now.microsecond // 1000:03}"))


def _plain(data: wire.TypedData) -> Any:
    kind = data.WhichOneof("data")
    value = getattr(data, kind) if kind else None
    return json.loads(data.json) if kind == "json" else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "True" if value else "False"  # as .NET prints it
    return value if isinstance(value, str) else json.dumps(value)
