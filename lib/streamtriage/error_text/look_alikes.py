"""Texts that are taken for the SSE reconnect error, and what each of them is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from streamtriage.error_text.normalise import Ink

__all__ = ["LOOK_ALIKES", "NETWORK", "LookAlike", "of_provider", "tells_of_failure"]


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
_NEGOTIATION = LookAlike(
    "It is the choice of the protocol revision that failed, before any stream existed."
)
_PROXY = LookAlike(
    "It is a forward proxy that refused the tunnel, before the server was reached."
)
_DELETE = LookAlike("It is the DELETE at the end of a session that was refused.")
_STDIO = LookAlike(
    "It is a local server program (stdio) that did not start or ended; it has no event "
    "stream."
)
_CLOSED = LookAlike(
    "It is a connection that closed under a request. Where the server is a local "
    "program (stdio), that program ended; the text does not say more."
)
_SIGN_IN = LookAlike(
    "It is a sign-in that is wanted or failed, not the event stream itself."
)
_STARTED_TWICE = LookAlike("It is a program that started one transport twice.")

# Where a program asks its model; a log of one names it in every line that succeeds.
_PATHS = compile_later(
    r"/v1/messages|/v1/chat/completions|/v1/responses|/worker/events/stream"
    r"|:streamGenerateContent",
    re.IGNORECASE,
)
_FAILED = compile_later(
    r"error|fail|reset|refused|time(?:d\s?|-)?out|terminated|disconnect|closed|abort"
    r"|\bE[A-Z]{4,}\b|(?<![\d.:])[45]\d\d(?![\d.:])|stall|overload",
    re.IGNORECASE,
)
# A line is a few hundred letters; a payload in one line can be any size.
_LINE = 2000


def _line_at(ink: Ink, place: int) -> str:
    start = ink.text.rfind("\n", max(0, place - _LINE), place) + 1
    end = ink.text.find("\n", place, place + _LINE)
    return ink.text[max(start, place - _LINE) : end if end >= 0 else place + _LINE]


def of_provider(ink: Ink, place: int) -> bool:
    """Say whether the line at a place of the text is of the request to a model."""
    return _PATHS.search(_line_at(ink, place)) is not None


def tells_of_failure(ink: Ink, what: LookAlike, place: int) -> bool:
    """Say whether a look-alike's words stand in a line that tells of a failure."""
    return what is not _PROVIDER or _FAILED.search(_line_at(ink, place)) is not None


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
        (r"client_http_not_implemented", _POST),
        (r"serverreturned401aftersuccessfulauthentication", _POST),
        (r"serverreturned403aftertryingupscoping", _POST),
        (r"unexpectedcontenttype:", _POST),
        (r"mcperror-32001:requesttimedout", _POST),
        (r"failedtoterminatesession", _DELETE),
        (r"versionnegotiation(?=failed|probe)", _NEGOTIATION),
        (r"proxyrefusedtoopenatunnel", _PROXY),
        (r"err_proxy_tunnel", _PROXY),
        (r"maxreconnectionattempts\(\d{1,9}\)reached", _OUTER_LOOP),
        (r"transportclosed[-\u2013\u2014]{1,3}reconnecting", _OUTER_LOOP),
        (r"streamablehttpclienttransportalreadystarted", _STARTED_TWICE),
        (r"servertransportclosedunexpectedly,thisislikelydue", _STDIO),
        (r"spawn[^\x00]{1,80}?enoent", _STDIO),
        (r"mcperror-32000:connectionclosed", _CLOSED),
        (r"oauthauthorizationrequired", _SIGN_IN),
        (r"unauthorizederror:", _SIGN_IN),
        (r"invalid_grant", _SIGN_IN),
        (r"fetchfailed(?<!toolsfetchfailed)", NETWORK),
        (r"unabletoconnect\.isthecomputerabletoaccesstheurl", NETWORK),
    )
)
