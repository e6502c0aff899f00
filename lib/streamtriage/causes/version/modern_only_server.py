"""The cause `modern-only-server`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, Taken, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.refused import speaks_legacy
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["modern_only_server"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("gateway-blocks-get"),
    reported_as=("protocol-era-mix",),
    taken_for_it=(
        Taken(
            cause="resumed-session-wrong-era",
            title="A client replays a session id that it stored before the server "
            "changed"
            " its revision",
            why="The stored id is the client's own, and this tool never uses it. What "
            "revisions the server speaks is measured (probe era); delete the "
            "client's stored sessions where it changed.",
            source="https://github.com/apify/mcpc/issues/374",
            grade="I",
            date="2026-11-23",
        ),
    ),
    explains=(refused(range(200, 500), at=(Phase.GREET,), details=("modern-only",)),),
    fixes=(
        Fix(
            where="the client (Claude Code shown)",
            what="Use a version that speaks revision 2026-07-28.",
            paste="claude update",
            verify="era",
        ),
        Fix(
            where="a TypeScript server",
            what="Serve older clients too, without sessions; `legacy: 'reject'` turns "
            "them away.",
            paste="createMcpHandler(createServer, { legacy: 'stateless' })",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2026-07-28, basic/versioning, Backward Compatibility"),
        Citation(source="@modelcontextprotocol/server 2.x, createMcpHandler `legacy`"),
    ),
)
def modern_only_server(case: Case) -> Judgement:
    """The server speaks only revision 2026-07-28, and the client an older one."""
    handshake = case.handshake
    if handshake is None or handshake.initialize is None:
        return unknown(say("modern-only-server.unknown"))
    first = handshake.initialize
    if not handshake.modern_only:
        if not first.answered:
            return unknown(
                say(
                    "modern-only-server.unknown.initialize-got-no-answer",
                    answer=answer(first),
                )
            )
        return absent(
            say("modern-only-server.absent", answer=answer(first)), "handshake"
        )
    offered = ", ".join(handshake.supported) or say("modern-only-server.offered")
    code = (
        say("modern-only-server.code", jsonrpc_code=first.jsonrpc_code)
        if first.jsonrpc_code
        else ""
    )
    told = say(
        "modern-only-server.told", answer=answer(first), code=code, offered=offered
    )
    if any(seen.accepted for seen in handshake.again):
        return absent(
            say("modern-only-server.absent.others-take-it", told=told), "handshake"
        )
    legacy = speaks_legacy(case)
    if legacy is None:
        return suspected(
            say("modern-only-server.suspected", told=told),
            say("modern-only-server.suspected.settle"),
            "era",
            "handshake",
        )
    if not legacy:
        return absent(
            say("modern-only-server.absent.nothing-says-that-the", told=told), "era"
        )
    return present(
        say("modern-only-server.present", told=told),
        "era",
        "handshake",
    )
