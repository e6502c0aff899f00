"""Two sides in a notebook: reports, tickets, executed runbooks, or snapshots."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import papermill
import pytest

from streamtriage.apps.compare import Comparing, compare
from streamtriage.apps.compare.form import Form
from streamtriage.apps.compare.panes import compared, of_runs
from streamtriage.languages import speaking
from streamtriage.model import LocalEvidence, Machine, Report, Tool
from streamtriage.notebook.paths import runbook_path
from streamtriage.ticket.archive import archived
from streamtriage.transport.target import IntakeError
from streamtriage.workstation.snapshot import Snapshot
from ticket.executed import executed, report

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

BROKEN, OTHER = "gateway-blocks-get", "nginx-buffering"


def snapshot(system: str) -> Snapshot:
    machine = Machine.model_validate({"system": system, "localhost": ["127.0.0.1"]})
    return Snapshot(
        tool=Tool(version="0.1.0"),
        taken_at=datetime(2026, 11, 23, tzinfo=UTC),
        label=f"a {system} machine",
        local=LocalEvidence(machine=machine),
    )


def sound() -> Report:
    """Return the report of a run of the same server that found nothing."""
    kept = report(BROKEN)
    verdict = kept.verdict.model_copy(
        update={"outcome": "healthy", "causes": (), "lead": None}
    )
    away = {"url": "http://127.0.0.1:9/mcp"}
    target = kept.target.model_copy(update=away)
    return kept.model_copy(
        update={"verdict": verdict, "evidence": kept.evidence[1:], "target": target}
    )


def written(folder: Path, name: str, data: bytes | str) -> str:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(path)


def as_json(kept: Report | Snapshot) -> str:
    return kept.model_dump_json()


def test_in_chinese_the_line_above_a_pane_has_no_english_piece() -> None:
    nameless = snapshot("linux").model_copy(update={"label": ""})
    with speaking("zh-CN"):
        runs = of_runs(compared(report(BROKEN), sound(), ""))
        machines = of_runs(compared(nameless, snapshot("macos"), ""))

    pieces = ("Run of", "Snapshot of", "beside", "against", "without a name")
    assert not [piece for piece in pieces if piece in runs + machines]
    assert runs.count("运行于") == 2
    assert machines.count("UTC 的快照") == 2
    assert "机器未命名" in machines


async def panes(comparing: Comparing) -> dict[str, str]:
    shown = {
        "sides": await comparing.sides(),
        "differences": await comparing.differences(),
        "change": await comparing.change(),
        "again": await comparing.again(),
    }
    return {name: pane.text for name, pane in shown.items()}


async def test_a_notebook_and_a_ticket_can_be_compared(tmp_path: Path) -> None:
    text = await panes(
        compare(
            broken=written(tmp_path, "a.ipynb", json.dumps(executed(report(BROKEN)))),
            working=written(
                tmp_path,
                "b.zip",
                archived({"report.json": as_json(report(OTHER)).encode()}),
            ),
            same_service=True,
            ask=False,
        )
    )

    assert f"| Causes | {BROKEN} | {OTHER} |" in text["sides"]
    assert "does not work: nginx-buffering" in text["sides"]
    assert "| 1 | Cause gateway-blocks-get | present | absent |" in text["differences"]
    assert "Nothing yet." in text["change"]
    assert "streamtriage triage http://127.0.0.1" in text["again"]


async def test_two_addresses_lead_to_no_advice_before_they_are_one_service(
    tmp_path: Path,
) -> None:
    """Ticked in the form, they do."""
    comparing = compare(ask=True)
    form = comparing.form()
    assert isinstance(form, Form)
    sides, change = await comparing.sides(), await comparing.change()
    form.paths["broken"].value = written(tmp_path, "a.json", as_json(report(BROKEN)))
    form.paths["working"].value = written(tmp_path, "b.json", as_json(sound()))
    form.run.click()
    before = sides.text, change.text
    form.same_service.value = True
    form.run.click()

    assert "These are two servers" in before[0]
    assert "**Two addresses of one service**" in before[0]
    assert "Nothing yet." in before[1]
    assert "The two can be compared." in sides.text
    assert "Change this, and nothing else" in change.text


async def test_two_snapshots_can_be_compared(tmp_path: Path) -> None:
    text = await panes(
        compare(
            broken=written(tmp_path, "a.json", as_json(snapshot("linux"))),
            working=written(tmp_path, "b.json", as_json(snapshot("macos"))),
            error="Failed to open SSE stream: Conflict",
            ask=False,
        )
    )

    assert "| Machine | a linux machine | a macos machine |" in text["sides"]
    assert "linux" in text["differences"]
    assert "streamtriage snapshot" in text["again"]


async def test_equal_sides_do_not_differ(tmp_path: Path) -> None:
    name = written(tmp_path, "a.json", as_json(report()))
    text = await panes(compare(broken=name, working=name, ask=False))

    assert "one and the same report" in text["differences"]
    assert "Nothing yet." in text["change"]


@pytest.mark.parametrize(
    ("broken", "working", "says"),
    [
        pytest.param("a.json", "", "give both files", id="only one"),
        pytest.param("none.json", "a.json", "broken: .* cannot be read", id="missing"),
        pytest.param("a.json", "x.txt", "working: it holds no report", id="no ticket"),
        pytest.param("a.json", "s.json", "two of one kind", id="two kinds"),
        pytest.param("a.json", "bad.json", "working: a snapshot that", id="a bad one"),
        pytest.param("a.json", "r.json", "is of a rehearsal", id="a rehearsal"),
    ],
)
async def test_what_cannot_be_compared_is_said_at_once(
    tmp_path: Path, broken: str, working: str, says: str
) -> None:
    written(tmp_path, "a.json", as_json(report()))
    written(tmp_path, "s.json", as_json(snapshot("linux")))
    written(tmp_path, "bad.json", '{"snapshot_version": "1.0"}')
    written(tmp_path, "x.txt", "hello")
    rehearsed = report().model_copy(update={"rehearsal": True})
    written(tmp_path, "r.json", as_json(rehearsed))
    given = {
        "broken": str(tmp_path / broken),
        "working": str(tmp_path / working) if working else "",
    }

    with pytest.raises(IntakeError, match=says):
        compare(**given, ask=False)


def uploaded(form: Form, side: str, name: str, data: bytes) -> None:
    kept = {
        "name": name,
        "type": "",
        "size": len(data),
        "content": memoryview(data),
        "last_modified": datetime(2026, 11, 23, tzinfo=UTC),
    }
    form.uploads[side].value = (kept,)


async def test_an_upload_is_read_and_not_kept(tmp_path: Path) -> None:
    """One side by path, the other from the browser; names are shown in a table."""
    comparing = compare(ask=True)
    form = comparing.form()
    assert isinstance(form, Form)
    change = await comparing.change()
    form.paths["working"].value = written(tmp_path, "b.json", as_json(sound()))
    form.same_service.value = True
    uploaded(form, "broken", "a.json", as_json(report(BROKEN)).encode())
    before = change.text
    form.run.click()

    assert "Press **Compare**" in before
    assert "Change this" in change.text
    assert form.uploads["broken"].value == ()
    assert form.names()["broken"] == "a.json"


async def test_bad_files_are_said_under_the_form() -> None:
    comparing = compare(ask=True)
    form = comparing.form()
    assert isinstance(form, Form)
    uploaded(form, "broken", "a.json", b"hello")
    form.run.click()
    status = comparing._panes["status"].text  # noqa: SLF001 - shown under the form

    assert "holds no report" in status


def test_papermill_compares_what_it_is_told(tmp_path: Path) -> None:
    done = papermill.execute_notebook(
        str(runbook_path("compare")),
        str(tmp_path / "out.ipynb"),
        parameters={
            "broken": written(tmp_path, "a.json", as_json(report(BROKEN))),
            "working": written(tmp_path, "b.json", as_json(sound())),
            "same_service": True,
        },
        progress_bar=False,
        execution_timeout=60,
    )

    assert "Change this, and nothing else" in str(done.cells)


async def test_each_pane_names_both_runs_and_none_outlives_them(tmp_path: Path) -> None:
    """A refused file takes the old answer away: it is not about that file."""
    one, other = report(BROKEN), sound()
    comparing = compare(ask=True)
    form = comparing.form()
    assert isinstance(form, Form)
    form.paths["broken"].value = written(tmp_path, "a.json", as_json(one))
    form.paths["working"].value = written(tmp_path, "b.json", as_json(other))
    form.run.click()
    text = await panes(comparing)
    form.paths["working"].value = written(tmp_path, "c.json", "hello")
    form.run.click()
    afterwards = await panes(comparing)

    for name, shown in text.items():
        for each in (one, other):
            when = f"{each.taken_at:%Y-%m-%d %H:%M:%S} UTC"
            assert f"Run of {when} against" in shown, name
            assert each.target.url in shown, name
    assert {each for each in afterwards.values() if one.target.url in each} == set()
    assert all("Press **Compare**" in each for each in afterwards.values())


async def test_with_no_file_the_form_rehearses() -> None:
    comparing = compare(ask=True)
    form = comparing.form()
    assert isinstance(form, Form)
    form.run.click()
    async with asyncio.timeout(40):
        while comparing.found is None:  # noqa: ASYNC110 - a person looks so
            await asyncio.sleep(0.2)

    assert "Cause gateway-blocks-get" in (await comparing.differences()).text
