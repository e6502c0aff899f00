"""What can follow the colon: HTTP reason phrases and the texts of thrown errors."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Literal, NamedTuple

from streamtriage.on_first_use import compile_later

__all__ = [
    "REFUSALS",
    "Inner",
    "InnerKind",
    "classify",
    "is_network",
    "leading",
    "phrases",
    "status_of",
]

# Spellings that differ between servers, and statuses that no registry lists; a status
# without a phrase of its own is here to be counted among the refusals. Phrases that any
# program could make up ("Invalid Token", "Unknown Error") are left out on purpose.
# Sources: RFC 9110 and its predecessors (413, 414, 416, 422), nginx and HAProxy
# ("Time-out", 494-499), IIS (440, 449), Varnish (503), Cloudflare (520-530), AWS load
# balancers (460, 463, 464, 561), Laravel (419), Shopify (430), Apache (509).
_SPELLINGS: dict[int, tuple[str, ...]] = {
    302: ("Moved Temporarily",),
    401: ("Authorization Required",),
    408: ("Request Time-out",),
    413: ("Content Too Large", "Payload Too Large", "Request Entity Too Large"),
    414: (
        "URI Too Long",
        "URI Too Large",
        "Request-URI Too Long",
        "Request-URI Too Large",
    ),
    416: (
        "Range Not Satisfiable",
        "Requested Range Not Satisfiable",
        "Request Range Not Satisfiable",
    ),
    418: ("I'm a Teapot", "I\u2019m a teapot"),
    419: ("Page Expired",),
    420: ("Enhance Your Calm",),
    422: ("Unprocessable Content", "Unprocessable Entity"),
    430: (),
    440: ("Login Time-out", "Login Timeout"),
    449: ("Retry With",),
    460: (),
    463: (),
    464: (),
    494: ("Request Header Or Cookie Too Large", "Request Header Too Large"),
    495: ("SSL Certificate Error",),
    496: ("SSL Certificate Required", "No SSL Certificate"),
    497: ("HTTP Request Sent to HTTPS Port",),
    498: (),
    499: ("Client Closed Request",),
    503: ("Service Temporarily Unavailable", "Backend fetch failed"),
    504: ("Gateway Time-out",),
    509: ("Bandwidth Limit Exceeded",),
    520: ("Web Server Returned an Unknown Error", "Origin Error"),
    521: ("Web Server Is Down", "Origin Down"),
    522: ("Origin Connection Time-out",),
    523: ("Origin Is Unreachable", "Origin Unreachable"),
    524: ("A Timeout Occurred", "Origin Time-out"),
    525: ("SSL Handshake Failed", "Origin SSL Handshake Error"),
    526: ("Invalid SSL Certificate", "Origin SSL Certificate Error"),
    527: ("Railgun Error",),
    529: ("Site is overloaded",),
    530: ("Site is frozen", "Origin DNS Error"),
    561: (),
    598: (),
    599: (),
}

# Every status that can stand behind "Failed to open SSE stream": all but the 2xx, which
# open it, and 405, which means "no stream offered" and is silent. 3xx belong to it
# because fetch hands back a redirect without Location.
REFUSALS: tuple[int, ...] = tuple(
    sorted(
        ({int(status) for status in HTTPStatus if status >= 300} | set(_SPELLINGS))
        - {HTTPStatus.METHOD_NOT_ALLOWED}
    )
)

_REDIRECTS = (301, 302, 303, 307, 308)

_NETWORK_TEXTS = (
    "fetch failed",
    "TypeError: fetch failed",
    "terminated",
    "TypeError: terminated",
    "Unable to connect. Is the computer able to access the url?",
    "ECONNREFUSED: Unable to connect. Is the computer able to access the url?",
    "The operation timed out.",
    "TimeoutError: The operation timed out.",
    "AbortError: This operation was aborted",
    "This operation was aborted",
    "The operation was aborted due to timeout",
    "The operation was aborted.",
    "self signed certificate in certificate chain",
    "self signed certificate",
    "EPROTO: The TLS handshake failed. Does the server speak TLS on this port?",
    "other side closed",
    "Error: read ECONNRESET",
    *(
        start + "The socket connection was closed unexpectedly. For more information, "
        "pass `verbose: true` in the second argument to fetch()"
        for start in ("", "Error: ", "TypeError: ", "TypeError: ECONNRESET: ")
    ),
)


class Inner(NamedTuple):
    """One text that can follow the colon, and the statuses that it stands for."""

    text: str
    statuses: tuple[int, ...]


InnerKind = Literal["network", "sign-in", "scope", "redirect", "other"]


def _letters(text: str) -> str:
    return "".join(text.split()).lower()


def _table() -> dict[str, Inner]:
    table = {_letters(text): Inner(text, ()) for text in _NETWORK_TEXTS}
    for status, spellings in _SPELLINGS.items():
        for text in spellings:
            table[_letters(text)] = Inner(text, (status,))
    for status in HTTPStatus:
        if status >= 300:
            table[_letters(status.phrase)] = Inner(status.phrase, (int(status),))
    return table


_TABLE = _table()
_LENGTHS = sorted({len(key) for key in _TABLE}, reverse=True)


def leading(letters: str, start: int) -> tuple[Inner, int] | None:
    """Find the longest known text at `start` of lower-case text without spaces.

    Returns it with the index after its last letter.
    """
    for length in _LENGTHS:
        key = letters[start : start + length]
        if key in _TABLE:
            return _TABLE[key], start + len(key)
    return None


def phrases() -> tuple[str, ...]:
    """Return each phrase of one status, as lower-case letters without spaces.

    The longest come first.
    """
    said = (key for key, inner in _TABLE.items() if len(inner.statuses) == 1)
    return tuple(sorted(said, key=len, reverse=True))


def status_of(letters: str) -> int | None:
    """Return the status that a phrase stands for; None where it is none."""
    found = _TABLE.get(letters)
    return found.statuses[0] if found is not None and found.statuses else None


# What auth.ts and the 401 branches of the transport throw; all of them are reached only
# after the GET was answered 401, so a number inside such a text is another request's.
_SIGN_IN = compile_later(
    r"OAuth|Dynamic Client Registration|^Unauthorized|UnauthorizedError"
    r"|No auth provider|Failed to authorize|Incompatible auth server"
    r"|^Protected resource |clientMetadataUrl must be|401 after |authorization server"
    r"|(?:IssuerMismatch|RegistrationRejected|InsecureTokenEndpoint"
    r"|AuthorizationServerMismatch)Error"
    r"|invalid_(?:grant|client|token)|[Tt]oken (?:exchange|refresh) failed"
)
_SCOPE = compile_later(r"insufficient.scope", re.IGNORECASE)
_REDIRECT = compile_later(r"^Redirect to ")
_NETWORK = compile_later(
    r"\b(?:ECONN[A-Z]{4,10}|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE"
    r"|EPROTO|UND_ERR_[A-Z_]{2,40}|ERR_(?:TLS|SSL)_[A-Z_]{2,60}|CERT_[A-Z_]{2,40}"
    r"|[A-Z_]{0,40}SELF_SIGNED[A-Z_]{0,40}|ProxyConnectionError)\b"
    r"|\b(?:[Tt]imed out|aborted|certificate|socket hang up|other side closed)\b"
)


def is_network(text: str) -> bool:
    """Say whether a text is one that a runtime throws when no answer came."""
    return _NETWORK.search(text) is not None


def classify(text: str) -> tuple[InnerKind, tuple[int, ...]]:
    """Say what kind of thrown error a text is, and the statuses it stands for."""
    if _SCOPE.search(text):
        return "scope", (403,)
    if _REDIRECT.search(text):
        return "redirect", _REDIRECTS
    if _SIGN_IN.search(text):
        return "sign-in", (401,)
    return ("network" if is_network(text) else "other"), ()
