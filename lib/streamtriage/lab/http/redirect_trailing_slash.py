"""The fault `redirect-trailing-slash`."""

from __future__ import annotations

from streamtriage.lab.moving import moved
from streamtriage.lab.scenario import Setup, fault

__all__ = ["redirect_trailing_slash"]


@fault
def redirect_trailing_slash() -> Setup:
    """The URL is answered 307 to the same URL with a slash.

    Starlette's `redirect_slashes` around a FastMCP app that is mounted at /mcp/.
    """
    return Setup(wrap=moved(307, lambda _host: "/mcp/"))
