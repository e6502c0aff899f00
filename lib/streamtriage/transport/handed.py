"""A connection that was made to see whether one can be, for the first request."""

from __future__ import annotations

import socket
import time

__all__ = ["HandedOver"]

# A server may end a connection on which nothing is asked for a while.
_FRESH_S = 2.0


class HandedOver:
    """At most one connected socket, until it is taken, has ended or is too old."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._address: tuple[str, int] = ("", 0)
        self._since_s = 0.0

    def give(self, address: str, port: int, connected: socket.socket) -> None:
        """Keep it for whoever connects to that address next, or close it."""
        if self._socket is not None:
            connected.close()
            return
        self._socket, self._address = connected, (address, port)
        self._since_s = time.monotonic()

    def take(self, address: str, port: int) -> socket.socket | None:
        """Return it if it leads there and can still be used."""
        if self._socket is None or self._address != (address, port):
            return None
        connected, self._socket = self._socket, None
        late = time.monotonic() - self._since_s > _FRESH_S
        if late or _has_news(connected):
            connected.close()
            return None
        return connected

    def close(self) -> None:
        """Close it if nobody took it."""
        connected, self._socket = self._socket, None
        if connected is not None:
            connected.close()


def _has_news(connected: socket.socket) -> bool:
    """Tell whether the peer has ended it, or said something before it was asked."""
    try:
        connected.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
