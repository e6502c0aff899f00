"""The fault `session-idle-reaped`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

__all__ = ["session_idle_reaped"]


@fault
def session_idle_reaped() -> Setup:
    """The server gives up a session that nobody has used for a while.

    `session_idle_timeout` of the Python SDK, 30 min by default, here 2 s.
    """
    return Setup(options={"session_idle_timeout": 2.0}, intake=Intake(idle_s=2.8))
