"""A fleet's answer: causes before rows, the worst first, in every form alike."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from streamtriage.fleet.answer import (
    example_page,
    fleet_csv,
    fleet_html,
    fleet_markdown,
    grouped,
)
from streamtriage.fleet.row import Row
from streamtriage.fleet.run import FleetProgress
from streamtriage.fleet.summary import FleetLine, summary
from streamtriage.languages import speaking
from streamtriage.model import Status

if TYPE_CHECKING:
    from pathlib import Path

REPLICAS, CONFLICT, REFUSED = (
    *("multi-replica-no-affinity", "half-open-stream-409", "get-4xx-instead-of-405"),
)


def row(name: str, *causes: str, **more: Any) -> Row:
    told: dict[str, Any] = {
        "name": name,
        "url": f"http://{name}/mcp",
        "vantage": "here",
        "digest": "d",
        "outcome": "cause-present" if causes else "healthy",
        "causes": causes,
        "summary": "A sentence.",
        "owner": "server" if causes else None,
        "impact": "degraded",
        "taken_at": datetime(2026, 11, 28, tzinfo=UTC),
        "report": f"reports/{name}.json" if causes else "",
    }
    return Row(**(told | more))


ROWS = (
    *(row(f"a{n}", CONFLICT, owner="proxy") for n in range(3)),
    row("b", REFUSED, impact="cosmetic"),
    *(row(f"c{n}", REPLICAS, CONFLICT, impact="fatal") for n in range(2)),
    row("d", outcome="could-not-tell", suspected=("token-refresh-401-loop-v1",)),
    row("e", outcome="could-not-tell", why="worker died", summary="It died."),
    row("f"),
)


def test_the_worst_impact_is_first_then_what_is_sure_and_frequent() -> None:
    found = [(each.cause, each.sure, len(each.rows)) for each in grouped(ROWS)]

    assert found == [
        (REPLICAS, Status.PRESENT, 2),
        (CONFLICT, Status.PRESENT, 3),
        ("token-refresh-401-loop-v1", Status.SUSPECTED, 1),
        ("worker died", Status.UNKNOWN, 1),
        (REFUSED, Status.PRESENT, 1),
    ]


def test_a_row_counts_once_by_its_first_cause() -> None:
    assert sum(len(each.rows) for each in grouped(ROWS)) == 8


def test_the_end_names_causes_and_not_every_row(tmp_path: Path) -> None:
    many = [row(f"n{number:03}", CONFLICT, owner="proxy") for number in range(300)]
    lines = summary(tmp_path, many).splitlines()

    assert lines[0] == "300 rows: ✗ 300 a cause was found."
    assert lines[2] == f"✗  300 × {CONFLICT} · degraded · the proxy"
    assert lines[3] == "         e.g. n000 from here (reports/n000.json)"
    assert len(lines) < 8


def test_a_suspicion_is_called_one(tmp_path: Path) -> None:
    assert "suspected: token-refresh-401-loop-v1" in summary(tmp_path, ROWS)
    assert "worker died · degraded · not known" in summary(tmp_path, ROWS)
    assert "It died." in summary(tmp_path, ROWS)


def test_a_sheet_has_a_line_a_cause_and_no_formula() -> None:
    wild = row("=cmd()", CONFLICT)
    lines = list(csv.DictReader(io.StringIO(fleet_csv((*ROWS, wild)))))
    conflict = next(line for line in lines if line["cause"] == CONFLICT)

    assert len(lines) == len(grouped(ROWS))
    assert conflict["rows"] == "4"
    assert conflict["example"] == "'=cmd()"
    assert conflict["owner"] == "the proxy"
    told = {line["cause"]: (line["status"], line["owner"]) for line in lines}
    assert told["worker died"] == ("not known", "not known")
    assert told["token-refresh-401-loop-v1"] == ("suspected", "not known")
    assert told[CONFLICT] == ("present", "the proxy")


def test_the_page_leads_to_the_page_of_each_example(tmp_path: Path) -> None:
    page = fleet_html(tmp_path, ROWS, "out/fleet.html")

    assert example_page(ROWS[0], "out/fleet.html") == "fleet-rows/a0.html"
    assert re.findall(r'href="([^"]+)"', page)[:2] == [
        "fleet-rows/c0.html",
        "fleet-rows/a0.html",
    ]
    assert "The server still counts the old stream" in page
    assert page.index(REPLICAS) < page.index(CONFLICT) < page.index(REFUSED)


def test_a_cause_has_its_title_in_the_language_spoken(tmp_path: Path) -> None:
    with speaking("zh-CN"):
        told = fleet_markdown(tmp_path, ROWS)

    assert f"`{CONFLICT}` 服务器仍把旧的流计算在内" in told
    assert "The server still counts" not in told


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    wild = row("<script>alert(1)</script>", CONFLICT, url="http://h/<img>")

    assert "<script>alert" not in fleet_html(tmp_path, [wild], "f.html")
    assert "<script>" not in fleet_markdown(tmp_path, [wild])
    assert "<img" not in fleet_markdown(tmp_path, [wild])


def test_the_line_says_how_long_it_still_takes() -> None:
    said = io.StringIO()
    line = FleetLine(said)
    line.show(FleetProgress(done=50, total=100, asking=4))
    line.show(FleetProgress(done=75, total=100, asking=4))
    line.show(FleetProgress(done=100, total=100))
    first, second, last = said.getvalue().splitlines()

    assert first == "50 of 100 done"
    assert re.fullmatch(r"75 of 100 done, about \d+ (s|min) left", second)
    assert last == "100 of 100 done"
