"""The fault `http-sse-reply-missing`."""

from __future__ import annotations

from streamtriage.lab.old_servers import TOLD_BY_PYTHON, serve_old
from streamtriage.lab.old_transport import OldTransport
from streamtriage.lab.scenario import Setup, fault

__all__ = ["http_sse_reply_missing"]


@fault
def http_sse_reply_missing() -> Setup:
    """The endpoint takes a request, and its response never comes on the stream.

    Several workers: the one that takes the POST does not hold the stream.
    """
    return Setup(
        path="/sse", wrap=serve_old(OldTransport(replies=False)), intake=TOLD_BY_PYTHON
    )
