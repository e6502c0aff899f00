"""The fault `tls-chain-incomplete`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.scenario import Setup, fault

__all__ = ["tls_chain_incomplete"]


@fault
def tls_chain_incomplete() -> Setup:
    """The server sends its certificate without the intermediate that signed it.

    nginx with `cert.pem` in the place of `fullchain.pem`.
    """
    return Setup(certificate="leaf-only", wrap=keep_alive(0.5))
