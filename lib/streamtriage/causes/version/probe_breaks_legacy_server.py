"""The cause `probe-breaks-legacy-server`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused, unanswered
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["probe_breaks_legacy_server"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("gateway-blocks-get"),
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
