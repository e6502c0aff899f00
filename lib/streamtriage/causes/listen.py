"""Causes in revision 2026-07-28: its long stream, and servers between two eras."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import flap, refused, unanswered
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.words import answer, seconds
from streamtriage.model import Citation, Exchange, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.observations.cut import FLAP_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.observations.case import Case

__all__ = [
    "era_mixed_replicas",
    "listen_flap",
    "listen_limit",
    "probe_breaks_legacy_server",
]

_NOTHING = re.compile(r'"notifications"\s*:\s*\{\s*\}')
_STARTS = (
    Role.INITIALIZE,
    Role.NEW_INITIALIZE,
    Role.SECOND_SESSION,
    Role.FRESH_SESSION,
)
_MODERN_ONLY = (-32020, -32021, -32022)
_SUBSCRIPTIONS = Citation(source="MCP 2026-07-28, basic/patterns/subscriptions")


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=("dual", "modern"),
    look_alike="instant-close-flap",
    explains=(flap((Phase.LISTEN,)),),
    fixes=(
        Fix(
            where="the server's handler of subscriptions/listen",
            what="Acknowledge, then hold the response open and write a comment every "
            "15 s; its result is sent only when the subscription ends.",
            paste="server = Server(..., on_subscriptions_listen=ListenHandler(bus))",
            verify="listen",
        ),
        Fix(
            where="Claude Code",
            what="From 2.1.233 it does not listen again without end: update.",
            paste="claude update",
            verify="listen",
        ),
    ),
    citations=(_SUBSCRIPTIONS, Citation(source="claude-code CHANGELOG 2.1.233")),
)
def listen_flap(case: Case) -> Judgement:
    """Every `subscriptions/listen` ends at once, so the client never stops asking."""
    streams = case.listen.streams if case.listen is not None else ()
    opened = [seen for seen in streams if seen.is_event_stream]
    if case.era_probe is not None and case.era_probe.promised == ():
        return absent(say("listen-flap.absent"), "era")
    if not streams:
        return unknown(say("listen-flap.unknown"))
    if _agreed_on_nothing(case, opened):
        return absent(
            say("listen-flap.absent.the-server-acknowledged-an"),
            "listen",
        )
    if not opened:
        return absent(
            say(
                "listen-flap.absent.subscriptions-listen-was-answered",
                answer=answer(streams[0]),
            ),
            "listen",
        )
    brief = [seen for seen in opened if _brief(seen)]
    if len(brief) < 2 or len(brief) < len(opened):
        longest = max(seen.lived_s or 0.0 for seen in opened)
        return absent(
            say("listen-flap.absent.a-listen-stream-was", longest=seconds(longest)),
            "listen",
        )
    longest = max(seen.lived_s or 0.0 for seen in brief)
    return present(
        say("listen-flap.present", n_brief=len(brief), longest=seconds(longest)),
        "listen",
    )


def _agreed_on_nothing(case: Case, opened: Sequence[Exchange]) -> bool:
    """Tell whether the acknowledgement names nothing, where nobody knows the promise.

    A server that promises changes and acknowledges none breaks what it promised.
    """
    unknown_promise = case.era_probe is None or case.era_probe.promised is None
    empty = [seen for seen in opened if _NOTHING.search(seen.excerpt)]
    return unknown_promise and bool(opened) and len(empty) == len(opened)


def _brief(seen: Exchange) -> bool:
    ended = seen.end is not None and seen.end.natural and seen.end.clean
    return ended and (seen.lived_s or 0.0) < FLAP_S


@cause(
    layer="rate",
    owner="server",
    scope="quota/rate",
    impact="degraded",
    eras=("dual", "modern"),
    look_alike="rate-limit-429",
    explains=(refused(200, 400, 429, 500, 503, at=(Phase.LISTEN,)),),
    fixes=(
        Fix(
            where="the server",
            what="Find the clients that open subscriptions and never close them; raise "
            "the limit only then.",
            paste="ListenHandler(bus, max_subscriptions=4096)",
            verify="listen",
        ),
    ),
    citations=(
        Citation(source="python-sdk 2.3.0 mcp/server/subscriptions.py, ListenHandler"),
    ),
)
def listen_limit(case: Case) -> Judgement:
    """The server has as many subscriptions as it allows, and refuses one more."""
    streams = case.listen.streams if case.listen is not None else ()
    if not streams:
        return unknown(say("listen-limit.unknown"))
    full = next((s for s in streams if _is_full(s)), None)
    if full is None:
        return absent(say("listen-limit.absent", answer=answer(streams[0])), "listen")
    return present(
        say(
            "listen-limit.present",
            answer=answer(full),
            jsonrpc_code=full.jsonrpc_code,
            jsonrpc_message=full.jsonrpc_message,
        ),
        "listen",
    )


def _is_full(seen: Exchange) -> bool:
    # The text of the TypeScript and Python SDKs; -32603 alone is any internal error.
    return "subscription limit reached" in seen.jsonrpc_message.lower()


@cause(
    layer="version",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="gateway-blocks-get",
    explains=(
        refused(401, 403, range(500, 600), at=(Phase.GREET,), details=("discover",)),
        unanswered(at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the server's POST handler",
            what="Answer a request that names no known session or method with 400 and "
            "a JSON-RPC error, never with 5xx: a client then goes on with initialize.",
            paste='400 {"jsonrpc":"2.0","id":1,"error":{"code":-32601,'
            '"message":"Method not found"}}',
            verify="era",
        ),
        Fix(
            where="the client",
            what="Do not negotiate: speak an older revision at once.",
            paste="new Client(info, { versionNegotiation: { mode: 'legacy' } })",
            verify="era",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2026-07-28, basic/versioning, Backward Compatibility with "
            "Initialization-Based Versions"
        ),
        Citation(
            source="@modelcontextprotocol/client 2.4.0 "
            "src/client/probeClassifier.ts:150-330"
        ),
        Citation(source="claude-code CHANGELOG 2.1.232"),
    ),
)
def probe_breaks_legacy_server(case: Case) -> Judgement:
    """The server breaks on the question of newer clients, which then give up."""
    asked = case.era_probe.discover if case.era_probe is not None else None
    handshake = case.handshake
    if asked is None or handshake is None or handshake.initialize is None:
        return unknown(say("probe-breaks-legacy-server.unknown"))
    if not handshake.revision:
        return absent(
            say(
                "probe-breaks-legacy-server.absent", answer=answer(handshake.initialize)
            ),
            "handshake",
        )
    refused = asked.status in (401, 403) or (asked.status or 0) >= 500
    hung = asked.status is None and asked.failure is Failure.TIMED_OUT
    dropped = asked.failure in (Failure.CLOSED, Failure.RESET)
    if not (refused or hung or dropped):
        return absent(
            say(
                "probe-breaks-legacy-server.absent.server-discover-was-answered",
                answer=answer(asked),
            ),
            "era",
        )
    text = say(
        "probe-breaks-legacy-server.text",
        answer=answer(asked),
        answer_2=answer(handshake.initialize),
    )
    if not _negotiates(case):
        return absent(
            say("probe-breaks-legacy-server.absent.only-a-client-that", text=text),
            "era",
        )
    return present(
        say("probe-breaks-legacy-server.present", text=text),
        "era",
        "handshake",
    )


def _negotiates(case: Case) -> bool:
    """True when the pasted text is one that only a negotiating client prints."""
    return "version negotiation" in case.intake.error.lower()


@cause(
    layer="version",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=ANY,
    look_alike="modern-only-server",
    explains=(refused(400, at=(Phase.GREET, Phase.REOPEN, Phase.SESSION)),),
    fixes=(
        Fix(
            where="the deployment",
            what="Finish the roll-out, or have the new version serve older clients too "
            "until it is finished.",
            paste="createMcpHandler(server, { legacy: 'stateless' })",
            verify="hold",
        ),
    ),
    citations=(
        Citation(source="MCP 2026-07-28, basic/versioning"),
        Citation(source="@modelcontextprotocol/server 2.x, createMcpHandler `legacy`"),
    ),
)
def era_mixed_replicas(case: Case) -> Judgement:
    """Some replicas speak only revision 2026-07-28 and others an older one."""
    starts = [
        each.exchange
        for each in case.asked
        if each.role in _STARTS and each.exchange.answered
    ]
    if not starts:
        return unknown(say("era-mixed-replicas.unknown"))
    modern = [seen for seen in starts if seen.jsonrpc_code in _MODERN_ONLY]
    legacy = [seen for seen in starts if seen.accepted]
    sessions = len(case.watches) + len(case.own_reopenings)
    if not modern or not (legacy or sessions):
        return absent(say("era-mixed-replicas.absent"), "handshake")
    return present(
        say(
            "era-mixed-replicas.present",
            answer=answer(modern[0]),
            jsonrpc_code=modern[0].jsonrpc_code,
            n_modern=len(modern),
            n_legacy=max(len(legacy), 1),
        ),
        "handshake",
        "hold",
    )
