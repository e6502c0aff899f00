"""What the causes in a held stream have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Fix

if TYPE_CHECKING:
    from streamtriage.model import ConcurrentEvidence, Exchange

__all__ = ["TRANSPORT_PER_SESSION", "has_failed", "is_limited", "stream_decides"]

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
