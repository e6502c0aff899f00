"""Causes in what a GET or a notification is answered, from the first one on."""

from __future__ import annotations

from streamtriage.causes.case import (
    ANY,
    LEGACY,
    Case,
    Judgement,
    absent,
    cause,
    present,
    suspected,
    unknown,
)
from streamtriage.causes.gateway import gateway_of
from streamtriage.causes.words import answer, seconds
from streamtriage.model import Citation, Exchange, Fix

__all__ = [
    "gateway_blocks_get",
    "get_4xx_instead_of_405",
    "get_200_html_or_json",
    "get_not_implemented_404",
    "initialized_not_202",
    "rate_limit_429",
]

_SPEC_GET = Citation(
    source="MCP 2025-11-25, basic/transports, Listening for Messages from the Server"
)
_ONLY_405 = Citation(
    source="https://github.com/modelcontextprotocol/typescript-sdk/issues/1635"
)
_EXPRESS_405 = (
    "app.get('/mcp', (req, res) => {\n"
    "  res.status(405).set('Allow', 'POST, DELETE').end();\n"
    "});"
)
_STARLETTE_405 = (
    "async def no_stream(request):\n"
    "    return Response(status_code=405, headers={'Allow': 'POST, DELETE'})\n\n"
    "routes.append(Route('/mcp', no_stream, methods=['GET']))"
)
_ANSWER_405 = (
    Fix(
        where="a TypeScript server (Express)",
        what="Answer GET with 405: every client takes that for `no stream offered`.",
        paste=_EXPRESS_405,
        verify="open",
    ),
    Fix(
        where="a Python server (Starlette)",
        what="Answer GET with 405.",
        paste=_STARLETTE_405,
        verify="open",
    ),
)


def _first_gets(case: Case) -> tuple[Exchange, ...] | Judgement:
    """Return the live GETs if POST works in the same session, else why not."""
    gets = case.live_gets
    if not gets:
        return unknown("No GET was answered in a live session.")
    if case.posts_work is None:
        return unknown("No POST was tried in the same session.")
    if not case.posts_work:
        return absent("POST is refused as well, so this is not about GET.", "open")
    return gets


def _all_refused(gets: tuple[Exchange, ...]) -> bool:
    return all(not seen.accepted for seen in gets)


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="server-restart-session-lost",
    fixes=_ANSWER_405,
    citations=(
        _SPEC_GET,
        _ONLY_405,
        Citation(source="https://github.com/anthropics/claude-code/issues/62198"),
    ),
)
def get_not_implemented_404(case: Case) -> Judgement:
    """The server has no route for GET: it answers 404 where 405 is meant."""
    gets = _first_gets(case)
    if isinstance(gets, Judgement):
        return gets
    if not (_all_refused(gets) and all(seen.status == 404 for seen in gets)):
        return absent(f"The GET was answered {answer(gets[0])}.", "open")
    if gets[0].jsonrpc_code is not None:
        return suspected(
            f"Every GET is 404 with JSON-RPC error {gets[0].jsonrpc_code}, though the "
            "session was new and POST works in it.",
            "Ask the operator whether GET and POST reach the same process.",
            "open",
        )
    who = gateway_of(gets[0])
    by = f" The page is {who}'s." if who else ""
    return present(
        f"{len(gets)} GET(s) in new sessions were all answered {answer(gets[0])}, with "
        f"no JSON-RPC body, while POST works.{by} Clients expect 405 here.",
        "open",
        "handshake",
    )


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="session-400-instead-of-404",
    fixes=_ANSWER_405,
    citations=(
        _SPEC_GET,
        _ONLY_405,
        Citation(source="https://github.com/punkpeye/mcp-proxy/pull/62"),
    ),
)
def get_4xx_instead_of_405(case: Case) -> Judgement:
    """The server offers no GET stream but says so with another status than 405."""
    gets = _first_gets(case)
    if isinstance(gets, Judgement):
        return gets
    first = gets[0]
    if not _all_refused(gets) or first.status not in (400, 406, 415, 422, 501):
        return absent(f"The GET was answered {answer(first)}.", "open")
    if len({seen.status for seen in gets}) > 1:
        return absent("The refusals differ from each other.", "open")
    named = _names_a_condition(first)
    if named:
        return suspected(
            f"Every GET is {answer(first)}, and the text names a condition: {named}.",
            "Meet that condition and send the GET again.",
            "open",
        )
    both = case.opened.accept_both if case.opened else None
    if both is not None and both.status not in (first.status, 405):
        return suspected(
            f"The GET is {answer(first)}, but {answer(both)} when it accepts JSON too.",
            "Compare the Accept header that reaches the server with the one sent.",
            "open",
        )
    return present(
        f"{len(gets)} GET(s) in new sessions were all answered {answer(first)}, while "
        "POST works in the same sessions. Only 405 means `no stream offered`.",
        "open",
        "handshake",
    )


def _names_a_condition(seen: Exchange) -> str:
    """Return the condition of a refusal that another GET could meet.

    The texts are those of the official SDKs (TypeScript, Python, C#, Go, mcp-go).
    """
    text = f"{seen.jsonrpc_message} {seen.excerpt}".lower()
    conditions = (
        ("unsupported protocol version", "the protocol version header"),
        ("session already exists", "an older stream of this session"),
        ("multiple get requests", "an earlier GET in this session"),
        ("server not initialized", "a server that was initialized"),
        ("session id", "the session id"),
        ("last-event-id", "the last event id"),
    )
    return next((name for words, name in conditions if words in text), "")


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="instant-close-flap",
    fixes=_ANSWER_405,
    citations=(
        _SPEC_GET,
        Citation(
            source="TypeScript SDK 1.32.2: no content-type check on GET", grade="L"
        ),
    ),
)
def get_200_html_or_json(case: Case) -> Judgement:
    """A GET is answered 200 with a document instead of an event stream."""
    gets = case.live_gets
    if not gets:
        return unknown("No GET was answered in a live session.")
    wrong = [
        seen
        for seen in gets
        if seen.status == 200 and seen.media_type != "text/event-stream"
    ]
    if not wrong:
        return absent(f"The GET was answered {answer(gets[0])}.", "open")
    kind = wrong[0].media_type or "no content type"
    return present(
        f"The GET was answered 200 with {kind} ({wrong[0].body_bytes} bytes). Clients "
        "take it for a stream that ended, and ask again once a second, for ever, "
        "without an error line.",
        "open",
    )


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-not-implemented-404",
    fixes=(
        Fix(
            where="nginx",
            what="Let GET and DELETE through on the MCP path, unbuffered.",
            paste="location /mcp {\n    limit_except GET POST DELETE { deny all; }\n"
            "    proxy_pass http://mcp_backend;\n    proxy_buffering off;\n"
            "    proxy_read_timeout 1h;\n}",
            verify="open",
        ),
        Fix(
            where="any gateway that cannot stream",
            what="Have it answer GET with 405 itself, so that clients stop asking.",
            paste="if ($request_method = GET) { return 405; }  # nginx",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="https://github.com/Vexa-ai/vexa/issues/795", grade="I"),
        Citation(
            source="https://nginx.org/en/docs/http/ngx_http_core_module.html#limit_except"
        ),
    ),
)
def gateway_blocks_get(case: Case) -> Judgement:
    """A hop in front of the server refuses GET and lets POST through."""
    gets = _first_gets(case)
    if isinstance(gets, Judgement):
        return gets
    first = gets[0]
    if not _all_refused(gets) or first.status not in (403, 502, 503, 504, 520, 524):
        return absent(f"The GET was answered {answer(first)}.", "open")
    if first.status == 524 and "cf-ray" in first.headers:
        return absent(
            "Cloudflare let the GET through and waited for its answer; see "
            "cloudflare-100-125s.",
            "open",
        )
    if first.jsonrpc_code is not None or "www-authenticate" in first.headers:
        return absent(
            f"The refusal ({answer(first)}) was written by an MCP or OAuth layer, not "
            "by a gateway.",
            "open",
        )
    who = gateway_of(first)
    text = (
        f"{len(gets)} GET(s) were all answered {answer(first)} while POST works in the "
        "same sessions"
    )
    if who:
        return present(f"{text}; the page is {who}'s.", "open", "handshake")
    if first.status in (502, 503, 504, 520, 524):
        return present(
            f"{text}; that status is one that intermediaries give for a server they "
            "got no answer from.",
            "open",
            "handshake",
        )
    return suspected(
        f"{text}; nothing in the answer says who wrote it.",
        "Look for the GET in the server's own log: if it is not there, a hop refused.",
        "open",
    )


@cause(
    layer="rate",
    owner="server",
    scope="quota/rate",
    impact="degraded",
    eras=ANY,
    look_alike="gateway-blocks-get",
    fixes=(
        Fix(
            where="the limiter, or the loop that feeds it",
            what="Raise the limit for the MCP path, and find the loop: a GET that ends "
            "at once is asked again every second, whatever Retry-After says.",
            paste="limit_req_zone $binary_remote_addr zone=mcp:10m rate=10r/s;",
            verify="open",
        ),
    ),
    citations=(Citation(source="RFC 6585, 4: 429 Too Many Requests"),),
)
def rate_limit_429(case: Case) -> Judgement:
    """The server, or a limiter before it, says that there were too many requests."""
    limited = [seen for seen in case.exchanges if seen.status == 429]
    if not limited:
        if not case.exchanges:
            return unknown("Nothing was asked over HTTP.")
        return absent("No request was answered 429.", "open")
    first = min(limited, key=lambda seen: seen.started_s)
    after = first.headers.get("retry-after")
    wait = f", with Retry-After: {after}" if after else ""
    return present(
        f"`{first.label}` was answered {answer(first)}{wait}. Nothing more was sent "
        "after that.",
        "open",
    )


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=LEGACY,
    look_alike="healthy-get-405",
    fixes=(
        Fix(
            where="the server's POST handler",
            what="Answer notifications and responses with 202 and no body.",
            paste="if (!('id' in message)) { res.status(202).end(); return; }",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Sending Messages, item 4"),
        Citation(source="typescript-sdk 1.30.0 src/client/streamableHttp.ts:556-569"),
    ),
)
def initialized_not_202(case: Case) -> Judgement:
    """The notification after initialize is not answered 202, so no stream opens."""
    seen = case.handshake.initialized if case.handshake else None
    if seen is None or not seen.answered:
        return unknown("`notifications/initialized` was not answered.")
    if seen.status == 202:
        return absent("`notifications/initialized` was answered 202.", "handshake")
    if not seen.accepted:
        return absent(
            f"`notifications/initialized` was refused ({answer(seen)}), which is "
            "another matter.",
            "handshake",
        )
    return present(
        f"`notifications/initialized` was answered {answer(seen)} after "
        f"{seconds(seen.headers_s)} instead of 202; clients of the TypeScript SDK then "
        "never open the stream, and nothing that the server pushes arrives.",
        "handshake",
    )
