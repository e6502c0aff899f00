"""What a run leaves for other tools: spans that say when each thing was seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from typer.testing import CliRunner

from causes.samples import hold, refusal, refused_everywhere, stream
from fleet.reports import report
from streamtriage.__main__ import app
from streamtriage.lab import serve
from streamtriage.model import End, Event, HoldEvidence
from streamtriage.report.spans import send_spans, write_spans

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_triage_is_one_trace_with_its_times() -> None:
    watched = hold(stream(60.0, End.RESET), stream(60.0, End.RESET))
    timed = HoldEvidence(
        asked_s=90.0,
        watches=watched.watches,
        timeline=(Event(at_s=60.0, kind="reset", size=3, detail="RST"),),
    )
    found = report(timed).model_copy(update={"took_s": 65.0})
    exporter = InMemorySpanExporter()
    send_spans(exporter, found, vantage="ci")
    spans = exporter.get_finished_spans()
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


def test_every_report_of_a_run_is_written_as_lines(tmp_path: Path) -> None:
    found = report(*refused_everywhere(refusal(404)).evidence)
    write_spans(tmp_path / "deep" / "spans.jsonl", [("ci", found)])
    lines = (tmp_path / "deep" / "spans.jsonl").read_text().splitlines()
    spans = [json.loads(line) for line in lines]
    root = next(each for each in spans if each["parent_id"] is None)

    assert root["attributes"]["streamtriage.causes"] == ["get-not-implemented-404"]
    assert root["status"]["status_code"] == "ERROR"
    refused = [s for s in spans if s["attributes"].get("http.response.status_code")]
    assert any(s["attributes"]["http.response.status_code"] == 404 for s in refused)


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
    spans = [json.loads(line) for line in file.read_text().splitlines()]
    (root,) = (each for each in spans if each["parent_id"] is None)

    assert done.exit_code == 1, done.output
    assert root["attributes"]["streamtriage.causes"] == ["get-not-implemented-404"]
    assert len(spans) > 10
    assert "canary" not in file.read_text()
