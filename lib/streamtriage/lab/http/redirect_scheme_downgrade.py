"""The fault `redirect-scheme-downgrade`."""

from __future__ import annotations

from streamtriage.lab.moving import moved
from streamtriage.lab.scenario import Setup, fault

__all__ = ["redirect_scheme_downgrade"]


@fault
def redirect_scheme_downgrade() -> Setup:
    """The https URL is answered 307 to plain http.

    FastMCP behind a proxy that ends TLS, without --proxy-headers (fastmcp#435).
    """
    wrap = moved(307, lambda host: f"http://{host}/mcp/")
    return Setup(certificate="valid", wrap=wrap)
