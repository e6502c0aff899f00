"""The fault `wrong-path`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer
from streamtriage.lab.refusing import refuse_if
from streamtriage.lab.scenario import Setup, fault

__all__ = ["wrong_path"]


@fault
def wrong_path() -> Setup:
    """The server is at /mcp, and the client asks at /mcp/, where nothing is.

    Bridges that add a slash before a router that redirects nothing.
    """
    wrap = refuse_if(
        lambda scope: scope["path"] != "/mcp", lambda _: answer(404, "Not Found")
    )
    return Setup(path="/mcp/", wrap=wrap)
