"""Plain words and numbers with units, for every rendering alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from streamtriage.languages import spoken, translate
from streamtriage.model import End, Failure, Status
from streamtriage.wording import counted, said, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.model import Exchange, Impact, Outcome, Signature
    from streamtriage.model.vocabulary import Half

__all__ = [
    "ENDS",
    "FAILURES",
    "IMPACTS",
    "NOTHING",
    "OUTCOMES",
    "STATUSES",
    "answer",
    "client_words",
    "count",
    "duration",
    "half_words",
    "known",
    "sign_words",
    "size",
]

NOTHING = "—"

OUTCOMES: Mapping[Outcome, str] = {
    "healthy": "Healthy as far as measured",
    "cause-present": "Cause found",
    "not-reproduced": "Not reproduced",
    "could-not-tell": "Could not tell",
    "tool-fault": "Fault of this tool",
}

IMPACTS: Mapping[Impact, str] = {
    "fatal": "Yes. The server cannot be used until this is fixed.",
    "degraded": "Partly. What the server pushes is lost.",
    "cosmetic": "Hardly. A line in the log is the only effect known.",
    "none": "No.",
    "unknown": "Not known.",
}

STATUSES: Mapping[Status, str] = {
    Status.PRESENT: "Present",
    Status.SUSPECTED: "Suspected, not proven",
    Status.UNKNOWN: "Unknown: not judged, so not ruled out",
    Status.ABSENT: "Ruled out",
}

FAILURES: Mapping[Failure, str] = {
    Failure.DNS_NOT_FOUND: "the name does not exist",
    Failure.DNS_FAILED: "the name could not be looked up",
    Failure.REFUSED: "the connection was refused",
    Failure.UNREACHABLE: "the network has no way there",
    Failure.CONNECT_TIMED_OUT: "no connection within our time limit",
    Failure.TLS_UNTRUSTED: "the certificate is not trusted",
    Failure.TLS_NAME: "the certificate is for another name",
    Failure.TLS_DATES: "the certificate is not valid today",
    Failure.TLS_FAILED: "the TLS handshake failed",
    Failure.PROXY_REFUSED: "the proxy refused",
    Failure.CLOSED: "closed before the response head was complete",
    Failure.RESET: "the connection was reset",
    Failure.TRUNCATED: "closed in the middle of the body",
    Failure.STREAM_RESET: "the HTTP/2 stream was reset",
    Failure.GOAWAY: "the HTTP/2 connection was ended by GOAWAY",
    Failure.TIMED_OUT: "no answer within our time limit",
    Failure.PROTOCOL: "the answer is not HTTP",
    Failure.TOO_LARGE: "the answer is larger than we read",
    Failure.OWN_SHORTAGE: "not sent: this machine ran out of something",
    Failure.NOT_SENT: "not sent: held back by this tool",
    Failure.FAILED: "failed",
}

ENDS: Mapping[End, str] = {
    End.COMPLETE: "complete",
    End.CLOSED: "closed (FIN)",
    End.TRUNCATED: "closed in the middle of the body",
    End.RESET: "reset (RST)",
    End.STREAM_RESET: "HTTP/2 stream reset",
    End.GOAWAY: "HTTP/2 GOAWAY",
    End.WATCHED: "still open when we stopped",
    End.LIMITED: "still sending when we stopped reading",
    End.CANCELLED: "still open when the watch was cancelled",
    End.PROTOCOL: "bytes that are not HTTP",
}


def _digits(value: float) -> str:
    """Write three significant digits without an exponent."""
    if not value or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    # Rounded first, so that 0.9996 has the digits of 1.00.
    rounded = float(f"{value:.3g}")
    places = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{value:.{places}f}"


def duration(value: float | None) -> str:
    """Write a duration as the sentences do; a dash for one that is not known."""
    return NOTHING if value is None else said(seconds(value))


# The kinds of traces, as the table of fingerprints names them.
_TRACES: Mapping[str, str] = {
    "body-start": "trace: body that begins with",
    "certificate of": "trace: certificate of",
    "cookie": "trace: cookie",
    "header": "trace: header",
    "host": "trace: host",
    "page": "trace: page",
    "page with": "trace: page with",
    "status": "trace: status",
}


def count(number: int, thing: str) -> str:
    """Write "1 event", "2 events", in the language spoken.

    Raises `KeyError` where no catalogue has the noun.
    """
    return said(counted(number, thing))


def half_words(half: Half) -> str:
    """Return the half of the error in words; some are also names of probes."""
    return half if spoken() == "en" else translate(f"half: {half}")


def client_words(signature: Signature) -> str:
    """Return which client printed a text, and its version, as far as it shows."""
    shown = signature.client
    if not shown:
        return translate("not shown")
    return f"{shown.title} {shown.version}".strip()


def sign_words(sign: str) -> str:
    """Return by what a hop is known: a kind of trace, and the trace as it was sent."""
    kind, tick, trace = sign.partition("`")
    if spoken() == "en" or kind.strip() not in _TRACES:
        return sign
    named = translate(_TRACES[kind.strip()])
    return f"{named} {tick}{trace}"


def size(count_of_bytes: int) -> str:
    """Write a number of bytes, in kB and MB where that is shorter."""
    if count_of_bytes < 1000:
        return count(count_of_bytes, "byte")
    if count_of_bytes < 999_500:
        return f"{_digits(count_of_bytes / 1000)} kB"
    return f"{_digits(count_of_bytes / 1_000_000)} MB"


def known(value: bool | None) -> str:  # noqa: FBT001 - a third state is the point
    """Write yes, no, or that nobody knows."""
    return translate({True: "yes", False: "no", None: "not known"}[value])


def answer(seen: Exchange) -> str:
    """Write what one request was answered, or what kept it from an answer."""
    if seen.status is None:
        words = translate(FAILURES[seen.failure] if seen.failure else "no answer")
        detail = translate(seen.failure_detail)
        return f"{words}: {detail}" if detail else words
    reason = f" {seen.reason}" if seen.reason else ""
    version = f" ({seen.http_version})" if seen.http_version else ""
    return f"{seen.status}{reason}{version}"
