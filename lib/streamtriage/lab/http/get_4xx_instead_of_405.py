"""The fault `get-4xx-instead-of-405`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer, on_get
from streamtriage.lab.scenario import Setup, fault

__all__ = ["get_4xx_instead_of_405"]


@fault
def get_4xx_instead_of_405() -> Setup:
    """The server offers no GET stream and answers 400 instead of 405.

    punkpeye/mcp-proxy before its pull request 62.
    """
    body = '{"error":"Bad Request: no stream here"}'
    return Setup(wrap=on_get(lambda: answer(400, body, "application/json")))
