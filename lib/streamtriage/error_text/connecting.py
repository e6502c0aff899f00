"""What a text says of a connection that never came about, in the system's own codes."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.error_text.look_alikes import of_provider

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.error_text.normalise import Ink

__all__ = ["NotConnected", "not_connected"]


# Of a log that repeats one code for hours, so many say all.
MOST = 200


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

# Of Node.js and Bun, met in capitals only: "file not found" has the same letters.
_CODES: dict[str, NotConnected] = {
    "ECONNREFUSED": _REFUSED,
    "ENOTFOUND": _NAME,
    "EAI_AGAIN": _NAME,
    "EHOSTUNREACH": _NO_WAY,
    "ENETUNREACH": _NO_WAY,
    "UND_ERR_CONNECT_TIMEOUT": _TIMED_OUT,
    "ConnectTimeoutError": _TIMED_OUT,
    "connectETIMEDOUT": _TIMED_OUT,
    "WRONG_VERSION_NUMBER": _PLAIN,
    "PACKET_LENGTH_TOO_LONG": _PLAIN,
}
# Of Python, Rust, Go, Java and OpenSSL, as lower-case letters without spaces.
_WORDS: dict[str, NotConnected] = {
    "connectionrefused(oserror": _REFUSED,
    "[errno111]": _REFUSED,
    "[winerror10061]": _REFUSED,
    "connect:connectionrefused": _REFUSED,
    "java.net.connectexception": _REFUSED,
    "allconnectionattemptsfailed": _REFUSED,
    "nameorservicenotknown": _NAME,
    "nodenamenorservnameprovided": _NAME,
    "temporaryfailureinnameresolution": _NAME,
    "dnserror:failedtolookup": _NAME,
    "lookup:nosuchhost": _NAME,
    "java.net.unknownhostexception": _NAME,
    "httpx.connecttimeout": _TIMED_OUT,
    "httpx2.connecttimeout": _TIMED_OUT,
    "ssl3_get_record:wrongversionnumber": _PLAIN,
    "tls_get_more_records:packetlengthtoolong": _PLAIN,
}


def _any(texts: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(text) for text in texts))


_CODE, _WORD = _any(_CODES), _any(_WORDS)


def not_connected(ink: Ink) -> NotConnected | None:
    """Return what kept a connection from coming about; None where no code says it."""
    found = (
        (spot.start(), table[spot[0]])
        for pattern, table, letters in (
            (_CODE, _CODES, ink.cased),
            (_WORD, _WORDS, ink.letters),
        )
        for spot in islice(pattern.finditer(letters), MOST)
        if not of_provider(ink, ink.place(spot.start()))
    )
    return min(found, key=lambda each: each[0], default=(0, None))[1]
