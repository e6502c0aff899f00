"""How the lab asks for a login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["CHALLENGE", "LAB_VARIABLE", "REFUSED_AS_INVALID", "answer_401"]


LAB_VARIABLE = "STREAMTRIAGE_LAB_TOKEN"
REFUSED_AS_INVALID = (
    '{"error":"invalid_token","error_description":"Authentication required"}'
)
CHALLENGE = 'Bearer error="invalid_token", error_description="Authentication required"'


def answer_401() -> Response:
    """Return a refusal that asks for another token."""
    return answer(
        401, REFUSED_AS_INVALID, "application/json", WWW_Authenticate=CHALLENGE
    )
