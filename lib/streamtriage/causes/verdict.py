"""From cover to the one verdict: two halves, whose it is, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.asked_again import told_of_changes
from streamtriage.causes.health import Health, health_of, tries
from streamtriage.causes.impact import impact_of
from streamtriage.causes.last_piece import last_piece_gap
from streamtriage.causes.met import client_of, for_whom_met, reactions_met
from streamtriage.causes.observed import describe_all
from streamtriage.causes.over_http_sse import told_of_transport
from streamtriage.causes.whose_trust import good_for
from streamtriage.causes.words import answer, ended, listed, seconds
from streamtriage.model import (
    BugEvidence,
    Exchange,
    ForWhom,
    Gap,
    Outcome,
    TextMatch,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.causes.cover import Cover
    from streamtriage.observations.case import Case

__all__ = ["conclude"]


def conclude(
    case: Case,
    seen: Cover,
    *,
    reproduced: Sequence[str] = (),
    complete: bool = True,
) -> Verdict:
    """Fold what is explained and what is not into one verdict.

    `complete` is False for an interim one. Healthy is said only where the client's own
    sequence was run and left nothing that blocks, loses or will fail later.
    """
    health = health_of(case)
    outcome = _outcome(case, seen, health)
    lead = seen.lead
    match = _text_match(case, reproduced)
    causes = tuple(f.cause for f in seen.present)
    reactions = reactions_met(case)
    return Verdict(
        outcome=outcome,
        cut=_cut(case),
        reopen=_reopen(case),
        causes=causes,
        suspected=tuple(f.cause for f in seen.suspected),
        lead=lead.cause if lead else None,
        also=tuple(f.cause for f in seen.present if f is not lead),
        unexplained=tuple(o.id for o in seen.unexplained),
        text_match=match,
        impact=impact_of(outcome, lead, seen.observations, reactions),
        owner=lead.owner if lead else None,
        scope=lead.scope if lead else None,
        summary=_summary(case, outcome, seen, health, match),
        gaps=_gaps(case, health, complete=complete),
        reproduced=bool(reproduced),
        next_step=_next_step(case, outcome, seen, health),
        reactions=reactions,
        for_whom=(*for_whom_met(case), *_trusted_for(case)),
    )


def _trusted_for(case: Case) -> tuple[ForWhom, ...]:
    told = None if client_of(case)[0] else good_for(case)
    return () if told is None else (told,)


def _outcome(case: Case, seen: Cover, health: Health) -> Outcome:
    crashed = any(isinstance(each, BugEvidence) for each in case.evidence)
    if seen.lead is not None and not seen.outweighed:
        return "cause-present"
    if crashed:
        return "tool-fault"
    if seen.unexplained or not (health.ran and health.good):
        return "could-not-tell"
    return "not-reproduced" if case.signature.is_this_error else "healthy"


def _text_match(case: Case, reproduced: Sequence[str]) -> TextMatch:
    signature = case.signature
    if reproduced:
        return "reproduced"
    if not signature.is_this_error:
        return "not-this-error" if case.intake.error.strip() else "none-given"
    refused = _refusals(case)
    if not refused:
        return "not-seen"
    if signature.reason == "" or not signature.statuses:
        return "no-status"
    same = {get.status for get in refused} & set(signature.statuses)
    return "same-status" if same else "other-status"


def _refusals(case: Case) -> tuple[Exchange, ...]:
    """Return the GETs that a client would report, the later ones first."""
    later = [a.get for r in case.reopenings for a in r.refused if a.after_s]
    first = [g for g in case.live_gets if not g.is_event_stream and g.status != 405]
    return tuple(get for get in (*later, *first) if get.answered)


def _summary(
    case: Case, outcome: Outcome, seen: Cover, health: Health, match: TextMatch
) -> str:
    lead, left = seen.lead, describe_all(seen.unexplained)
    more = [f.cause for f in seen.present if f is not lead]
    if outcome == "tool-fault":
        return "A probe of this tool crashed, so nothing can be said of the server."
    if outcome == "cause-present" and lead is not None:
        also = f" Also present: {listed(more)}." if more else ""
        rest = f" Not explained by that: {left}" if left else ""
        text = f"{lead.title}. {lead.because}{also}{rest}"
    elif outcome == "healthy":
        text = f"Nothing wrong was found. {health.text}{_reserved(case)}"
    elif outcome == "not-reproduced":
        text = "The error that was pasted did not come up. "
        text += f"{health.text}{_reserved(case)}"
    elif seen.suspected and not more:
        text = f"Not settled. {seen.suspected[0].title}? {seen.suspected[0].because}"
    else:
        also = f" Present, but not the reason: {listed(more)}." if more else ""
        text = f"The cause is not known. {health.text or left}{also}"
        if left and health.good and not more:
            # All that was asked went well, and something else was seen.
            text = f"The cause is not known. {left}"
        elif left and health.text and not more:
            text = f"The cause is not known. {health.text} {told_of_changes(case)}"
            text = text.rstrip()
        elif left and more:
            text = f"The cause is not known. {left}{also}"
    return f"{text}{told_of_transport(case)}{_about_the_text(case, match)}"


def _reserved(case: Case) -> str:
    """Return what a verdict that accuses nobody must say that it could not see."""
    gap = last_piece_gap(case)
    return f" {gap.says}" if gap is not None else ""


def _about_the_text(case: Case, match: TextMatch) -> str:
    """Say how the pasted text stands to what was measured, in one sentence."""
    if match == "reproduced":
        return " The text that was pasted is exactly what a client prints for this."
    refused = _refusals(case)
    if match == "no-status" and refused:
        codes = list(dict.fromkeys(answer(get) for get in refused))
        return (
            f" The text names no status. {len(refused)} GET(s) were answered "
            f"{listed(codes[:3])}."
        )
    pasted = case.signature.statuses
    seen = {get.status for get in case.gets}
    if match in ("other-status", "not-seen") and pasted and seen and len(pasted) <= 5:
        codes = [str(status) for status in pasted]
        return (
            f" The pasted text stands for {listed(codes)}, which did not come up now."
        )
    return ""


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


def _gaps(case: Case, health: Health, *, complete: bool) -> tuple[Gap, ...]:
    gaps: list[Gap] = []
    lived = [w.stream.lived_s or 0.0 for w in case.watches if w.stream.is_event_stream]
    if lived:
        longest = max(lived)
        says = f"No limit longer than {seconds(longest)} was measured."
        gaps.append(Gap(kind="longer-limits", says=says, watched_s=longest))
    elif health.streams:
        gaps.append(
            Gap(kind="not-watched", says="How long a stream lives was not measured.")
        )
    late = last_piece_gap(case)
    if late is not None:
        gaps.append(late)
    if not complete:
        gaps.append(Gap(kind="watch-not-over", says="The watch is not over."))
    control = case.control.stream if case.control else None
    if control is not None and not (control.is_event_stream and _held(control)):
        gaps.append(
            Gap(
                kind="own-machine",
                says="A stream inside this machine was not held either, so no end that "
                "was seen can be laid to the server: look at this machine's own load "
                "and sleep.",
            )
        )
    if case.opened is not None:
        gaps.append(
            Gap(
                kind="one-address",
                says="From one address, replicas behind client-IP affinity cannot be "
                "excluded.",
            )
        )
    return tuple(gaps)


def _held(control: Exchange) -> bool:
    return control.end is not None and not control.end.natural


def _next_step(case: Case, outcome: Outcome, seen: Cover, health: Health) -> str:
    lead = seen.lead
    if outcome == "cause-present" and lead is not None:
        verify = next((fix.verify for fix in lead.fixes if fix.verify), "")
        again = "Apply the first fix that fits, then run the triage again"
        return f"{again}: what `{verify}` shows must change." if verify else f"{again}."
    if outcome == "not-reproduced":
        longer = ", or hold longer: --hold 420" if health.streams else ""
        return f"Run it again while the error shows{longer}."
    if seen.suspected and outcome == "could-not-tell":
        return seen.suspected[0].settle
    if health.hint:
        return health.hint
    if case.signature.half == "look-alike":
        return f"The pasted text is another error: {case.signature.means}"
    if outcome == "healthy" and health.streams:
        return "Hold longer to find longer limits: --hold 420."
    if outcome == "healthy":
        return "None is needed: the server offers no stream that could break."
    return "Run again with --json report.json and show the report to the operator."
