"""The fault `redirect-cross-origin-login`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from starlette.responses import RedirectResponse
    from starlette.types import ASGIApp

else:
    # Whoever only lists the faults needs no server.
    RedirectResponse = Later("starlette.responses", "RedirectResponse")

__all__ = ["redirect_cross_origin_login"]


@fault
def redirect_cross_origin_login() -> Setup:
    """Every request is answered 302 to the sign-in page of another host.

    oauth2-proxy and Cloudflare Access before an MCP path.
    """
    place = "https://login.example.com/oauth2/authorize?client_id=lab&state=x"

    def wrap(_app: ASGIApp) -> ASGIApp:
        return RedirectResponse(place, 302)

    return Setup(wrap=wrap)
