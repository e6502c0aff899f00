"""What a text says of a connection that never came about, in the system's own codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from streamtriage.error_text.plain import Ink

__all__ = ["NotConnected", "not_connected"]


class NotConnected(NamedTuple):
    """What kept a connection from coming about."""

    means: str


_REFUSED = NotConnected(
    "The connection was refused: nothing listens there, or a firewall or a proxy "
    "refuses it."
)
_NAME = NotConnected("The host's name was not found.")
_NO_WAY = NotConnected("The network knows no way to the host.")
_TIMED_OUT = NotConnected("The connection was not accepted within the client's time.")
_PLAIN = NotConnected(
    "TLS was spoken to a port that does not speak it: an https URL for a plain server, "
    "or a proxy in between."
)

# Of Node.js, Bun, Python, Rust, Go and Java, as lower-case letters without spaces.
_TEXTS: tuple[tuple[str, NotConnected], ...] = (
    ("econnrefused", _REFUSED),
    ("connectionrefused(oserror", _REFUSED),
    ("[errno111]connectionrefused", _REFUSED),
    ("[errno111]connectcallfailed", _REFUSED),
    ("[winerror10061]", _REFUSED),
    ("connect:connectionrefused", _REFUSED),
    ("java.net.connectexception", _REFUSED),
    ("allconnectionattemptsfailed", _REFUSED),
    ("enotfound", _NAME),
    ("eai_again", _NAME),
    ("nameorservicenotknown", _NAME),
    ("nodenamenorservnameprovided", _NAME),
    ("temporaryfailureinnameresolution", _NAME),
    ("[errno-2]", _NAME),
    ("dnserror:failedtolookup", _NAME),
    ("nosuchhost", _NAME),
    ("java.net.unknownhostexception", _NAME),
    ("ehostunreach", _NO_WAY),
    ("enetunreach", _NO_WAY),
    ("und_err_connect_timeout", _TIMED_OUT),
    ("connectetimedout", _TIMED_OUT),
    ("connecttimeouterror", _TIMED_OUT),
    ("httpx.connecttimeout", _TIMED_OUT),
    ("httpx2.connecttimeout", _TIMED_OUT),
    ("wrong_version_number", _PLAIN),
    ("wrongversionnumber", _PLAIN),
    ("ssl_packet_length_too_long", _PLAIN),
    ("tls_get_more_records:packetlengthtoolong", _PLAIN),
)
_ANY = re.compile("|".join(re.escape(text) for text, _ in _TEXTS))


def not_connected(ink: Ink) -> NotConnected | None:
    """Return what kept a connection from coming about; None where no code says it."""
    spot = _ANY.search(ink.letters)
    return None if spot is None else dict(_TEXTS)[spot[0]]
