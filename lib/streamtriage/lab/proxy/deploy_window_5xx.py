"""The fault `deploy-window-5xx`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer
from streamtriage.lab.connection_ends import Away
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["deploy_window_5xx"]


@fault
def deploy_window_5xx(after_s: float = 1.7, lasts_s: float = 2.0) -> Setup:
    """For a moment no process stands behind the proxy, then a new one does.

    A release without overlap; the sessions outlive it in a shared store.
    """
    page = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available"
    page += " to handle this request.\n</body></html>\n"

    def refuse() -> Response:
        return answer(503, page, "text/html")

    away = Away(after_s, lasts_s, clean=False, answer=refuse)
    return Setup(wrap=away, needs_hold_s=4.0)
