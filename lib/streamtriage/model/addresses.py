"""What an address leaves unsaid."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["USUAL_PORTS", "Origin", "origin_of", "port_of"]

Origin: TypeAlias = tuple[str, str, int | None]

USUAL_PORTS = {"http": 80, "https": 443}


def port_of(scheme: str, port: int | None) -> int | None:
    """Return the port that a URL names, or its scheme's own; None if it has none."""
    return port or USUAL_PORTS.get(scheme)


def origin_of(scheme: str, host: str, port: int | None) -> Origin:
    """Return scheme, host and port of a URL as they are compared (RFC 6454, 4)."""
    return scheme, host.lower(), port_of(scheme, port)
