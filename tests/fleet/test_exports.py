"""What a run leaves for other tools: spans that say when each thing was seen."""

from __future__ import annotations

import json
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto_json.collector.trace.v1.trace_service import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto_json.trace.v1.trace import Span, Status
from typer.testing import CliRunner

from causes.samples import hold, refusal, refused_everywhere, stream
from fleet.reports import report
from real_parts.running import free_port
from streamtriage.__main__ import app
from streamtriage.lab import serve
from streamtriage.model import End, Event, HoldEvidence
from streamtriage.report.otlp import (
    SpansError,
    export_spans,
    send_spans,
    spans_of,
    write_spans,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_triage_is_one_trace_with_its_times() -> None:
    watched = hold(stream(60.0, End.RESET), stream(60.0, End.RESET))
    timed = HoldEvidence(
        asked_s=90.0,
        watches=watched.watches,
        timeline=(Event(at_s=60.0, kind="reset", size=3, detail="RST"),),
    )
    found = report(timed).model_copy(update={"took_s": 65.0})
    spans = spans_of(found, vantage="ci")
    (root,) = (each for each in spans if each.parent is None)
    probe = next(each for each in spans if each.name == "probe hold")
    second = [
        s for s in spans if s.parent and s.parent.span_id == probe.context.span_id
    ]

    assert len({each.context.trace_id for each in spans}) == 1
    assert root.attributes is not None
    assert root.attributes["streamtriage.vantage"] == "ci"
    assert root.start_time == int(found.taken_at.timestamp() * 1e9)
    assert root.end_time == (root.start_time or 0) + 65 * 10**9
    assert [(e.name, e.timestamp - (root.start_time or 0)) for e in probe.events] == [
        ("reset", 60 * 10**9)
    ]
    assert sorted((s.start_time or 0) - (root.start_time or 0) for s in second) == [
        0,
        750_000_000,
    ]


def read(line: str) -> tuple[Span, ...]:
    """Read one OTLP request as OpenTelemetry's own reader does."""
    request = ExportTraceServiceRequest.from_json(line)
    scopes = [scope for each in request.resource_spans for scope in each.scope_spans]
    return tuple(span for scope in scopes for span in scope.spans)


def attributes(span: Span) -> dict[str, Any]:
    """Return what a span says, as plain values."""
    found: dict[str, Any] = {}
    for each in span.attributes:
        value = each.value
        assert value is not None
        assert each.key
        if value.array_value is not None:
            found[each.key] = [v.string_value for v in value.array_value.values]
        elif value.int_value is not None:
            found[each.key] = int(value.int_value)
        else:
            found[each.key] = value.string_value
    return found


def root_of(spans: tuple[Span, ...]) -> Span:
    (root,) = (each for each in spans if not each.parent_span_id)
    return root


def test_every_report_of_a_run_is_a_line(tmp_path: Path) -> None:
    found = report(*refused_everywhere(refusal(404)).evidence)
    write_spans(tmp_path / "deep" / "spans.jsonl", [("ci", found), ("office", found)])
    lines = (tmp_path / "deep" / "spans.jsonl").read_text().splitlines()
    spans = read(lines[0])
    told = attributes(root_of(spans))
    (resource,) = json.loads(lines[0])["resourceSpans"]
    named = {each["key"]: each["value"] for each in resource["resource"]["attributes"]}

    assert len(lines) == 2
    assert told["streamtriage.causes"] == ["get-not-implemented-404"]
    assert told["streamtriage.vantage"] == "ci"
    status = root_of(spans).status
    assert status is not None
    assert status.code == Status.StatusCode.STATUS_CODE_ERROR
    statuses = {attributes(each).get("http.response.status_code") for each in spans}
    assert 404 in statuses
    assert named["service.name"] == {"stringValue": "streamtriage"}
    assert attributes(root_of(read(lines[1])))["streamtriage.vantage"] == "office"


def test_what_the_environment_samples_does_not_thin_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    write_spans(tmp_path / "s", [("", report())])

    assert root_of(read((tmp_path / "s").read_text())).name == "triage"


def test_one_triage_leaves_its_spans_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `streamtriage triage --spans`, beside its other outputs, without a secret."""
    monkeypatch.setenv("MY_TOKEN", "canary-4711-hunter2")
    file = tmp_path / "spans.jsonl"
    with serve("get-not-implemented-404") as lab:
        url = f"{lab.url}?api_key=canary-query-4711"
        words = ["triage", url, "--hold", "0", "--no-local", "--auth-env", "MY_TOKEN"]
        done = CliRunner().invoke(app, [*words, "--spans", str(file)])
    spans = read(file.read_text())

    assert done.exit_code == 1, done.output
    causes = attributes(root_of(spans))["streamtriage.causes"]
    assert causes == ["get-not-implemented-404"]
    assert len(spans) > 10
    assert "canary" not in file.read_text()


@dataclass
class Collector:
    """Takes OTLP over HTTP and answers as it is told."""

    status: int = 200
    body: bytes = b"{}"
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def collector() -> Iterator[Collector]:
    told = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            heads = {name.lower(): value for name, value in self.headers.items()}
            told.asked.append((self.path, heads, body))
            self.send_response(told.status)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        # Looks often whether it is to end; by default, each end takes half a second.
        thread = threading.Thread(
            target=server.serve_forever, args=(0.02,), daemon=True
        )
        thread.start()
        yield told
        server.shutdown()
        thread.join(10)


def test_a_collector_gets_a_request_a_report(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc,x=y")
    export_spans(collector.url, [("ci", report()), ("office", report())])
    export_spans(f"{collector.url}/tenant/v1/traces", [("ci", report())])
    path, heads, body = collector.asked[0]

    assert [each[0] for each in collector.asked] == [
        "/v1/traces",
        "/v1/traces",
        "/tenant/v1/traces",
    ]
    assert heads["content-type"] == "application/json"
    assert heads["authorization"] == "Bearer abc"
    assert heads["x"] == "y"
    assert path == "/v1/traces"
    assert attributes(root_of(read(body)))["streamtriage.vantage"] == "ci"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        pytest.param(401, b"", "401 Unauthorized", id="not let in"),
        pytest.param(307, b"", "307 Temporary Redirect", id="a redirect"),
        pytest.param(503, b"", "503 Service Unavailable", id="not now"),
        pytest.param(
            200,
            b'{"partialSuccess": {"rejectedSpans": "3"}}',
            "rejected 3 of the spans",
            id="some rejected",
        ),
        pytest.param(200, b"[]", "", id="taken, with an odd answer"),
        pytest.param(200, b"\xff" * 300_000, "", id="taken, with a long answer"),
        pytest.param(200, b'{"partialSuccess": null}', "", id="taken, and no more"),
    ],
)
def test_what_a_collector_answers_is_said(
    collector: Collector, status: int, body: bytes, said: str
) -> None:
    collector.status, collector.body = status, body
    expects = pytest.raises(SpansError, match=said) if said else nullcontext()

    with expects:
        send_spans(collector.url, [("ci", report())])
    assert [each[0] for each in collector.asked] == ["/v1/traces"]


@pytest.mark.parametrize("where", ["file", "collector"])
def test_a_triage_is_not_lost_with_its_spans(tmp_path: Path, where: str) -> None:
    """The verdict is printed, and what could not be exported is said beside it."""
    (tmp_path / "file").write_text("")
    names = {
        "file": str(tmp_path / "file" / "spans.jsonl"),
        "collector": f"http://name:hunter2hunter2@127.0.0.1:{free_port()}",
    }
    page = tmp_path / "file" / "page.html"
    with serve("get-not-implemented-404") as lab:
        words = ["triage", lab.url, "--hold", "0", "--no-local", "--html", str(page)]
        done = CliRunner().invoke(app, [*words, "--spans", names[where]])

    assert done.exit_code == 2
    assert "get-not-implemented-404" in done.stdout
    assert "page.html cannot be written" in done.stderr
    assert ("spans.jsonl cannot" in done.stderr) == (where == "file")
    assert ("127.0.0.1 could not be reached" in done.stderr) == (where == "collector")
    assert "hunter2" not in done.output
