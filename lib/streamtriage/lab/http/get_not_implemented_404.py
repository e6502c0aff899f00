"""The fault `get-not-implemented-404`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer, on_get
from streamtriage.lab.scenario import Setup, fault

__all__ = ["get_not_implemented_404"]


@fault
def get_not_implemented_404() -> Setup:
    """The server has no route for GET and answers 404 instead of 405.

    Express and most routers answer so for a path that only has a POST handler.
    """
    return Setup(wrap=on_get(lambda: answer(404, "Cannot GET /mcp", "text/html")))
