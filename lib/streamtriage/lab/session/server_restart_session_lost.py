"""The fault `server-restart-session-lost`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = ["server_restart_session_lost"]


@fault
def server_restart_session_lost() -> Setup:
    """The server restarts and has forgotten every session.

    A process that keeps its sessions in memory and crashes, here whenever a stream has
    been open for 1.8 s.
    """
    return Setup(restarts=True, needs_hold_s=4.0)
