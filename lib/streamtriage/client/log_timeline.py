"""From telling lines to what became of each stream: one file, one server at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from streamtriage.client.log_state import State, Timeline, note
from streamtriage.error_text.signature import parse
from streamtriage.model import Flap
from streamtriage.redaction import Redactor, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.client.log_lines import Line
    from streamtriage.model import Signature

__all__ = ["follow"]

# The reference client's schedule: 1.0 s after an end, 1.5 s after a refusal.
AFTER_END_S = 1.0
AFTER_REFUSAL_S = 1.5
# Lines of one failure come within a second of each other, those of one series of tries
# within the schedule and a slow answer.
SAME_S = 1.0
SERIES_S = 40.0
# A log that was silent this long before a failure may have slept with its machine.
SLEPT_S = 300.0
# One line a second for half a minute is no ordinary use.
FLAP_LINES = 30
FLAP_PER_S = (0.5, 1.6)


@lru_cache(maxsize=4096)
def _signature(text: str) -> Signature:
    return parse(f"Connection error: {text}")


def follow(lines: Iterable[Line], into: Timeline) -> None:
    """Add one file's lines of one server to its timeline."""
    state = State()
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


def _settle(state: State, line: Line | None, into: Timeline) -> None:
    """Decide about what waits for the lines after it: an echo, a bare uptime."""
    apart = line is None or line.said not in ("error", "dropped", "closing")
    if state.inner is not None:
        at, text = state.inner
        late = apart or _later(at, line.at if line else None, SAME_S)
        if late:
            state.inner = None
            _first_refusal(state, at, text, line, into)
    if state.uptime is not None and apart:
        # An uptime without a word of why, as a trimmed log shows it.
        at, uptime = state.uptime
        state.uptime = None
        _ended(state, at, uptime, "cut", "", into)


def _later(at: float | None, now: float | None, by: float) -> bool:
    return at is not None and now is not None and now - at > by


def _take(state: State, line: Line, into: Timeline) -> None:
    said = line.said
    if said == "error":
        _error(state, line, into)
    elif said == "dropped":
        state.uptime = (line.at, line.number or 0.0)
    elif said == "connected":
        into.connects += 1
        into.connects_by[state.version] += 1
        into.wakes += state.slept_and_lost
        state.slept_and_lost = 0
        state.stream_began, state.series_at = line.at, None
        state.first_refused_at = None
        state.stream_lost = False
        note(state, line.stamp, "connected", "", into)
    elif said == "version":
        state.version = line.detail
        into.versions[line.detail] = None
        if line.at is not None:
            seen = into.version_at.get(line.detail, line.at)
            into.version_at[line.detail] = min(seen, line.at)
    elif said == "starting":
        into.url = line.detail
    elif said == "tokens":
        _flap(state, line, into)
    elif said == "action":
        state.action = line.detail
    else:
        _closing(state, line, into)


def _closing(state: State, line: Line, into: Timeline) -> None:
    said, detail = line.said, line.detail
    if said == "closing":
        into.closing[detail] += 1
        if detail.startswith("Closing"):
            note(state, line.stamp, "closed-by-client", detail, into)
    elif said == "session-expired":
        into.session_expired += 1
        into.session_expired_any_404 += detail == "server returned 404"
        note(state, line.stamp, "session-expired", detail, into)
    elif said == "connect-failed":
        into.connect_failures += 1
        into.failures_by[state.version] += 1
        into.remember(detail.lstrip(": "))
        note(state, line.stamp, "connect-failed", detail, into)
    elif said == "given-up":
        into.given_up += 1
        note(state, line.stamp, "given-up", "", into)
    elif said == "tools-not-connected":
        into.tools_not_connected += 1
    elif said == "tool-unanswered":
        into.unanswered_calls += state.stream_lost
    elif said == "closed":
        state.stream_began = None


def _error(state: State, line: Line, into: Timeline) -> None:
    text = line.detail
    told = _signature(text)
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
        if line.at is not None:
            state.stream_began = line.at + AFTER_END_S
    elif half == "exhausted":
        _exhausted(state, line, into)
    elif half in ("initial-open", "connect", "unknown", "look-alike"):
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
    # If the next try succeeds, no line says so.
    state.stream_began = line.at + AFTER_REFUSAL_S if line.at is not None else None
    note(state, line.stamp, "refused", reason, into, life)


def _reason(told: Signature) -> str:
    if told.reason is None:
        return "(not told)"
    return cut(Redactor().text(told.reason), 160) or "(empty)"


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
    is the stream's life only for the first stream of a connection.
    """
    ended_at = at - AFTER_END_S if at is not None and how == "polite" else at
    life = None
    if ended_at is not None and state.stream_began is not None:
        life = max(0.0, ended_at - state.stream_began)
    elif uptime is not None:
        life = max(0.0, uptime - (AFTER_END_S if how == "polite" else 0.0))
    if life is not None:
        into.lives_s.append(round(life, 1))
        into.lives_at.append(ended_at)
    if ended_at is not None:
        into.drops_at.append(ended_at)
    if how == "polite":
        into.polite_ends += 1
    else:
        into.cuts += 1
        stamp = into.last_at if at is not None else ""
        note(state, stamp, "cut", detail, into, life)
    into.failures_by[state.version] += 1
    if state.action:
        into.actions[cut(Redactor().text(state.action), 80)] += 1
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
        into.drops_at.append(at)
    into.remember(text)
    note(state, into.last_at, "refused-first", reason, into)


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
