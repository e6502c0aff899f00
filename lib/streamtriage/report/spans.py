"""A triage as OpenTelemetry spans: one trace a report, one span an exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from streamtriage import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

    from streamtriage.model import Exchange, ProbeEvidence, Report

__all__ = ["send_spans", "write_spans"]

_SCOPE = "streamtriage"


def write_spans(path: Path, reports: Iterable[tuple[str, Report]]) -> None:
    """Write the spans of reports with their vantage points, one JSON object a line.

    A vantage point without a name is an empty text. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        exporter = ConsoleSpanExporter(
            out=file, formatter=lambda span: span.to_json(indent=None) + "\n"
        )
        for vantage, report in reports:
            send_spans(exporter, report, vantage=vantage)


def send_spans(exporter: SpanExporter, report: Report, *, vantage: str = "") -> None:
    """Hand the spans of one triage to an exporter, such as one for OTLP.

    Times are those at which things were seen. The report is redacted, and so are they.
    """
    provider = TracerProvider(
        resource=Resource({"service.name": _SCOPE, "service.version": __version__})
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer(_SCOPE, __version__)
    zero_ns = int(report.taken_at.timestamp() * 1e9)
    root = tracer.start_span("triage", start_time=zero_ns)
    root.set_attributes(
        {
            "url.full": report.target.url,
            "streamtriage.outcome": report.verdict.outcome,
            "streamtriage.causes": report.verdict.causes,
            "streamtriage.vantage": vantage,
        }
    )
    if report.verdict.outcome == "cause-present":
        root.set_status(Status(StatusCode.ERROR, report.verdict.summary))
    for probe in report.evidence:
        _probe(tracer, root, probe, zero_ns)
    root.end(zero_ns + _ns(report.took_s))
    # Nothing is buffered; the exporter is the caller's to shut down.
    provider.force_flush()


def _probe(tracer: Tracer, root: Span, probe: ProbeEvidence, zero_ns: int) -> None:
    """Add the span of a probe, with its timeline as events, and its exchanges."""
    asked = probe.exchanges
    moments = [event.at_s for event in probe.timeline]
    starts = [*(seen.started_s for seen in asked), *moments]
    ends = [*(seen.started_s + _took_s(seen) for seen in asked), *moments]
    if not starts:
        return
    name = str(getattr(probe, "probe", "probe"))
    context = set_span_in_context(root)
    span = tracer.start_span(
        f"probe {name}", context, start_time=zero_ns + _ns(min(starts))
    )
    for event in probe.timeline:
        span.add_event(
            event.kind,
            {"detail": event.detail, "size": event.size or 0},
            zero_ns + _ns(event.at_s),
        )
    for seen in asked:
        _exchange(tracer, span, seen, zero_ns)
    span.end(zero_ns + _ns(max(ends)))


def _exchange(tracer: Tracer, parent: Span, seen: Exchange, zero_ns: int) -> None:
    began_ns = zero_ns + _ns(seen.started_s)
    span = tracer.start_span(
        f"{seen.method} {seen.label}",
        set_span_in_context(parent),
        kind=SpanKind.CLIENT,
        start_time=began_ns,
    )
    span.set_attribute("http.request.method", seen.method)
    if seen.status is not None:
        span.set_attribute("http.response.status_code", seen.status)
    if seen.end is not None:
        span.set_attribute("streamtriage.end", str(seen.end))
    if seen.failure is not None:
        span.set_attribute("error.type", str(seen.failure))
        span.set_status(Status(StatusCode.ERROR, str(seen.failure)))
    span.end(began_ns + _ns(_took_s(seen)))


def _took_s(seen: Exchange) -> float:
    return seen.ended_s or seen.headers_s or 0.0


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
