"""The fault `http-sse-endpoint-refused`."""

from __future__ import annotations

from streamtriage.lab.old_servers import TOLD_BY_PYTHON, serve_old
from streamtriage.lab.old_transport import OldTransport
from streamtriage.lab.scenario import Setup, fault

__all__ = ["http_sse_endpoint_refused"]


@fault
def http_sse_endpoint_refused() -> Setup:
    """The stream names an endpoint without the prefix under which it is served.

    The Python SDK's SSE app behind a proxy that takes a prefix away.
    """
    server = OldTransport("/tools/sse", "/tools/messages/", names="/messages/")
    return Setup(path="/tools/sse", wrap=serve_old(server), intake=TOLD_BY_PYTHON)
