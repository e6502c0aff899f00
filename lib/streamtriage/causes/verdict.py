"""From findings to the one verdict: two halves, whose it is, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.causes.words import answer, ended, seconds
from streamtriage.model import (
    BugEvidence,
    Exchange,
    Finding,
    Outcome,
    Reopening,
    Status,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.causes.case import Case

__all__ = ["conclude"]


def conclude(
    case: Case,
    findings: Sequence[Finding],
    *,
    reproduced: Sequence[str] = (),
    complete: bool = True,
) -> Verdict:
    """Fold the findings into one verdict; `complete` is False for an interim one.

    Healthy is said only of what was seen: a stream that opened or a 405, and no
    finding that is present or suspected.
    """
    here = [f for f in findings if f.status is Status.PRESENT]
    maybe = [f for f in findings if f.status is Status.SUSPECTED]
    health = _health(case)
    outcome = _outcome(case, here, maybe, health)
    lead = here[0] if here else None
    return Verdict(
        outcome=outcome,
        cut=_cut(case),
        reopen=_reopen(case),
        causes=tuple(f.cause for f in here),
        suspected=tuple(f.cause for f in maybe),
        impact=lead.impact if lead else ("none" if outcome == "healthy" else "unknown"),
        owner=lead.owner if lead else None,
        scope=lead.scope if lead else None,
        summary=_summary(outcome, here, maybe, health, reproduced),
        not_measured=_not_measured(case, complete),
        reproduced=bool(reproduced),
        next_test=_next_test(case, here, maybe, health),
    )


@dataclass(frozen=True)
class _Health:
    """Whether everything that was asked went well, and in which words."""

    good: bool
    text: str
    hint: str = ""


def _health(case: Case) -> _Health:
    """Return what the probes saw of a working server, and what is unexplained."""
    handshake = case.handshake
    if handshake is None or handshake.initialize is None:
        reach = case.reach
        detail = f" ({reach.failure})" if reach is not None and reach.failure else ""
        return _Health(good=False, text=f"The server was not reached{detail}.")
    if handshake.modern_only:
        good = handshake.post is not None and handshake.post.accepted
        return _Health(
            good,
            "The server speaks only revision 2026-07-28, which has no sessions and no "
            "GET stream; a client of that revision never prints this error.",
        )
    if not handshake.revision:
        return _refused_handshake(handshake.initialize)
    if case.posts_work is False:
        return _Health(good=False, text="A harmless POST in a new session is refused.")
    return _streams(case)


def _refused_handshake(seen: Exchange) -> _Health:
    location = seen.headers.get("location")
    if seen.status is not None and 300 <= seen.status < 400 and location:
        return _Health(
            good=False,
            text=f"initialize is answered {answer(seen)}, a redirect to {location}.",
            hint=f"Run the triage against {location}.",
        )
    return _Health(good=False, text=f"initialize is answered {answer(seen)}.")


def _streams(case: Case) -> _Health:
    gets = case.live_gets
    opened = case.opened
    if not gets or opened is None or opened.live is None:
        return _Health(good=False, text="No GET was answered in a live session.")
    if all(seen.status == 405 for seen in gets):
        return _Health(
            good=True,
            text="The server offers no GET stream and says so with 405, which every "
            "client takes quietly; POST works.",
        )
    if not all(seen.is_event_stream for seen in gets):
        odd = next(seen for seen in gets if not seen.is_event_stream)
        return _Health(
            good=False,
            text=f"A GET in a live session was answered {answer(odd)}, for a reason "
            "that this tool does not know.",
        )
    if any(not reopening.recovered for reopening in case.reopenings):
        return _Health(
            good=False,
            text="A stream could not be opened again, for a reason that this tool does "
            "not know.",
        )
    if not case.reopenings:
        return _Health(good=False, text="Opening the stream again was not tried.")
    unclean = [
        watch.stream
        for watch in case.watches
        if watch.stream.end and watch.stream.end.natural and not watch.stream.end.clean
    ]
    if unclean:
        return _Health(
            good=False,
            text=f"A stream {ended(unclean[0])} after {seconds(unclean[0].lived_s)}; "
            "it could be opened again.",
        )
    longest = max(seen.lived_s or 0.0 for seen in gets)
    return _Health(
        good=True,
        text=f"The stream opens, was open for {seconds(longest)}, and can be opened "
        "again after it ends.",
    )


def _outcome(
    case: Case, here: Sequence[Finding], maybe: Sequence[Finding], health: _Health
) -> Outcome:
    if here:
        return "cause-present"
    if any(isinstance(each, BugEvidence) for each in case.evidence):
        return "tool-fault"
    return "healthy" if health.good and not maybe else "could-not-tell"


def _summary(
    outcome: Outcome,
    here: Sequence[Finding],
    maybe: Sequence[Finding],
    health: _Health,
    reproduced: Sequence[str],
) -> str:
    if outcome == "tool-fault":
        return "A probe of this tool crashed, so nothing can be said of the server."
    if here:
        more = (
            f" Also present: {', '.join(f.cause for f in here[1:])}."
            if here[1:]
            else ""
        )
        match = (
            " The text that was pasted is exactly what a client prints for this."
            if reproduced
            else ""
        )
        return f"{here[0].title}. {here[0].because}{more}{match}"
    if outcome == "healthy":
        return f"Nothing wrong was found. {health.text}"
    if maybe:
        return f"Not settled. {maybe[0].title}? {maybe[0].because}"
    return f"The cause is not known. {health.text}"


def _cut(case: Case) -> str:
    if not case.watches:
        return "Not measured: no stream was watched."
    streams = [w.stream for w in case.watches if w.stream.is_event_stream]
    if not streams:
        return "No stream was open, so none could be cut."
    natural = [s for s in streams if s.end is not None and s.end.natural]
    if not natural:
        watched = max(s.lived_s or 0.0 for s in streams)
        return (
            f"Nothing cut the stream in {seconds(watched)}; not measured beyond that."
        )
    ages = " and ".join(seconds(s.lived_s) for s in natural)
    return f"The stream {ended(natural[0])} after {ages}."


def _reopen(case: Case) -> str:
    tried = [r for r in case.reopenings if r.attempts]
    if not tried:
        gets = case.live_gets
        if gets and not gets[0].accepted:
            return f"It never opens: the first GET is answered {answer(gets[0])}."
        return "Not measured: no stream was open that could be opened again."
    worst = next((r for r in tried if not r.recovered), None)
    if worst is None:
        return "Nothing: it opened again each time."
    return f"{_tries(worst)}."


def _tries(reopening: Reopening) -> str:
    parts = [f"{answer(a.get)} at +{a.after_s:g} s" for a in reopening.attempts]
    return "GET in the same session: " + ", ".join(parts)


def _not_measured(case: Case, complete: bool) -> tuple[str, ...]:  # noqa: FBT001
    gaps: list[str] = []
    lived = [w.stream.lived_s or 0.0 for w in case.watches if w.stream.is_event_stream]
    if lived:
        gaps.append(f"No limit longer than {seconds(max(lived))} was measured.")
    else:
        gaps.append("How long a stream lives was not measured.")
    if not complete:
        gaps.append("The watch is not over.")
    if case.opened is not None:
        gaps.append(
            "From one address, replicas behind client-IP affinity cannot be excluded."
        )
    return tuple(gaps)


def _next_test(
    case: Case, here: Sequence[Finding], maybe: Sequence[Finding], health: _Health
) -> str:
    if here:
        verify = next((fix.verify for fix in here[0].fixes if fix.verify), "")
        again = "Apply one fix, then run the triage again"
        return f"{again}; the probe `{verify}` must change." if verify else f"{again}."
    if maybe:
        return maybe[0].settle
    if health.hint:
        return health.hint
    if health.good and case.signature.is_this_error:
        return (
            "The error that was pasted did not come up. Run again while it happens, "
            "or hold longer: --hold 420."
        )
    if health.good:
        return "Hold longer to find longer limits: --hold 420."
    return "Run again with --json report.json and show the report to the operator."
