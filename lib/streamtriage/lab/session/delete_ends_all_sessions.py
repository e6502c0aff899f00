"""The fault `delete-ends-all-sessions`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import forget_sessions

__all__ = ["delete_ends_all_sessions"]


@fault
def delete_ends_all_sessions() -> Setup:
    """A DELETE ends every session of the server, and not its own alone.

    A handler that closes the server object, or empties the whole store of sessions.
    """
    return Setup(wrap=forget_sessions("DELETE"))
