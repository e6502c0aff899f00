"""The cause `stateless-transport-reused-500`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import EVERY_ANSWER, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.sdk_wiring import LEAST_FAILURES
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["stateless_transport_reused_500"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("asgi-lifespan-missing-500"),
    explains=(refused(500, at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="a TypeScript server without sessions",
            what="Make a new transport, and a new server, for each request.",
            paste="app.post('/mcp', async (req, res) => {\n"
            "  const transport = new StreamableHTTPServerTransport({\n"
            "    sessionIdGenerator: undefined });\n"
            "  await makeServer().connect(transport);\n"
            "  await transport.handleRequest(req, res, req.body);\n});",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/1994"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2704"
        ),
        Citation(source="TypeScript SDK 1.29.0 and 1.32.2", grade="L"),
    ),
)
def stateless_transport_reused_500(case: Case) -> Judgement:
    """The server answers one request and then fails: one transport serves them all."""
    seen = sorted(
        (s for s in case.exchanges if s.answered), key=lambda each: each.started_s
    )
    if not seen:
        return unknown(say("stateless-transport-reused-500.unknown"))
    failed = [each for each in seen if _empty_500(each)]
    if not failed:
        return absent(
            say("stateless-transport-reused-500.absent"),
            *case.probes_of(seen, "handshake"),
        )
    last = failed[0]
    text = say(
        "stateless-transport-reused-500.text.of-requests-were-answered",
        n_failed=len(failed),
        n_seen=len(seen),
        answer=answer(last),
        media_type=last.media_type or say("stateless-transport-reused-500.text"),
    )
    once = not _empty_500(seen[0]) and len(failed) == len(seen) - 1
    if once and len(failed) >= LEAST_FAILURES:
        return present(
            say(
                "stateless-transport-reused-500.present",
                label=seen[0].label,
                answer=answer(seen[0]),
                text=text,
            ),
            "era",
            "handshake",
        )
    if len(failed) == len(seen) and len(failed) >= LEAST_FAILURES:
        return suspected(
            say("stateless-transport-reused-500.suspected", text=text),
            say("stateless-transport-reused-500.suspected.settle"),
            "handshake",
        )
    return absent(
        say("stateless-transport-reused-500.absent.not-all-but-the", text=text),
        "handshake",
    )


def _empty_500(seen: Exchange) -> bool:
    plain = seen.media_type in ("text/plain", "")
    return seen.status == 500 and seen.body_bytes == 0 and plain
