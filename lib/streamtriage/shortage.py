"""What this machine lacks, which is never laid to a server."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

__all__ = ["CLOCK_JUMPED", "CLOCK_JUMP_S", "has_resolver", "own_shortage"]

# A clock that is corrected gently gains 0.5 ms a second (adjtime), in the longest watch
# 3.6 s. More than this was set by somebody, or passed while the machine slept.
CLOCK_JUMP_S = 5.0
CLOCK_JUMPED = (
    "The clock of this machine jumped: it was set, or the machine slept. Run this "
    "again without either."
)

_WORDS = {
    errno.EMFILE: "This program has no file descriptor left: raise `ulimit -n`.",
    errno.ENFILE: "This machine has no file descriptor left: end other programs.",
    errno.ENOMEM: "This machine has no memory left: end other programs.",
    errno.ENOBUFS: "This machine has no room for a socket left: end other programs.",
}
_NO_PORT = (
    "This machine has no port left to connect from: end what holds connections, or "
    "wait a minute."
)
_NO_RESOLVER = (
    "This machine has no name server to ask: set one in /etc/resolv.conf, or give the "
    "server's address in place of its name."
)
_RESOLV_CONF = Path("/etc/resolv.conf")


def own_shortage(error: BaseException, family: int = 0) -> str:
    """Return what this machine lacks, in words with what to do; "" if it lacks nothing.

    `family` is that of the address that was connected to.
    """
    if isinstance(error, socket.gaierror):
        if error.errno in (socket.EAI_MEMORY, getattr(socket, "EAI_SYSTEM", None)):
            return (
                _WORDS[errno.ENOMEM]
                if error.errno == socket.EAI_MEMORY
                else (
                    "This machine could not look a name up: raise `ulimit -n`, and "
                    "look whether it has memory left."
                )
            )
        lost = error.errno == socket.EAI_AGAIN and not has_resolver()
        return _NO_RESOLVER if lost else ""
    if not isinstance(error, OSError):
        return ""
    if error.errno == errno.EADDRNOTAVAIL:
        # Where IPv6 is off, its addresses cannot be used: that is no shortage.
        return _NO_PORT if family == socket.AF_INET else ""
    return _WORDS.get(error.errno or 0, "")


def has_resolver(conf: Path = _RESOLV_CONF) -> bool:
    """Tell whether a name server is configured; yes where that cannot be told.

    `conf` is read as resolv.conf(5); other systems keep it elsewhere.
    """
    try:
        with conf.open("rb") as file:
            lines = file.read(64 * 1024).decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        # Without the file one on this machine itself is asked, and there is none.
        return not conf.parent.is_dir() or not Path("/proc").is_dir()
    except OSError:
        return True
    return any(line.split()[:1] == ["nameserver"] for line in lines)
