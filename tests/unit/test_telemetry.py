"""A trace can say what the code is called and how often; it cannot say whom it is about."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.telemetry import tracing
from shared.telemetry.attributes import IDS, NUMBERS, WORDS, safe


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    return exporter


@given(st.text(), st.text())
def test_a_name_that_is_not_listed_never_passes(name: str, value: str) -> None:
    if name not in WORDS | NUMBERS | IDS:
        assert safe({name: value}) == {}


@given(st.sampled_from(sorted(WORDS)), st.text())
def test_a_word_has_no_space_and_is_ascii(name: str, value: str) -> None:
    passed = safe({name: value})
    assert not passed or (value.isascii() and " " not in value and "@" not in value and "/" not in value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reeve.function", "Nora Quill"),
        ("reeve.problem", "nora@shop.example"),
        ("reeve.function", "01a20a6c-bfee-76a9-9700-50a7c92c3a52"),
        ("messaging.message.id", "ZX71 QLM"),
        ("http.response.status_code", "ZX71QLM"),
        ("url.full", "https://reeve.example/api/reports?name=Quill"),
        ("exception.message", "no record of Nora Quill"),
    ],
)
def test_what_may_not_be_said(name: str, value: str) -> None:
    assert safe({name: value}) == {}


def test_of_an_exception_only_its_type_is_told(told: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Quill"), tracing.span("work"):
        raise ValueError("Nora Quill")
    [span] = told.get_finished_spans()
    assert span.attributes == {"error.type": "ValueError"}
    assert not span.events
    assert not span.status.is_ok
    assert span.status.description is None


async def test_a_handler_goes_on_with_the_trace_of_its_message(told: InMemorySpanExporter) -> None:
    @tracing.traced("handle")
    async def handle(message: Any) -> None:
        with tracing.leaf("cosmos read"):
            pass

    with tracing.span("request"):
        sent = tracing.traceparent()
    await handle(SimpleNamespace(application_properties={"traceparent": sent}, delivery_count=1))
    read, handled = (next(s for s in told.get_finished_spans() if s.name == name) for name in ("cosmos read", "handle"))
    request = next(s for s in told.get_finished_spans() if s.name == "request")
    assert handled.parent
    assert read.parent
    assert handled.parent.span_id == request.context.span_id
    assert read.parent.span_id == handled.context.span_id
    assert handled.kind is tracing.CONSUMER
    assert handled.attributes == {"reeve.function": "handle", "reeve.delivery": 1}


def test_without_a_span_there_is_nothing_to_send() -> None:
    assert tracing.traceparent() == ""
