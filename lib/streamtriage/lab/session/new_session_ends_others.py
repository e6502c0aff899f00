"""The fault `new-session-ends-others`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import forget_sessions

__all__ = ["new_session_ends_others"]


@fault
def new_session_ends_others() -> Setup:
    """Each `initialize` ends the session before.

    A server with one variable for its transport, which each new session replaces.
    """
    return Setup(wrap=forget_sessions("POST"))
