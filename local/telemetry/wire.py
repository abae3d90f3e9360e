"""OTLP as it comes over HTTP: protobuf messages of opentelemetry-proto 1.x, turned into what the store keeps."""

from collections.abc import Iterable, Iterator
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from local.telemetry.store import Span

FAILED = 2
"""STATUS_CODE_ERROR."""


def spans(content: bytes) -> list[Span]:
    """Raises :class:`google.protobuf.message.DecodeError` for anything that is no such message."""
    request = ExportTraceServiceRequest.FromString(content)
    return [
        Span(
            trace=each.trace_id.hex(),
            id=each.span_id.hex(),
            parent=each.parent_span_id.hex(),
            name=each.name,
            begun=each.start_time_unix_nano,
            ended=each.end_time_unix_nano,
            failed=each.status.code == FAILED,
            attributes=_attributes(each.attributes),
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for each in scope.spans
    ]


def points(content: bytes) -> list[tuple[str, int, Any, dict[str, Any]]]:
    """(name, nanoseconds since 1970, value, attributes) of each data point."""
    request = ExportMetricsServiceRequest.FromString(content)
    return [
        (metric.name, point.time_unix_nano, value, _attributes(point.attributes))
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point, value in _points(metric)
    ]


def _points(metric: Any) -> Iterator[tuple[Any, Any]]:
    kind = metric.WhichOneof("data")
    for point in getattr(metric, kind).data_points:
        if kind == "histogram":
            yield point, {"count": point.count, "sum": point.sum, "max": point.max}
        else:
            yield point, getattr(point, point.WhichOneof("value"))


def _attributes(pairs: Iterable[Any]) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
