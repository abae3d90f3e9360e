"""The few numbers by which an operator sees whether promises are kept."""

from opentelemetry import metrics

from shared.telemetry.attributes import safe

_meter = metrics.get_meter("reeve")

_requests = _meter.create_histogram("reeve.request.duration", "ms", "How long an endpoint took to answer")
_warnings = _meter.create_histogram("reeve.alert.delay", "s", "From the cause to the alert that its recipient can see")
_deliveries = _meter.create_counter("reeve.deliveries", "{try}", "Tries to tell somebody outside the app")
_disposals = _meter.create_counter("reeve.disposals", "{record}", "Records disposed of, or what kept them")
_expiries = _meter.create_counter(
    "reeve.candidates.expired", "{candidate}", "Possible matches nobody decided on in time"
)


def request(function: str, status: int, millis: float) -> None:
    _requests.record(millis, safe({"reeve.function": function, "http.response.status_code": status}))


def warned(cause: str, seconds: float) -> None:
    _warnings.record(seconds, safe({"reeve.cause": cause}))


def delivered(channel: str, outcome: str) -> None:
    _deliveries.add(1, safe({"reeve.channel": channel, "reeve.outcome": outcome}))


def disposed(kind: str, outcome: str) -> None:
    _disposals.add(1, safe({"reeve.kind": kind, "reeve.outcome": outcome}))


def expired(candidates: int) -> None:
    _expiries.add(candidates)
