"""Requests and answers as the protocol has them: headers, status codes and sub status codes."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson

_CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
    500: "InternalServerError",
}

KEY_MISMATCH = 1001
OWNER_NOT_FOUND = 1003
RANGE_GONE = 1002
CROSS_PARTITION_QUERY = 1004
RECREATED = 1024
PATCH_CONDITION_FALSE = 1110
THROTTLED = 3200


class Fault(Exception):  # noqa: N818 - what the protocol answers, not what went wrong with us
    """An error answer, with the sub status and the headers by which the SDK chooses what to do."""

    def __init__(
        self, status: int, message: str, sub_status: int = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.sub_status = status, message, sub_status
        self.headers = dict(headers or {})
        self.details: dict[str, Any] = {}

    @property
    def body(self) -> dict[str, Any]:
        return {"code": _CODES.get(self.status, "Error"), "message": self.message, **self.details}


class Answer(NamedTuple):
    status: int
    body: Any = None
    """JSON text as bytes, anything that JSON can say, or None for an empty body."""


@dataclass
class Exchange:
    """A request, and what is to be said about it besides the answer itself."""

    verb: str
    parts: list[str]
    headers: Mapping[str, str]
    body: bytes
    charge: float = 1.0
    answered: dict[str, str] = field(default_factory=dict)
    """Headers of the answer."""

    @classmethod
    def of(cls, scope: Mapping[str, Any], body: bytes) -> "Exchange":
        """An item's id may hold a slash only if it is percent-encoded, so the path is taken apart first."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path = scope["raw_path"].decode("latin-1").strip("/")
        return cls(scope["method"].lower(), [unquote(part) for part in path.split("/")] if path else [], headers, body)

    @property
    def activity(self) -> str:
        return self.headers.get("x-ms-activity-id") or str(uuid.uuid4())

    def flag(self, name: str) -> bool:
        return self.headers.get(name, "").lower() == "true"

    def number(self, name: str, default: int) -> int:
        """A positive number, else the default: the SDK says -1 for as many as there are."""
        try:
            value = int(self.headers.get(name) or -1)
        except ValueError:
            raise Fault(400, f"The value of the header {name} is not a number.") from None
        return value if value > 0 else default

    def json(self) -> Any:
        return parsed(self.body)

    def object(self) -> dict[str, Any]:
        value = self.json()
        if not isinstance(value, dict):
            raise Fault(400, "The input content is invalid because it is not a JSON object.")
        return value

    def json_header(self, name: str) -> Any:
        text = self.headers.get(name)
        return None if text is None else parsed(text)

    def date_header(self, name: str) -> int | None:
        text = self.headers.get(name)
        try:
            return None if text is None else int(parsedate_to_datetime(text).timestamp())
        except ValueError:
            raise Fault(400, f"The value of the header {name} is not a date.") from None


def parsed(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Fault(400, "The input content is invalid because it is not valid JSON.") from None


def encoded(body: Any) -> bytes:
    if body is None:
        return b""
    return body if isinstance(body, bytes) else orjson.dumps(body)


def feed(rid: str, label: str, items: list[bytes]) -> bytes:
    """A list of resources, of which each is JSON already."""
    return b'{"_rid":"%s","%s":[%s],"_count":%d}' % (rid.encode(), label.encode(), b",".join(items), len(items))


def not_found(what: str = "Resource Not Found.") -> Fault:
    return Fault(404, f"Entity with the specified id does not exist in the system. {what}")


def not_served(what: str) -> Fault:
    return Fault(404, f"The local stack does not serve {what}.")


def not_allowed() -> Fault:
    return Fault(405, "The requested verb is not supported.")


def precondition_failed() -> Fault:
    return Fault(412, "Operation cannot be performed because one of the specified precondition is not met.")


def key_mismatch() -> Fault:
    message = (
        "Partition key provided either doesn't correspond to definition in the collection or doesn't match partition"
        " key field values specified in the document."
    )
    return Fault(400, message, KEY_MISMATCH)


def too_large() -> Fault:
    return Fault(413, "Request size is too large.")
