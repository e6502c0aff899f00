"""Faults of HTTP+SSE, the transport of revision 2024-11-05."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.old_transport import OldTransport
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from streamtriage.lab.scenario import Wrap

__all__ = [
    "http_sse_endpoint_refused",
    "http_sse_reply_missing",
    "legacy_sse_url_as_http",
]

_TOLD = Intake(client="Python SDK", error="ERROR:mcp.client.sse:Error in post_writer")


def _serve(server: OldTransport) -> Wrap:
    def wrap(_app: ASGIApp) -> ASGIApp:
        return server

    return wrap


@fault
def legacy_sse_url_as_http() -> Setup:
    """The URL is an endpoint of the HTTP+SSE transport of revision 2024-11-05.

    Servers whose only endpoint is /sse, configured as type http.
    """
    return Setup(path="/sse", wrap=_serve(OldTransport()))


@fault
def http_sse_endpoint_refused() -> Setup:
    """The stream names an endpoint without the prefix under which it is served.

    The Python SDK's SSE app behind a proxy that takes a prefix away.
    """
    server = OldTransport("/tools/sse", "/tools/messages/", names="/messages/")
    return Setup(path="/tools/sse", wrap=_serve(server), intake=_TOLD)


@fault
def http_sse_reply_missing() -> Setup:
    """The endpoint takes a request, and its response never comes on the stream.

    Several workers: the one that takes the POST does not hold the stream.
    """
    return Setup(path="/sse", wrap=_serve(OldTransport(replies=False)), intake=_TOLD)
