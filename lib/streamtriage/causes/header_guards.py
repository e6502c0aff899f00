"""Guards that refuse by Host, and what they say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import Exchange, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, quoted, text_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "ALLOW_HOST",
    "answered_greeting",
    "judge_host",
]

ALLOW_HOST = (
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


def answered_greeting(case: Case) -> Exchange | Judgement:
    """Return the `initialize` that was answered, or that none was."""
    seen = case.handshake.initialize if case.handshake else None
    if seen is None or not seen.answered:
        return unknown(say("guard.greeting.unknown"))
    return seen


def judge_host(case: Case, status: int) -> Judgement:
    """Judge whether this refusal of `initialize` hangs on the Host field."""
    seen = answered_greeting(case)
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
        if other.answered and other.status not in (403, 421) and _is_same_server(other)
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
    if _speaks_of_host(case, seen):
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


def _is_same_server(seen: Exchange) -> bool:
    """Tell whether this answer is the MCP server's own, and no other site's."""
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


def _speaks_of_host(case: Case, seen: Exchange) -> bool:
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
