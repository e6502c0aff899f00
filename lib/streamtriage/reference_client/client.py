"""The reference clients' GET stream: a state machine that prints what they print.

Read in `@modelcontextprotocol/sdk` 1.32.2, dist/esm/client/streamableHttp.js (v1 below)
and `@modelcontextprotocol/client` 2.4.0, dist/index.mjs (v2), both without an auth
provider and with default options. The texts of the runtimes were measured on Node
24.19 and Bun 1.3.14, 1.4.0 and 1.4.5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from streamtriage.model import (
    LONGEST_TIMER_MS,
    End,
    Exchange,
    Failure,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MAX_RETRIES",
    "V1_BUN",
    "V1_NODE",
    "V2_NODE",
    "Dialect",
    "Meaning",
    "ReconnectMachine",
    "State",
    "delay_ms",
    "ends_silently",
    "is_telling",
    "meaning",
    "names_no_runtime",
    "post_text",
    "schedule",
    "settled",
]

# v1:7-12, v2:1269-1274.
_INITIAL_DELAY_MS = 1000
_GROW_FACTOR = 1.5
_MAX_DELAY_MS = 30_000
MAX_RETRIES = 2

_EXHAUSTED = f"Maximum reconnection attempts ({MAX_RETRIES}) exceeded."
_REOPEN = "Failed to reconnect SSE stream: "
_OPEN = "Failed to open SSE stream: "
_CUT = "SSE stream disconnected: "


def delay_ms(failures: int, retry_ms: int | None = None) -> float:
    """Return how long the client waits after this many failed attempts in a row.

    A `retry:` of the server replaces the back-off altogether (v1:134-145).
    """
    if retry_ms is None:
        return min(_INITIAL_DELAY_MS * _GROW_FACTOR**failures, _MAX_DELAY_MS)
    return retry_ms if retry_ms <= LONGEST_TIMER_MS else 1


def schedule(retry_ms: int | None = None) -> tuple[float, ...]:
    """Return the moments, in seconds after the end of a stream, of its reopening."""
    delays = [delay_ms(n, retry_ms) for n in range(MAX_RETRIES)]
    return tuple(sum(delays[: n + 1]) / 1000 for n in range(MAX_RETRIES))


# --- how each client spells it --------------------------------------------------------

# undici tells `fetch` no more than this; what happened is in the error's cause.
_NODE_FAILURES: Mapping[Failure, str] = MappingProxyType(
    {
        failure: "fetch failed"
        for failure in Failure
        if failure not in (Failure.TIMED_OUT, Failure.NOT_SENT)
    }
)

# As Claude Code 2.1.197 logs it and Bun 1.3.14 throws it; later Bun spells the same
# otherwise, see `_RESPELLED`. Left out is what one word of ours cannot decide: what Bun
# says of certificates, of bytes that are not HTTP, and of a connect that times out.
_BUN_CLOSED = (
    "The socket connection was closed unexpectedly. For more information, "
    "pass `verbose: true` in the second argument to fetch()"
)
_BUN_UNREACHABLE = "Unable to connect. Is the computer able to access the url?"
_BUN_FAILURES: Mapping[Failure, str] = MappingProxyType(
    {
        Failure.REFUSED: _BUN_UNREACHABLE,
        Failure.UNREACHABLE: _BUN_UNREACHABLE,
        Failure.DNS_NOT_FOUND: _BUN_UNREACHABLE,
        Failure.DNS_FAILED: _BUN_UNREACHABLE,
        Failure.CLOSED: _BUN_CLOSED,
        Failure.RESET: _BUN_CLOSED,
        Failure.TRUNCATED: _BUN_CLOSED,
    }
)

# Bun 1.4.0 throws a TypeError where 1.3 threw an Error, and 1.4.5 puts the code first.
_RESPELLED = (
    (f"ECONNRESET: {_BUN_CLOSED}", _BUN_CLOSED),
    (f"ECONNREFUSED: {_BUN_UNREACHABLE}", _BUN_UNREACHABLE),
    (f"{_CUT}TypeError: {_BUN_CLOSED}", f"{_CUT}Error: {_BUN_CLOSED}"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one client on one runtime spells what it met.

    `failures` lacks what that runtime says in more than one way.
    """

    name: str
    major: Literal[1, 2]
    runtime: Literal["node", "bun"]
    cut: str
    failures: Mapping[Failure, str]

    @property
    def prefix(self) -> str:
        # Only v1 names itself (v1:13-18); v2's SdkHttpError does not.
        return "Streamable HTTP error: " if self.major == 1 else ""


V1_NODE = Dialect("v1-node", 1, "node", "TypeError: terminated", _NODE_FAILURES)
V1_BUN = Dialect("v1-bun", 1, "bun", f"Error: {_BUN_CLOSED}", _BUN_FAILURES)
V2_NODE = Dialect("v2-node", 2, "node", "TypeError: terminated", _NODE_FAILURES)


# --- what an answer means to it -------------------------------------------------------


class Meaning(Enum):
    """What the answer to a GET is to the client."""

    OPENED = auto()
    NO_STREAM = auto()
    REFUSED = auto()
    WAITING = auto()
    UNKNOWN = auto()


def meaning(get: Exchange, dialect: Dialect = V1_NODE) -> Meaning:
    """Return what the client makes of the answer to one GET."""
    if get.status is None:
        return _meaning_of_failure(get.failure, dialect)
    # 405 is the one refusal that is no error (v1:114-118, v2:1530). `fetch` gives no
    # body with a 204 or 205, and without a body the stream is forgotten (v1:173-175).
    if get.status in (204, 205, 405):
        return Meaning.NO_STREAM
    # Nothing looks at the content type of a GET: any 2xx with a body is a stream.
    if get.accepted:
        return Meaning.OPENED
    # Since v1 1.32.0 a redirect is followed inside the origin only, and described
    # otherwise; this tool does not follow it, so it cannot know which.
    if 300 <= get.status < 400 and "location" in get.headers:
        return Meaning.UNKNOWN
    return Meaning.REFUSED


def _meaning_of_failure(failure: Failure | None, dialect: Dialect) -> Meaning:
    # Our own clock is far shorter than undici's 300 s and Bun's 360 s.
    if failure in (None, Failure.TIMED_OUT):
        return Meaning.WAITING
    return Meaning.REFUSED if failure in dialect.failures else Meaning.UNKNOWN


def inner_text(get: Exchange, dialect: Dialect) -> str:
    """Return the message of the error that a refused GET throws."""
    if get.status is None:
        return dialect.failures[get.failure or Failure.FAILED]
    # The fetch standard makes a network error of a 407; undici obeys, Bun does not.
    if get.status == 407 and dialect.runtime == "node":
        return dialect.failures[Failure.PROXY_REFUSED]
    scope_error = _scope_error(get) if dialect.major == 2 else None
    return scope_error or f"{dialect.prefix}{_OPEN}{get.reason or ''}"


_CHALLENGE = r'{}=(?:"([^"]+)"|([^\s,]+))'


def _scope_error(get: Exchange) -> str | None:
    """Return v2's own text for a 403 that asks for more scope (v2:1517).

    It does so even without an auth provider (v2:1398).
    """
    challenge = get.headers.get("www-authenticate", "")
    scheme = challenge.partition(" ")[0].lower()
    known = get.status == 403 and scheme in ("bearer", "dpop")
    if not known or _field(challenge, "error") != "insufficient_scope":
        return None
    scope = _field(challenge, "scope")
    return f'Insufficient scope: required "{scope}"' if scope else "Insufficient scope"


def _field(challenge: str, name: str) -> str:
    found = re.search(_CHALLENGE.format(name), challenge)
    return (found[1] or found[2]) if found else ""


def ends_silently(stream: Exchange) -> bool:
    """Return whether the client reads the end of this stream as a polite one.

    A body of HTTP/1 with neither length nor chunks has no end that could be missed, so
    both runtimes take even a reset for its end.
    """
    if stream.end is None or stream.end.clean:
        return True
    framed = (
        "content-length" in stream.headers
        or "chunked" in stream.headers.get("transfer-encoding", "").lower()
    )
    # Without any header we know nothing of the framing, and a stream is mostly chunked.
    known = bool(stream.headers) and stream.http_version.startswith("HTTP/1")
    return known and not framed


# --- the machine ----------------------------------------------------------------------


class State(Enum):
    """Where the client's one GET stream stands.

    `NO_STREAM`, `FAILED` and `EXHAUSTED` are final: nothing tries again. `WAITING` and
    `UNKNOWN` end what can be predicted.
    """

    OPENING = auto()
    OPEN = auto()
    BACKOFF = auto()
    NO_STREAM = auto()
    FAILED = auto()
    EXHAUSTED = auto()
    WAITING = auto()
    UNKNOWN = auto()


class ReconnectMachine:
    """One client's GET stream: feed it what happened, read what it prints.

    Starts where `notifications/initialized` was answered 202, which alone makes the
    client send its GET (v1:384-391). `lines` are the messages passed to `onerror`.
    Not modelled, because no probe sees it: a JSON-RPC result on the GET stream stops
    the reconnecting (v1:236).
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.state = State.OPENING
        self.lines: list[str] = []
        self._failures = 0
        self._retry_ms: int | None = None

    @property
    def delay_s(self) -> float | None:
        """Seconds until it sends its next GET; None when it will not."""
        if self.state is State.OPENING:
            return 0.0
        if self.state is State.BACKOFF:
            return delay_ms(self._failures, self._retry_ms) / 1000
        return None

    def answer(self, get: Exchange) -> None:
        """Take the answer to the GET that was due; none was due in other states."""
        if self.delay_s is None:
            return
        heard = meaning(get, self.dialect)
        if heard is Meaning.REFUSED:
            self._refused(inner_text(get, self.dialect))
            return
        self.state = {
            Meaning.OPENED: State.OPEN,
            Meaning.NO_STREAM: State.NO_STREAM,
            Meaning.WAITING: State.WAITING,
            Meaning.UNKNOWN: State.UNKNOWN,
        }[heard]
        # Any 2xx starts the count again, because `_handleSseStream` schedules with 0
        # (v1:238-242, 256-260): a stream that opens and ends at once loops for ever.
        self._failures = 0

    def end(self, stream: Exchange, *, by_us: bool = False) -> None:
        """Take the end of the open stream; `by_us` leaves out the line about a cut."""
        if self.state is not State.OPEN:
            return
        # Kept by the transport, so it outlives the stream that carried it (v1:192-195).
        if stream.retry_ms is not None:
            self._retry_ms = stream.retry_ms
        self.state = State.BACKOFF
        if by_us or ends_silently(stream):
            return
        if stream.end is End.PROTOCOL and self.dialect.runtime == "bun":
            # Bun names the URL and the parser's complaint.
            self.state = State.UNKNOWN
            return
        self.lines.append(f"{_CUT}{self.dialect.cut}")

    def _refused(self, inner: str) -> None:
        if self.state is State.OPENING:
            # Once where it is thrown (v1:124), once where it is caught (v1:390). It is
            # not scheduled again: only an end of an open stream schedules.
            self.lines += [inner, inner]
            self.state = State.FAILED
            return
        self.lines += [inner, f"{_REOPEN}{inner}"]
        self._failures += 1
        if self._failures >= MAX_RETRIES:
            self.lines.append(_EXHAUSTED)
            self.state = State.EXHAUSTED


# --- lines apart from the GET stream, and lines as pasted -----------------------------


def post_text(post: Exchange, dialect: Dialect) -> str | None:
    """Return the message of a refused POST; None when it cannot be known (v1:378)."""
    if post.status is None:
        return dialect.failures.get(post.failure or Failure.FAILED)
    scope_error = _scope_error(post) if dialect.major == 2 else None
    if scope_error:
        return scope_error
    # The message ends with the whole body, and a shortened or redacted one is another.
    shortened = len(post.excerpt.encode()) != post.body_bytes
    if shortened or post.status == 407 or "location" in post.headers:
        return None
    return f"{dialect.prefix}Error POSTing to endpoint: {post.excerpt}"


def is_telling(line: str) -> bool:
    """Return whether this line is of a GET stream that was cut or not opened."""
    return line.startswith((_CUT, _REOPEN)) or _OPEN.rstrip() in line


def names_no_runtime(line: str) -> bool:
    """Return whether every runtime would print this line with the same words."""
    return _OPEN.rstrip() in line or line == _EXHAUSTED


def settled(line: str) -> str:
    """Return the line as `V1_BUN` spells it, whatever Bun threw and pasting lost."""
    for later, ours in _RESPELLED:
        line = line.replace(later, ours)
    return line.rstrip()
