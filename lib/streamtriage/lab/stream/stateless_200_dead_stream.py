"""The fault `stateless-200-dead-stream`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = ["stateless_200_dead_stream"]


@fault
def stateless_200_dead_stream() -> Setup:
    """A server without sessions holds a GET stream open that can never carry anything.

    The Python SDK with stateless_http=True (python-sdk#2474).
    """
    return Setup(stateless=True)
