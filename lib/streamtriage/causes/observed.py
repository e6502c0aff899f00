"""What was seen and is not explained, in words: one sentence for what is alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.words import ended_words, listed, seconds
from streamtriage.model.observation import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model.observation import Observation

__all__ = ["describe_all", "describe_group"]

# Of more ages the shortest and the longest are told: how many there are is chance.
_PAIR = 2
_TOLD = 3
_ENDED = (Kind.CUT, Kind.FLAP)
_MALFORMED = {
    "not-http": "was answered in bytes that are not HTTP",
    "two-framings": "was answered with two framings of one body",
    "no-reply": "was answered without a JSON-RPC response",
    "acknowledged": "was only acknowledged, and no response came",
    "reply-type": "was answered with a response of a type that no client reads",
    "reply-cut": "was answered with a response that was cut short",
    "not-jsonrpc": "was answered with what is nearly a JSON-RPC response",
    "reply-id": "was answered with a response to another request",
    "bad-event": "was answered with events that are no JSON-RPC message",
    "retry-overflows": "was told a `retry` that no timer holds",
    "priming-event": "began with an event that holds an id and no data",
    "oversize": "was answered with a message of more than 16 MB",
    "202-with-text": "was answered 202 with a body",
    "202-with-text-refused": "was answered 202 with a body that the client refuses",
    "other-origin": "named an endpoint at another origin",
    "no-endpoint": "opened a stream that named no endpoint",
    "connection-header": "was answered with `Connection` over HTTP/2",
}
_PROMISES = {
    "not-resumed": "was opened again with an event id and brought nothing",
    "shared-session": "got a session that another client has",
    "no-upstream": "was answered with nothing, for what is behind it failed",
    "nobody-to-write-to": "opens a stream, though there is no session to write to",
    "second-stream-hidden": "was opened beside another stream and ended at once",
}


def describe_all(seen: Sequence[Observation], most: int = 3) -> str:
    """Return sentences for what is left, heaviest first, alike ones counted.

    At most `most` groups are told, and how many others there are.
    """
    ordered = sorted(
        seen, key=lambda o: (o.weight.rank, o.phase.rank, _like(o), o.at_s)
    )
    alike: dict[tuple[str, ...], list[Observation]] = {}
    for each in ordered:
        alike.setdefault(_like(each), []).append(each)
    groups = list(alike.values())
    told = [describe_group(group) for group in groups[:most]]
    if len(groups) > most:
        told.append(f"And {len(groups) - most} more.")
    return " ".join(told)


def _like(seen: Observation) -> tuple[str, ...]:
    if seen.kind in _ENDED:
        # How long a stream lived tells the two apart, and is said by its number.
        return ("ended", str(seen.end))
    parts = (seen.kind, seen.phase, seen.status, seen.failure, seen.end, seen.detail)
    return tuple(str(part) for part in parts)


def describe_group(alike: Sequence[Observation]) -> str:
    """Return one sentence for observations of one kind, place and number."""
    first = alike[0]
    if first.kind in _ENDED:
        # Which of several watched streams was met first says nothing.
        many = len(alike) > 1
        ended, lived = ended_words(first.end, many=many), _times(alike)
        spread = listed(lived) if len(lived) <= _PAIR else f"{lived[0]} to {lived[-1]}"
        after = f" after {spread}" if lived else ""
        return f"{'Streams' if many else 'A stream'} {ended}{after}."
    times = f" ({len(alike)} times)" if len(alike) > 1 else ""
    return f"`{first.label or first.detail}` {_said(first, alike)}{times}."


def _said(first: Observation, alike: Sequence[Observation]) -> str:
    waits = _waits(alike)
    if first.kind is Kind.REFUSED:
        return f"was answered {first.status}{waits}"
    if first.kind is Kind.UNANSWERED:
        return f"got no answer ({first.failure}){waits}"
    if first.kind is Kind.NOT_REACHED:
        return f"did not reach the server ({first.failure})"
    if first.kind is Kind.LATE_HEAD:
        return f"got no response head{waits}"
    if first.kind is Kind.LATE_BODY:
        return f"got its bytes late{waits}"
    if first.kind is Kind.MALFORMED:
        return _MALFORMED.get(first.detail, f"is malformed ({first.detail})")
    if first.kind is Kind.BROKEN_PROMISE:
        return _PROMISES.get(first.detail, f"broke a promise ({first.detail})")
    return _OTHERS.get(first.kind, str(first.kind))


_OTHERS = {
    Kind.INCONSISTENT: "was refused and accepted in turn",
    Kind.ALTERED: "was changed on the way",
    Kind.TEXT_NOT_SEEN: "was pasted, and did not come up",
    Kind.LOCAL: "is what this machine says",
}


def _waits(alike: Sequence[Observation]) -> str:
    """Return after which times, three at most; nothing where none took a second."""
    if any((each.after_s or 0.0) >= 1 for each in alike):
        return f" after {listed(_times(alike)[:_TOLD])}"
    return ""


def _times(alike: Sequence[Observation]) -> list[str]:
    return [
        seconds(s) for s in sorted(o.after_s for o in alike if o.after_s is not None)
    ]
