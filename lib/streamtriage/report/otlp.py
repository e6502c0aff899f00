"""A triage as OpenTelemetry spans: one trace a report, one span an exchange.

They are encoded as OTLP in JSON, which is what a collector takes over HTTP and what its
file receiver reads, a request a line.
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.util.re import parse_env_headers

from streamtriage import __version__
from streamtriage.languages import translate
from streamtriage.outbox import Outbox
from streamtriage.transport.http_library import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Span, Tracer

    from streamtriage.model import Exchange, ProbeEvidence, Report

__all__ = ["SpansError", "export_spans", "send_spans", "spans_of", "write_spans"]

_SCOPE = "streamtriage"
# Where OpenTelemetry's own exporters look for a collector's headers; the first wins.
_HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
_TIMEOUT_S = 10.0
_ANSWER_BYTES = 65_536


class SpansError(RuntimeError):
    """The spans could not be delivered; the message says where to and what to do."""


def export_spans(
    where: str,
    reports: Iterable[tuple[str, Report]],
    outbox: Outbox | None = None,
) -> None:
    """Send the spans to a collector where `where` is an http(s) URL, else write a file.

    Each report comes with its vantage point, which may be empty. Raises SpansError.
    """
    if where.startswith(("http://", "https://")):
        send_spans(where, reports, outbox)
        return
    try:
        write_spans(Path(where), reports, outbox)
    except OSError as problem:
        raise SpansError(
            translate(
                "{where} cannot be written ({strerror}).",
                where=where,
                strerror=problem.strerror,
            )
        ) from None


def write_spans(
    path: Path, reports: Iterable[tuple[str, Report]], outbox: Outbox | None = None
) -> None:
    """Write one trace a line. Raises OSError."""
    lines = (_otlp(report, vantage) + "\n" for vantage, report in reports)
    (outbox or Outbox()).file(path, "".join(lines))


def send_spans(
    url: str, reports: Iterable[tuple[str, Report]], outbox: Outbox | None = None
) -> None:
    """Post one trace after the other to a collector; raises SpansError.

    A URL without a path gets `/v1/traces`. Headers, such as one with a token, come from
    OTEL_EXPORTER_OTLP_HEADERS. Redirects are not followed: they could lead elsewhere.
    """
    try:
        asked = httpx.URL(url)
    except httpx.InvalidURL:
        raise SpansError(
            translate("The collector's URL cannot be read; give it anew.")
        ) from None
    if asked.path in ("", "/"):
        asked = asked.copy_with(path="/v1/traces")
    headers = {"content-type": "application/json", **_collector_headers()}
    with httpx.Client(headers=headers, timeout=_TIMEOUT_S) as client:
        for vantage, report in reports:
            _post(client, asked, (outbox or Outbox()).look(_otlp(report, vantage)))


def _collector_headers() -> dict[str, str]:
    given = next((os.environ[name] for name in _HEADERS if os.environ.get(name)), "")
    return dict(parse_env_headers(given, liberal=True))


def _post(client: httpx.Client, url: httpx.URL, trace: str) -> None:
    where = f"The collector at {url.host}"
    try:
        with client.stream("POST", url, content=trace) as answer:
            body = next(answer.iter_bytes(_ANSWER_BYTES), b"")
    except httpx.HTTPError as problem:
        raise SpansError(
            translate(
                "{where} could not be reached ({name}); check the URL, and "
                "whether it takes OTLP over HTTP, on port 4318 by default.",
                where=where,
                name=type(problem).__name__,
            )
        ) from None
    if not answer.is_success:
        raise SpansError(
            translate(
                "{where} answered {status_code} {reason_phrase}, so not "
                "all spans are there. A token for it goes into {headers}, "
                "and a path of its own into the URL.",
                where=where,
                status_code=answer.status_code,
                reason_phrase=answer.reason_phrase,
                headers=_HEADERS[1],
            )
        )
    rejected = _rejected(body)
    if rejected:
        raise SpansError(
            translate(
                "{where} rejected {rejected} of the spans; see its own log.",
                where=where,
                rejected=rejected,
            )
        )


def _rejected(body: bytes) -> int:
    """Return how many spans a collector took no notice of, as far as it says so."""
    try:
        return int(json.loads(body)["partialSuccess"].get("rejectedSpans", 0))
    except (ValueError, TypeError, KeyError, AttributeError):
        return 0


def _otlp(report: Report, vantage: str) -> str:
    request = encode_spans(spans_of(report, vantage=vantage)).to_dict()
    return json.dumps(request, separators=(",", ":"))


def spans_of(report: Report, *, vantage: str = "") -> tuple[ReadableSpan, ...]:
    """Return the spans of one triage, for any exporter of OpenTelemetry's.

    Times are those at which things were seen. The report is redacted, and so are they.
    """
    kept = InMemorySpanExporter()
    # Whatever this environment samples of its own programs, here nothing is left out.
    provider = TracerProvider(
        sampler=ALWAYS_ON,
        resource=Resource({"service.name": _SCOPE, "service.version": __version__}),
    )
    provider.add_span_processor(SimpleSpanProcessor(kept))
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
    return kept.get_finished_spans()


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
            {
                "detail": event.detail,
                "request": event.request,
                "size": event.size or 0,
            },
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
