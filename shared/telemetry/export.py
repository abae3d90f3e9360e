"""Where traces and metrics go: to an OpenTelemetry collector, to Application Insights, or nowhere.

The exporters are heavy, so they are imported by the thread that exports, when there is first something to export:
a cold start does not wait for them.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry import metrics, trace

COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"
INSIGHTS = "APPLICATIONINSIGHTS_CONNECTION_STRING"
SPANS_EVERY_MILLIS = 1_000
METRICS_EVERY_MILLIS = 15_000


def configure(environment: Mapping[str, str]) -> bool:
    """Whether anything is exported. Called once per process, by the composition root."""
    kind = next((name for name in (COLLECTOR, INSIGHTS) if environment.get(name)), None)
    if kind is None:
        return False
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    resource = Resource({"service.name": "reeve"})
    spans = TracerProvider(sampler=ALWAYS_ON, resource=resource)
    lazy_spans: Any = Lazy(lambda: _span_exporter(kind, environment))
    spans.add_span_processor(BatchSpanProcessor(lazy_spans, schedule_delay_millis=SPANS_EVERY_MILLIS))
    trace.set_tracer_provider(spans)
    lazy_metrics: Any = LazyMetrics(lambda: _metric_exporter(kind, environment))
    reader = PeriodicExportingMetricReader(lazy_metrics, export_interval_millis=METRICS_EVERY_MILLIS)
    metrics.set_meter_provider(MeterProvider([reader], resource=resource))
    return True


class Lazy:
    """An exporter that is made when it is first used, by the thread that uses it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._turn = threading.Lock()

    def export(self, batch: Sequence[Any], **options: Any) -> Any:
        return self._exporter().export(batch, **options)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True if self._made is None else bool(self._made.force_flush(timeout_millis))

    def shutdown(self, **options: Any) -> None:
        if self._made is not None:
            self._made.shutdown(**options)

    def _exporter(self) -> Any:
        with self._turn:
            if self._made is None:
                self._made = self._make()
            return self._made


class LazyMetrics(Lazy):
    """The reader asks a metric exporter for two preferences before there is anything to export."""

    _preferred_temporality: Mapping[type, Any] = {}
    _preferred_aggregation: Mapping[type, Any] = {}


def _span_exporter(kind: str, environment: Mapping[str, str]) -> Any:
    if kind == COLLECTOR:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=f"{environment[COLLECTOR].rstrip('/')}/v1/traces")
    from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter

    return AzureMonitorTraceExporter(**_insights(environment))


def _metric_exporter(kind: str, environment: Mapping[str, str]) -> Any:
    if kind == COLLECTOR:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

        return OTLPMetricExporter(endpoint=f"{environment[COLLECTOR].rstrip('/')}/v1/metrics")
    from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter

    return AzureMonitorMetricExporter(**_insights(environment))


def _insights(environment: Mapping[str, str]) -> dict[str, Any]:
    """Signed in as the app's identity: the workspace takes nothing by key."""
    from azure.identity import ManagedIdentityCredential

    credential = ManagedIdentityCredential(client_id=environment.get("AZURE_CLIENT_ID"))
    return {"connection_string": environment[INSIGHTS], "credential": credential, "disable_offline_storage": True}
