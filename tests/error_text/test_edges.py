"""Texts that were cut, prefixed, or stand beside the number that they lack."""

from __future__ import annotations

import json

import pytest

from streamtriage.error_text.parse import parse

REOPEN = (
    "Failed to reconnect SSE stream: Streamable HTTP error: Failed to open SSE stream: "
    "Bad Gateway"
)
QWEN = "Warning: MCP server(s) failed to start: notes. Continuing with built-in tools"
GEMINI = "MCP issues detected. Run /mcp list for status."
INSPECTED = (
    "[MCP error] MCP ERROR (notes) StreamableHTTPError: Streamable HTTP error: Failed "
    "to open SSE stream: \n    at A._startOrAuthSse (bundle/chunk-X.js:305627:15)\n"
    "    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)"
    " {\n  code: 409\n}\nMCP issues detected. Run /mcp list for status."
)


@pytest.mark.parametrize("gone", range(1, 11))
def test_a_text_that_begins_inside_a_word_is_read(gone: int) -> None:
    told = parse(REOPEN[gone:])

    assert (told.half, told.statuses) == ("reopen", (502,))


@pytest.mark.parametrize("gone", [1, 5, 9, 12])
@pytest.mark.parametrize("dots", ["", "...", "\u2026"])
def test_a_text_that_ends_too_early_names_its_client(gone: int, dots: str) -> None:
    told = parse(GEMINI[:-gone] + dots)

    assert told.client is not None
    assert (told.client.name, told.half) == ("gemini-cli", "unknown")


@pytest.mark.parametrize(
    "text",
    [
        "Session not found",
        "Connection error",
        "The connection reset",
        "streamable HTTP session expired with 404",
        "sse stream error: body error: error decoding response body",
        "it says: connection closed after",
    ],
)
def test_words_of_anybody_are_not_made_into_a_clients(text: str) -> None:
    told = parse(text)

    assert told.client is None or told.client.name == "copilot-cli"
    assert told.half != "unknown" or not told.clients


def prefixed(prefix: str) -> str:
    return "\n".join(prefix + line for line in INSPECTED.split("\n"))


DRESSES = {
    "docker": lambda: "\n".join(
        json.dumps({"log": f"{line}\n", "time": "2026-11-28T20:00:00Z"})
        for line in INSPECTED.split("\n")
    ),
    "kubernetes": lambda: prefixed("2026-11-28T20:00:00.123456789Z stderr F "),
    "compose": lambda: prefixed("agent-1  | "),
    "journal": lambda: prefixed("Nov 28 20:00:00 host app[12]: "),
    "quoted": lambda: prefixed("> "),
    "box": lambda: prefixed("\u2502 "),
    "one line": lambda: " ".join(INSPECTED.split()),
    "wrapped": lambda: "\n".join(
        INSPECTED[at : at + 60] for at in range(0, len(INSPECTED), 60)
    ),
    "escapes as letters": lambda: prefixed("^[[31m"),
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_the_number_beside_an_error_is_read_through_any_dress(dress: object) -> None:
    assert callable(dress)

    told = parse(dress())

    assert (told.half, told.statuses) == ("initial-open", (409,))


def test_a_number_of_another_error_is_not_taken() -> None:
    other = "\nOther: something else {\n  code: 503\n}"

    assert parse(f"Connection error: Failed to open SSE stream: {other}").statuses == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("TypeError: fetch failed { code: 'ECONNREFUSED' }", "refused"),
        ("getaddrinfo ENOTFOUND h.example", "name was not found"),
        ("httpcore.ConnectError: All connection attempts failed mcp", "refused"),
        ("write EPROTO ssl3_get_record:wrong version number", "TLS was spoken"),
        ("tcp connect error: Connection refused (os error 111)", "refused"),
    ],
)
def test_a_code_of_the_system_says_why_nothing_connected(text: str, says: str) -> None:
    told = parse(text)

    assert (told.half, told.answered) == ("connect", False)
    assert says in told.means


def test_a_file_not_found_is_no_name_not_found() -> None:
    assert parse("Ignore file not found: ~/.geminiignore").half == "none"


def test_a_request_to_a_model_that_works_is_no_failure() -> None:
    fine = "2026-11-28T20:00:00.001Z [DEBUG] [API REQUEST] /v1/messages source=sdk"

    assert parse(fine).half == "none"
    assert parse(f"{fine} Error: ECONNRESET").half == "look-alike"


def test_an_exception_of_a_library_is_no_other_clients() -> None:
    told = parse("call: MCPError(-32001, 'Session not found', None)")

    assert told.client is not None
    assert (told.client.name, told.half) == ("mcp-python", "session-lost")


@pytest.mark.parametrize(
    ("says", "probe"),
    [
        ("SSE \u65b7\u958b\uff0c\u7121\u6cd5\u91cd\u9023", "reopen"),
        ("\u6191\u8b49\u4e0d\u53d7\u4fe1\u4efb", "tls"),
        ("\u5de5\u5177\u5217\u8868\u7a81\u7136\u7a7a\u4e86", "open"),
        ("session expired every time I come back", "session"),
        ("it is reconnecting forever", "reopen"),
        ("the stream never comes back", "reopen"),
        ("Why does my MCP server keep dropping?", "hold"),
        ("I get 401 on every reconnect", "auth"),
    ],
)
def test_a_complaint_leads_to_a_probe_and_a_question(says: str, probe: str) -> None:
    told = parse(says)

    assert told.first_probe == probe
    assert told.asks
