"""What a history tells where nothing dropped, and of logs of every kind."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from streamtriage.history import History, headline, history, render_text
from streamtriage.workstation.filesystem import Surroundings

URL = "http://127.0.0.1:8080/mcp"
AT = "2026-11-20T08:00:{:06.3f}Z"


def read(folder: Path, server: str = "") -> History:
    around = Surroundings(Path("/home/dev"), {}, Path("/home/dev/project"))
    return history(folder, around, server=server)


def claude(*told: tuple[float, str]) -> str:
    """Return lines of Claude Code's own log of one server."""
    records = (
        {"debug": text, "timestamp": AT.format(at), "sessionId": "x", "cwd": "/p"}
        for at, text in told
    )
    return "".join(f"{json.dumps(each)}\n" for each in records)


STARTED = (0.0, f"Initializing HTTP transport to {URL}")
CONNECTED = (0.1, "Successfully connected (transport: http) in 5ms")
TOKEN = "No token data found"
RESET = (
    (1.1, "HTTP connection dropped after 1s uptime"),
    (1.1, "Connection reset - server may have crashed or restarted"),
    (1.1, "Terminal connection error 1/3"),
)
FAILED = (
    (0.2, "HTTP Connection failed after 9ms: certificate has expired (code: X)"),
    (0.2, "Connection failed after 9ms, 9ms of it awake (X): certificate has expired"),
)
COPILOT = (
    f"{AT.format(2.0)} [WARNING] [rust:rmcp::transport::common::client_side_sse] sse "
    "stream error: body error: error decoding response body\n"
    f"{AT.format(4.0)} [ERROR] [rust:rmcp::transport::common::client_side_sse] sse "
    "stream error: Client error: HTTP status server error (502 Bad Gateway) for url "
    "(http://127.0.0.1:9090/mcp), max retry times reached\n"
)


def put(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_a_connection_that_failed_is_told_once_with_its_reason(tmp_path: Path) -> None:
    """The client tells it in two lines, and its debug log once more."""
    put(tmp_path, "mcp-logs-notes/a.jsonl", claude(STARTED, *FAILED))
    debug = "".join(
        f'{AT.format(at)} [DEBUG] MCP server "notes": {text}\n'
        for at, text in (STARTED, *FAILED)
    )
    put(tmp_path, "debug.txt", debug)

    told = read(tmp_path)

    assert [server.log.connect_failures for server in told.servers] == [1]
    assert "; 1 connection failed." in headline(told)
    assert "certificate has expired" in render_text(told)
    assert told.told


def test_a_reopening_that_is_refused_is_no_second_end(tmp_path: Path) -> None:
    again = "Connection error: Failed to reconnect SSE stream: Failed to open SSE "
    refused = (
        (2.1, TOKEN),
        (2.2, "HTTP connection dropped after 2s uptime"),
        (2.2, "Connection error: Failed to open SSE stream: "),
        (2.2, "HTTP connection dropped after 2s uptime"),
        (2.2, f"{again}stream: "),
    )
    lines = claude(STARTED, CONNECTED, (0.1, TOKEN), *RESET, *refused)
    put(tmp_path, "mcp-logs-notes/a.jsonl", lines)

    (server,) = read(tmp_path).servers

    assert (server.drops, server.uptimes_s) == (1, (1.0,))


def test_what_a_client_does_not_log_is_said(tmp_path: Path) -> None:
    put(tmp_path, "mcp-logs-notes/a.jsonl", claude(STARTED, CONNECTED))

    assert "Claude Code logs nothing of a stream that ends cleanly" in headline(
        read(tmp_path)
    )


CLINE = (
    '{"level":30,"time":"2026-11-20T08:00:00.000Z","name":"cline.cli","msg":"[mcp] '
    'Failed to load tools from MCP server \\"notes\\", skipping: certificate has '
    'expired"}\n'
)
OPENCODE = (
    f'timestamp={AT.format(1)} level=WARN run=1 message="server unavailable" key=notes '
    "type=remote status=failed\n"
)
QWEN = (
    f"{AT.format(1)} [ERROR] [MCP] MCP ERROR (notes): fetch failed (cause: connect "
    "ECONNREFUSED 127.0.0.1:1)\n"
)


@pytest.mark.parametrize(
    ("text", "client"),
    [(CLINE, "Cline"), (OPENCODE, "opencode"), (QWEN, "Qwen Code")],
)
def test_a_server_that_another_client_could_not_reach_is_named(
    tmp_path: Path, text: str, client: str
) -> None:
    put(tmp_path, "its.log", text)

    (server,) = read(tmp_path).servers

    assert (server.log.client, server.log.server) == (client, "notes")
    assert server.log.connect_failures == 1


def whole() -> str:
    return claude(STARTED, CONNECTED, (0.1, TOKEN), *RESET)


FORMS = {
    "plain": lambda: whole().encode(),
    "UTF-16": lambda: whole().encode("utf-16"),
    "UTF-16, no mark": lambda: whole().encode("utf-16-le"),
    "UTF-16, big first": lambda: whole().encode("utf-16-be"),
    "half binary": lambda: bytes(range(256)) * 80 + b"\n" + whole().encode(),
    "cut": lambda: whole().encode()[:-20],
    "letters of others": lambda: ("开始\n" + whole()).encode("utf-16"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_log_of_any_form_tells_the_same(tmp_path: Path, form: object) -> None:
    assert callable(form)
    put(tmp_path, "mcp-logs-notes/a.jsonl", form())

    (server,) = read(tmp_path).servers

    assert (server.log.client, server.drops, server.uptimes_s) == (
        "Claude Code",
        1,
        (1.0,),
    )


def test_two_clients_in_one_file_are_two(tmp_path: Path) -> None:
    mine, theirs = whole().splitlines(), COPILOT.splitlines()
    lines = [*mine[:3], theirs[0], *mine[3:], theirs[1]]
    put(tmp_path, "all.log", "\n".join(lines))

    told = {one.log.client: one for one in read(tmp_path).servers}

    assert set(told) == {"Claude Code", "Copilot CLI"}
    assert told["Claude Code"].log.url == URL
    assert told["Copilot CLI"].log.refused == {"HTTP 502": 1}


def python_log(stamp: str) -> str:
    httpx = f"{stamp}INFO:httpx:HTTP Request: "
    mcp = f"{stamp}INFO:mcp.client.streamable_http:"
    lines = (
        f'{httpx}POST {URL} "HTTP/1.1 200 OK"',
        f"{mcp}Received session ID: x",
        f'{httpx}GET {URL} "HTTP/1.1 200 OK"',
        f'{httpx}POST https://api.example/v1/responses "HTTP/1.1 500 No"',
        f"{mcp}GET stream disconnected, reconnecting in 1000ms...",
        f'{httpx}GET {URL} "HTTP/1.1 503 Service Unavailable"',
    )
    return "\n".join(
        line.format(at=AT.format(number * 10.0)) for number, line in enumerate(lines)
    )


@pytest.mark.parametrize("stamp", ["", "{at} "])
def test_a_python_programs_log_tells_of_its_stream(tmp_path: Path, stamp: str) -> None:
    put(tmp_path, "app.log", python_log(stamp))

    (server,) = read(tmp_path).servers

    assert (server.drops, server.log.url) == (1, URL)
    assert server.log.refused == {"HTTP 503": 1}
    assert server.uptimes_s == ((20.0,) if stamp else ())


def test_a_log_that_was_put_aside_is_read_or_named(tmp_path: Path) -> None:
    put(tmp_path, "mcp-logs-notes/a.jsonl.1", whole())
    packed = tmp_path / "packed"
    put(packed, "b.log.gz", gzip.compress(whole().encode()))

    assert read(tmp_path / "mcp-logs-notes").servers[0].drops == 1
    assert "is compressed" in headline(read(packed))


def test_texts_far_back_in_a_large_log_of_any_client_are_found(tmp_path: Path) -> None:
    filler = f"{AT.format(1)} [INFO] [rust:otel] nothing of interest\n" * 60_000
    put(tmp_path, "process-1.log", COPILOT + filler)

    (server,) = read(tmp_path).servers

    assert (server.log.cuts, server.log.refused) == (1, {"HTTP 502": 1})
