"""What each client prints: recognised as its own, with half, status and question."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from streamtriage.error_text import large
from streamtriage.error_text.client_table import client_page
from streamtriage.error_text.clients_seen import known_client
from streamtriage.error_text.parse import parse
from streamtriage.error_text.symptoms import symptoms
from streamtriage.error_text.templates import compile_template
from streamtriage.knowledge.client_texts import client_texts
from streamtriage.probes import PROBES

ROOT = Path(__file__).parents[2]
RMCP = "rmcp::transport::streamable_http_client"
HTTPX = 'INFO:httpx2:HTTP Request: GET https://h.example/mcp "HTTP/1.1 {}"\n'
LOST = "INFO:mcp.client.streamable_http:GET stream disconnected, reconnecting in 1000ms"
LIBRARIES = ("mcp-python", "mcp-typescript", "rust-sdk", "go-sdk", "go")
AI = "MCP HTTP Transport Error: "

# What was printed, by whom, which half, which statuses.
TEXTS: dict[str, tuple[str, str, str, tuple[int, ...]]] = {
    "Codex, 403": (
        (
            f"2026-11-28T20:00:00Z ERROR {RMCP}: fail to get common stream: unexpected "
            "server response: GET returned HTTP 403"
        ),
        *("codex", "initial-open", (403,)),
    ),
    "Codex, no answer": (
        (
            "ERROR rmcp::transport::worker: worker quit with fatal: Transport channel "
            'closed, when Client(HttpRequest(HttpRequest("http/request failed: error '
            'sending request for url (https://h.example/mcp)")))'
        ),
        *("codex", "connect", ()),
    ),
    "Copilot CLI, 401": (
        (
            f"[ERROR] [rust:{RMCP}] fail to get common stream: Client error: HTTP "
            "status client error (401 Unauthorized) for url (https://h.example/mcp)"
        ),
        *("copilot-cli", "initial-open", (401,)),
    ),
    "Copilot CLI, cut": (
        (
            "[ERROR] [rust:rmcp::transport::common::client_side_sse] sse stream error: "
            "body error: error decoding response body"
        ),
        *("copilot-cli", "cut", ()),
    ),
    "Copilot CLI, reopening refused": (
        (
            "[ERROR] [rust:rmcp::transport::common::client_side_sse] sse stream error: "
            "Client error: HTTP status server error (503 Service Unavailable) for url"
        ),
        *("copilot-cli", "reopen", (503,)),
    ),
    "AI SDK, 502 without a reason": (
        f"{AI}GET SSE failed: 502 ",
        *("ai-sdk", "initial-open", (502,)),
    ),
    "AI SDK, forgotten": (
        (
            f'{AI}POSTing to endpoint (HTTP 404): {{"error": {{"message": "Session not '
            'found"}}'
        ),
        *("ai-sdk", "session-lost", (404,)),
    ),
    "AI SDK, a POST": (
        f"{AI}POSTing to endpoint (HTTP 500): boom",
        *("ai-sdk", "look-alike", ()),
    ),
    "Qwen Code, 401 in the debug log": (
        (
            "2026-11-28T20:00:00Z [ERROR] [MCP] MCP ERROR (notes): Failed to open SSE "
            "stream: Unauthorized"
        ),
        *("qwen-code", "initial-open", (401,)),
    ),
    "Qwen Code, on the screen": (
        "Warning: MCP server(s) failed to start: notes. Continuing with built-in tools",
        *("qwen-code", "unknown", ()),
    ),
    "Gemini CLI, cut": (
        (
            "[MCP error] MCP ERROR (notes) Error: SSE stream disconnected: TypeError: "
            "terminated\nMCP issues detected. Run /mcp list for status."
        ),
        *("gemini-cli", "cut", ()),
    ),
    "Claude Code, reset": (
        (
            '[DEBUG] MCP server "notes": HTTP connection dropped after 61s uptime\n'
            '[DEBUG] MCP server "notes": Connection reset - server may have crashed or '
            "restarted"
        ),
        *("claude-code", "cut", ()),
    ),
    "Claude Code, tools not fetched": (
        (
            "notes: https://h.example/mcp (HTTP) - ! Connected · tools fetch failed — "
            "Connection closed"
        ),
        *("claude-code", "session-lost", ()),
    ),
    "mcp-remote, 409": (
        (
            "[1] Error from remote server: SdkHttpError: Failed to open SSE stream: \n"
            "    at X (x.js:1:2) {\n  data: { status: 409, statusText: '' }\n}"
        ),
        *("mcp-remote", "initial-open", (409,)),
    ),
    "Python SDK, never opened": (
        (
            f"INFO:mcp.client.streamable_http:Received session ID: x\n"
            f"{HTTPX.format('403 Forbidden')}{LOST}"
        ),
        *("mcp-python", "initial-open", (403,)),
    ),
    "Python SDK, cut": (
        f"{HTTPX.format('200 OK')}{LOST}\n{HTTPX.format('200 OK')}",
        *("mcp-python", "cut", ()),
    ),
    "Python SDK, reopening refused": (
        f"{HTTPX.format('200 OK')}{LOST}\n{HTTPX.format('503 ')}",
        *("mcp-python", "reopen", (503,)),
    ),
    "Python SDK, without its requests": (LOST, *("mcp-python", "unknown", ())),
    "Python SDK, forgotten": (
        "mcp.shared.exceptions.MCPError: Session not found",
        *("mcp-python", "session-lost", ()),
    ),
    "LangChain": (
        f'  File "/x/langchain_mcp_adapters/tools.py", line 1\n{LOST}',
        *("langchain", "unknown", ()),
    ),
    "VS Code": (
        "[info] Connection state: Error Error reading SSE stream: TypeError: ended",
        *("vscode", "cut", ()),
    ),
    "VS Code, its GET refused": (
        (
            "2026-11-20 10:00:00.000 [debug] 502 status connecting to "
            "https://h.example/mcp for async notifications; they will be disabled: no"
        ),
        *("vscode", "initial-open", (502,)),
    ),
    "VS Code, its GET cut": (
        "[info] Error reading from async stream, we will reconnect: TypeError: ended",
        *("vscode", "cut", ()),
    ),
    "VS Code, session": (
        (
            "[info] Connection state: Error 404 status sending message to "
            "https://h.example/mcp: Not found; will retry with new session ID"
        ),
        *("vscode", "session-lost", (404,)),
    ),
    "AI SDK, refused after a cut": (
        (
            f"{AI}GET SSE failed: 400 Bad Request\nTypeError: terminated\n"
            f"{AI}GET SSE failed: 503 Service Unavailable"
        ),
        *("ai-sdk", "reopen", (503,)),
    ),
    "Claude Code, session": (
        (
            "MCP session expired (server no longer recognizes session ID), triggering "
            "reconnection"
        ),
        *("claude-code", "session-lost", ()),
    ),
    "Claude Code, sign-in": (
        "notes: https://h.example/mcp (HTTP) - ! Needs authentication",
        *("claude-code", "connect", ()),
    ),
    "supergateway": (
        (
            "[supergateway] Streamable HTTP error: StreamableHTTPError: Streamable "
            "HTTP error: Failed to open SSE stream: \n    at A.b (x.js:1:2) {\n"
            "  code: 409\n}"
        ),
        *("supergateway", "initial-open", (409,)),
    ),
    "mcp-proxy": (
        (
            "[I 2026-11-28 23:25:35,166 mcp_proxy.httpx_client] HTTP Request: GET\n"
            f"{HTTPX.format('403 Forbidden')}{LOST}"
        ),
        *("mcp-proxy", "initial-open", (403,)),
    ),
    "Pydantic AI, forgotten": (
        "call: ModelRetry('Session not found')",
        *("pydantic-ai", "session-lost", ()),
    ),
    "OpenAI Agents": (
        (
            "agents.exceptions.UserError: Failed to connect to MCP server "
            "'streamable_http: https://h.example/mcp': Could not reach the server."
        ),
        *("openai-agents", "connect", ()),
    ),
    "opencode": (
        (
            'level=WARN run=1 message="server unavailable" key=notes type=remote '
            "status=failed"
        ),
        *("opencode", "connect", ()),
    ),
    "Copilot CLI, a POST": (
        (
            "MCP server 'notes': MCP request failed: Transport send error: Transport "
            "[mcp::client::ToolListRevisionTransport<rmcp::transport::worker>] error: "
            "unexpected server response: HTTP 503 Service Unavailable: no"
        ),
        *("copilot-cli", "look-alike", ()),
    ),
    "MCP Inspector, forgotten": (
        (
            '{"error":{"code":"error","message":"Error POSTing to endpoint: '
            '{\\"error\\": {\\"message\\": \\"Session not found\\"}}","status":404}}'
        ),
        *("mcp-inspector", "session-lost", (404,)),
    ),
    "Claude Desktop, a local program": (
        (
            "[notes] [info] Server transport closed unexpectedly, this is likely due "
            "to the process exiting early."
        ),
        *("claude-desktop", "look-alike", ()),
    ),
    "VS Code, no answer": (
        "[info] Waiting for server to respond to `initialize` request...",
        *("vscode", "connect", ()),
    ),
    "Java SDK": (
        (
            "Fatal SSE error, not retrying: 200 OK from GET https://h.example/mcp, but "
            "response failed with cause: PrematureCloseException"
        ),
        *("java-sdk", "cut", ()),
    ),
    "Go, GOAWAY": (
        (
            "http2: server sent GOAWAY and closed the connection; LastStreamID=5, "
            'ErrCode=NO_ERROR, debug="session_timed_out"'
        ),
        *("go", "cut", ()),
    ),
    "Go, a reset of its HTTP/2 stream": (
        "listen failed: stream error: stream ID 5; INTERNAL_ERROR; received from peer",
        *("go", "cut", ()),
    ),
    "Go, its ping unanswered": ("http2: client connection lost", *("go", "cut", ())),
    "Go, its own limit": (
        (
            "context deadline exceeded (Client.Timeout or context cancellation while "
            "reading body)"
        ),
        *("go", "cut", ()),
    ),
    "Go, head held back": (
        (
            'Get "https://h.example/mcp": context deadline exceeded (Client.Timeout '
            "exceeded while awaiting headers)"
        ),
        *("go", "unknown", ()),
    ),
    "Go, reset before a head": (
        (
            'Get "https://h.example/mcp": read tcp 10.0.0.5:51234->203.0.113.7:443: '
            "read: connection reset by peer"
        ),
        *("go", "unknown", ()),
    ),
    "Go, refused": (
        (
            'Post "http://h.example/mcp": dial tcp 203.0.113.7:80: connect: '
            "connection refused"
        ),
        *("go", "connect", ()),
    ),
    "Go SDK, its GET refused": (
        "standalone SSE stream: Bad Gateway",
        *("go-sdk", "initial-open", (502,)),
    ),
    "Go SDK, its GET passed over": (
        'level=WARN msg="got 404 instead of 405 for standalone SSE stream"',
        *("go-sdk", "initial-open", (404,)),
    ),
    "Go SDK, not opened again": (
        (
            "standalone SSE stream: failed to reconnect (session ID: 5e55): connection "
            'failed after 5 attempts: Get "http://h.example/mcp": dial tcp '
            "203.0.113.7:80: connect: connection refused"
        ),
        *("go-sdk", "reopen", ()),
    ),
    "Go SDK, forgotten": (
        (
            'calling "tools/call": sending "tools/call": failed to connect (session '
            "ID: 5e55): session not found"
        ),
        *("go-sdk", "session-lost", ()),
    ),
    "Go SDK, first POST": (
        'calling "initialize": sending "initialize": Unauthorized',
        *("go-sdk", "connect", (401,)),
    ),
    "mcp-go, its GET refused": (
        (
            'level=ERROR msg="failed to listen to server. retry in 1 second" '
            'err="request failed with status 503: upstream"'
        ),
        *("mcp-go", "initial-open", (503,)),
    ),
    "mcp-go, cut": (
        (
            'level=ERROR msg="failed to listen to server. retry in 1 second" '
            'err="failed to handle SSE response: stream error: stream ID 5; CANCEL"'
        ),
        *("mcp-go", "cut", ()),
    ),
    "mcp-go, forgotten": (
        "transport error: session terminated (404). need to re-initialize",
        *("mcp-go", "session-lost", (404,)),
    ),
    "Java SDK, by Spring's client": (
        (
            "i.m.c.t.WebClientStreamableHttpTransport : Stream error: 503 Service "
            "Unavailable from GET https://h.example/mcp"
        ),
        *("java-sdk", "initial-open", (503,)),
    ),
    "C# SDK, a POST": (
        (
            "System.Net.Http.HttpRequestException: Response status code does not "
            "indicate success: 502 (Bad Gateway).\n   at ModelContextProtocol.Client."
            "StreamableHttpClientSessionTransport.SendMessageAsync()"
        ),
        *("csharp-sdk", "look-alike", ()),
    ),
    "goose, its log": (
        (
            '{"timestamp":"2026-11-29T10:00:00.000000Z","level":"WARN","fields":'
            '{"message":"tool failed"},"target":"goose::agents::extension_manager"}\n'
            '{"timestamp":"2026-11-29T10:00:00.123456Z","level":"ERROR","fields":'
            '{"message":"fail to get common stream: Client error: HTTP status server '
            'error (503 Service Unavailable) for url (https://h.example/mcp)"},'
            '"target":"rmcp::transport::streamable_http_client"}'
        ),
        *("goose", "initial-open", (503,)),
    ),
    "goose, its screen": (
        (
            "\u26a0 Failed to start extension 'notes' (failed to initialize MCP "
            "client: Send message error Transport [rmcp::transport::worker::"
            "WorkerTransport<rmcp::transport::streamable_http_client::"
            "StreamableHttpClientWorker<reqwest::async_impl::client::Client>>] error: "
            "Client error: error sending request for url (https://h.example/mcp)), "
            "continuing without it"
        ),
        *("goose", "connect", ()),
    ),
    "Rust SDK, in no program that is known": (
        (
            f"2026-11-29T10:00:00Z ERROR {RMCP}: fail to get common stream: Client "
            "error: HTTP status client error (403 Forbidden) for url (https://h/mcp)"
        ),
        *("rust-sdk", "initial-open", (403,)),
    ),
    "Rust SDK, a page in place of the stream": (
        f"ERROR {RMCP}: fail to get common stream: Unexpected content type: None",
        *("rust-sdk", "initial-open", ()),
    ),
    "Crush": (
        (
            'level=ERROR msg="MCP client failed to initialize" '
            'error="calling \\"initialize\\": sending \\"initialize\\": Bad Gateway" '
            "name=notes"
        ),
        *("crush", "connect", (502,)),
    ),
    "no client of its own, across two lines": (
        (
            "Could not connect to your MCP server\nStreamable HTTP error: Error "
            "POSTing to endpoint (HTTP 404): Session not found"
        ),
        *("mcp-typescript", "session-lost", (404,)),
    ),
    "Cline": (
        (
            'Streamable HTTP error: Error POSTing to endpoint: {"error":{"code":-32001,'
            '"message":"Session not found"}}'
        ),
        *("mcp-typescript", "session-lost", ()),
    ),
}


def wrapped(text: str) -> str:
    return "\n".join(text[i : i + 37] for i in range(0, len(text), 37))


DRESSES = {
    "as it is": lambda text: text,
    "wrapped": wrapped,
    "coloured": lambda text: f"\x1b[31m{text}\x1b[39m",
    "doubled": lambda text: f"{text}\n{text}",
    "in JSON": lambda text: json.dumps({"level": "error", "message": text}),
    "amid Chinese": lambda text: f"昨天开始报错:{text}\n重启也没用,怎么办?",
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
@pytest.mark.parametrize("row", TEXTS.values(), ids=TEXTS)
def test_text_names_its_client_half_and_status(
    row: tuple[str, str, str, tuple[int, ...]], dress: object
) -> None:
    text, client, half, statuses = row
    assert callable(dress)

    told = parse(dress(text))

    assert told.client is not None
    assert (told.client.name, told.half, told.statuses) == (client, half, statuses)
    assert told.means


@pytest.mark.parametrize("row", TEXTS.values(), ids=TEXTS)
def test_text_cut_in_half_is_no_other_clients(
    row: tuple[str, str, str, tuple[int, ...]],
) -> None:
    text, client, *_ = row

    told = parse(text[: len(text) // 2])

    assert told.client is None or told.client.name in (client, *LIBRARIES)
    assert not told.statuses


def test_words_of_every_program_in_go_say_so() -> None:
    told = parse(TEXTS["Go, GOAWAY"][0])

    assert "Any program in Go prints these words" in told.means
    assert "which program it is" in parse(TEXTS["Go, head held back"][0]).asks


def test_a_phrase_of_another_word_is_no_status() -> None:
    assert parse("standalone SSE stream: Continued").statuses == ()
    assert parse("standalone SSE stream: Conflict").statuses == (409,)


def test_two_clients_in_one_paste_are_both_named() -> None:
    told = parse(f"{TEXTS['Codex, 403'][0]}\n{TEXTS['AI SDK, forgotten'][0]}")

    assert set(told.clients) >= {"codex", "ai-sdk"}
    assert told.client is not None
    # A refused first GET tells more than a request that is answered 404.
    assert (told.client.name, told.half) == ("codex", "initial-open")


def test_what_tells_most_is_laid_to_who_printed_it() -> None:
    other = "MCP issues detected. Run /mcp list for status.\n" * 3
    told = parse(f"{other}{TEXTS['Copilot CLI, 401'][0]}")

    assert told.client is not None
    assert (told.client.name, told.statuses) == ("copilot-cli", (401,))


def test_a_client_that_is_named_in_prose_printed_its_librarys_text() -> None:
    text = "Failed to reconnect SSE stream: Failed to open SSE stream: Bad Gateway"
    told, unclear = parse(f"In Cursor: {text}"), parse(f"Cursor and Cline: {text}")

    assert told.client is not None
    assert unclear.client is not None
    assert (told.client.name, unclear.client.name) == ("cursor", "mcp-typescript")


def test_a_version_in_the_text_is_read() -> None:
    told = parse(f"OpenAI Codex v0.171.0\n{TEXTS['Codex, 403'][0]}")

    assert told.client is not None
    assert told.client.version == "0.171.0"


CERTIFICATES = {
    "✘ Failed to connect — CERT_HAS_EXPIRED: certificate has expired": (
        "expired",
        "claude-code",
    ),
    '[mcp] Failed to load tools from MCP server "x", skipping: '
    "ERR_TLS_CERT_ALTNAME_INVALID fetching": ("wrong-name", "cline"),
    "httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
    "unable to get local issuer certificate (_ssl.c:1006)": (
        "unknown-authority-or-incomplete-chain",
        "mcp-python",
    ),
    "MCP ERROR (x): fetch failed (cause: UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to "
    "verify the first certificate)": ("incomplete-chain", None),
    "MCP ERROR (x): fetch failed (cause: UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unable to "
    "get local issuer certificate)": ("unknown-authority", None),
    "✗ notes failed\n  SSE error: certificate has expired": ("expired", "opencode"),
    TEXTS["Codex, no answer"][0]: ("hidden", "codex"),
}


@pytest.mark.parametrize("text", CERTIFICATES)
def test_certificate_is_read_and_what_is_hidden_stays_open(text: str) -> None:
    fault, client = CERTIFICATES[text]

    told = parse(text)

    assert (told.certificate, told.half) == (fault, "connect")
    assert told.answered is False or fault == "hidden"
    assert client is None or (told.client and told.client.name == client)
    assert not told.statuses


SYMPTOMS = {
    "SSE 断开,无法重连": "not-reopened",
    "实时对话没有反应": "no-answer",
    "每隔五分钟就掉线": "ends-after-a-time",
    "MCP 工具不见了": "tools-gone",
    "在公司网络连不上,在家里正常": "only-on-one-network",
    "提示证书不受信任": "certificate",
    "The stream drops and never comes back": "not-reopened",
    "it disconnects after about five minutes": "ends-after-a-time",
    "My chat hangs, no response at all": "no-answer",
    "all tools are gone since the update": "tools-gone",
    "the server can't be reached, connection refused": "not-connected",
    "asks me to sign in again every hour": "sign-in",
}


@pytest.mark.parametrize("text", SYMPTOMS)
def test_symptom_leads_to_a_probe_and_a_question(text: str) -> None:
    told = parse(text)

    assert told.symptom == SYMPTOMS[text]
    assert told.first_probe in {probe.name for probe in PROBES}
    assert "Paste the line" in told.asks
    assert told.half == "none"


def test_symptom_of_a_named_client_asks_for_its_log() -> None:
    assert "mcp-logs" in parse("Claude Code 里 SSE 断开,无法重连").asks


def test_silent_client_says_where_to_look() -> None:
    told = parse("", "copilot-cli")

    assert "prints nothing for this: GET refused" in told.means
    assert "~/.copilot/logs" in told.means
    assert parse("✓ notes connected", "opencode").half == "none"


# --- the tables -----------------------------------------------------------------------


def test_every_template_can_be_searched_for() -> None:
    for client in client_texts():
        for row in client.texts:
            compile_template(row.text)
        for text in (*client.marks, *client.hints, *(v.text for v in client.versions)):
            compile_template(text)
        assert known_client(client.title) == client
        assert not client.texts or client.marks, client.name


def test_a_template_without_a_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="begin it with a text"):
        compile_template("{reason} what")


def test_every_symptom_names_a_probe() -> None:
    assert {each.first_probe for each in symptoms()} <= {p.name for p in PROBES}


def test_the_page_of_clients_is_the_tables() -> None:
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")

    assert page == client_page(), "python -m streamtriage.error_text.client_table"


SAID = {
    "reopen": (
        "once the laptop has slept the connection is dead and can't get itself back up",
        "the client gives up reconnecting and I have to restart it",
        "\u9577\u9023\u7dda\u4e00\u65b7\u5c31\u7121\u6cd5\u91cd\u65b0\u9023\u7dda",
    ),
    "hold": (
        "the stream is cut at 90s, each time",
        "\u6bcf\u6b21\u5927\u7d04\u4e09\u5206\u9418\u5c31\u4e2d\u65b7",
    ),
    "delay": (
        "progress events don\u2019t arrive any more",
        "everything comes in one big chunk at the end",
        "\u53d1\u51fa\u53bb\u4ee5\u540e\u6ca1\u6709\u4efb\u4f55\u56de\u5e94",
    ),
    "open": ("the list of tools is empty", "\u5de5\u5177\u6ca1\u6709\u52a0\u8f7d"),
    "tls": ("a self-signed cert, it says", "\u6191\u8b49\u4e0d\u53d7\u4fe1\u4efb"),
    "auth": ("unauthorized again since noon", "\u4ee4\u724c\u5931\u6548\u4e86"),
    "proxy": (
        "works at home but not behind zscaler",
        "\u6302\u4e86\u4ee3\u7406\u5c31\u4e0d\u901a",
    ),
    "session": ("my session is invalid after a deploy of theirs",),
    "reach": ("the MCP server is unstable", "MCP \u670d\u52a1\u5668\u5f02\u5e38"),
    "": (
        "how do I write an MCP server?",
        "what is SSE?",
        "the admin wants minutes of the meeting",
        "\u8c22\u8c22,\u5df2\u7ecf\u597d\u4e86",
    ),
}


@pytest.mark.parametrize(
    ("probe", "text"), [(probe, text) for probe in SAID for text in SAID[probe]]
)
def test_words_of_people_lead_to_a_probe_and_a_question(probe: str, text: str) -> None:
    told = parse(text)

    assert told.half == "none"
    assert told.first_probe == probe
    assert bool(told.asks) == bool(probe)


@pytest.mark.parametrize(
    "text",
    [
        "The request was declined. SSE stream disconnected",
        "Could not connect to your MCP server; see diagnostics below",
        "SSE stream disconnected: pythonic_iterator stopped, chrome inspectors closed",
    ],
)
def test_a_name_inside_another_word_names_no_client(text: str) -> None:
    told = parse(text)

    assert told.client is None or told.client.name == "mcp-typescript"


def test_a_name_beside_chinese_is_a_name() -> None:
    told = parse("我用Cline连不上,一直断开重连")

    assert told.client is not None
    assert told.client.name == "cline"


def test_what_is_told_most_is_of_the_program_in_whose_line_it_stands() -> None:
    other = TEXTS["Codex, 403"][0]
    text = (
        '2026-11-29T09:00:00Z [ERROR] MCP server "x" Connection error: Failed to '
        "reconnect SSE stream: Streamable HTTP error: Failed to open SSE stream: Gone"
    )

    told = parse(f"{other}\n{text}\n{other}\n{other}")

    assert told.client is not None
    assert (told.client.name, told.half, told.statuses) == (
        "claude-code",
        "reopen",
        (410,),
    )


# --- any size -------------------------------------------------------------------------

FILLER = b"2026-11-28T20:00:00Z [DEBUG] nothing of interest happens here\n"


def test_few_enough_anchors_are_searched_for() -> None:
    texts = [piece.encode() for piece in large.pieces()]

    assert len(large.anchors(texts)) <= large.ANCHOR_LIMIT


@pytest.mark.parametrize("before", ["", *large.pieces()])
def test_every_piece_is_found_behind_any_other(before: str) -> None:
    """Anchors overlap, and an automaton passes over what overlaps its last hit."""
    for piece in large.pieces():
        lines = bytearray(f"{before}{piece}\n".encode())

        assert len(before.encode()) in large.places_of_pieces(lines, len(lines)), piece


@pytest.mark.parametrize("place", [0.0, 0.31, 0.5, 0.77, 1.0])
def test_a_text_far_inside_a_large_log_is_found(place: float) -> None:
    lines = [FILLER] * 200_000
    lines.insert(int(place * len(lines)), TEXTS["Codex, 403"][0].encode() + b"\n")

    told = parse(large.telling_part(io.BytesIO(b"".join(lines))))

    assert (told.half, told.statuses) == ("initial-open", (403,))


@pytest.mark.parametrize("offset", range(-120, 121, 24))
def test_a_text_across_two_blocks_is_found(offset: int) -> None:
    text = TEXTS["Copilot CLI, 401"][0].encode()
    at = large.WHOLE_BYTES + 1 + large.BLOCK + offset
    raw = b"x" * at + b"\n" + text + b"\n" + b"y" * large.BLOCK

    assert parse(large.telling_part(io.BytesIO(raw))).statuses == (401,)


def test_utf_16_and_binary_rubbish_hide_nothing() -> None:
    text = "\n".join(["nothing"] * 200_000 + [TEXTS["Codex, 403"][0]])
    rubbish = bytes(range(256)) * 4000

    for raw in (text.encode("utf-16"), rubbish + text.encode() + rubbish):
        assert parse(large.telling_part(io.BytesIO(raw))).statuses == (403,)


def test_a_log_full_of_one_text_keeps_another() -> None:
    many = (TEXTS["Codex, 403"][0].encode() + b"\n") * 30_000
    other = TEXTS["AI SDK, forgotten"][0].encode() + b"\n"

    told = parse(large.telling_part(io.BytesIO(many + other + many)))

    assert {"initial-open", "session-lost"} <= set(told.halves)
    assert set(told.clients) >= {"codex", "ai-sdk"}


# Words of which logs of other programs are full, and which hold many an anchor.
TALK = (
    b"the server failed to open a connection: error, timeout, closed, not found, while "
    b"waiting for upstream; failed to get the certificate, (HTTP) error dial tcp"
)


@pytest.mark.parametrize("filler", [FILLER, TALK + b"\n"])
def test_first_and_last_of_a_plentiful_text_are_kept(filler: bytes) -> None:
    """It stands in each line of the middle, so the search leaves it out there."""
    said = TEXTS["Codex, 403"][0]
    first, last, other = (
        said.replace("403", status).encode() + b"\n" for status in ("401", "503", "418")
    )
    calm = filler * (3 * large.BLOCK // len(filler))
    many = (said.encode() + b"\n") * 30_000
    raw = calm + first + calm + many + calm + other + calm + last + calm

    told = parse(large.telling_part(io.BytesIO(raw)))

    assert told.statuses == (401, 403, 418, 503)


def test_a_log_full_of_anchors_hides_no_text() -> None:
    lines = [TALK + b"\n"] * 20_000
    for place, text in ((7_000, "Copilot CLI, 401"), (15_000, "AI SDK, forgotten")):
        lines[place] = TEXTS[text][0].encode() + b"\n"

    told = parse(large.telling_part(io.BytesIO(b"".join(lines))))

    assert set(told.clients) >= {"copilot-cli", "ai-sdk"}
    assert {"initial-open", "session-lost"} <= set(told.halves)


def test_every_piece_is_found_in_a_log_that_was_full_of_others() -> None:
    """The anchors are chosen anew where a log is full of those chosen beforehand."""
    full = b"\n".join(piece.encode() for piece in large.pieces()[::2])
    rest = large.pieces()[1::2]
    calm = FILLER * 5_000
    raw = full * (2 * large.BLOCK // len(full)) + calm
    raw += b"".join(piece.encode() + b"\n" + calm for piece in rest)

    told = large.telling_part(io.BytesIO(raw))

    assert [piece for piece in rest if piece not in told] == []


def test_whoever_writes_its_own_words_printed_the_library_s_too() -> None:
    """Programs on one library print its lines alike."""
    library = (
        "ERROR rmcp::transport::streamable_http_client: fail to get common stream: "
        "Client error: HTTP status client error (404 Not Found) for url (http://a/mcp)"
    )
    own = "ERROR goose::agents::extension_manager: Failed to add extension docs"

    beside, alone = parse(f"{library}\n{own}"), parse(library)

    assert beside.client is not None
    assert alone.client is not None
    assert beside.client.name == "goose"
    assert alone.client.name != "goose"
    assert beside.half == alone.half == "initial-open"
    assert beside.statuses == alone.statuses == (404,)
