"""What a history says is true: ages, copies, networks, versions, and nothing read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streamtriage.history import History, ages_markdown, headline, history, render_text
from streamtriage.workstation.filesystem import Surroundings

REAL = Path(__file__).parents[1] / "data" / "client-logs"
URL = "Initializing HTTP transport to https://{host}/mcp"
CONNECTED = "Successfully connected (transport: http) in 5ms"
TOKEN = "No token data found"
RESET = "Connection reset - server may have crashed or restarted"
GONE = "Connection error: SSE stream disconnected: TypeError: terminated"


def read(folder: Path, server: str = "") -> History:
    around = Surroundings(Path("/home/dev"), {}, Path("/home/dev/project"))
    return history(folder, around, server=server)


def stamp(at: float) -> str:
    moment = datetime(2026, 11, 20, 8, tzinfo=UTC) + timedelta(seconds=at)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write(path: Path, lines: list[tuple[float, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    records = ({"debug": text, "timestamp": stamp(at)} for at, text in lines)
    path.write_text("".join(f"{json.dumps(each)}\n" for each in records))


def resets(began: float = 0.0, host: str = "notes.example") -> list[tuple[float, str]]:
    """Return what Claude Code 2.1.332 logs of three streams that live 1.0 s each."""
    lines = [(began, URL.format(host=host)), (began, CONNECTED), (began, TOKEN)]
    at = began
    for count in (1, 2, 3):
        at += 1.0
        lines += [
            (at, f"HTTP connection dropped after {at - began:.0f}s uptime"),
            (at, RESET),
            (at, f"Terminal connection error {count}/3"),
        ]
        at += 1.25
        lines += [(at, TOKEN)]
    return [*lines[:-1], (at - 1.25, "Closing transport (max consecutive terminal)")]


def test_ages_count_from_the_stream_and_not_from_the_connection(tmp_path: Path) -> None:
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", resets())

    (server,) = read(tmp_path).servers

    assert server.uptimes_s == (1.0, 1.0, 1.0)
    assert server.log.closing == {"Closing transport (max consecutive terminal)": 1}


def test_streams_that_end_young_are_an_age_and_no_network(tmp_path: Path) -> None:
    for number in range(40):
        lines = resets(began=number * 100.0)
        write(tmp_path / "mcp-logs-notes" / f"{number}.jsonl", lines)

    told = read(tmp_path)
    said = ages_markdown(told)

    assert told.servers[0].drops == 120
    assert "120 of 120 ended 1.0 s after opening" in said
    assert "instant-close-flap" in said
    assert "not from a timer" not in said


@pytest.mark.parametrize("ends", [0, 1, 2])
def test_too_few_ends_tell_of_no_limit(tmp_path: Path, ends: int) -> None:
    lines = [(0.0, URL.format(host="h")), (0.0, CONNECTED)]
    lines += [(60.0 * (n + 1), GONE) for n in range(ends)]
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", lines)

    said = ages_markdown(read(tmp_path))

    assert ("too little" in said) == (ends > 0)
    assert ("no end of an open stream" in said) == (ends == 0)
    assert "timer" not in said


def test_two_logs_of_one_run_are_one_server() -> None:
    """Claude Code writes its debug log beside the server's own."""
    told = read(REAL / "incomplete")

    (server,) = told.servers
    assert server.log.server == "notes"
    assert (server.drops, server.log.shared_drops, server.log.copies) == (3, 0, 1)
    assert server.uptimes_s == pytest.approx((2.1, 2.0, 2.0), abs=0.11)
    assert told.files_read == 2
    # Nine runs, of which one never opened a stream and one was healthy.
    assert [s.drops for s in read(REAL).servers] == [9]
    assert [s.never_opened for s in read(REAL).servers] == [1]


def test_a_stream_that_never_opened_is_no_drop() -> None:
    told = read(REAL / "no_get_404")

    (server,) = told.servers
    assert (server.drops, server.never_opened) == (0, 1)
    assert "to drop in 2 log files; 1 first opening was refused" in headline(told)


CURSOR = "{at} [info] [V2 FSM] notes conn={state}\n"


def test_two_clients_of_one_server_are_no_network(tmp_path: Path) -> None:
    """What hits all clients of a server is the server, or what stands before it."""
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", resets())
    lines = resets(began=0.07)
    other = tmp_path / "cursor" / "mcp-server-user-notes.log"
    other.parent.mkdir()
    other.write_text(
        "".join(
            f"{stamp(at)} [error] Client error for command {GONE.partition(': ')[2]}\n"
            if text == RESET
            else f"{stamp(at)} [info] {text}\n"
            for at, text in lines
            if text == RESET or text.startswith("Initializing")
        )
    )

    told = {server.log.client: server.log for server in read(tmp_path).servers}

    assert set(told) == {"Claude Code", "Cursor"}
    assert [log.shared_drops for log in told.values()] == [0, 0]
    assert all(log.same_server_drops for log in told.values())
    assert "this server or its proxy" in render_text(read(tmp_path))


def test_two_hosts_at_once_are_the_network(tmp_path: Path) -> None:
    for host in ("one.example", "two.example"):
        write(tmp_path / f"mcp-logs-{host[:3]}" / "a.jsonl", resets(host=host))

    assert all(server.log.shared_drops == 3 for server in read(tmp_path).servers)


DAY = 86400.0


def version(at: float, number: str, failures: int) -> list[tuple[float, str]]:
    lines = [
        (at, URL.format(host="h")),
        (at, f'HTTP transport options: {{"U":"claude-code/{number}"}}'),
        (at, CONNECTED),
    ]
    return [*lines, *((at + 70.0 * (n + 1), GONE) for n in range(failures))]


@pytest.mark.parametrize(("before", "worse"), [(4, False), (0, True)])
def test_a_version_is_compared_with_the_week_before_it(
    tmp_path: Path, before: int, worse: object
) -> None:
    """Sound weeks long ago say nothing: a proxy may have come between."""
    lines = []
    for day in range(10):
        lines += version(day * DAY, "2.1.197", 0)
    for day in range(24, 28):
        lines += version(day * DAY, "2.1.197", before)
    for day in range(28, 32):
        lines += version(day * DAY, "2.1.330", 3)
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", lines)

    (server,) = read(tmp_path).servers
    (step,) = server.log.steps

    assert (step.before.connects, step.after.connects) == (4, 4)
    assert step.worse is worse
    assert server.log.failing_since_version == ("2.1.330" if worse else "")
    assert ("is no worse than" in render_text(read(tmp_path))) is not worse


def test_a_name_that_nobody_has_is_said(tmp_path: Path) -> None:
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", resets())

    told = read(tmp_path, "nonsense")

    assert told.servers == ()
    assert "No server is called `nonsense`" in headline(told)
    assert "`notes`" in headline(told)


def test_files_that_could_not_be_read_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", resets())
    for number in range(3):
        (tmp_path / "mcp-logs-notes" / f"{number}.jsonl").mkdir()
    (tmp_path / "mcp-logs-notes" / "pipe.log").unlink(missing_ok=True)

    told = read(tmp_path)

    assert (told.files_read, told.files_unread) == (1, 0)


def test_more_than_four_hundred_files_are_all_read(tmp_path: Path) -> None:
    for number in range(430):
        lines = resets(began=number * 50.0)
        write(tmp_path / "mcp-logs-notes" / f"{number}.jsonl", lines)

    told = read(tmp_path)

    assert told.files_read == 430
    assert told.servers[0].drops == 3 * 430


def test_a_stream_of_cursor_lives_from_its_connecting(tmp_path: Path) -> None:
    path = tmp_path / "anysphere.cursor-mcp" / "MCP user-notes.log"
    path.parent.mkdir()
    again = "Failed to reconnect SSE stream: Streamable HTTP error: Failed to open SSE"
    path.write_text(
        CURSOR.format(at=stamp(0), state="connecting")
        + f"{stamp(306.0)} [error] Client error: {again} stream: Bad Request\n"
    )

    (server,) = read(tmp_path).servers

    assert (server.log.client, server.log.server) == ("Cursor", "notes")
    assert server.uptimes_s == (305.0,)


def test_a_fall_back_that_works_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "window1" / "mcpServer.mcp.config.usrlocal.notes.log"
    path.parent.mkdir()
    lines = (
        (0.0, "Connection state: Starting"),
        (0.1, "404 status sending message to https://h/mcp, will attempt to fall back"),
        (0.5, "Connection state: Running"),
        (1.0, "Discovered 20 tools"),
        (35.8, "Connection state: Error Error reading SSE stream: TypeError: over"),
    )
    path.write_text("".join(f"{stamp(at)} [info] {text}\n" for at, text in lines))

    (server,) = read(tmp_path).servers

    assert server.log.client == "VS Code"
    assert server.log.connect_failures == 0
    assert server.uptimes_s == (35.3,)
    assert "35.3 s" in render_text(read(tmp_path))
