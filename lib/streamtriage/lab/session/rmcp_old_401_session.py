"""The fault `rmcp-old-401-session`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import refuse_unknown

__all__ = ["rmcp_old_401_session"]


@fault
def rmcp_old_401_session() -> Setup:
    """A session that the server does not know is answered 401.

    Old releases of rmcp (rust-sdk#559).
    """
    text = "Unauthorized: Session not found"
    return Setup(wrap=refuse_unknown(lambda: answer(401, text)))
