"""The fault `session-400-instead-of-404`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import refuse_unknown

__all__ = ["session_400_instead_of_404"]


@fault
def session_400_instead_of_404() -> Setup:
    """A session that the server does not know is answered 400 instead of 404.

    The Python SDK before 1.26.0, and the TypeScript SDK's own examples.
    """
    text = "Bad Request: No valid session ID provided"
    return Setup(wrap=refuse_unknown(lambda: answer(400, text)))
