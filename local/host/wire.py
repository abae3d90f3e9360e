"""The part of FunctionRpc.proto that azure_functions_runtime touches, as plain objects.

The runtime is handed this module as its ``protos``: it only ever calls ``protos.X(**fields)``, reads
attributes back, asks a few messages ``WhichOneof`` and compares a handful of enum constants. No
protobuf class is needed for that.
"""

from types import SimpleNamespace
from typing import Any


class Message(SimpleNamespace):
    """Keyword arguments become attributes, as with a generated message class."""


class OneOf(Message):
    """A message whose single given field is its ``oneof`` case."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 (protobuf's own spelling)
        return next(iter(vars(self)), None)


class TypedData(OneOf):
    """string | json | bytes | http | int | double | model_binding_data | collection_*; no field at all means null."""


class RpcHttp(Message):
    """method url headers params query body (in); status_code headers cookies body (out)."""


class ParameterBinding(Message):
    """name, data (TypedData or None)."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802
        return "data"


class BindingInfo(Message):
    """type, data_type, direction; the constants below are read off the class."""

    out, inout = 1, 2
    undefined = 0


class StatusResult(Message):
    """status, exception."""

    Failure, Success, Cancelled = 0, 1, 2


class RpcHttpCookie(Message):
    """name value domain path expires secure http_only same_site max_age (nullable_* wrappers)."""

    SameSite = SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})


class RpcException(Message): ...


class RpcRetryOptions(Message): ...


class RpcFunctionMetadata(Message): ...


class WorkerMetadata(Message): ...


class WorkerInitResponse(Message): ...


class FunctionMetadataResponse(Message): ...


class FunctionLoadResponse(Message): ...


class FunctionEnvironmentReloadResponse(Message): ...


class InvocationResponse(Message): ...


class NullableString(Message): ...


class NullableBool(Message): ...


class NullableDouble(Message): ...


class NullableTimestamp(Message): ...


class Timestamp(Message): ...


def request(kind: str, properties: dict[str, Any] | None = None, **fields: Any) -> Message:
    """A message as the official proxy worker wraps it: ``request.request.<kind>`` and ``.properties``."""
    return Message(name=kind, request=Message(**{kind: Message(**fields)}), properties=properties or {})
