"""The fault `chunked-refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header
from streamtriage.lab.refusing import refuse_if
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.types import Scope


__all__ = ["chunked_refused"]


@fault
def chunked_refused() -> Setup:
    """A POST in chunks is refused for lack of a length.

    Gateways and small servers that read Content-Length alone.
    """

    def chunked(scope: Scope) -> bool:
        return scope["method"] == "POST" and header(scope, "content-length") is None

    told = "Error POSTing to endpoint (HTTP 411): Length Required"
    wrap = refuse_if(chunked, lambda _: answer(411, "Length Required"))
    return Setup(wrap=wrap, intake=Intake(error=told))
