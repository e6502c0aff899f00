"""The fault `instant-close-flap`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import on_get
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from starlette.responses import Response
else:
    # Whoever only lists the faults needs no server.
    Response = Later("starlette.responses", "Response")

__all__ = ["instant_close_flap"]


@fault
def instant_close_flap() -> Setup:
    """Every GET stream opens and ends at once.

    rmcp's answer to a failed resume, and serverless handlers that return.
    """
    return Setup(
        wrap=on_get(lambda: Response(b"", 200, media_type="text/event-stream"))
    )
