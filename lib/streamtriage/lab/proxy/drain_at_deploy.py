"""The fault `drain-at-deploy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, keep_alive
from streamtriage.lab.connection_ends import Away
from streamtriage.lab.scenario import Setup, chain, fault

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["drain_at_deploy"]


@fault
def drain_at_deploy(after_s: float = 1.8) -> Setup:
    """A proxy whose configuration is loaded again ends all its streams at once.

    Caddy at each reload, ingress-nginx 240 s after it; here once one has been open for
    1.8 s.
    """

    def never() -> Response:
        return answer(503)

    away = Away(after_s, 0.0, clean=True, answer=never)
    return Setup(wrap=chain(keep_alive(0.5), away), needs_hold_s=4.0)
