"""The fault `host-421`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from mcp.server.transport_security import TransportSecuritySettings

else:
    # Whoever only lists the faults needs no server.
    TransportSecuritySettings = Later(
        "mcp.server.transport_security", "TransportSecuritySettings"
    )

__all__ = ["host_421"]


@fault
def host_421() -> Setup:
    """The server's guard allows localhost, and clients come by another name.

    The Python SDK from 1.23.0 on, whose allow-list is made for loopback.
    """
    guard = TransportSecuritySettings(allowed_hosts=["localhost:*"])
    return Setup(options={"transport_security": guard})
