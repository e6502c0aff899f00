"""The fault `charset-refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header
from streamtriage.lab.refusing import refuse_if
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.types import Scope


__all__ = ["charset_refused"]


@fault
def charset_refused() -> Setup:
    """A POST whose Content-Type has a charset is refused.

    Servers that compare the header as a whole: mcp-go before 0.38, grafana/mcp-grafana.
    """

    def differs(scope: Scope) -> bool:
        return scope["method"] == "POST" and header(scope, "content-type") != (
            "application/json"
        )

    said = "Invalid content type: must be 'application/json'"
    told = f"Error POSTing to endpoint (HTTP 400): {said}"
    wrap = refuse_if(differs, lambda _: answer(400, said))
    return Setup(wrap=wrap, intake=Intake(error=told))
