"""Traces by OpenTelemetry: one from a request, through the message it sends, to whoever handles that message.

Spans are opened here and nowhere else. Their names come from the code, their attributes pass
:func:`shared.telemetry.attributes.safe`, and of an exception only its type is kept: its message may quote a record.
"""

import functools
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span as Span  # noqa: PLC0414 - this module is where spans come from
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry.attributes import safe

SERVER, CONSUMER, CLIENT = SpanKind.SERVER, SpanKind.CONSUMER, SpanKind.CLIENT
INTERNAL, PRODUCER = SpanKind.INTERNAL, SpanKind.PRODUCER
TRACEPARENT = "traceparent"
"""W3C Trace Context: random ids and nothing else."""

ANSWERS = {404, 409, 412}
"""That something is not there, or there already, or has changed, is an answer to whoever asked, and no failure."""

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("reeve")


@contextmanager
def span(name: str, kind: SpanKind = INTERNAL, parent: str = "", **attributes: object) -> Iterator[Span]:
    """``parent``: the traceparent of whoever caused this, when it is not the span that is open here.

    Attributes are written with ``__`` for the dot: ``http__request__method="GET"``.
    """
    said = safe({key.replace("__", "."): value for key, value in attributes.items()})
    with _tracer.start_as_current_span(
        name, _context(parent), kind, said, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except BaseException as error:
            opened.set_attributes(safe({"error.type": type(error).__name__}))
            opened.set_status(Status(StatusCode.ERROR))
            raise


@contextmanager
def leaf(name: str, **attributes: object) -> Iterator[Span]:
    """A call to another service. Nothing is opened beneath it, so it may be left by whoever happens to end it:
    a page of a query that nobody reads on is closed wherever the generator is thrown away."""
    opened = _tracer.start_span(name, None, CLIENT, safe({key.replace("__", "."): v for key, v in attributes.items()}))
    try:
        yield opened
    except Exception as error:
        opened.set_attributes(safe({"error.type": type(error).__name__}))
        if getattr(error, "status", None) not in ANSWERS:
            opened.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        opened.end()


def say(opened: Span, attributes: Mapping[str, object]) -> None:
    """Adds to a span what was found out while it was open."""
    opened.set_attributes(safe(attributes))


def traceparent() -> str:
    """Of the span that is open here, to be sent along; empty if nothing is traced."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(TRACEPARENT, "")


def traced[**P](name: str) -> Callable[[Callable[P, Awaitable[None]]], Callable[P, Awaitable[None]]]:
    """A background function in a span of its own, which continues the trace of the message that set it off."""

    def wrap(function: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
        @functools.wraps(function)
        async def wrapper(*arguments: P.args, **named: P.kwargs) -> None:
            parent, deliveries = _cause([*arguments, *named.values()])
            kind = CONSUMER if deliveries else INTERNAL
            with span(name, kind, parent, reeve__function=name, reeve__delivery=deliveries):
                await function(*arguments, **named)

        return wrapper

    return wrap


def _cause(given: Sequence[object]) -> tuple[str, int | None]:
    """The traceparent of the message among the arguments, if there is one, and how often it has been delivered."""
    for each in given:
        if properties := getattr(each, "application_properties", None):
            return str(properties.get(TRACEPARENT, "")), getattr(each, "delivery_count", None)
    return "", None


def _context(parent: str) -> Context | None:
    return _propagator.extract({TRACEPARENT: parent}) if parent else None
