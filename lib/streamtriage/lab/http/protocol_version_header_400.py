"""The fault `protocol-version-header-400`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header
from streamtriage.lab.refusing import refuse_if, rpc_error
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope


__all__ = ["protocol_version_header_400"]


@fault
def protocol_version_header_400() -> Setup:
    """The server agrees on a revision and then refuses the header that names it.

    The TypeScript SDK's text, of a server with an older list in one of its parts.
    """
    message = (
        "Bad Request: Unsupported protocol version: 2025-11-25 "
        "(supported versions: 2025-06-18, 2025-03-26)"
    )

    def versioned(scope: Scope) -> bool:
        return header(scope, "mcp-protocol-version") == "2025-11-25"

    def refuse(_scope: Scope) -> Response:
        return answer(400, rpc_error(message), "application/json")

    return Setup(wrap=refuse_if(versioned, refuse))
