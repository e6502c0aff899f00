"""Causes in what a guard before the server thinks of a request's headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.gateway import gateway_of
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted, text_of
from streamtriage.model import Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "host_403",
    "host_421",
    "waf_bot_403",
]

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
        where="a Go server (go-sdk)",
        what="Its guard refuses other names on a loopback address: switch it off where "
        "a hop before it checks the name.",
        paste="mcp.NewStreamableHTTPHandler(getServer, &mcp.StreamableHTTPOptions{\n"
        "    DisableLocalhostProtection: true,\n})",
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
        return unknown(say("guard.greeting.unknown"))
    return seen


def _host_decides(case: Case, status: int) -> Judgement:
    """Judge whether this refusal of `initialize` hangs on the Host field."""
    seen = _greeting(case)
    if isinstance(seen, Judgement):
        return seen
    if seen.status != status:
        return absent(
            say("guard.host-decides.absent", answer=answer(seen)), "handshake"
        )
    guard = case.guard
    passed = [
        other
        for other in (guard.other_hosts if guard else ())
        if other.answered and other.status not in (403, 421) and _same_server(other)
    ]
    refused_again = guard is not None and (
        guard.plain is not None and guard.plain.status == status
    )
    text = say("guard.host-decides.text", answer=answer(seen), seen=quoted(seen))
    if passed and refused_again:
        return present(
            say(
                "guard.host-decides.present",
                text=text,
                label=passed[0].label,
                answer=answer(passed[0]),
            ),
            "handshake",
            "guard",
        )
    if _speaks_of_the_host(case, seen):
        return present(
            say("guard.host-decides.present.it-says-itself-that", text=text),
            "handshake",
        )
    if status == 421:
        return suspected(
            say("guard.host-decides.suspected", text=text),
            say("guard.host-decides.suspected.settle"),
            "handshake",
            "guard",
        )
    return absent(
        say("guard.host-decides.absent.nothing-says-that-the", text=text), "guard"
    )


def _same_server(seen: Exchange) -> bool:
    # Another Host can lead to another site behind the same address, whose page says
    # nothing; only an answer in JSON-RPC is the MCP server's own.
    rpc = seen.jsonrpc_code is not None or seen.replied is True
    return rpc or seen.media_type == "text/event-stream"


# A guard says of the Host that it is not among the allowed, each in its own words.
_NOT_ALLOWED = (
    r"(?:invalid|disallowed|forbidden|unknown|unexpected|denied|blocked|untrusted|"
    r"unrecognized|not (?:\w+ ){0,2}(?:allowed|permitted|valid|trusted|listed))"
)
_HOST_REFUSED = re.compile(
    rf"\b{_NOT_ALLOWED}\W+(?:\w+\W+){{0,2}}host(?:name)?\b|"
    rf"\bhost(?:name)?\b[^.;{{}}]{{0,60}}\b{_NOT_ALLOWED}",
    re.IGNORECASE,
)


def _speaks_of_the_host(case: Case, seen: Exchange) -> bool:
    """Tell whether a refusal is about the name by which the server was asked.

    By the word beside `not allowed`, or by the name of the URL itself in a JSON-RPC
    error. An error about the Origin may hold the same name.
    """
    text = text_of(seen)
    if "origin" in text:
        return False
    host = case.reach.host.lower() if case.reach is not None else ""
    named = bool(host) and seen.jsonrpc_code is not None and host in text
    return named or _HOST_REFUSED.search(text) is not None


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="host-403",
    explains=(refused(421, at=(Phase.GREET,)),),
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
    explains=(refused(403, at=(Phase.GREET,)),),
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
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="gateway-blocks-get",
    explains=(refused(403, 503, at=(Phase.GREET,)),),
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
        return absent(say("waf-bot-403.absent", answer=answer(seen)), "handshake")
    guard = case.guard
    client = guard.client_agent if guard else None
    like_browser = guard.browser_agent if guard else None
    if client is None or not client.answered:
        return unknown(say("waf-bot-403.unknown"))
    if client.status != seen.status:
        return absent(
            say("waf-bot-403.absent.only-this-tool-s", answer=answer(client)),
            "guard",
        )
    text = say("waf-bot-403.text", answer=answer(seen))
    if client.headers.get("cf-mitigated", "").lower() == "challenge":
        return present(
            say("waf-bot-403.present", text=text),
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
            say(
                "waf-bot-403.present.with-a-browser-s",
                text=text,
                seen=quoted(seen),
                answer=answer(like_browser),
            ),
            "handshake",
            "guard",
        )
    who = gateway_of(seen)
    # A gateway's plain 503 means that it is busy or has no server, for any client.
    page = seen.jsonrpc_code is None and seen.media_type == "text/html"
    if seen.status == 403 and page and who:
        return suspected(
            say("waf-bot-403.suspected", text=text, who=who),
            say("waf-bot-403.suspected.settle", who=who),
            "handshake",
            "guard",
        )
    return absent(say("waf-bot-403.absent.whatever-the-user-agent", text=text), "guard")
