"""The fault `tls-scheme-mismatch`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.scenario import Setup, fault

__all__ = ["tls_scheme_mismatch"]


@fault
def tls_scheme_mismatch() -> Setup:
    """The URL says https, and the port speaks plain HTTP.

    A development server behind no proxy, given a production URL.
    """
    return Setup(scheme="https", wrap=keep_alive(0.5))
