"""Causes in what a guard before the server thinks of a request's headers."""

from __future__ import annotations

from streamtriage.causes.case import (
    ANY,
    Case,
    Judgement,
    absent,
    cause,
    present,
    suspected,
    unknown,
)
from streamtriage.causes.gateway import gateway_of
from streamtriage.causes.words import answer, quoted, text_of
from streamtriage.model import Citation, Exchange, Fix

__all__ = [
    "accept_406",
    "cors_preflight",
    "host_403",
    "host_421",
    "origin_403",
    "protocol_version_header_400",
    "waf_bot_403",
    "wrong_content_type_415_on_get",
]

_TRANSPORTS = "MCP 2025-11-25, basic/transports"
_ALLOW_HOST = (
    Fix(
        where="a Python server",
        what="Allow the name by which clients reach it, with and without the port.",
        paste="TransportSecuritySettings(\n"
        '    allowed_hosts=["PUBLIC-HOST", "PUBLIC-HOST:*", "localhost:*"],\n'
        '    allowed_origins=["https://PUBLIC-HOST"],\n)',
        verify="handshake",
    ),
    Fix(
        where="a TypeScript server (Express)",
        what="Allow the name by which clients reach it.",
        paste="createMcpExpressApp({ host: '0.0.0.0', allowedHosts: ['PUBLIC-HOST'] })",
        verify="handshake",
    ),
    Fix(
        where="nginx before a server that only allows localhost",
        what="Send it the Host that it allows.",
        paste="proxy_set_header Host localhost:8000;",
        verify="handshake",
    ),
)


def _greeting(case: Case) -> Exchange | Judgement:
    seen = case.handshake.initialize if case.handshake else None
    if seen is None or not seen.answered:
        return unknown("No initialize was answered.")
    return seen


def _host_decides(case: Case, status: int) -> Judgement:
    """Judge whether this refusal of `initialize` hangs on the Host field."""
    seen = _greeting(case)
    if isinstance(seen, Judgement):
        return seen
    if seen.status != status:
        return absent(f"initialize was answered {answer(seen)}.", "handshake")
    guard = case.guard
    passed = [
        other
        for other in (guard.other_hosts if guard else ())
        if other.answered and other.status not in (403, 421) and _same_server(other)
    ]
    refused_again = guard is not None and (
        guard.plain is not None and guard.plain.status == status
    )
    text = f"initialize was answered {answer(seen)}{quoted(seen)}"
    if passed and refused_again:
        return present(
            f"{text}; `{passed[0].label}` goes through ({answer(passed[0])}), and the "
            "Host is all that differs.",
            "handshake",
            "guard",
        )
    if "host header" in text_of(seen):
        return present(f"{text}; it says itself that it is the Host.", "handshake")
    if status == 421:
        return suspected(
            f"{text}, which means that this server is not meant for that name.",
            "Ask the operator which Host values the server allows.",
            "handshake",
            "guard",
        )
    return absent(f"{text}; nothing says that the Host is the reason.", "guard")


def _same_server(seen: Exchange) -> bool:
    # Another Host can lead to another site behind the same address, whose page says
    # nothing; only an answer in JSON-RPC is the MCP server's own.
    return seen.jsonrpc_code is not None or seen.media_type == "text/event-stream"


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="host-403",
    fixes=_ALLOW_HOST,
    citations=(
        Citation(source="mcp 2.3.0 server/transport_security.py: Invalid Host header"),
        Citation(
            source="https://github.com/modelcontextprotocol/python-sdk/issues/1798"
        ),
        Citation(source="RFC 9110, 15.5.20: Misdirected Request"),
    ),
)
def host_421(case: Case) -> Judgement:
    """The server's guard does not allow the host name in the URL (421)."""
    return _host_decides(case, 421)


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="origin-403",
    fixes=_ALLOW_HOST,
    citations=(
        Citation(
            source="typescript-sdk 1.30.0 src/server/webStandardStreamableHttp.ts:348"
        ),
        Citation(source="go-sdk v1.7.0 mcp/streamable.go:347"),
        Citation(source="rmcp 3.1.4 streamable_http_server/tower.rs:875"),
    ),
)
def host_403(case: Case) -> Judgement:
    """The server's guard does not allow the host name in the URL (403)."""
    return _host_decides(case, 403)


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="host-403",
    fixes=(
        Fix(
            where="a Python server",
            what="Allow the origin of the page that the client runs in.",
            paste='TransportSecuritySettings(allowed_origins=["https://CLIENT-PAGE"])',
            verify="guard",
        ),
        Fix(
            where="MCP Inspector",
            what="Connect through its own proxy instead of directly.",
            paste="npx @modelcontextprotocol/inspector  # Connection type: Via Proxy",
            verify="guard",
        ),
    ),
    citations=(
        Citation(source=f"{_TRANSPORTS}, Security Warning: invalid Origin is 403"),
        Citation(
            source="mcp 2.3.0 server/transport_security.py: Invalid Origin header"
        ),
    ),
)
def origin_403(case: Case) -> Judgement:
    """The server does not allow the web origin that the client runs in."""
    guard = case.guard
    if guard is None or guard.origin is None:
        return _not_a_browser(case)
    if guard.origin.status != 403:
        return absent(f"With an Origin it is answered {answer(guard.origin)}.", "guard")
    without = guard.without_origin
    if without is None or not without.answered or without.status == 403:
        return absent("Without an Origin it is 403 as well.", "guard")
    if not guard.origin_from:
        return unknown(
            "A server must refuse an Origin that it does not know, and nobody said "
            "which one the client has: --header Origin=NAME."
        )
    return present(
        f"With the client's Origin initialize is answered {answer(guard.origin)}"
        f"{quoted(guard.origin)}, without it a POST is answered {answer(without)}.",
        "guard",
    )


def _not_a_browser(case: Case) -> Judgement:
    if case.intake.client:
        return absent("The client does not run in a browser.", "guard")
    return unknown("Nobody said which client it is; only browsers send an Origin.")


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="origin-403",
    fixes=(
        Fix(
            where="a Python server (Starlette)",
            what="Answer preflights, and expose the session id.",
            paste="Middleware(CORSMiddleware, allow_origins=['https://CLIENT-PAGE'],\n"
            "    allow_methods=['GET', 'POST', 'DELETE'],\n"
            "    allow_headers=['Authorization', 'Content-Type', 'Mcp-Session-Id',\n"
            "                   'MCP-Protocol-Version', 'Last-Event-ID'],\n"
            "    expose_headers=['Mcp-Session-Id'])",
            verify="guard",
        ),
        Fix(
            where="a TypeScript server (Express)",
            what="Answer preflights, and expose the session id.",
            paste="app.use(cors({ origin: 'https://CLIENT-PAGE',\n"
            "  exposedHeaders: ['Mcp-Session-Id'] }));",
            verify="guard",
        ),
    ),
    citations=(
        Citation(source="WHATWG Fetch, 4.8: CORS-preflight fetch"),
        Citation(source="WHATWG Fetch, 3.3.3: Access-Control-Expose-Headers"),
    ),
)
def cors_preflight(case: Case) -> Judgement:
    """The browser may not ask: the answer to its preflight does not allow it."""
    guard = case.guard
    if guard is None or guard.preflight is None:
        return _not_a_browser(case)
    seen = guard.preflight
    if not seen.answered:
        return unknown("The preflight was not answered.")
    if not seen.accepted:
        return present(
            f"OPTIONS is answered {answer(seen)}; a browser then sends nothing more "
            "and says `Failed to fetch`.",
            "guard",
        )
    lacks = tuple(
        name
        for name in guard.preflight_lacks
        if guard.origin_from or name != "Access-Control-Allow-Origin"
    )
    if lacks:
        return present(
            f"OPTIONS is answered {answer(seen)}, but does not allow "
            f"{', '.join(lacks)}; a browser then sends nothing more.",
            "guard",
        )
    return absent("The preflight allows what a client sends.", "guard")


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="gateway-blocks-get",
    fixes=(
        Fix(
            where="Cloudflare",
            what="Skip bot checks on the MCP path.",
            paste='(http.request.uri.path eq "/mcp")  # WAF custom rule, action: Skip '
            "(Bot Fight Mode, Super Bot Fight Mode, Browser Integrity Check)",
            verify="handshake",
        ),
        Fix(
            where="any other WAF",
            what="Allow the MCP path, whatever the User-Agent.",
            paste='SecRule REQUEST_URI "@beginsWith /mcp" "id:1,phase:1,pass,'
            'ctl:ruleEngine=Off"  # ModSecurity',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="https://developers.cloudflare.com/cloudflare-challenges/"
            "challenge-types/challenge-pages/detect-response/: cf-mitigated"
        ),
        Citation(
            source="https://github.com/anthropics/claude-ai-mcp/issues/49", grade="I"
        ),
    ),
)
def waf_bot_403(case: Case) -> Judgement:
    """A firewall before the server takes the client for a bot."""
    seen = _greeting(case)
    if isinstance(seen, Judgement):
        return seen
    if seen.status not in (403, 503):
        return absent(f"initialize was answered {answer(seen)}.", "handshake")
    guard = case.guard
    client = guard.client_agent if guard else None
    like_browser = guard.browser_agent if guard else None
    if client is None or not client.answered:
        return unknown("It was not asked again under a client's name.")
    if client.status != seen.status:
        return absent(
            "Only this tool's own User-Agent is refused; under a client's name the "
            f"same POST is answered {answer(client)}.",
            "guard",
        )
    text = f"initialize was answered {answer(seen)}"
    if client.headers.get("cf-mitigated", "").lower() == "challenge":
        return present(
            f"{text} with `cf-mitigated: challenge`, under a client's User-Agent as "
            "well: a page that only a person with a browser can pass.",
            "handshake",
            "guard",
        )
    if (
        like_browser is not None
        and like_browser.answered
        and like_browser.status != client.status
        and like_browser.jsonrpc_code is not None
    ):
        return present(
            f"{text}{quoted(seen)}; with a browser's User-Agent the same POST reaches "
            f"the server ({answer(like_browser)}).",
            "handshake",
            "guard",
        )
    who = gateway_of(seen)
    if seen.jsonrpc_code is None and seen.media_type == "text/html" and who:
        return suspected(
            f"{text} by a page of {who}, under every User-Agent.",
            f"Look into {who}'s log for the rule that refused it.",
            "handshake",
            "guard",
        )
    return absent(f"{text}, whatever the User-Agent.", "guard")


def _refusal(case: Case, *statuses: int) -> Exchange | Judgement:
    """Return the first live request answered so, else why there is none."""
    greeted, opened = case.handshake, case.opened
    asked = [greeted.initialized, greeted.post] if greeted else []
    asked += [opened.live, opened.post] if opened else []
    seen = [each for each in asked if each is not None and each.answered]
    if not seen:
        return unknown("Nothing was answered in a live session.")
    found = next((each for each in seen if each.status in statuses), None)
    return found or absent("Nothing in a live session was answered so.", "open")


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="session-400-instead-of-404",
    fixes=(
        Fix(
            where="the server",
            what="Accept on later requests every revision that initialize agrees on.",
            paste="npm install @modelcontextprotocol/sdk@latest  # or: "
            'pip install -U "mcp"',
            verify="guard",
        ),
    ),
    citations=(
        Citation(source=f"{_TRANSPORTS}, Protocol Version Header"),
        Citation(source="https://github.com/vercel/ai/issues/14413", grade="I"),
    ),
)
def protocol_version_header_400(case: Case) -> Judgement:
    """The server refuses the protocol version header that it agreed on itself."""
    seen = _refusal(case, 400)
    if isinstance(seen, Judgement):
        return seen
    if "protocol version" not in text_of(seen):
        return absent(f"The refusal{quoted(seen)} is about something else.", "open")
    agreed = case.handshake.revision if case.handshake else ""
    text = (
        f"initialize agreed on {agreed or 'a revision'}, and `{seen.label}` with that "
        f"in MCP-Protocol-Version was answered {answer(seen)}{quoted(seen)}"
    )
    control = case.guard.unversioned if case.guard else None
    if control is not None and control.accepted:
        return present(f"{text}; without the header, {answer(control)}.", "guard")
    return suspected(
        f"{text}; without the header it was not accepted either.",
        "Compare the header that reaches the server with the one that was sent.",
        "guard",
    )


@cause(
    layer="http",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-4xx-instead-of-405",
    fixes=(
        Fix(
            where="the hop before the server",
            what="Pass the Accept header on unchanged.",
            paste="proxy_set_header Accept $http_accept;  # nginx",
            verify="open",
        ),
    ),
    citations=(
        Citation(source=f"{_TRANSPORTS}, Listening for Messages from the Server"),
        Citation(source="typescript-sdk 1.30.0 webStandardStreamableHttp.ts:439"),
    ),
)
def accept_406(case: Case) -> Judgement:
    """The Accept header of the GET does not reach the server as it was sent."""
    opened = case.opened
    live = opened.live if opened else None
    if live is None or not live.answered:
        return unknown("No GET was answered in a live session.")
    # Go's SDK says the same with 400.
    if live.status not in (400, 406) or "text/event-stream" not in text_of(live):
        return absent(f"The GET was answered {answer(live)}.", "open")
    text = (
        f"The GET accepts text/event-stream, and was answered {answer(live)}"
        f"{quoted(live)}"
    )
    for control, sent in (
        (opened.accept_both if opened else None, "both media types"),
        (case.guard.any_accept if case.guard else None, "`*/*`"),
    ):
        if control is not None and control.accepted:
            return present(f"{text}; accepting {sent}, {answer(control)}.", "guard")
    return suspected(
        f"{text}, which is what it had sent; it is refused with other values as well.",
        "Compare the Accept header that reaches the server with the one that was sent.",
        "open",
        "guard",
    )


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="get-4xx-instead-of-405",
    fixes=(
        Fix(
            where="the server's framework",
            what="Ask for a body type only where there is a body.",
            paste='@PostMapping(path = "/mcp", consumes = "application/json")\n'
            "// and no `consumes` on the class",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 15.5.16: Unsupported Media Type"),
        Citation(source=f"{_TRANSPORTS}, Listening for Messages from the Server"),
    ),
)
def wrong_content_type_415_on_get(case: Case) -> Judgement:
    """A GET is refused for lack of a body type, which a GET does not have."""
    opened = case.opened
    live = opened.live if opened else None
    if live is None or not live.answered:
        return unknown("No GET was answered in a live session.")
    if live.status != 415:
        return absent(f"The GET was answered {answer(live)}.", "open")
    control = case.guard.typed_get if case.guard else None
    if control is None or not control.answered:
        return suspected(
            f"The GET was answered {answer(live)}.",
            "Send the GET with Content-Type: application/json.",
            "open",
        )
    if control.status == 415:
        return absent("With a Content-Type it is 415 as well.", "guard")
    return present(
        f"The GET was answered {answer(live)}{quoted(live)}; with a Content-Type, "
        f"{answer(control)}.",
        "open",
        "guard",
    )
