"""Every log that a real client wrote, and every line that one was seen to print."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from streamtriage.error_text.parse import parse
from streamtriage.model import LocalEvidence
from streamtriage.workstation.candidates import prefill
from streamtriage.workstation.filesystem import Surroundings
from streamtriage.workstation.logs.files import Budget, read_log
from streamtriage.workstation.logs.summary import read_logs

from .homes import LOGS, URL, Home, claude_log

if TYPE_CHECKING:
    from streamtriage.model import ServerLog

DATA = Path(__file__).parent.parent / "data"
OAUTH = (
    "HTTP 404: Invalid OAuth error response: SyntaxError: JSON Parse error: "
    'Unexpected identifier "Not". Raw body: Not Found'
)
NO_CONNECT = "Unable to connect. Is the computer able to access the url?"

# connects, cuts, polite ends, refused, refused at first, given up, lives in seconds
FOLDERS: dict[str, tuple[int, int, int, dict[str, int], dict[str, int], int, Any]] = {
    "healthy": (1, 0, 0, {}, {}, 0, []),
    "no_get_404": (1, 0, 0, {}, {"Not Found": 1}, 0, []),
    "session_lost_404": (1, 0, 1, {"Not Found": 2}, {}, 1, [2]),
    "conflict_409": (1, 0, 1, {"Conflict": 2}, {}, 1, [2]),
    "gateway_502": (1, 0, 1, {"Bad Gateway": 2}, {}, 1, [2]),
    "rate_429": (1, 0, 1, {"Too Many Requests": 2}, {}, 1, [2]),
    "expired_token": (1, 0, 1, {OAUTH: 2}, {}, 1, [2]),
    "reset": (1, 1, 0, {NO_CONNECT: 2}, {}, 1, [2]),
    "incomplete": (1, 3, 0, {}, {}, 0, [2, 2, 2]),
}


def around() -> Surroundings:
    return Surroundings(Path("/home/dev"), {}, Path("/home/dev/project"))


def logs(path: Path, client: str = "Claude Code") -> tuple[ServerLog, ...]:
    return read_logs([(path, client)], around(), Budget())


@pytest.mark.parametrize("file", ["mcp-logs.jsonl", "debug.txt"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_real_log_gives_its_timeline(folder: str, file: str) -> None:
    """What the server did is read from the log, to the second."""
    path = DATA / "client-logs" / folder / file
    (log,) = logs(path)
    connects, cuts, polite, refused, first, given_up, lives = FOLDERS[folder]

    assert (log.connects, log.cuts, log.polite_ends) == (connects, cuts, polite)
    assert (log.refused, log.refused_first) == (refused, first)
    assert log.exhausted == given_up
    # Each fault came two seconds into a stream.
    assert list(log.lives_s) == pytest.approx(lives, abs=0.3)
    assert [each.version for each in log.versions] == ["2.1.197"]
    assert log.url == "http://127.0.0.1:8765/mcp"
    assert log.broken_lines == 0


@pytest.mark.parametrize("file", ["mcp-logs.jsonl", "debug.txt"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_real_log_gives_its_signature(folder: str, file: str) -> None:
    """The timeline's signature says what the whole text says."""
    path = DATA / "client-logs" / folder / file
    (log,) = logs(path)
    whole = parse(path.read_text(encoding="utf-8"))

    assert log.signature.runtime == whole.runtime == "v1-bun"
    assert (log.signature.half, log.signature.reason) == (whole.half, whole.reason)
    assert log.signature.statuses == whole.statuses


@pytest.mark.parametrize("folder", FOLDERS)
def test_real_log_gives_a_candidate(folder: str) -> None:
    """The intake can be filled from the log alone."""
    found = logs(DATA / "client-logs" / folder / "debug.txt")
    (candidate,) = prefill(LocalEvidence(logs=found))

    assert (candidate.server, candidate.client_version) == ("notes", "2.1.197")
    assert candidate.url == "http://127.0.0.1:8765/mcp"
    assert candidate.failures == (3 if folder == "incomplete" else folder != "healthy")
    assert bool(candidate.error) == (folder != "healthy")


SAMPLES = json.loads((DATA / "log_samples.json").read_text(encoding="utf-8"))
COUNTED = {
    "connection dropped after": "cuts",
    "SSE stream disconnected": "cuts",
    "Failed to reconnect": "refused",
    "error: Error dialing": "refused",
    "Maximum reconnection": "exhausted",
    "session expired": "session_expired",
    "SSE reconnection exhausted": "closing",
    "GET-stream": "closing",
    "terminal errors)": "closing",
    "onnection failed after": "connect_failures",
    "failed to start": "connect_failures",
    "status sending message": "connect_failures",
    "reading SSE stream": "cuts",
}


@pytest.mark.parametrize("row", SAMPLES, ids=lambda row: row["line"][:60])
def test_sample_line_is_read(row: dict[str, str], tmp_path: Path) -> None:
    """Each line that a client was seen to print is understood on its own."""
    path = tmp_path / "one.log"
    path.write_text(row["line"] + "\n", encoding="utf-8")
    found = logs(path, row["client"])
    told = parse(row["line"])

    if told.is_this_error:
        (log,) = found
        said = log.signature
        failed = log.failures or log.exhausted or log.session_expired
        assert failed or log.closing or log.refused
        if told.lines:
            assert (said.half, said.statuses) == (told.half, told.statuses)
            assert log.error
    counted = [field for text, field in COUNTED.items() if text in row["line"]]
    for field in counted[:1]:
        assert getattr(found[0], field), field


def test_uptime_is_taken_from_connection_to_stream(tmp_path: Path) -> None:
    """The client counts from the connection; the life of later streams is shorter."""
    texts: dict[float, str] = {0: "Successfully connected (transport: http) in 5ms"}
    at = 0.0
    for _ in range(5):
        at += 60.0
        texts[at] = f"HTTP connection dropped after {at:.0f}s uptime"
        texts[at + 0.001] = "Connection error: SSE stream disconnected: X: terminated"
        at += 1.0
    path = tmp_path / "2026.jsonl"
    path.write_text(stamped(texts), encoding="utf-8")

    (log,) = logs(path)

    assert set(log.lives_s) == {60.0}
    assert log.clusters[0].count == 5
    assert log.clusters[0].middle_s == 60
    assert "nginx" in log.clusters[0].suspects


def stamped(texts: dict[float, str]) -> str:
    start = datetime(2026, 11, 22, 10, tzinfo=UTC)
    rows = []
    for after, text in sorted(texts.items()):
        moment = start + timedelta(seconds=after)
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        rows.append(json.dumps({"debug": text, "timestamp": stamp}) + "\n")
    return "".join(rows)


def test_silent_loop_is_noticed(tmp_path: Path) -> None:
    """A stream reopened each second leaves only a token check each second."""
    loop = {float(n): "No token data found" for n in range(200)}
    path = tmp_path / "2026.jsonl"
    path.write_text(stamped(loop), encoding="utf-8")

    (log,) = logs(path)

    assert log.flap is not None
    assert log.flap.lines == 200
    assert log.flap.per_s == pytest.approx(1.0, abs=0.02)


def test_ordinary_use_is_no_loop(tmp_path: Path) -> None:
    use = {n * 7.0: "No token data found" for n in range(200)}
    path = tmp_path / "2026.jsonl"
    path.write_text(stamped(use), encoding="utf-8")

    assert logs(path) == ()


def test_failure_after_sleep_counts_as_wake(tmp_path: Path) -> None:
    """Minutes of silence, two tries without an answer, then a connection."""
    fail = "Connection error: Failed to reconnect SSE stream: fetch failed"
    texts = {
        0.0: "Successfully connected (transport: http) in 5ms",
        2000.0: "Connection error: SSE stream disconnected: TypeError: terminated",
        2001.0: fail,
        2002.5: fail,
        2002.6: "Connection error: Maximum reconnection attempts (2) exceeded.",
        2300.0: "Successfully connected (transport: http) in 5ms",
    }
    path = tmp_path / "2026.jsonl"
    path.write_text(stamped(texts), encoding="utf-8")
    (log,) = logs(path)
    assert log.wakes == 1

    refused = fail.replace("fetch failed", "Failed to open SSE stream: Not Found")
    path.write_text(stamped(texts | {2001.0: refused}), encoding="utf-8")
    (log,) = logs(path)
    assert log.wakes == 0


def test_request_before_failure_is_kept(tmp_path: Path) -> None:
    texts = {
        0.0: "Successfully connected (transport: http) in 5ms",
        1.0: "Calling MCP tool: find_page",
        5.0: "HTTP connection dropped after 5s uptime",
        5.001: "Connection error: SSE stream disconnected: TypeError: terminated",
    }
    path = tmp_path / "2026.jsonl"
    path.write_text(stamped(texts), encoding="utf-8")

    (log,) = logs(path)

    assert log.actions == {"find_page": 1}
    assert log.moments[-1].action == "find_page"


def test_version_that_began_it_is_named(tmp_path: Path) -> None:
    """Failures since an update, after healthy connections before it."""
    files = []
    for day, version in enumerate(["2.1.81"] * 3 + ["2.1.83"] * 3):
        path = tmp_path / "mcp-logs-notes" / f"{day}.jsonl"
        path.parent.mkdir(exist_ok=True)
        texts = [
            f'HTTP transport options: {{"headers":{{"U":"claude-code/{version}"}}}}',
            "Successfully connected (transport: http) in 5ms",
        ]
        if version == "2.1.83":
            texts += ["Connection error: SSE stream disconnected: X: terminated"]
        path.write_text(claude_log(*texts, began=f"2026-11-2{day}T10:00:00.000Z"))
        files.append((path, "Claude Code"))

    (log,) = read_logs(files, around(), Budget())

    assert log.failing_since_version == "2.1.83"
    assert log.failing_since.startswith("2026-11-23")


def test_drops_of_two_servers_at_once_are_shared(tmp_path: Path) -> None:
    cut = {
        0.0: "Successfully connected (transport: http) in 5ms",
        77.0: "Connection error: SSE stream disconnected: TypeError: terminated",
    }
    files = []
    for name in ("one", "two"):
        path = tmp_path / f"mcp-logs-{name}" / "2026.jsonl"
        path.parent.mkdir()
        url = f"Initializing HTTP transport to https://{name}.example/mcp"
        path.write_text(stamped({-1.0: url, **cut}), encoding="utf-8")
        files.append((path, "Claude Code"))

    found = read_logs(files, around(), Budget())

    assert [log.shared_drops for log in found] == [1, 1]


# --- size and damage ------------------------------------------------------------------

BURST = claude_log(
    "Starting connection with timeout of 30000ms",
    "Successfully connected (transport: http) in 34ms",
    "HTTP connection dropped after 60s uptime",
    "Connection error: SSE stream disconnected: TypeError: terminated",
)
FILLER = claude_log("Some payload " + "word " * 40) * 5000


def test_large_log_is_read_at_every_depth(tmp_path: Path) -> None:
    """Failures far above the end are found by their anchors."""
    path = tmp_path / "big.jsonl"
    path.write_text((FILLER + BURST) * 6 + FILLER, encoding="utf-8")
    assert path.stat().st_size > 8_000_000

    found = read_log(path, Budget())

    said = [line.said for line in found.lines]
    assert said.count("dropped") == said.count("error") == 6
    assert said.count("connected") == 6
    assert found.bytes_skipped == 0


def test_reading_stops_at_its_budget(tmp_path: Path) -> None:
    """The newest part is read first, and what was left out is told."""
    path = tmp_path / "big.jsonl"
    path.write_text((FILLER + BURST) * 6, encoding="utf-8")

    found = read_log(path, Budget(bytes_left=3 * 1024 * 1024))

    assert found.bytes_skipped > 0
    assert [line.said for line in found.lines].count("dropped") in (1, 2, 3)


def test_sparse_giant_needs_no_memory(tmp_path: Path) -> None:
    """A file of 300 GB costs no more than its budget."""
    path = tmp_path / "giant.jsonl"
    with path.open("wb") as file:
        file.truncate(300 * 1024**3)
        file.seek(0, 2)
        file.write(b"\n" + BURST.encode())

    found = read_log(path, Budget(bytes_left=64 * 1024 * 1024))

    assert [line.said for line in found.lines].count("dropped") == 1
    assert found.bytes_skipped > 299 * 1024**3


DAMAGE = {
    "half a record": '{"debug":"Connection error: Failed to reconnect SSE stream: '
    'Failed to open SSE stream: Conflict","timest',
    "no newline at the end": BURST.rstrip("\n"),
    "binary in between": BURST.replace("\n", "\n\x00\xff\x1b\n"),
    "one endless line": BURST + "x" * 3_000_000,
    "Windows line ends": BURST.replace("\n", "\r\n"),
    "a mark at the start": "\ufeff" + BURST,
}


@pytest.mark.parametrize("text", DAMAGE.values(), ids=DAMAGE)
def test_damaged_log_is_still_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "2026.jsonl"
    path.write_text(text, encoding="utf-8", newline="")

    (log,) = logs(path)

    assert log.failures == 1
    assert log.broken_lines in (0, 1)


def test_compressed_log_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "2026.jsonl.gz"
    path.write_bytes(b"\x1f\x8b")
    here = around()

    assert read_logs([(path, "Claude Code")], here, Budget()) == ()
    assert here.looked[0].outcome == "exists, not opened"


PLACES = {
    "linux": LOGS,
    "macos": LOGS,
    "windows": LOGS,
}


@pytest.mark.parametrize("system", PLACES)
def test_logs_are_found_on_each_system(system: Any, tmp_path: Path) -> None:
    """Each system keeps the folder elsewhere; the server's name is the folder's."""
    home = Home(tmp_path, system)
    start = f"Initializing HTTP transport to {URL}?key=canary-1"
    home.write(LOGS, claude_log(start) + BURST)

    (log,) = home.look().logs

    assert (log.client, log.server) == ("Claude Code", "notes")
    assert log.url == f"{URL}?key=<hidden>"
    assert log.files[0].startswith("~/")
    assert "home-dev" not in log.files[0]


def test_cache_folder_can_be_moved(tmp_path: Path) -> None:
    home = Home(tmp_path, environ={"XDG_CACHE_HOME": str(tmp_path / "elsewhere")})
    path = home.write(LOGS, BURST)

    assert path.is_relative_to(tmp_path / "elsewhere")
    assert len(home.look().logs) == 1


BAD_REQUEST = (
    "Failed to reconnect SSE stream: Streamable HTTP error: Failed to open SSE stream: "
    "Bad Request"
)
TERMINATED = "Error reading SSE stream: TypeError: terminated"
CLIENT_LOGS: dict[str, tuple[str, str, str]] = {
    "Cursor": (
        "{cursor}/logs/2026/window1/exthost/anysphere.cursor-mcp/MCP user-notes.log",
        f"2026-05-02 03:04:05.678 [error] Client error: {BAD_REQUEST}\n",
        BAD_REQUEST,
    ),
    "VS Code": (
        "{code}/logs/20260102/window1/mcpServer.mcp.config.usrlocal.notes.log",
        f"2026-01-02 03:05:05.678 [info] Connection state: Error {TERMINATED}\n",
        TERMINATED,
    ),
}


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
@pytest.mark.parametrize(("client", "row"), CLIENT_LOGS.items(), ids=list(CLIENT_LOGS))
def test_log_of_another_client_is_found(
    client: str, row: tuple[str, str, str], system: Any, tmp_path: Path
) -> None:
    """Their logs lie in dated folders and print local times."""
    place, text, error = row
    home = Home(tmp_path, system)
    home.write(place, text)

    (log,) = home.look().logs

    assert log.client == client
    assert log.server == "notes"
    assert (log.failures, log.error) == (1, error)
    assert log.first_at.startswith("2026-0")


def test_named_log_is_read_without_its_client(tmp_path: Path) -> None:
    """A file that the person names may come from anywhere."""
    path = tmp_path / "pasted.txt"
    path.write_text(
        "[12345] Error from remote server: StreamableHTTPError: Streamable HTTP error: "
        "Failed to open SSE stream: Not Found\n"
    )

    (log,) = Home(tmp_path).look(extra_logs=[path]).logs

    assert log.refused_first == {"Not Found": 1}
    assert log.signature.statuses == (404,)
