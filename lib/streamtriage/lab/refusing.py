"""Refusals of the lab, and who is meant by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http
from streamtriage.model import Intake

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap

__all__ = ["INSPECTOR", "refuse_if", "rpc_error"]


INSPECTOR = Intake(client="MCP Inspector")


def refuse_if(
    refused: Callable[[Scope], bool], reply: Callable[[Scope], Response]
) -> Wrap:
    """Answer with `reply` the requests that are `refused`; pass on the others."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope) and refused(scope):
                await reply(scope)(scope, receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    return wrap


def rpc_error(message: str) -> str:
    """Return the body of a JSON-RPC error as servers write it by hand."""
    error = f'{{"code":-32000,"message":"{message}"}}'
    return f'{{"jsonrpc":"2.0","error":{error},"id":null}}'
