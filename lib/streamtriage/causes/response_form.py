"""The form of a response, and where it is agreed on."""

from __future__ import annotations

from streamtriage.model import Citation

__all__ = ["RESPONSE_FORM", "SENDING_MESSAGES"]

RESPONSE_FORM = '{"jsonrpc": "2.0", "id": request["id"], "result": result}'
SENDING_MESSAGES = Citation(
    source="MCP 2025-11-25, basic/transports, Sending Messages to the Server: a "
    "request is answered with application/json or text/event-stream"
)
