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


# --- lines of any length --------------------------------------------------------------

REOPENED = (
    "Connection error: Failed to reconnect SSE stream: Streamable HTTP error: Failed "
    "to open SSE stream: Conflict"
)
STARTING = "Starting connection with timeout of 30000ms"
CALM = [(0.0, URL.format(host="notes.example")), (0.0, STARTING), (0.0, CONNECTED)]


@pytest.mark.parametrize("size", [300_000, 6_000_000])
def test_a_text_deep_in_a_long_line_is_said_to_be_unread(
    tmp_path: Path, size: int
) -> None:
    half = "x" * (size // 2)
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", [*CALM, (1.0, half + GONE + half)])

    found = read(tmp_path)

    assert found.long_lines == 1
    assert not found.told
    assert "1 line of more than 64 kB" in render_text(found)
    assert "1 line of more than 64 kB" in headline(found)


def test_a_long_line_that_begins_with_its_text_is_read(tmp_path: Path) -> None:
    page = f"{REOPENED} <html>{'x' * 6_000_000}"
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", [*CALM, (60.0, page)])

    found = read(tmp_path)

    (server,) = found.servers
    assert found.long_lines == 0
    assert server.log.refused == {"Conflict": 1}
    assert server.log.last_at == stamp(60.0)


def test_a_payload_of_any_length_hides_nothing_and_is_nothing_unread(
    tmp_path: Path,
) -> None:
    lines = [*CALM, (1.0, "x" * 6_000_000), *resets()[2:], (9.0, "y" * 3_000_000)]
    write(tmp_path / "mcp-logs-notes" / "a.jsonl", lines)

    found = read(tmp_path)

    (server,) = found.servers
    assert found.long_lines == 0
    assert server.drops == 3


def test_a_log_without_line_ends_is_not_called_quiet(tmp_path: Path) -> None:
    path = tmp_path / "mcp-logs-notes" / "a.jsonl"
    write(path, [*CALM, *(each for n in range(4000) for each in resets(10.0 * n))])
    path.write_text(path.read_text().replace("\n", " "))

    found = read(tmp_path)

    assert found.long_lines == 1
    assert "1 line of more than 64 kB" in render_text(found)


def test_a_large_log_of_another_client_is_searched_for_its_own_words(
    tmp_path: Path,
) -> None:
    at = "2026-11-20T08:00:00.000000Z"
    text = "fail to get common stream: Client error: HTTP status server error (503 X)"
    said, calm = ({"timestamp": at, "message": m} for m in (text, "thinking"))
    lines = [json.dumps(said), *[json.dumps(calm)] * 60_000]
    (tmp_path / "agent.jsonl").write_text("\n".join(lines))

    found = read(tmp_path)

    assert found.files_read == 1
    assert [each.log.error for each in found.servers] == [text]


# --- two programs in one file ---------------------------------------------------------

RMCP = "ERROR rmcp::transport::streamable_http_client: fail to get common stream:"


def codex(at: float, status: int) -> str:
    refused = f"unexpected server response: GET returned HTTP {status}"
    return f"{stamp(at)} {RMCP} {refused}\n"


@pytest.mark.parametrize("together", [False, True])
def test_two_programs_in_one_file_are_kept_apart(
    tmp_path: Path, *, together: bool
) -> None:
    write(tmp_path / "all.log", resets())
    path = tmp_path / "all.log"
    lines = path.read_text().splitlines(keepends=True)
    # Of another process, whose clock is behind: nothing of it may be lost.
    others = [codex(90.0, 502), codex(150.0, 503), codex(30.0, 502)]
    for place, other in enumerate(others):
        lines.insert(3 * (place + 1) if together else len(lines), other)
    path.write_text("".join(lines))

    told = {server.log.client: server.log for server in read(tmp_path).servers}

    assert set(told) == {"Claude Code", "Codex"}
    assert told["Claude Code"].refused_first == {}
    assert sum(told["Claude Code"].closing.values()) == 1
    assert told["Codex"].refused_first == {"HTTP 502": 2, "HTTP 503": 1}


def test_lines_of_a_library_belong_to_the_program_built_on_it(tmp_path: Path) -> None:
    reset = "[WARNING] [rust:rmcp::transport::common] sse stream error: body error: x"
    plain = "WARN rmcp::transport::common: sse stream error: body error: x"
    both = f"{stamp(1.0)} {reset}\n{stamp(20.0)} {plain}\n"
    (tmp_path / "process-1.log").write_text(both)

    (server,) = read(tmp_path).servers

    assert server.log.client == "Copilot CLI"


def test_a_log_of_rust_in_json_is_read(tmp_path: Path) -> None:
    text = "fail to get common stream: Client error: HTTP status server error (503 X)"
    lines = (
        ("rmcp::transport::streamable_http_client", text),
        ("goose::agents::extension_manager", "nothing new"),
        ("rmcp::transport::common", "sse stream error: body error: x"),
    )
    records = (
        {"timestamp": stamp(at), "fields": {"message": said}, "target": target}
        for at, (target, said) in enumerate(lines)
    )
    path = tmp_path / "20261120.log"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in records))

    (server,) = read(tmp_path).servers

    assert server.log.client == "goose"
    assert server.log.refused_first == {"HTTP 503": 1}
    assert server.log.cuts == 1


def test_a_sign_in_that_failed_is_no_answer_of_the_stream() -> None:
    """Its number is of another request; the GET itself was answered 401."""
    text = render_text(read(REAL / "expired_token"))

    assert "again refused: HTTP 401, then a sign-in that failed (HTTP 404" in text
