"""What an address leaves unsaid."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["USUAL_PORTS", "Origin", "origin_of", "port_of"]

Origin: TypeAlias = tuple[str, str, int]

USUAL_PORTS = {"http": 80, "https": 443}


def port_of(scheme: str, port: int | None) -> int:
    """Return the port that a URL names, or its scheme's own.

    A scheme that is neither of the two is asked as HTTP is, on port 80.
    """
    return port or USUAL_PORTS.get(scheme, 80)


def origin_of(scheme: str, host: str, port: int | None) -> Origin:
    """Return scheme, host and port of a URL as they are compared (RFC 6454, 4)."""
    return scheme, host.lower(), port_of(scheme, port)
