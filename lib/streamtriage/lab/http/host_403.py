"""The fault `host-403`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header
from streamtriage.lab.refusing import refuse_if, rpc_error
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Scope


__all__ = ["host_403"]


@fault
def host_403() -> Setup:
    """The server's guard allows localhost, and clients come by another name.

    The TypeScript SDK's enableDnsRebindingProtection, whose refusal is 403.
    """

    def elsewhere(scope: Scope) -> bool:
        return not (header(scope, "host") or "").startswith("localhost:")

    def refuse(scope: Scope) -> Response:
        message = f"Invalid Host header: {header(scope, 'host')}"
        return answer(403, rpc_error(message), "application/json")

    def wrap(app: ASGIApp) -> ASGIApp:
        return refuse_if(elsewhere, refuse)(app)

    return Setup(wrap=wrap)
