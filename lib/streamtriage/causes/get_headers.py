"""Where the headers of a GET are agreed on."""

from __future__ import annotations

__all__ = ["TRANSPORTS"]

TRANSPORTS = "MCP 2025-11-25, basic/transports"
