"""The fault `proxy-404-during-recreate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer
from streamtriage.lab.connection_ends import Away
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["proxy_404_during_recreate"]


@fault
def proxy_404_during_recreate(after_s: float = 1.7, lasts_s: float = 2.0) -> Setup:
    """While its backend is made anew, the proxy has no route and answers 404.

    Traefik while a container is created again (claude-code#94273).
    """

    def refuse() -> Response:
        return answer(404, "404 page not found\n")

    away = Away(after_s, lasts_s, clean=False, answer=refuse)
    return Setup(wrap=away, needs_hold_s=4.0)
