"""The fault `insufficient-scope-403`."""

from __future__ import annotations

from streamtriage.lab.asgi import answer, on_get
from streamtriage.lab.scenario import Setup, fault

__all__ = ["insufficient_scope_403"]


@fault
def insufficient_scope_403() -> Setup:
    """The stream needs a scope that the token lacks.

    The challenge of the Python SDK's bearer middleware, on GET alone.
    """
    body = '{"error":"insufficient_scope","error_description":"Required scope: stream"}'
    challenge = (
        'Bearer error="insufficient_scope", scope="stream", '
        'error_description="Required scope: stream"'
    )
    return Setup(
        wrap=on_get(
            lambda: answer(403, body, "application/json", WWW_Authenticate=challenge)
        )
    )
