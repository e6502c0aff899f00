"""What the causes over HTTP+SSE have in common."""

from __future__ import annotations

from streamtriage.model import Citation
from streamtriage.model.message import say

__all__ = ["HTTP_SSE_NOT_ASKED", "HTTP_SSE_TRANSPORT"]

HTTP_SSE_TRANSPORT = Citation(source="MCP 2024-11-05, basic/transports, HTTP with SSE")
HTTP_SSE_NOT_ASKED = say("http-sse.not-asked")
