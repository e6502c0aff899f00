"""From findings to the one verdict: two halves, whose it is, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.health import Health, health_of, tries
from streamtriage.causes.words import answer, ended, listed, seconds
from streamtriage.model import (
    BugEvidence,
    Exchange,
    Finding,
    Outcome,
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
    health = health_of(case)
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
        summary=_summary(case, outcome, here, maybe, health, reproduced),
        not_measured=_not_measured(case, health, complete=complete),
        reproduced=bool(reproduced),
        next_test=_next_test(case, here, maybe, health),
    )


def _outcome(
    case: Case, here: Sequence[Finding], maybe: Sequence[Finding], health: Health
) -> Outcome:
    if here:
        return "cause-present"
    if any(isinstance(each, BugEvidence) for each in case.evidence):
        return "tool-fault"
    return "healthy" if health.good and not maybe else "could-not-tell"


def _summary(  # noqa: PLR0913 - the parts of one paragraph
    case: Case,
    outcome: Outcome,
    here: Sequence[Finding],
    maybe: Sequence[Finding],
    health: Health,
    reproduced: Sequence[str],
) -> str:
    if outcome == "tool-fault":
        return "A probe of this tool crashed, so nothing can be said of the server."
    if here:
        more = (
            f" Also present: {listed([f.cause for f in here[1:]])}." if here[1:] else ""
        )
        match = (
            " The text that was pasted is exactly what a client prints for this."
            if reproduced
            else _other_status(case)
        )
        return f"{here[0].title}. {here[0].because}{more}{match}"
    if outcome == "healthy":
        return f"Nothing wrong was found. {health.text}{_other_status(case)}"
    if maybe:
        return f"Not settled. {maybe[0].title}? {maybe[0].because}"
    return f"The cause is not known. {health.text}{_other_status(case)}"


def _other_status(case: Case) -> str:
    """Say where the pasted text stands for statuses that no GET was answered with."""
    pasted = case.signature.statuses if case.signature.is_this_error else ()
    seen = {get.status for get in case.gets}
    if not pasted or not seen or seen & set(pasted):
        return ""
    codes = listed([str(status) for status in pasted])
    return f" The text that was pasted stands for {codes}, which did not come up now."


def _cut(case: Case) -> str:
    if not case.watches:
        return "Not measured: no stream was watched."
    streams = [w.stream for w in case.watches if w.stream.is_event_stream]
    if not streams and any(get.is_event_stream for get in case.live_gets):
        return "Not measured: no stream opened in the sessions that were to be watched."
    if not streams:
        return "No stream was open, so none could be cut."
    natural = [s for s in streams if s.end is not None and s.end.natural]
    if not natural:
        watched = max(s.lived_s or 0.0 for s in streams)
        return (
            f"Nothing cut the stream in {seconds(watched)}; not measured beyond that."
        )
    ages = listed([seconds(s.lived_s) for s in natural])
    return f"The stream {ended(natural[0])} after {ages}."


def _reopen(case: Case) -> str:
    tried = [r for r in case.reopenings if r.attempts]
    if not tried:
        gets = case.live_gets
        if gets and gets[0].status == 405:
            return "Nothing to open: the server offers no stream and says so with 405."
        if gets and not gets[0].is_event_stream:
            kind = f" with {gets[0].media_type}" if gets[0].status == 200 else ""
            return f"It never opens: the first GET is answered {answer(gets[0])}{kind}."
        return "Not measured: no stream was open that could be opened again."
    worst = next((r for r in tried if not r.recovered), None)
    if worst is not None:
        return f"{tries(worst)}."
    refused = [get for get in case.live_gets if (get.status or 0) >= 400]
    if not refused or refused[0].status == 405:
        return "Nothing: it opened again each time."
    return (
        f"It opened again where it had opened, but {len(refused)} of "
        f"{len(case.live_gets)} first GETs were answered {answer(refused[0])}."
    )


def _not_measured(case: Case, health: Health, *, complete: bool) -> tuple[str, ...]:
    gaps: list[str] = []
    lived = [w.stream.lived_s or 0.0 for w in case.watches if w.stream.is_event_stream]
    if lived:
        gaps.append(f"No limit longer than {seconds(max(lived))} was measured.")
    elif health.streams:
        gaps.append("How long a stream lives was not measured.")
    if not complete:
        gaps.append("The watch is not over.")
    control = case.control.stream if case.control else None
    if control is not None and not (control.is_event_stream and _held(control)):
        gaps.append(
            "A stream inside this machine was not held either, so no end that was seen "
            "can be laid to the server: look at this machine's own load and sleep."
        )
    if case.opened is not None:
        gaps.append(
            "From one address, replicas behind client-IP affinity cannot be excluded."
        )
    return tuple(gaps)


def _held(control: Exchange) -> bool:
    return control.end is not None and not control.end.natural


def _next_test(
    case: Case, here: Sequence[Finding], maybe: Sequence[Finding], health: Health
) -> str:
    if here:
        verify = next((fix.verify for fix in here[0].fixes if fix.verify), "")
        again = "Apply the first fix that fits, then run the triage again"
        return f"{again}: what `{verify}` shows must change." if verify else f"{again}."
    if maybe:
        return maybe[0].settle
    if health.hint:
        return health.hint
    if case.signature.half == "look-alike":
        return f"The pasted text is another error: {case.signature.means}"
    if health.good and case.signature.is_this_error:
        longer = ", or hold longer: --hold 420" if health.streams else ""
        return (
            "The error that was pasted did not come up. Run again while it happens"
            f"{longer}."
        )
    if health.good and health.streams:
        return "Hold longer to find longer limits: --hold 420."
    if health.good:
        return "None is needed: the server offers no stream that could break."
    return "Run again with --json report.json and show the report to the operator."
