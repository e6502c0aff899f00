"""How a server without a stream answers GET."""

from __future__ import annotations

from streamtriage.model import Citation, Fix

__all__ = ["ANSWER_405", "ONLY_405", "SPEC_GET"]

SPEC_GET = Citation(
    source="MCP 2025-11-25, basic/transports, Listening for Messages from the Server"
)
ONLY_405 = Citation(
    source="https://github.com/modelcontextprotocol/typescript-sdk/issues/1635"
)
_EXPRESS_405 = (
    "app.get('/mcp', (req, res) => {\n"
    "  res.status(405).set('Allow', 'POST, DELETE').end();\n"
    "});"
)
_STARLETTE_405 = (
    "from starlette.responses import Response\n"
    "from starlette.routing import Route\n\n"
    "async def no_stream(request):\n"
    "    return Response(status_code=405, headers={'Allow': 'POST, DELETE'})\n\n"
    "# First in the list: the SDK's own route takes every method.\n"
    "app.router.routes.insert(0, Route('/mcp', no_stream, methods=['GET']))"
)
ANSWER_405 = (
    Fix(
        where="a TypeScript server (Express)",
        what="Answer GET with 405: every client takes that for `no stream offered`.",
        paste=_EXPRESS_405,
        verify="open",
    ),
    Fix(
        where="a Python server (Starlette, or the app of the MCP SDK)",
        what="Answer GET with 405.",
        paste=_STARLETTE_405,
        verify="open",
    ),
)
