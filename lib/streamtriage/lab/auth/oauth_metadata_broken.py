"""The fault `oauth-metadata-broken`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.challenges import CHALLENGE, REFUSED_AS_INVALID
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["oauth_metadata_broken"]


@fault
def oauth_metadata_broken() -> Setup:
    """The metadata that the challenge names is about another URL.

    A server behind a TLS proxy that says http where clients say https, or the reverse
    (twenty#19838).
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope):
                await app(scope, receive, send)
                return
            host = header(scope, "host") or ""
            if scope["path"].startswith("/.well-known/oauth-protected-resource"):
                document = {
                    "resource": f"https://{host}/mcp",
                    "authorization_servers": [f"https://{host}"],
                }
                reply = answer(200, json.dumps(document), "application/json")
            elif scope["path"].startswith("/.well-known/"):
                reply = answer(404, "Not Found")
            else:
                url = f"http://{host}/.well-known/oauth-protected-resource/mcp"
                reply = answer(
                    401,
                    REFUSED_AS_INVALID,
                    "application/json",
                    WWW_Authenticate=f'{CHALLENGE}, resource_metadata="{url}"',
                )
            await reply(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
