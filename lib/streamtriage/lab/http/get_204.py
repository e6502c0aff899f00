"""The fault `get-204`."""

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

__all__ = ["get_204"]


@fault
def get_204() -> Setup:
    """A GET is answered 204.

    Handlers that were made to answer something, with nothing to say.
    """
    return Setup(wrap=on_get(lambda: Response(status_code=204)))
