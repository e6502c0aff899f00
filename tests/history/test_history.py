"""Weeks of logs as numbers: real logs, made-up weeks, huge and hostile ones."""

from __future__ import annotations

import json
import re
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamtriage.__main__ import app
from streamtriage.history import (
    History,
    ages_markdown,
    ages_picture,
    drops_picture,
    headline,
    history,
    looked_markdown,
    overview_markdown,
    refusals_markdown,
    render_text,
    versions_markdown,
)
from streamtriage.lab.client_logs import write_weeks
from streamtriage.workstation.filesystem import Surroundings

DATA = Path(__file__).parents[1] / "data" / "client-logs"
CANARY = "canary4711history"
AGAIN = (
    "Failed to reconnect SSE stream: Streamable HTTP error: Failed to open SSE stream: "
)


def around() -> Surroundings:
    return Surroundings(Path("/home/dev"), {}, Path("/home/dev/project"))


def read(folder: Path, server: str = "") -> History:
    return history(folder, around(), server=server)


def words(told: History) -> str:
    parts = (overview_markdown, ages_markdown, refusals_markdown, versions_markdown)
    pictures = [
        picture
        for server in told.servers
        for picture in (drops_picture(server), ages_picture(server))
        if picture
    ]
    drawn = [each.svg + each.alt for each in pictures]
    texts = (headline, looked_markdown, render_text, *parts)
    return "\n".join([*(part(told) for part in texts), *drawn])


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weeks(tmp_path_factory.mktemp("weeks"))


def test_weeks_tell_which_server_at_which_age_since_when(weeks: Path) -> None:
    """The made-up proxy came on 2026-11-02 with an idle limit of 60 s."""
    told = read(weeks)
    notes, search = told.servers
    (cluster,) = notes.log.clusters

    assert [notes.log.server, search.log.server] == ["notes", "search"]
    assert 60 <= cluster.middle_s <= 61
    assert "nginx" in cluster.suspects
    assert notes.cluster_since[0] is not None
    assert notes.cluster_since[0].date().isoformat() == "2026-11-02"
    assert search.log.clusters == ()
    assert sum(notes.drops_per_hour.values()) == notes.drops == len(notes.uptimes_s)
    assert [each.version for each in notes.changes] == ["2.1.197", "2.1.330"]
    assert notes.changes[1].at == datetime(2026, 11, 6, 8, tzinfo=UTC)
    assert notes.log.exhausted * 2 == notes.log.refused["Conflict"]
    assert "2026-11-02" in headline(told)


def test_the_pictures_and_tables_show_it(weeks: Path) -> None:
    told = read(weeks)
    shown = words(told)
    drops, ages = drops_picture(told.servers[0]), ages_picture(told.servers[0])

    assert "opening again refused: Conflict" in shown
    assert drops is not None
    assert "version 2.1.330" in drops.svg
    assert ages is not None
    assert "60 s" in ages.alt


def test_real_logs_are_read_from_a_folder() -> None:
    """Nine runs of a real client; each folder's two logs are one server's."""
    told = read(DATA)
    reasons = {reason for s in told.servers for reason in s.log.refused}

    assert {"Conflict", "Not Found", "Bad Gateway"} <= reasons
    assert sum(s.log.exhausted for s in told.servers) >= 6
    assert "Claude Code" in overview_markdown(told)


def test_one_server_can_be_picked(weeks: Path) -> None:
    assert [s.log.server for s in read(weeks, "SEARCH.example").servers] == ["search"]
    assert read(weeks, "no such").servers == ()


def test_nothing_there_is_said_and_is_no_pass(tmp_path: Path) -> None:
    told = read(tmp_path)

    assert told.servers == ()
    assert not told.told
    assert headline(told).startswith("Nothing was read")
    assert "No stream" not in words(told)


def test_hostile_and_secret_text_is_neither_run_nor_shown(tmp_path: Path) -> None:
    """Names, reasons and URLs come from files that anybody may have written."""
    place = tmp_path / "mcp-logs-<script>alert(1)<"
    place.mkdir()
    reason = f"<img src=x onerror=alert(1)> | `x` Bearer {CANARY}token token={CANARY}"
    lines = [
        f"Initializing HTTP transport to https://u:{CANARY}@host/mcp?key={CANARY}",
        "Successfully connected (transport: http) in 34ms",
        "HTTP connection dropped after 61s uptime",
        f"Connection error: {AGAIN}{reason}",
    ]
    stamp = "2026-11-02T08:00:0{}.000Z"
    text = "".join(
        json.dumps({"debug": line, "timestamp": stamp.format(number)}) + "\n"
        for number, line in enumerate(lines)
    )
    (place / "a.jsonl").write_text(text + '{"debug":"\x00\n' + "\xff" * 99)
    told = read(tmp_path)
    shown = words(told)

    assert len(told.servers) == 1
    # A terminal shows text as it is, and so does Markdown what stands in code.
    bare = re.sub(r"`.+?`", "", shown.replace(render_text(told), ""))
    assert CANARY not in shown + told.model_dump_json()
    assert "<script" not in bare
    assert "<img" not in bare


def test_memory_does_not_grow_with_the_logs(tmp_path: Path) -> None:
    """Four times the log takes no more memory than one."""
    line = json.dumps({"debug": "x" * 900, "timestamp": "2026-11-02T08:00:00.000Z"})
    peaks = []
    for number, megabytes in enumerate((4, 16)):
        folder = tmp_path / str(number) / "mcp-logs-big"
        folder.mkdir(parents=True)
        with (folder / "a.jsonl").open("w") as file:
            for _ in range(megabytes):
                file.write(f"{line}\n" * 1100)
        tracemalloc.start()
        read(folder)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] * 1.5


def test_links_are_not_followed(tmp_path: Path, weeks: Path) -> None:
    (tmp_path / "link.jsonl").symlink_to(next(weeks.rglob("*.jsonl")))
    (tmp_path / "folder").symlink_to(weeks)

    assert read(tmp_path).servers == ()


def test_the_command_reads_a_folder(tmp_path: Path, weeks: Path) -> None:
    saved = tmp_path / "out" / "history.json"
    run = CliRunner().invoke
    done = run(app, ["history", "--logs", str(weeks), "--json", str(saved)])
    empty = run(app, ["history", "--logs", str(tmp_path)])
    wrong = run(app, ["history", "--logs", str(tmp_path / "no")])

    assert done.exit_code == 0, done.output
    assert "notes (Claude Code)" in done.output
    assert len(History.model_validate_json(saved.read_text()).servers) == 2
    assert (empty.exit_code, wrong.exit_code) == (3, 2)
    assert "no folder" in wrong.output
