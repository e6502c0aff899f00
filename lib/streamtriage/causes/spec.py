"""Where the specification says what causes rest on, and in what form."""

from __future__ import annotations

from streamtriage.model import Citation

__all__ = [
    "HTTP_SSE_TRANSPORT",
    "RESPONSE_FORM",
    "RESUMABILITY",
    "SENDING_MESSAGES",
    "TRANSPORTS",
]

TRANSPORTS = "MCP 2025-11-25, basic/transports"
HTTP_SSE_TRANSPORT = Citation(source="MCP 2024-11-05, basic/transports, HTTP with SSE")
RESUMABILITY = Citation(
    source="MCP 2025-11-25, basic/transports, Resumability and Redelivery"
)
RESPONSE_FORM = '{"jsonrpc": "2.0", "id": request["id"], "result": result}'
SENDING_MESSAGES = Citation(
    source="MCP 2025-11-25, basic/transports, Sending Messages to the Server: a "
    "request is answered with application/json or text/event-stream"
)
