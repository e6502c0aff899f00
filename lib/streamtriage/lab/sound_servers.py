"""Scenarios in which nothing is wrong, however odd they look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, keep_alive, on_get
from streamtriage.lab.scenario import Setup, sound
from streamtriage.lab.sessions import refuse_legacy
from streamtriage.model import Intake
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from starlette.middleware.cors import CORSMiddleware
    from starlette.types import ASGIApp

    from streamtriage.lab.event_store import MemoryEventStore
else:
    # Whoever only lists the faults needs no server.
    CORSMiddleware = Later("starlette.middleware.cors", "CORSMiddleware")
    MemoryEventStore = Later("streamtriage.lab.event_store", "MemoryEventStore")

__all__ = [
    "healthy",
    "healthy_get_405",
    "healthy_in_browser",
    "healthy_modern",
    "healthy_resumable",
]


@sound
def healthy() -> Setup:
    """A server that holds its GET stream open and sends keep-alive comments."""
    return Setup(wrap=keep_alive(0.5))


@sound
def healthy_get_405() -> Setup:
    """A server that offers no GET stream and says so with 405."""
    return Setup(wrap=on_get(lambda: answer(405, Allow="POST, DELETE")))


@sound
def healthy_modern() -> Setup:
    """A server of revision 2026-07-28: no sessions, no GET stream, no initialize."""
    return Setup(wrap=refuse_legacy)


@sound
def healthy_resumable() -> Setup:
    """A server whose events carry ids, and that replays what was missed."""
    return Setup(wrap=keep_alive(0.5), options={"event_store": MemoryEventStore()})


@sound
def healthy_in_browser() -> Setup:
    """A server that lets a browser's page in: its origin, its preflights, its id."""

    def wrap(app: ASGIApp) -> ASGIApp:
        return CORSMiddleware(
            keep_alive(0.5)(app),
            allow_origins=["http://localhost:6274"],
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Last-Event-ID",
                "Mcp-Protocol-Version",
                "Mcp-Session-Id",
            ],
            expose_headers=["Mcp-Session-Id"],
        )

    return Setup(wrap=wrap, intake=Intake(client="MCP Inspector"))
