"""The cause `stateless-200-dead-stream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import (
    broken_promise,
)
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.cut import FLAP_S
from streamtriage.wording import counted, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["stateless_200_dead_stream"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike=CauseId("healthy"),
    remedies=("answer-405",),
    reported_as=("stateless-get-hangs",),
    issues=("n8n-io/n8n#34835",),
    explains=(broken_promise("nobody-to-write-to", at=(Phase.HELD,)),),
    fixes=(
        Fix(
            where="a TypeScript server without sessions (Express)",
            what="Answer GET with 405, as the SDK's stateless example does.",
            paste="app.get('/mcp', (req, res) => {\n"
            "  res.status(405).set('Allow', 'POST').end();\n});",
            verify="open",
        ),
        Fix(
            where="a Python server",
            what="Use FastMCP of February 2026 or later (pull request 3195): without "
            "sessions it answers 405.",
            paste="mcp.run(transport='http', stateless_http=True)  # FastMCP",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/python-sdk/issues/2474"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/pull/1884"
        ),
    ),
)
def stateless_200_dead_stream(case: Case) -> Judgement:
    """A server without sessions opens a stream that can never carry a message."""
    handshake = case.handshake
    if handshake is None or not handshake.revision:
        return unknown(say("stateless-200-dead-stream.unknown"))
    if handshake.session_issued:
        return absent(say("stateless-200-dead-stream.absent"), "handshake")
    streams = [seen for seen in case.gets if seen.is_event_stream]
    if not streams:
        return absent(
            say("stateless-200-dead-stream.absent.no-event-stream-is"), "open"
        )
    if any(seen.events for seen in streams):
        return absent(
            say("stateless-200-dead-stream.absent.the-stream-carried-events"),
            "open",
            "hold",
        )
    if any(seen.status == 409 for seen in case.gets):
        return absent(
            say("stateless-200-dead-stream.absent.a-second-get-is"),
            "open",
            "hold",
        )
    held = [s for s in streams if (s.lived_s or 0.0) >= FLAP_S]
    if not held:
        return absent(
            say("stateless-200-dead-stream.absent.streams-end-at-once"), "open"
        )
    longest = max(seen.lived_s or 0.0 for seen in held)
    return present(
        say(
            "stateless-200-dead-stream.present",
            streams=counted(len(streams), "stream"),
            longest=seconds(longest),
        ),
        "handshake",
        "open",
        "hold",
    )
