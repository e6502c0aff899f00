"""Bytes, framings and messages that a client cannot take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.strict_clients import Met, met_by
from streamtriage.model import End, Failure
from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import STREAM_GETS, own, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.model.observation import Observation
    from streamtriage.model.roles import Asked
    from streamtriage.observations.case import Case

__all__ = [
    "FRAME_BYTES",
    "acknowledged",
    "cut_by_itself",
    "cut_short",
    "flaw_of",
    "forbidden_field",
    "has_text",
    "misaddressed",
    "mistyped",
]

# claude-code CHANGELOG 2.1.139: a frame above 16 MB ends the stream.
FRAME_BYTES = 16 * 1024 * 1024
# Fields of which one value only makes sense (RFC 9110, 5.3): others may be repeated.
_SINGLE = ("content-type", "content-length", "mcp-session-id", "location")


@finds(Kind.MALFORMED)
def find_malformed(case: Case) -> Iterator[Observation]:
    """Yield every answer of the own sequence that some client cannot read."""
    for each in own(case):
        found = (
            *_of_the_head(each.exchange),
            *_of_the_body(case, each),
            *_of_202(case, each),
        )
        for detail in found:
            yield observe_exchange(
                Kind.MALFORMED,
                each,
                phase_of(case, each),
                end=each.exchange.end,
                detail=detail,
            )
        if _elsewhere(case, each):
            yield observe_exchange(
                Kind.MALFORMED, each, Phase.GREET, detail="other-origin"
            )
        # Right by the specification, and the client that failed has no tools left.
        stops = "priming-event" in case.asked_as.loses_tools
        if stops and each.role in STREAM_GETS and each.exchange.primed:
            yield observe_exchange(
                Kind.MALFORMED, each, Phase.OPEN, detail="priming-event"
            )


def _of_the_head(seen: Exchange) -> Iterator[str]:
    if seen.failure is Failure.PROTOCOL or seen.end is End.PROTOCOL:
        yield "not-http"
    if seen.framing == "both" or _differs(seen, "content-length"):
        yield "two-framings"
    for name in _SINGLE:
        if name != "content-length" and _differs(seen, name):
            yield f"repeated-{name}"
    if seen.http_version == "HTTP/2" and forbidden_field(seen):
        yield "connection-header"


def _of_the_body(case: Case, each: Asked) -> Iterator[str]:
    seen = each.exchange
    # The answer to `subscriptions/listen` comes when the subscription ends.
    if cut_short(seen) and each.role is not Role.LISTEN:
        if cut_by_itself(case, seen):
            yield "reply-cut"
    elif _unreplied(seen) and each.role is not Role.LISTEN and not _drained(case, seen):
        nearly = "not-jsonrpc" if flaw_of(seen) else "no-reply"
        yield "acknowledged" if acknowledged(seen) else nearly
    if mistyped(seen):
        yield "reply-type"
    if misaddressed(seen):
        yield "reply-id"
    if seen.bad_events:
        yield "bad-event"
    if each.role is Role.OLD_GET and seen.accepted:
        yield "no-endpoint"
    if seen.retry_overflows:
        yield "retry-overflows"
    if seen.largest_event_bytes > FRAME_BYTES:
        yield "oversize"


def _elsewhere(case: Case, each: Asked) -> bool:
    """Tell whether a stream of HTTP+SSE names an endpoint that no client follows."""
    seen = case.http_sse
    if seen is None or each.role is not Role.OLD_STREAM:
        return False
    pairs = zip(seen.watches, seen.sessions, strict=True)
    return any(w.stream is each.exchange and s.other_origin for w, s in pairs)


def _of_202(case: Case, each: Asked) -> Iterator[str]:
    """Yield what a notification's 202 has too much, by whether this client reads it."""
    if each.role is not Role.INITIALIZED or each.probe == "http-sse":
        return
    if has_text(each.exchange):
        met = met_by(Met("202-with-text"), case.intake.client, case.intake.error)
        stops = met is not None and met.effect != "none"
        yield "202-with-text-refused" if stops else "202-with-text"


def has_text(seen: Exchange) -> bool:
    """Tell whether a 202 has a body that is neither JSON nor an event stream."""
    read = ("application/json", "text/event-stream")
    return seen.status == 202 and seen.body_bytes > 0 and seen.media_type not in read


def mistyped(seen: Exchange) -> bool:
    """Tell whether a right response bears a type that clients do not read.

    They look for the two names within the header's value.
    """
    read = ("application/json", "text/event-stream")
    kind = seen.content_type.lower()
    return bool(seen.replied) and not any(each in kind for each in read)


def cut_short(seen: Exchange) -> bool:
    """Tell whether the body of a response ended before it said that it would.

    Clients take an event as soon as it is whole, and a document only at its end.
    """
    if seen.method != "POST" or seen.status != 200 or seen.replied is None:
        return False
    # What is no HTTP at all is another observation.
    cut = seen.end is not None and seen.end.natural and not seen.end.clean
    return (
        cut
        and seen.end is not End.PROTOCOL
        and not (seen.is_event_stream and seen.replied)
    )


# So near each other what breaks is broken by one event.
_TOGETHER_S = 0.5
# Within this time of a process that ended its port is asked again.
_SOON_S = 2.0


def cut_by_itself(case: Case, seen: Exchange) -> bool:
    """Tell whether a response was cut short, and no event ended it with all else.

    A process that ends cuts what it was just sending: a stream is cut at that moment,
    or the next connection is refused. Then the event is what was seen, not the form.
    """
    at = seen.ended_at_s
    if not cut_short(seen) or at is None:
        return False
    return not any(_ended_with(each, at) for each in case.exchanges)


def _ended_with(other: Exchange, at: float) -> bool:
    if other.end is None:
        refused = other.failure in (Failure.REFUSED, Failure.CLOSED, Failure.RESET)
        return refused and -_TOGETHER_S <= other.started_s - at <= _SOON_S
    ended = other.ended_at_s
    cut = other.method == "GET" and other.end.natural and not other.end.clean
    return cut and ended is not None and abs(ended - at) <= _TOGETHER_S


def _unreplied(seen: Exchange) -> bool:
    return seen.replied is False and seen.accepted


def _drained(case: Case, seen: Exchange) -> bool:
    """Tell whether an answer was still empty when streams of all ages were ended.

    A hop that drains ends politely what is open, an answer that has not begun as well.
    """
    at = seen.ended_at_s
    if at is None or not seen.is_event_stream or seen.body_bytes:
        return False
    ended = [each for each in case.gets if _ended_by_then(each, at)]
    began = [each.started_s for each in ended]
    return len(began) > 1 and max(began) - min(began) > _TOGETHER_S


def _ended_by_then(stream: Exchange, at: float) -> bool:
    ended = stream.ended_at_s
    by_itself = stream.is_event_stream and stream.end is not None and stream.end.natural
    return by_itself and ended is not None and abs(ended - at) <= _TOGETHER_S


def flaw_of(seen: Exchange) -> str:
    """Return what is wrong with a body that is nearly a JSON-RPC response; or nothing.

    `version`: it lacks `"jsonrpc": "2.0"`. `event`: no empty line ends its event.
    `document`: it is more, or less, than one JSON document.
    """
    text = seen.excerpt
    error = '"error"' in text and '"code"' in text and '"id"' in text
    if seen.replied is not False or not ('"result"' in text or error):
        return ""
    if seen.is_event_stream:
        return "event" if not seen.events and "data:" in text else ""
    if "json" not in seen.media_type and seen.media_type:
        return ""
    return "document" if '"jsonrpc"' in text else "version"


def misaddressed(seen: Exchange) -> bool:
    """Tell whether a result bears the id of another request, or none.

    An error may have no id, for the request may not have been understood.
    """
    wrong = seen.reply_id_matches is False and seen.jsonrpc_code is None
    return wrong and seen.accepted and bool(seen.replied)


def acknowledged(seen: Exchange) -> bool:
    """Tell whether a request was only acknowledged, as a notification is."""
    return seen.status == 202 and seen.replied is False


def _differs(seen: Exchange, name: str) -> bool:
    """Tell whether a field of one value has two that differ."""
    values = {v.strip() for key, v in seen.header_list if key.lower() == name}
    return len(values) > 1


def forbidden_field(seen: Exchange) -> str:
    """Return the first connection-specific field (RFC 9113, 8.2.2), or nothing."""
    fields = ("connection", "keep-alive", "proxy-connection", "transfer-encoding")
    return next((name for name in fields if name in seen.headers), "")
