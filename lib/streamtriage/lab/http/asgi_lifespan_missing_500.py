"""The fault `asgi-lifespan-missing-500`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from streamtriage.lab.asgi import answer
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp
else:
    # Whoever only lists the faults needs no server.
    Starlette = Later("starlette.applications", "Starlette")

__all__ = ["asgi_lifespan_missing_500"]


@fault
def asgi_lifespan_missing_500() -> Setup:
    """The MCP app is mounted, and its lifespan never run.

    The Python SDK inside another app, whose error handler shows what was raised.
    """

    async def show(_request: Request, error: Exception) -> Response:
        body = json.dumps({"detail": str(error)})
        return answer(500, body, "application/json")

    def wrap(app: ASGIApp) -> ASGIApp:
        routes = cast("Starlette", app).routes
        return Starlette(routes=routes, exception_handlers={RuntimeError: show})

    return Setup(wrap=wrap, starts=False)
