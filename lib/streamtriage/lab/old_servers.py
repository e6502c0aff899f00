"""The lab's servers that speak HTTP+SSE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from streamtriage.lab.old_transport import OldTransport
    from streamtriage.lab.scenario import Wrap

__all__ = ["TOLD_BY_PYTHON", "serve_old"]


TOLD_BY_PYTHON = Intake(
    client="Python SDK", error="ERROR:mcp.client.sse:Error in post_writer"
)


def serve_old(server: OldTransport) -> Wrap:
    """Serve HTTP+SSE in place of the app."""

    def wrap(_app: ASGIApp) -> ASGIApp:
        return server

    return wrap
