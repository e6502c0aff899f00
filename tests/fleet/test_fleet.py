"""A mixed fleet on one worker process: every verdict right, each in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pyarrow import parquet

from fleet.samples import QUICK, expected, finished, servers, written
from streamtriage.fleet.journal import TABLE, read_report, read_rows
from streamtriage.fleet.runs import courses, past_run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real(part="cluster")


def test_every_verdict_of_a_mixed_fleet_is_right(tmp_path: Path) -> None:
    """16 targets on 12 lab servers, by the command, with its metrics."""
    out, metrics = tmp_path / "out", tmp_path / "m" / "fleet.prom"
    spans = tmp_path / "spans.jsonl"
    with servers(QUICK) as running:
        targets = written(tmp_path / "targets.json", running, 16)
        words = (str(targets), "--hold", "0", "--out", str(out))
        done = finished(*words, "--prometheus", str(metrics), "--spans", str(spans))
    rows = read_rows(out)

    assert done.returncode == 1, done.stderr
    names = [f"{QUICK[number % 12]}-{number}" for number in range(16)]
    assert {row.name: row.causes for row in rows} == {n: expected(n) for n in names}
    assert {row.name for row in rows if row.outcome == "healthy"} == {
        name for name in names if not expected(name)
    }
    assert all(read_report(out, row) for row in rows)
    assert len({row.report for row in rows}) == 16
    assert len(parquet.read_table(out / TABLE)) == 16
    assert [run.changes for run in courses([past_run(out)])] == [0] * 16
    assert spans.read_text().count('"name":"triage"') == 16
    told = list(text_string_to_metric_families(metrics.read_text()))
    outcome = next(each for each in told if each.name == "streamtriage_outcome")
    said = {
        (s.labels["target"], s.labels["outcome"]) for s in outcome.samples if s.value
    }
    assert said == {(row.name, row.outcome) for row in rows}
