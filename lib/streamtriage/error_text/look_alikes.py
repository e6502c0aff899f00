"""Texts that are taken for the SSE reconnect error, and what each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    import re

__all__ = ["LOOK_ALIKES", "NETWORK", "LookAlike"]


@dataclass(frozen=True, slots=True)
class LookAlike:
    """What a text is instead."""

    means: str


NETWORK = LookAlike(
    "It is a request that got no answer from the network; the text does not say which "
    "request, so it need not be the event stream."
)

_POST = LookAlike(
    "It is a request over POST that failed, not the event stream over GET."
)
_PROVIDER = LookAlike(
    "It is the request to the model provider or to the vendor's own service, which has "
    "nothing to do with an MCP server."
)
_LEGACY_SSE = LookAlike(
    "It is the older HTTP+SSE transport, which has other endpoints and other retries."
)
_OUTER_LOOP = LookAlike(
    "It is Claude Code's outer loop, which connects the whole server again, not the "
    "SDK's reopening of the stream."
)
_SESSION = LookAlike(
    "It is Claude Code's note that a request was answered as if the session were gone; "
    "in 2.1.147 to 2.1.152 a 404 on the optional GET stream alone caused it."
)
_NEGOTIATION = LookAlike(
    "It is the choice of the protocol revision that failed, before any stream existed."
)
_PROXY = LookAlike(
    "It is a forward proxy that refused the tunnel, before the server was reached."
)
_DELETE = LookAlike("It is the DELETE at the end of a session that was refused.")
_STARTED_TWICE = LookAlike("It is a program that started one transport twice.")

# Matched on lower-case letters without spaces; each begins with a literal.
LOOK_ALIKES: tuple[tuple[re.Pattern[str], LookAlike], ...] = tuple(
    (compile_later(pattern), what)
    for pattern, what in (
        (r"/v1/messages", _PROVIDER),
        (r"/v1/chat/completions", _PROVIDER),
        (r"/v1/responses", _PROVIDER),
        (r"/worker/events/stream", _PROVIDER),
        (r":streamgeneratecontent", _PROVIDER),
        (r"apierror(?=[:(\d])", _PROVIDER),
        (r"overloaded_error", _PROVIDER),
        (r"sseerror:", _LEGACY_SSE),
        (r"errorpostingtoendpoint", _POST),
        (r"client_http_not_implemented", _POST),
        (r"serverreturned401aftersuccessfulauthentication", _POST),
        (r"serverreturned403aftertryingupscoping", _POST),
        (r"unexpectedcontenttype:", _POST),
        (r"mcperror-32001:requesttimedout", _POST),
        (r"failedtoterminatesession", _DELETE),
        (r"versionnegotiation(?=failed|probe)", _NEGOTIATION),
        (r"proxyrefusedtoopenatunnel", _PROXY),
        (r"err_proxy_tunnel", _PROXY),
        (r"mcpsessionexpired\(", _SESSION),
        (r"maxreconnectionattempts\(\d{1,9}\)reached", _OUTER_LOOP),
        (r"transportclosed[-\u2013\u2014]{1,3}reconnecting", _OUTER_LOOP),
        (r"streamablehttpclienttransportalreadystarted", _STARTED_TWICE),
        (r"fetchfailed", NETWORK),
        (r"unabletoconnect\.isthecomputerabletoaccesstheurl", NETWORK),
    )
)
