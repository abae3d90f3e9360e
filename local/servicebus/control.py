"""The broker's two small HTTP ports: its health, and its faults on demand.

``POST /_faults`` with one fault or a list, ``GET /_faults`` what is left, ``DELETE /_faults`` back to normal;
``POST /_faults {"clock_skew_seconds": 30}`` sets the clock ahead.
"""

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from local import clock
from local.servicebus.faults import Fault, Faults
from local.servicebus.http import Answer, Request

PATH = "/_faults"


class ClockSkew(BaseModel):
    model_config = ConfigDict(extra="forbid")

    clock_skew_seconds: float = Field(
        ge=-1e8, le=1e8, validation_alias=AliasChoices("clock_skew_seconds", "clockSkewSeconds", "clock")
    )


_given: TypeAdapter[ClockSkew | Fault | list[Fault]] = TypeAdapter(ClockSkew | Fault | list[Fault])


def health(_: Request) -> Answer:
    return 200, {"status": "healthy"}


class Control:
    """Sets the faults of a running broker, for programs on this machine only."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def __call__(self, request: Request) -> Answer:
        if not request.is_from_this_machine:
            return 403, {"message": "faults are set by programs on this machine only"}
        if request.path != PATH:
            return 404, {"message": f"there is only {PATH}"}
        try:
            return self._done(request)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
            return 400, {"message": "no fault that this broker knows", "errors": problems}

    def _done(self, request: Request) -> Answer:
        match request.method:
            case "GET":
                pass
            case "DELETE":
                self._faults.clear()
                clock.skew(0)
            case "POST":
                self._set(request.body)
            case _:
                return 405, {"message": "GET, POST or DELETE"}
        left = [fault.model_dump(exclude_defaults=True) for fault in self._faults.left]
        return 200, {"faults": left, "clockSkewSeconds": clock.skewed()}

    def _set(self, body: bytes) -> None:
        match _given.validate_json(body):
            case ClockSkew() as skew:
                clock.skew(skew.clock_skew_seconds)
            case Fault() as fault:
                self._faults.add(fault)
            case faults:
                self._faults.add(*faults)
