"""The fault `origin-403`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.refusing import INSPECTOR
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.middleware.cors import CORSMiddleware
    from starlette.types import ASGIApp

else:
    # Whoever only lists the faults needs no server.
    CORSMiddleware = Later("starlette.middleware.cors", "CORSMiddleware")
    TransportSecuritySettings = Later(
        "mcp.server.transport_security", "TransportSecuritySettings"
    )

__all__ = ["origin_403"]


@fault
def origin_403() -> Setup:
    """The server allows no web origin, and the client runs in a browser.

    The Python SDK's guard with an empty allowed_origins, met by MCP Inspector.
    """
    guard = TransportSecuritySettings(allowed_hosts=["127.0.0.1:*"])

    def wrap(app: ASGIApp) -> ASGIApp:
        return CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Mcp-Session-Id"],
        )

    return Setup(wrap=wrap, options={"transport_security": guard}, intake=INSPECTOR)
