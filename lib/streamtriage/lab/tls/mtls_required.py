"""The fault `mtls-required`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.scenario import Setup, fault

__all__ = ["mtls_required"]


@fault
def mtls_required() -> Setup:
    """The server wants a client certificate.

    A service mesh's gateway, or nginx with `ssl_verify_client on`.
    """
    return Setup(certificate="mutual", wrap=keep_alive(0.5))
