"""What vantage points show together is judged once, whoever wants to show it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from prometheus_client import generate_latest

from fleet.reports import view
from fleet.test_across import REFUSED
from streamtriage.fleet.answer import fleet_html, fleet_markdown
from streamtriage.fleet.journal import Store
from streamtriage.fleet.pipeline import compared
from streamtriage.fleet.prometheus import metrics
from streamtriage.fleet.summary import summary
from streamtriage.languages import speaking

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.fleet.row import Row


def run_of(folder: Path) -> tuple[Row, ...]:
    """Keep the rows and reports of one server that cannot be reached from one place."""
    with Store(folder) as store:
        for each in (view("ci"), view("office", REFUSED)):
            store.keep(each.row, each.report)
        return tuple(store.rows.values())


def leading(folder: Path, rows: tuple[Row, ...]) -> list[str]:
    found = compared(folder, rows)
    return [finding.cause for each in found for finding in each.leading]


def test_the_reports_are_read_once_for_all_who_show_it(tmp_path: Path) -> None:
    rows = run_of(tmp_path)
    first = leading(tmp_path, rows)
    # Whoever read them again would find nothing.
    shutil.rmtree(tmp_path / "reports")

    assert first == ["vantage-network"]
    assert leading(tmp_path, rows) == first
    for text in (
        summary(tmp_path, rows),
        fleet_html(tmp_path, rows, "f.html"),
        fleet_markdown(tmp_path, rows),
    ):
        assert "What differs between vantage points" in text
    told = generate_latest(metrics(tmp_path, rows)).decode()
    assert 'streamtriage_vantages_differ{cause="vantage-network"' in told


def test_another_run_and_another_folder_are_judged_anew(tmp_path: Path) -> None:
    rows = run_of(tmp_path / "one")
    first = leading(tmp_path / "one", rows)
    again = tuple(row.model_copy(update={"report": ""}) for row in rows)

    assert leading(tmp_path / "two", rows) != first
    assert leading(tmp_path / "one", again) != first


def test_it_is_said_in_the_language_spoken(tmp_path: Path) -> None:
    rows = run_of(tmp_path)
    said = []
    for language in ("en", "zh-CN", "en"):
        with speaking(language):
            (one,) = compared(tmp_path, rows)
        said.append(one.leading[0].because)

    assert said[0] == said[2]
    assert said[0] != said[1]
