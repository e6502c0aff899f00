"""What the causes in a held stream have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.model import Exchange, Fix, streams_open

if TYPE_CHECKING:
    from streamtriage.model import ConcurrentEvidence
    from streamtriage.observations.case import Case

__all__ = [
    "TRANSPORT_PER_SESSION",
    "Starved",
    "has_failed",
    "is_limited",
    "starved",
    "stream_decides",
]

TRANSPORT_PER_SESSION = Fix(
    where="a TypeScript server",
    what="Make a transport and a server object for each session.",
    paste="app.post('/mcp', async (req, res) => {\n"
    "  const id = req.headers['mcp-session-id'];\n"
    "  let transport = id && transports[id];\n"
    "  if (!transport) {\n"
    "    transport = new StreamableHTTPServerTransport({\n"
    "      sessionIdGenerator: () => randomUUID(),\n"
    "      onsessioninitialized: (sid) => { transports[sid] = transport; } });\n"
    "    await makeServer().connect(transport);\n"
    "  }\n"
    "  await transport.handleRequest(req, res, req.body);\n});",
    verify="concurrent",
)


class Starved(NamedTuple):
    """A harmless request that waited beside streams of ours, and one after them."""

    streams: int
    waited: Exchange
    freed: Exchange


def starved(case: Case) -> Starved | None:
    """Return what shows that streams of ours were in the way; None if nothing does.

    A server that was thought silent answers as soon as they are closed: then it was
    never silent for anybody else.
    """
    asked = case.silence.asked_again if case.silence is not None else ()
    waited = next((seen for seen in asked if not seen.answered), None)
    freed = asked[-1] if asked and asked[-1].answered else None
    if waited is None or freed is None:
        return None

    def beside(seen: Exchange) -> int:
        held = streams_open(case.evidence, seen.sent_at_s)
        return sum(not each.role.elsewhere for each in held)

    streams = beside(waited)
    return Starved(streams, waited, freed) if streams > beside(freed) else None


def is_limited(seen: Exchange) -> bool:
    """True where a refusal means that there is no room, or too many were asked."""
    return seen.status in (429, 503)


def has_failed(seen: Exchange) -> bool:
    """Tell whether a request was refused, or got no response."""
    return not seen.worked


def stream_decides(found: ConcurrentEvidence) -> bool:
    """Tell whether POST failed beside the stream, and worked without it, twice each."""
    again, after = found.again_held, found.again_after
    return (
        again is not None and has_failed(again) and after is not None and after.worked
    )
