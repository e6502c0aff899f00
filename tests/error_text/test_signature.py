"""The Signature of a pasted text: what it must say, and what it must leave open."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtriage.error_text.large import WHOLE_BYTES
from streamtriage.error_text.parse import LINE_CAP, parse
from streamtriage.error_text.reason_phrases import REFUSALS
from streamtriage.model import Signature

DATA = Path(__file__).parent.parent / "data"

OPEN = "Streamable HTTP error: Failed to open SSE stream"
REOPEN = f"Failed to reconnect SSE stream: {OPEN}"
V2_REOPEN = "Failed to reconnect SSE stream: Failed to open SSE stream"
GIVEN_UP = "Maximum reconnection attempts (2) exceeded."
CUT = "SSE stream disconnected: "
BUN_CLOSED = (
    "Error: The socket connection was closed unexpectedly. For more information, "
    "pass `verbose: true` in the second argument to fetch()"
)
BUN_UNREACHABLE = "Unable to connect. Is the computer able to access the url?"
SIGN_IN = (
    "HTTP 404: Invalid OAuth error response: SyntaxError: JSON Parse error: "
    'Unexpected identifier "Not". Raw body: Not Found'
)


def brief(signature: Signature) -> tuple[str, str, str | None, tuple[int, ...]]:
    return signature.runtime, signature.half, signature.reason, signature.statuses


# --- real logs ------------------------------------------------------------------------


def refused(reason: str) -> list[str]:
    once = [f"{OPEN}: {reason}", f"{REOPEN}: {reason}"]
    return [*once, *once, GIVEN_UP]


LOGS: dict[str, tuple[str, tuple[str, ...], str | None, tuple[int, ...], list[str]]] = {
    "healthy": ("none", (), None, (), []),
    "no_get_404": (
        "initial-open",
        ("initial-open",),
        "Not Found",
        (404,),
        [f"{OPEN}: Not Found"] * 2,
    ),
    "session_lost_404": (
        "reopen",
        ("reopen", "exhausted"),
        "Not Found",
        (404,),
        refused("Not Found"),
    ),
    "conflict_409": (
        "reopen",
        ("reopen", "exhausted"),
        "Conflict",
        (409,),
        refused("Conflict"),
    ),
    "gateway_502": (
        "reopen",
        ("reopen", "exhausted"),
        "Bad Gateway",
        (502,),
        refused("Bad Gateway"),
    ),
    "rate_429": (
        "reopen",
        ("reopen", "exhausted"),
        "Too Many Requests",
        (429,),
        refused("Too Many Requests"),
    ),
    "expired_token": (
        "reopen",
        ("reopen", "exhausted"),
        SIGN_IN,
        (401,),
        [
            *[SIGN_IN, SIGN_IN, f"Failed to reconnect SSE stream: {SIGN_IN}"] * 2,
            GIVEN_UP,
        ],
    ),
    "reset": (
        "reopen",
        ("cut", "reopen", "exhausted"),
        BUN_UNREACHABLE,
        (),
        [
            CUT + BUN_CLOSED,
            *[BUN_UNREACHABLE, f"Failed to reconnect SSE stream: {BUN_UNREACHABLE}"]
            * 2,
            GIVEN_UP,
        ],
    ),
    "incomplete": ("cut", ("cut",), None, (), [CUT + BUN_CLOSED] * 3),
}


@pytest.mark.parametrize("file", ["debug.txt", "mcp-logs.jsonl"])
@pytest.mark.parametrize("fault", LOGS)
def test_real_log_gives_signature_of_its_fault(fault: str, file: str) -> None:
    half, halves, reason, statuses, lines = LOGS[fault]
    text = (DATA / "client-logs" / fault / file).read_text(encoding="utf-8")

    signature = parse(text)

    # Version 2.1.197 is the native build and older than any v2 client.
    assert brief(signature) == ("v1-bun", half, reason, statuses)
    assert signature.halves == halves
    assert list(signature.lines) == lines


def test_every_real_log_has_a_row() -> None:
    folders = {p.name for p in (DATA / "client-logs").iterdir() if p.is_dir()}

    assert folders == set(LOGS)


def test_two_logs_in_one_paste_keep_both_stories() -> None:
    logs = (DATA / "client-logs" / fault for fault in ("no_get_404", "conflict_409"))
    text = "\n".join((log / "debug.txt").read_text(encoding="utf-8") for log in logs)

    signature = parse(text)

    assert signature.halves == ("initial-open", "reopen", "exhausted")
    assert signature.statuses == (409,)


# --- one sample line of each client ---------------------------------------------------

# By the words that a line starts with; `NOT_SAID` is a refusal without its status.
NOT_SAID: tuple[int, ...] = ()
Sample = tuple[str, str, str, str | None, tuple[int, ...], str]
SAMPLES: tuple[Sample, ...] = (
    (
        '{"debug":"Connection error: Failed',
        "v1",
        "reopen",
        "Bad Gateway",
        (502,),
        "502",
    ),
    (f"Connection error: {REOPEN}: ", "v1", "reopen", "", NOT_SAID, "no reason phrase"),
    (
        "Connection error: Failed to reconnect SSE stream: Failed",
        "v2",
        "reopen",
        "Bad Gateway",
        (502,),
        "502",
    ),
    (
        "Connection error: SdkHttpError dialing",
        "v2",
        "initial-open",
        None,
        NOT_SAID,
        "redacted",
    ),
    ("Connection error: Error dialing", "v2", "reopen", None, NOT_SAID, "redacted"),
    (
        "Connection error: Maximum",
        "unknown",
        "exhausted",
        None,
        NOT_SAID,
        "gave up after 2 tries",
    ),
    (
        "Closing transport (SSE",
        "unknown",
        "exhausted",
        None,
        NOT_SAID,
        "does not say why",
    ),
    ("SSE GET-stream", "unknown", "exhausted", None, NOT_SAID, "does not say why"),
    ("Closing transport (max", "unknown", "cut", None, (), "not in this text"),
    ("Terminal connection error", "unknown", "unknown", None, (), "counts errors"),
    ("HTTP connection dropped", "unknown", "cut", None, (), "not in this text"),
    (
        "MCP session expired (server returned 404 with",
        "unknown",
        "session-lost",
        None,
        (),
        "session were gone",
    ),
    (
        "MCP session expired (server returned 404),",
        "unknown",
        "session-lost",
        None,
        (),
        "2.1.147 to 2.1.152",
    ),
    (
        "MCP session expired (server no longer",
        "unknown",
        "session-lost",
        None,
        (),
        "session were gone",
    ),
    (
        "Connection error: HTTP 404: Invalid OAuth",
        "bun",
        "initial-open",
        SIGN_IN,
        (401,),
        "answered 401",
    ),
    (
        "Connection error: Failed to reconnect SSE stream: Dynamic",
        "unknown",
        "reopen",
        "Dynamic Client Registration rejected (HTTP 404): Not Found",
        (401,),
        "answered 401",
    ),
    (f"Connection error: {CUT}TypeError", "node", "cut", None, (), "by whom"),
    (f"Connection error: {CUT}Error", "bun", "cut", None, (), "by whom"),
    ("http transport closed", "unknown", "look-alike", None, (), "outer loop"),
    ("Connection failed after 11ms", "v2", "look-alike", None, (), "over POST"),
    ("No token data found", "unknown", "none", None, (), "No text of this error"),
    (
        "HTTP Connection failed after 90ms",
        "unknown",
        "look-alike",
        None,
        (),
        "forward proxy",
    ),
    ("HTTP Connection failed after 105ms", "v1", "look-alike", None, (), "over POST"),
    (
        "2026-01-02 03:04:05.678 [error] Client error for command",
        "v1",
        "reopen",
        "Conflict",
        (409,),
        "409",
    ),
    (
        "2026-05-02 03:04:05.678 [error] Client error:",
        "v1",
        "reopen",
        "Bad Request",
        (400,),
        "400",
    ),
    (
        "2026-01-02 03:04:05.678 [info] Connection state",
        "other",
        "cut",
        None,
        (),
        "VS Code",
    ),
    (
        "2026-01-02 03:04:05.678 [info] 404 status",
        "other",
        "unknown",
        None,
        (),
        "VS Code",
    ),
    ("MCP ERROR (srv)", "v1", "initial-open", "Not Found", (404,), "404"),
    (
        "StreamableHTTPError: Failed",
        "v1",
        "initial-open",
        "Not Found",
        (404,),
        "prefix is missing",
    ),
    ("[12345] Error from remote", "v1", "initial-open", "Not Found", (404,), "404"),
    ("Error from MCP server", "v1", "initial-open", "Not Found", (404,), "404"),
    (f"{OPEN}: Not Found {OPEN}", "v1", "initial-open", "Not Found", (404,), "404"),
    ("MCP client for `srv`", "other", "connect", None, (), "Codex printed"),
    ("service=server", "unknown", "none", None, (), "hides the cause"),
)


def sample_lines() -> list[str]:
    rows: list[dict[str, Any]] = json.loads(
        (DATA / "log_samples.json").read_text(encoding="utf-8")
    )
    return [str(row["line"]) for row in rows]


@pytest.mark.parametrize("row", SAMPLES, ids=lambda row: row[0][:50])
def test_sample_line_of_client_gives_its_signature(row: Sample) -> None:
    start, *expected, says = row
    (line,) = [line for line in sample_lines() if line.startswith(start)]

    signature = parse(line)

    assert brief(signature) == tuple(expected)
    assert says in signature.means


def test_every_sample_line_has_a_row() -> None:
    starts = tuple(row[0] for row in SAMPLES)

    assert [line for line in sample_lines() if not line.startswith(starts)] == []
    assert len(sample_lines()) == len(SAMPLES)


def test_doubled_text_gives_both_lines() -> None:
    signature = parse(f"{OPEN}: Not Found {OPEN}: Not Found")

    assert signature.lines == (f"{OPEN}: Not Found",) * 2


def test_redacted_pair_is_one_reopening() -> None:
    url = "https://mcp.example.test/mcp?k=REDACTED"
    signature = parse(
        f"Connection error: SdkHttpError dialing {url} "
        "(CLIENT_HTTP_FAILED_TO_OPEN_STREAM)\n"
        f"Connection error: Error dialing {url}\n"
    )

    assert signature.halves == ("reopen",)
    assert signature.lines == ()


def test_redacted_texts_hide_no_other_line() -> None:
    signature = parse(
        "SdkHttpError dialing https://a.test (CLIENT_HTTP_NOT_IMPLEMENTED)\n"
        f"{REOPEN}: Conflict\n"
        "SdkHttpError dialing https://a.test (CLIENT_HTTP_FAILED_TO_OPEN_STREAM)\n"
    )

    assert signature.half == "reopen"
    assert signature.statuses == (409,)


# --- what follows the colon -----------------------------------------------------------

PHRASES: dict[str, tuple[int, ...]] = {
    "Unprocessable Entity": (422,),
    "Unprocessable Content": (422,),
    "Payload Too Large": (413,),
    "Content Too Large": (413,),
    "Request Entity Too Large": (413,),
    "Gateway Timeout": (504,),
    "Gateway Time-out": (504,),
    "Request Time-out": (408,),
    "Misdirected Request": (421,),
    "Client Closed Request": (499,),
    "Service Temporarily Unavailable": (503,),
    "Web Server Is Down": (521,),
    "I'm a teapot": (418,),
    "Method Not Allowed": (405,),
    "not found": (404,),
    "Session Limit Reached": NOT_SAID,
    "Invalid Token": NOT_SAID,
    "<none>": NOT_SAID,
    "": NOT_SAID,
}


@pytest.mark.parametrize(("phrase", "statuses"), PHRASES.items())
def test_reason_phrase_stands_for_its_statuses(
    phrase: str, statuses: tuple[int, ...]
) -> None:
    reason = "" if phrase == "<none>" else phrase

    signature = parse(f"{REOPEN}: {phrase}")

    assert signature.statuses == statuses
    assert signature.reason == reason
    assert signature.lines == (f"{REOPEN}: {reason}",)


@pytest.mark.parametrize(
    "status", [s for s in HTTPStatus if s >= 300], ids=lambda s: str(int(s))
)
def test_registered_phrase_stands_for_its_status(status: HTTPStatus) -> None:
    assert parse(f"{REOPEN}: {status.phrase}").statuses == (status,)


def test_refusals_leave_out_success_and_405() -> None:
    assert 405 not in REFUSALS
    assert min(REFUSALS) >= 300
    assert {400, 401, 403, 404, 406, 409, 429, 499, 500, 502, 503, 504, 522} <= set(
        REFUSALS
    )
    assert tuple(sorted(set(REFUSALS))) == REFUSALS


INNER: dict[str, tuple[str, tuple[int, ...]]] = {
    "fetch failed": ("node", ()),
    BUN_UNREACHABLE: ("bun", ()),
    f"ECONNREFUSED: {BUN_UNREACHABLE}": ("bun", ()),
    "getaddrinfo ENOTFOUND mcp.example.test": ("unknown", ()),
    "self signed certificate": ("unknown", ()),
    "TimeoutError: The operation timed out.": ("bun", ()),
    "Unauthorized": ("unknown", (401,)),
    "Server returned 401 after re-authentication": ("unknown", (401,)),
    "Resource server does not implement OAuth 2.0 Protected Resource Metadata.": (
        "unknown",
        (401,),
    ),
    "HTTP 500 trying to load well-known OAuth metadata": ("unknown", (401,)),
    "Incompatible auth server: does not support dynamic client registration": (
        "unknown",
        (401,),
    ),
    'Insufficient scope: required "mcp"': ("unknown", (403,)),
    "Bad Gateway": ("unknown", (502,)),
    "HTTP 502 from upstream": ("unknown", (502,)),
    "something else": ("unknown", ()),
}


@pytest.mark.parametrize(("inner", "expected"), INNER.items())
def test_thrown_inner_text_is_the_reason(
    inner: str, expected: tuple[str, tuple[int, ...]]
) -> None:
    runtime, statuses = expected

    signature = parse(f"Failed to reconnect SSE stream: {inner}")

    assert brief(signature) == (runtime, "reopen", inner, statuses)
    assert signature.lines == (f"Failed to reconnect SSE stream: {inner}",)


def test_redirect_not_followed_stands_for_redirects() -> None:
    reason = "Redirect to plain http not followed; try https://mcp.example.test instead"

    signature = parse(f"{REOPEN}: {reason}")

    assert signature.reason == reason
    assert signature.statuses == (301, 302, 303, 307, 308)


def test_endless_reason_is_cut_off() -> None:
    signature = parse(f"{REOPEN}: {'Too Long ' * 1000}")

    assert 0 < len(signature.reason or "") <= 300


NUMBERS: dict[str, tuple[str, tuple[int, ...]]] = {
    "in brackets, no colon": (f"{REOPEN} (HTTP 409)", (409,)),
    "suffix of Claude Code": (f"{REOPEN}:  (code: 407, errno: none)", (407,)),
    "member of a thrown v1 error": (
        f"Error: {OPEN}: \n    at X._startOrAuthSse (x.js:1:2) {{\n  code: 409\n}}",
        (409,),
    ),
    "member of a thrown v2 error": (
        (
            "SdkHttpError: Failed to open SSE stream: \n    at X (x.js:1:2) {\n"
            "  code: 'CLIENT_HTTP_FAILED_TO_OPEN_STREAM',\n"
            "  data: { status: 502, statusText: '' }\n}"
        ),
        (502,),
    ),
    "field of a JSON record": (
        json.dumps({"err": {"message": f"{OPEN}: ", "code": 503}, "port": 409}),
        (503,),
    ),
    "a custom phrase beside it": (f"{REOPEN}: Session Limit (HTTP 429)", (429,)),
    "two numbers are both said": (f"{REOPEN}: (code: 404, status: 409)", (404, 409)),
    "a known phrase outweighs it": (f"{REOPEN}: Conflict (HTTP 502)", (409,)),
    "a number of another line": (f"{REOPEN}: \nPOST answered status: 404", NOT_SAID),
    "a number that cannot be": (f"{REOPEN}: (HTTP 200)", NOT_SAID),
}


@pytest.mark.parametrize(("text", "statuses"), NUMBERS.values(), ids=NUMBERS)
def test_explicit_number_narrows_statuses(text: str, statuses: tuple[int, ...]) -> None:
    assert parse(text).statuses == statuses


TRUNCATED: dict[str, str] = {
    "no colon": REOPEN,
    "half alone": "Failed to reconnect SSE stream",
    "half with colon": "Failed to reconnect SSE stream:",
    "inside the prefix": "Failed to reconnect SSE stream: Streamable HTTP err",
    "with an ellipsis": REOPEN[:-3] + "…",
    "with three dots": REOPEN[:-3] + "...",
    "phrase cut off": f"{REOPEN}: Bad Gat…",
}


@pytest.mark.parametrize("text", TRUNCATED.values(), ids=TRUNCATED)
def test_truncated_text_leaves_status_open(text: str) -> None:
    signature = parse(text)

    assert signature.half == "reopen"
    assert signature.reason is None
    assert signature.statuses == NOT_SAID
    assert "unknown" in signature.means


# --- wrappers -------------------------------------------------------------------------

PLAIN = f"{REOPEN}: Bad Gateway"
RECORD = json.dumps({"debug": f"Connection error: {PLAIN}", "cwd": "/home/dev/project"})
WRAPPED: dict[str, str] = {
    "Chinese prose": f"今天突然 {PLAIN}怎么办?重启无效",
    "Chinese quotes": f"报错“{PLAIN}”,重启无效",
    "Chinese colon": PLAIN.replace(": Bad", "\uff1aBad"),
    "English prose": f"Since Monday I get {PLAIN}. What can I do?",
    "Markdown": f"```\n{PLAIN}\n```",
    "quoted mail": "> Failed to reconnect SSE stream: Streamable\n"
    "> HTTP error: Failed to open SSE\n> stream: Bad\n> Gateway\n\nthanks",
    "hard wrap": "\n".join(PLAIN[i : i + 17] for i in range(0, len(PLAIN), 17)),
    "Windows line ends": PLAIN.replace(" HTTP", "\r\nHTTP").replace(": B", ":\r\nB"),
    "terminal box": "│ Failed to reconnect SSE stream: Streamable HTTP   │\n"
    "│ error: Failed to open SSE stream: Bad Gateway     │",
    "colours": f"\x1b[31m\x1b[1mFailed\x1b[0m{PLAIN[6:-7]}\x1b[33mGateway\x1b[39m",
    "colours without escape": f"[31m{PLAIN}[39m",
    "colours as JSON escapes": f'{{"msg":"\\u001b[31m{PLAIN}\\u001b[0m", broken',
    "HTML": f"<p>{PLAIN.replace(' ', '&nbsp;')}</p>",
    "no-break spaces": PLAIN.replace(" ", "\u00a0"),
    "zero-width spaces": PLAIN.replace("SSE", "S\u200bSE"),
    "UTF-16 read as bytes": PLAIN.encode("utf-16").decode("latin-1"),
    "JSON record": RECORD,
    "JSON record cut off": RECORD[:-30],
    "JSON record in JSON": json.dumps({"log": RECORD + "\n", "stream": "stderr"}),
    "JSON record after a prefix": f"2026-01-02 mcp {RECORD}",
    "pretty JSON": json.dumps({"error": {"message": PLAIN, "x": "y"}}, indent=2),
    "Cursor": f"2026-01-02 03:04:05.678 [error] Client error for command {PLAIN}",
    "class name": f"StreamableHTTPError: {PLAIN}",
    "stack": f"Error: {PLAIN}\n    at X._startOrAuthSse (file:///x.js:12:3)",
}


@pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED)
def test_wrapped_text_gives_the_exact_line(text: str) -> None:
    signature = parse(text)

    assert signature.lines == (PLAIN,)
    assert brief(signature) == ("v1", "reopen", "Bad Gateway", (502,))


def test_question_after_colon_is_no_reason() -> None:
    assert parse(f"用户 {REOPEN}\uff1a怎么解决").reason == ""
    assert parse(f"I keep getting {REOPEN}: when I start it").reason == ""


def test_class_name_alone_is_not_taken_for_the_prefix() -> None:
    signature = parse("StreamableHTTPError: Failed to open SSE stream: Not Found")

    assert signature.lines == ("Failed to open SSE stream: Not Found",)


# --- runtime --------------------------------------------------------------------------

RUNTIMES: dict[str, tuple[str, str]] = {
    "v1 on Node": (f"{CUT}TypeError: terminated\n{REOPEN}: Conflict", "v1-node"),
    "v1 on Bun": (f"{CUT}{BUN_CLOSED}\n{REOPEN}: Conflict", "v1-bun"),
    "v2 on Node": (f"{CUT}TypeError: terminated\n{V2_REOPEN}: Conflict", "v2-node"),
    "v2 on Bun": (f"{CUT}{BUN_CLOSED}\n{V2_REOPEN}: Conflict", "v2-bun"),
    "undici code": (f"{GIVEN_UP}\ncause: UND_ERR_BODY_TIMEOUT", "node"),
    "last Claude Code on Node": (f"claude-code/2.1.112\n{GIVEN_UP}", "v1-node"),
    "first Claude Code on Bun": (f"claude-code/2.1.113\n{GIVEN_UP}", "v1-bun"),
    "last Claude Code before v2": (f"claude-code/2.1.217\n{GIVEN_UP}", "v1-bun"),
    "Claude Code of either generation": (f"claude-code/2.1.250\n{GIVEN_UP}", "bun"),
    "last Claude Code with v1": (f"claude-code/2.1.322\n{GIVEN_UP}", "bun"),
    "first Claude Code without v1": (f"2.1.323 (Claude Code)\n{GIVEN_UP}", "v2-bun"),
    "text outweighs version": (
        f"Claude Code v2.1.330\n{REOPEN}: Conflict",
        "v1-bun",
    ),
    "two engines decide nothing": (
        f"claude-code/2.1.112\nclaude-code/2.1.113\n{GIVEN_UP}",
        "v1",
    ),
    "Bun claims a Node version": (f"Node version: v26.3.0\n{GIVEN_UP}", "unknown"),
    "Python client": ("GET stream error: ReadTimeout", "other"),
}


@pytest.mark.parametrize(("text", "runtime"), RUNTIMES.values(), ids=RUNTIMES)
def test_runtime_is_named_as_far_as_texts_decide(text: str, runtime: str) -> None:
    assert parse(text).runtime == runtime


# --- look-alikes ----------------------------------------------------------------------

LOOK_ALIKES: dict[str, tuple[str, str]] = {
    "model stream": ("POST /v1/messages failed: ECONNRESET", "model provider"),
    "event upload": (
        "PUT /v1/code/sessions/x/worker/events/stream 502",
        "nothing to do with an MCP server",
    ),
    "model error": ("API Error (Connection error.) · Retrying", "model provider"),
    "overloaded": ('{"type":"overloaded_error"}', "model provider"),
    "older transport": ("SSE error: Non-200 status code (409)", "HTTP+SSE"),
    "POST": ("Streamable HTTP error: Error POSTing to endpoint: x", "over POST"),
    "DELETE": ("Failed to terminate session: Bad Gateway", "DELETE"),
    "content type": ("Unexpected content type: text/html", "over POST"),
    "negotiation": (
        "Version negotiation failed: the server requires authorization (HTTP 401)",
        "protocol revision",
    ),
    "outer loop": ("Max reconnection attempts (5) reached, giving up", "outer loop"),
    "any request": ("Connection error: fetch failed", "got no answer"),
}


@pytest.mark.parametrize(("text", "says"), LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_look_alike_says_what_it_is(text: str, says: str) -> None:
    signature = parse(text)

    assert signature.half == "look-alike"
    assert not signature.is_this_error
    assert signature.statuses == ()
    assert signature.reason is None
    assert signature.means.startswith("This is not the SSE reconnect error.")
    assert says in signature.means


@pytest.mark.parametrize(("text", "says"), LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_real_error_outweighs_look_alike(text: str, says: str) -> None:
    signature = parse(f"{text}\n{REOPEN}: Conflict\n")

    assert brief(signature)[1:] == ("reopen", "Conflict", (409,))
    assert says not in signature.means


# --- meaning --------------------------------------------------------------------------

MEANINGS: dict[str, tuple[str, str]] = {
    "cut before": (f"{CUT}TypeError: terminated\n{REOPEN}: Conflict", "was cut"),
    "given up": (f"{REOPEN}: Conflict\n{GIVEN_UP}", "gave up after 2 tries"),
    "empty": (f"{REOPEN}: ", "only a probe can tell"),
    "network": ("Failed to reconnect SSE stream: fetch failed", "No HTTP answer"),
    "first GET twice": (f"{OPEN}: Not Found\n{OPEN}: Not Found", "no open stream"),
    "first GET once": (f"{OPEN}: Not Found", 'says "Failed to reconnect"'),
    "custom phrase": (f"{REOPEN}: Session Limit", "reason phrase of its own"),
    "silent loop": ("No token data found\n" * 70, "opens and ends over and over"),
    "nothing": ("all is well", "No text of this error was found."),
}


@pytest.mark.parametrize(("text", "says"), MEANINGS.values(), ids=MEANINGS)
def test_meaning_says_what_the_text_says(text: str, says: str) -> None:
    assert says in parse(text).means


def test_meaning_repeats_no_text_of_a_server() -> None:
    signature = parse(f"{REOPEN}: Token canary-1 Rejected")

    assert "canary" in (signature.reason or "")
    assert "canary" not in signature.means


# --- bounds ---------------------------------------------------------------------------

MONSTERS = (
    REOPEN + ": Conflict\n",
    "Failed to open SSE stream",
    "Maximum reconnection attempts (",
    "Connection error: fetch failed\n",
    "SdkHttpError dialing ",
    "/v1/messages ",
    '{"a":',
    '[{"a":[',
    "\\",
    '\\"',
    "&#x",
    "\x1b[1;",
    "[1;1;",
    "\x00",
    "> \n",
    " ",
    "\n",
    "\u0130",
    "\ud800",
    "claude code  ",
    "code  ",
)


@pytest.mark.parametrize("unit", MONSTERS, ids=ascii)
def test_huge_text_takes_bounded_time(unit: str) -> None:
    text = unit * (8_000_000 // len(unit))

    started = time.process_time()
    signature = parse(text)

    assert time.process_time() - started < 10
    assert len(signature.lines) <= LINE_CAP
    assert len(signature.model_dump_json()) < 100_000


def test_huge_log_is_read_to_its_end() -> None:
    filler = "nothing to see here\n" * 400_000
    assert len(filler) > 2 * WHOLE_BYTES

    assert parse(f"{REOPEN}: Conflict\n{filler}").statuses == (409,)
    assert parse(f"{filler}{REOPEN}: Conflict\n").statuses == (409,)
    assert parse(f"{filler}{REOPEN}: Conflict\n{filler}").statuses == (409,)


def test_deeply_nested_json_is_no_trouble() -> None:
    deep = "[" * 100_000 + "]" * 100_000

    assert parse(f"{deep}\n{REOPEN}: Conflict").statuses == (409,)


# --- promises for any text ------------------------------------------------------------

FRAGMENTS = st.sampled_from(
    [
        *MONSTERS,
        f"{OPEN}: ",
        "Failed to reconnect SSE stream: ",
        CUT,
        "StreamableHTTPError: ",
        "Not Found",
        '{"debug":"',
        '"}',
        "…",
        "\uff1a",
        "claude-code/2.1.197",
    ]
)
ANY_TEXT = st.one_of(
    st.text(alphabet=st.characters()),
    st.binary().map(lambda raw: raw.decode("latin-1")),
    st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.lists(st.one_of(FRAGMENTS, st.text(max_size=8)), max_size=30).map("".join),
)


@given(ANY_TEXT)
def test_any_text_has_a_signature_that_survives_json(text: str) -> None:
    signature = parse(text)

    assert Signature.model_validate_json(signature.model_dump_json()) == signature
    assert signature.means
    assert signature.half in (*signature.halves, "none")
    assert set(signature.statuses) <= {*REFUSALS, 405}


@given(before=ANY_TEXT, after=ANY_TEXT)
def test_error_inside_any_text_is_found(before: str, after: str) -> None:
    signature = parse(f"{before} {REOPEN} {after}")

    assert "reopen" in signature.halves
    assert signature.half == "reopen"


@given(before=st.lists(ANY_TEXT), after=st.lists(ANY_TEXT))
def test_lines_around_an_error_do_not_lose_it(
    before: list[str], after: list[str]
) -> None:
    signature = parse("\n".join([*before, f"{REOPEN}: Conflict", *after]))

    assert signature.half == "reopen"
    assert f"{REOPEN}: Conflict" in signature.lines or len(signature.lines) == LINE_CAP


@given(st.text(alphabet="abcdefghij \n.,:{}[]\"'", max_size=200))
def test_harmless_text_holds_no_error(text: str) -> None:
    assert not parse(text).is_this_error
