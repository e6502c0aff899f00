"""The fault `issued-session-unknown`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer, header
from streamtriage.lab.refusing import refuse_if
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import SESSION_NOT_FOUND

__all__ = ["issued_session_unknown"]


@fault
def issued_session_unknown() -> Setup:
    """No session is known any more when its first request comes.

    A function that is started anew for each request, or a hop that changes the id.
    """
    known = refuse_if(
        lambda scope: header(scope, "mcp-session-id") is not None,
        lambda _: answer(404, SESSION_NOT_FOUND, "application/json"),
    )
    return Setup(wrap=known)
