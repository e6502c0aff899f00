"""Scenarios in which nothing is wrong, however odd they look."""

from __future__ import annotations

from streamtriage.lab.asgi import answer, keep_alive, on_get
from streamtriage.lab.faults.session import refuse_legacy
from streamtriage.lab.scenario import Setup, sound

__all__ = ["healthy", "healthy_get_405", "healthy_modern"]


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
