"""From telling lines to what became of each stream: one file, one server at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from streamtriage.error_text.parse import parse
from streamtriage.model import Flap
from streamtriage.redaction import shown_text
from streamtriage.workstation.logs.state import State, Timeline, note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamtriage.model import Signature
    from streamtriage.workstation.logs.lines import Line, Said

__all__ = ["follow"]

# The reference client's schedule: 1.0 s after an end, 1.5 s after a refusal.
AFTER_END_S = 1.0
AFTER_REFUSAL_S = 1.5
# Lines of one failure come within a second of each other, those of one series of tries
# within the schedule and a slow answer.
SAME_S = 1.0
# A GET is asked again at most this much before and after its time.
ASKED_EARLY_S = 0.3
ASKED_LATE_S = 5.0
SERIES_S = 40.0
# A log that was silent this long before a failure may have slept with its machine.
SLEPT_S = 300.0
# One line a second for half a minute is no ordinary use.
FLAP_LINES = 30
FLAP_PER_S = (0.5, 1.6)


@lru_cache(maxsize=4096)
def _signature(text: str) -> Signature:
    return parse(f"Connection error: {text}")


def follow(
    lines: Iterable[Line], into: Timeline, after_cut_s: float = AFTER_END_S
) -> None:
    """Add one file's lines of one server to its timeline.

    `after_cut_s` is how long the client waits after a cut before it asks again.
    """
    state = State(after_cut_s=after_cut_s)
    for line in lines:
        if line.at is not None:
            into.first_at = min(filter(None, (into.first_at, line.stamp)))
            into.last_at = max(into.last_at, line.stamp)
            gap = line.at - state.last_at if state.last_at is not None else 0.0
            state.quiet_s = gap if gap > SAME_S else state.quiet_s
            state.last_at = line.until or line.at
        _settle(state, line, into)
        _take(state, line, into)
    _settle(state, None, into)
    if state.fell_back:
        # Nothing came after it, so the older transport did not work either.
        into.connect_failures += 1
        into.remember(state.fell_back)
        note(state, into.last_at, "connect-failed", state.fell_back, into)


def _settle(state: State, line: Line | None, into: Timeline) -> None:
    """Decide about what waits for the lines after it: an echo, a bare uptime."""
    apart = line is None or line.said not in ("error", "dropped", "closing", "reset")
    if state.inner is not None:
        at, text = state.inner
        late = apart or _later(at, line.at if line else None, SAME_S)
        if late:
            state.inner = None
            _first_refusal(state, at, text, line, into)
    if state.uptime is not None and apart:
        # An uptime without a word of why, as a trimmed log shows it, or with words of
        # the client's own.
        at, uptime = state.uptime
        state.uptime = None
        _ended(state, at, uptime, "cut", state.why, into)
        # A refusal that follows is of its reopening, and no end of another stream.
        state.series_at = at
        state.series_slept, state.series_network = state.quiet_s >= SLEPT_S, True
        _expect(state, at, state.after_cut_s)
    state.why = "" if apart else state.why


def _later(at: float | None, now: float | None, by: float) -> bool:
    # A clock that was put back, or lines of two processes, are apart as well.
    return at is not None and now is not None and abs(now - at) > by


def _take(state: State, line: Line, into: Timeline) -> None:
    _TAKEN[line.said](state, line, into)


def _dropped(state: State, line: Line, _into: Timeline) -> None:
    state.uptime = (line.at, line.number or 0.0)


def _reset(state: State, line: Line, _into: Timeline) -> None:
    state.why = line.detail


def _connected(state: State, line: Line, into: Timeline) -> None:
    into.connects += 1
    if line.at is not None:
        into.connects_at.append((line.at, state.version))
    into.connects_by[state.version] += 1
    into.wakes += state.slept_and_lost
    state.slept_and_lost = 0
    state.stream_began, state.series_at, state.ended = line.at, None, False
    state.asked_again = True
    state.first_refused_at = None
    state.get_open = state.was_open = state.first_refused = False
    state.stream_lost = False
    state.fell_back = ""
    note(state, line.stamp, "connected", "", into)


def _version(state: State, line: Line, into: Timeline) -> None:
    state.version = line.detail
    into.versions[line.detail] = None
    if line.at is not None:
        seen = into.version_at.get(line.detail, line.at)
        into.version_at[line.detail] = min(seen, line.at)


def _starting(state: State, line: Line, into: Timeline) -> None:
    into.url = line.detail
    state.connect_failed_at = None


def _opening(state: State, line: Line, _into: Timeline) -> None:
    if state.stream_began is None:
        state.stream_began = line.at


def _tokens(state: State, line: Line, into: Timeline) -> None:
    _asked(state, line)
    _flap(state, line, into)


def _action(state: State, line: Line, _into: Timeline) -> None:
    state.action = line.detail


def _works(state: State, _line: Line, _into: Timeline) -> None:
    state.fell_back = ""


def _expect(state: State, at: float | None, wait_s: float) -> None:
    """Expect the next GET so long after an end; if it works, no line says so."""
    state.stream_began = None if at is None else at + wait_s
    state.asked_again = False


def _asked(state: State, line: Line) -> None:
    """Take the look for a token before the next GET as the beginning of its stream."""
    if state.asked_again or line.at is None or state.stream_began is None:
        return
    if -ASKED_EARLY_S <= line.at - state.stream_began <= ASKED_LATE_S:
        state.stream_began, state.asked_again = line.at, True


def _closing(state: State, line: Line, into: Timeline) -> None:
    into.closing[line.detail] += 1
    if line.detail.startswith("Closing"):
        note(state, line.stamp, "closed-by-client", line.detail, into)


def _session_expired(state: State, line: Line, into: Timeline) -> None:
    into.session_expired += 1
    into.session_expired_any_404 += line.detail == "server returned 404"
    note(state, line.stamp, "session-expired", line.detail, into)


def _connect_failed(state: State, line: Line, into: Timeline) -> None:
    before, state.connect_failed_at = state.connect_failed_at, line.at
    both = before is not None and line.at is not None
    if both and not _later(before, line.at, SAME_S):
        return  # one failure, told again by the layer above
    into.url = into.url or line.url
    into.connect_failures += 1
    into.failures_by[state.version] += 1
    if line.at is not None:
        into.failures_at.append((line.at, state.version))
    into.remember(line.detail.lstrip(": "))
    note(state, line.stamp, "connect-failed", line.detail, into)


def _falls_back(state: State, line: Line, _into: Timeline) -> None:
    state.fell_back = line.detail


def _given_up(state: State, line: Line, into: Timeline) -> None:
    into.given_up += 1
    note(state, line.stamp, "given-up", "", into)


def _tools_not_connected(_state: State, _line: Line, into: Timeline) -> None:
    into.tools_not_connected += 1


def _tool_unanswered(state: State, _line: Line, into: Timeline) -> None:
    into.unanswered_calls += state.stream_lost


def _closed(state: State, _line: Line, _into: Timeline) -> None:
    state.stream_began = None


def _error(state: State, line: Line, into: Timeline) -> None:
    text = line.detail
    told = _signature(text)
    into.url = into.url or line.url
    uptime = state.uptime[1] if state.uptime else None
    state.uptime = None
    half = told.half
    if half == "reopen":
        state.inner = None
        _refused(state, line, told, uptime, into)
    elif half == "cut":
        _ended(state, line.at, uptime, "cut", told.lines[0] if told.lines else "", into)
        state.series_at = line.at
        state.series_slept, state.series_network = state.quiet_s >= SLEPT_S, True
        _expect(state, line.at, state.after_cut_s)
    elif half == "session-lost":
        into.session_expired += 1
        note(state, line.stamp, "session-expired", told.reason or "", into)
    elif half == "exhausted":
        _exhausted(state, line, into)
    elif half == "connect":
        _connect_failed(state, line, into)
        return
    elif half in ("initial-open", "unknown", "look-alike"):
        state.inner = (line.at, text)
        return
    if half != "none":
        into.remember(text)


def _refused(
    state: State, line: Line, told: Signature, uptime: float | None, into: Timeline
) -> None:
    reason = _reason(told)
    into.refused[reason] += 1
    in_series = state.series_at is not None and not _later(
        state.series_at, line.at, SERIES_S
    )
    life = None
    if not in_series:
        # No line told of an end: it was a polite one, a second before this try.
        state.series_slept, state.series_network = state.quiet_s >= SLEPT_S, True
        life = _ended(state, line.at, uptime, "polite", "", into)
    state.series_network = state.series_network and told.answered is False
    state.series_at = line.at
    _expect(state, line.at, AFTER_REFUSAL_S)
    note(state, line.stamp, "refused", reason, into, life)


def _reason(told: Signature) -> str:
    if told.reason is None and told.statuses:
        return " or ".join(f"HTTP {status}" for status in told.statuses)
    if told.reason is None:
        return "(not told)"
    return shown_text(told.reason, 160) or "(empty)"


def _exhausted(state: State, line: Line, into: Timeline) -> None:
    into.exhausted += 1
    state.stream_lost = True
    if state.series_slept and state.series_network and state.series_at is not None:
        state.slept_and_lost += 1
    state.series_at = state.stream_began = None
    note(state, line.stamp, "exhausted", "", into)


def _ended(  # noqa: PLR0913 - the parts of an end
    state: State,
    at: float | None,
    uptime: float | None,
    how: str,
    detail: str,
    into: Timeline,
) -> float | None:
    """Note the end of a stream and how long it had lived, as far as that is known.

    Claude Code's uptime counts from the connection, not from the last reopening, so it
    is the stream's life only for the first stream of a connection; a life is counted
    from the look for a token before the GET, or from the client's own schedule.
    """
    ended_at = at - AFTER_END_S if at is not None and how == "polite" else at
    life = None
    if ended_at is not None and state.stream_began is not None:
        life = max(0.0, ended_at - state.stream_began)
    elif uptime is not None and not state.ended:
        life = max(0.0, uptime - (AFTER_END_S if how == "polite" else 0.0))
    state.ended = True
    if life is not None:
        into.lives_s.append(round(life, 1))
        into.lives_at.append(ended_at)
    if ended_at is not None:
        into.drops_at.append(ended_at)
        into.failures_at.append((ended_at, state.version))
    if how == "polite":
        into.polite_ends += 1
    else:
        into.cuts += 1
        stamp = into.last_at if at is not None else ""
        note(state, stamp, "cut", detail, into, life)
    into.failures_by[state.version] += 1
    if state.action:
        into.actions[shown_text(state.action, 80)] += 1
    return life


def _first_refusal(
    state: State, at: float | None, text: str, line: Line | None, into: Timeline
) -> None:
    """Note a refusal that no reopening reported again: the first GET was refused."""
    told = _signature(text)
    if told.half != "initial-open":
        return
    repeated = state.first_refused_at is not None and not _later(
        state.first_refused_at, at, SAME_S
    )
    # Two identical lines tell of one first GET.
    if repeated or (at is None and line is None and into.refused_first):
        return
    state.first_refused_at = at
    state.stream_began = None
    reason = _reason(told)
    into.refused_first[reason] += 1
    into.failures_by[state.version] += 1
    if at is not None:
        into.failures_at.append((at, state.version))
    into.remember(text)
    note(state, into.last_at, "refused-first", reason, into)


# Requests to a model and to anything else go through the same library.
_OURS = ("mcp", "sse")
_NO_STREAM = 405


def _get(state: State, line: Line, into: Timeline) -> None:
    """Take what the HTTP library of a Python program logs of a GET for a stream."""
    url, _, answer = line.detail.partition(' "HTTP/')
    status = int(answer[-3:])
    if not any(word in url.lower() for word in _OURS) or status == _NO_STREAM:
        return
    into.url = into.url or url
    if status < 300:
        state.get_open, state.was_open, state.stream_began = True, True, line.at
        return
    reason = f"HTTP {status}"
    if state.was_open:
        into.refused[reason] += 1
        note(state, line.stamp, "refused", reason, into)
    elif not state.first_refused:
        # It asks once more a second later; both are one stream that never opened.
        state.first_refused = True
        into.refused_first[reason] += 1
        into.failures_by[state.version] += 1
        if line.at is not None:
            into.failures_at.append((line.at, state.version))
        note(state, line.stamp, "refused-first", reason, into)


def _get_ended(state: State, line: Line, into: Timeline) -> None:
    # The words are the same where a GET was refused, and no stream was there to end.
    if state.get_open:
        _ended(state, line.at, None, "cut", "", into)
        state.get_open, state.stream_began = False, None


def _flap(state: State, line: Line, into: Timeline) -> None:
    if line.at is None or line.until is None or line.count < FLAP_LINES:
        return
    rate = (line.count - 1) / max(1.0, line.until - line.at)
    if not FLAP_PER_S[0] <= rate <= FLAP_PER_S[1]:
        return
    if into.flap is None or line.count > into.flap.lines:
        ended = _iso(line.until)
        into.flap = Flap(
            began=line.stamp, ended=ended, lines=line.count, per_s=round(rate, 2)
        )
    note(state, line.stamp, "flap", f"{line.count} lines", into)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


_TAKEN: dict[Said, Callable[[State, Line, Timeline], None]] = {
    "starting": _starting,
    "version": _version,
    "starting-stream": _opening,
    "connected": _connected,
    "works": _works,
    "falls-back": _falls_back,
    "connect-failed": _connect_failed,
    "dropped": _dropped,
    "reset": _reset,
    "error": _error,
    "closing": _closing,
    "closed": _closed,
    "session-expired": _session_expired,
    "given-up": _given_up,
    "tokens": _tokens,
    "tools-not-connected": _tools_not_connected,
    "tool-unanswered": _tool_unanswered,
    "action": _action,
    "get": _get,
    "get-ended": _get_ended,
}
