"""The fault `session-id-hijacked-by-error`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from streamtriage.lab.asgi import answer
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import SESSION_NOT_FOUND, refuse_unknown
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.responses import Response


__all__ = ["session_id_hijacked_by_error"]


_V1_NOT_FOUND = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Not Found"
)


@fault
def session_id_hijacked_by_error() -> Setup:
    """The refusal of an unknown session brings a fresh id that was never initialized.

    The Python SDK 1.x puts one on its `Missing session ID`.
    """

    def refuse() -> Response:
        return answer(
            404, SESSION_NOT_FOUND, "application/json", Mcp_Session_Id=uuid4().hex
        )

    return Setup(wrap=refuse_unknown(refuse), intake=Intake(error=_V1_NOT_FOUND))
