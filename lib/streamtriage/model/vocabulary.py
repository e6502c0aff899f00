"""Words that every part of a report shares, and the record that all are."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NewType

from pydantic import BaseModel, ConfigDict

__all__ = [
    "LONGEST_TIMER_MS",
    "SCHEMA_VERSION",
    "Basis",
    "CauseId",
    "CertificateFault",
    "End",
    "Era",
    "Failure",
    "GapKind",
    "Half",
    "Impact",
    "Layer",
    "Noun",
    "Outcome",
    "Owner",
    "ProbeId",
    "Scope",
    "SessionKind",
    "Status",
    "TextMatch",
]


SCHEMA_VERSION = "2.4"


# Node and Bun keep a timer's delay in 31 bits and take a longer one for 1 ms.
LONGEST_TIMER_MS = 2**31 - 1


class Noun(BaseModel):
    """A frozen record: a round trip through JSON keeps it, unknown keys fail."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Status(StrEnum):
    """What is known of one cause; *unknown* is never shown as fine."""

    PRESENT = "present"
    SUSPECTED = "suspected"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Failure(StrEnum):
    """Why an exchange or a connection did not complete, in the field's own words."""

    DNS_NOT_FOUND = "dns-not-found"
    DNS_FAILED = "dns-failed"
    REFUSED = "connection-refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMED_OUT = "connect-timed-out"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_NAME = "tls-name-mismatch"
    TLS_DATES = "tls-dates"
    TLS_FAILED = "tls-failed"
    PROXY_REFUSED = "proxy-refused"
    CLOSED = "closed"  # FIN before a complete response head
    RESET = "reset"  # RST
    TRUNCATED = "truncated"  # FIN before the declared end of the body
    STREAM_RESET = "stream-reset"  # HTTP/2 RST_STREAM
    GOAWAY = "goaway"  # HTTP/2 GOAWAY
    TIMED_OUT = "timed-out"  # our own clock
    PROTOCOL = "protocol-error"  # bytes that are not HTTP
    TOO_LARGE = "too-large"  # our own bound on bytes or header size
    OWN_SHORTAGE = "own-shortage"  # this machine lacked something
    NOT_SENT = "not-sent"  # held back by us; `failure_detail` says why
    FAILED = "failed"  # anything else; `failure_detail` has the text


class End(StrEnum):
    """How a response body ended."""

    COMPLETE = "complete"  # the sender said so: last chunk, length reached, END_STREAM
    CLOSED = "closed"  # FIN ended a body that has neither length nor chunks
    TRUNCATED = "truncated"
    RESET = "reset"
    STREAM_RESET = "stream-reset"
    GOAWAY = "goaway"
    WATCHED = "watched"  # still open when our own patience ended
    LIMITED = "limited"  # our own bound on bytes
    CANCELLED = "cancelled"  # the person stopped the watch
    PROTOCOL = "protocol-error"

    @property
    def natural(self) -> bool:
        """True when the server or the network ended it, not we."""
        return self not in (End.WATCHED, End.LIMITED, End.CANCELLED)

    @property
    def clean(self) -> bool:
        """True when a client would read it as a polite end and log nothing."""
        return self in (End.COMPLETE, End.CLOSED)


Era = Literal["legacy", "modern", "dual", "unknown"]


# `connect` is a connection that never came about, `session-lost` a request answered as
# if the session were gone, `event-unreadable` an event that the client could not take;
# `unknown` is a text of an MCP client that does not tell.
Half = Literal[
    "initial-open",
    "cut",
    "reopen",
    "exhausted",
    "event-unreadable",
    "session-lost",
    "connect",
    "unknown",
    "look-alike",
    "none",
]


CertificateFault = Literal[
    "unknown-authority",
    "incomplete-chain",
    "unknown-authority-or-incomplete-chain",
    "self-signed",
    "expired",
    "not-yet-valid",
    "wrong-name",
    "refused",
    "hidden",
]


CauseId = NewType("CauseId", str)
"""The name of a cause, as `server-gone-meanwhile`: that of its file."""


# In the order in which a report tells the story.
ProbeId = Literal[
    "reach",
    "tls",
    "redirect",
    "proxy",
    "era",
    "handshake",
    "concurrent",
    "open",
    "reopen",
    "auth",
    "credential",
    "guard",
    "replicas",
    "second",
    "resume",
    "follow-up",
    "session",
    "provider",
    "control",
    "hold",
    "http-sse",
    "lifetime",
    "delay",
    "listen",
    "afterwards",
    "silence",
    "fingerprint",
    "local",
    "bug",
]
"""The name of a probe: that of its module, and of the evidence that it brings."""


Layer = Literal[
    "name",
    "network",
    "tls",
    "proxy",
    "http",
    "session",
    "stream",
    "auth",
    "rate",
    "version",
    "local",
]


Owner = Literal[
    "client",
    "network",
    "proxy",
    "server",
    # Where what was seen fits both, and no hop left a trace.
    "server or a hop before it",
    "auth provider",
]


Scope = Literal[
    "account/auth",
    "quota/rate",
    "model/provider",
    "local runtime",
    "deployment configuration",
]


Impact = Literal["fatal", "degraded", "cosmetic", "none", "unknown"]


Outcome = Literal[
    "healthy", "cause-present", "not-reproduced", "could-not-tell", "tool-fault"
]


# What a finding rests on: a probe, a table or a log, or only how a text is worded.
Basis = Literal["measured", "inferred", "wording"]


# How the pasted text stands to what was measured.
TextMatch = Literal[
    "none-given",
    "not-this-error",
    "reproduced",  # a known client prints exactly this for what was seen
    "no-status",  # the text names no status, and something was refused
    "same-status",
    "other-status",
    "not-seen",  # nothing that would make a client print it came up
]


GapKind = Literal[
    "longer-limits",
    "not-watched",
    "watch-not-over",
    "own-machine",
    "one-address",
    "not-asked",
    "last-piece",
    "other",
]


SessionKind = Literal["live", "none", "made-up", "ended"]
