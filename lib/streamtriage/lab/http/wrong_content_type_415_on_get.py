"""The fault `wrong-content-type-415-on-get`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.refusing import refuse_if
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope


__all__ = ["wrong_content_type_415_on_get"]


@fault
def wrong_content_type_415_on_get() -> Setup:
    """The framework asks for a body type on GET, too.

    Spring with `consumes` on the whole controller.
    """

    def untyped(scope: Scope) -> bool:
        return is_http(scope, "GET") and header(scope, "content-type") is None

    def refuse(_scope: Scope) -> Response:
        body = '{"status":415,"error":"Unsupported Media Type","path":"/mcp"}'
        return answer(415, body, "application/json")

    return Setup(wrap=refuse_if(untyped, refuse))
