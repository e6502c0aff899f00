"""The fault `legacy-sse-url-as-http`."""

from __future__ import annotations

from streamtriage.lab.old_servers import serve_old
from streamtriage.lab.old_transport import OldTransport
from streamtriage.lab.scenario import Setup, fault

__all__ = ["legacy_sse_url_as_http"]


@fault
def legacy_sse_url_as_http() -> Setup:
    """The URL is an endpoint of the HTTP+SSE transport of revision 2024-11-05.

    Servers whose only endpoint is /sse, configured as type http.
    """
    return Setup(path="/sse", wrap=serve_old(OldTransport()))
