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
from streamtriage.model import (
    BugEvidence,
    Exchange,
    ForWhom,
    Gap,
    Outcome,
    TextMatch,
    Verdict,
    VerdictMessages,
)
from streamtriage.model.message import join_sentences, message_of, say
from streamtriage.wording import answer, ended, listed, seconds, titled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.causes.cover import Cover
    from streamtriage.model.message import Text
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
    said = VerdictMessages(
        cut=message_of(_cut(case)),
        reopen=message_of(_reopen(case)),
        summary=message_of(_summary(case, outcome, seen, health, match)),
        next_step=message_of(_next_step(case, outcome, seen, health)),
    )
    return Verdict(
        outcome=outcome,
        cut=str(said.cut),
        reopen=str(said.reopen),
        causes=causes,
        suspected=tuple(f.cause for f in seen.suspected),
        lead=lead.cause if lead else None,
        also=tuple(f.cause for f in seen.present if f is not lead),
        unexplained=tuple(o.id for o in seen.unexplained),
        text_match=match,
        impact=impact_of(outcome, lead, seen.observations, reactions),
        owner=lead.owner if lead else None,
        scope=lead.scope if lead else None,
        summary=str(said.summary),
        gaps=_gaps(case, health, complete=complete),
        reproduced=bool(reproduced),
        next_step=str(said.next_step or ""),
        messages=said,
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
) -> Text:
    lead, left = seen.lead, describe_all(seen.unexplained)
    more = [f.cause for f in seen.present if f is not lead]
    if outcome == "tool-fault":
        return say("verdict.summary")
    if outcome == "cause-present" and lead is not None:
        also = say("verdict.summary.also", more=listed(more)) if more else ""
        rest = say("verdict.summary.rest", left=left) if left else ""
        text = say(
            "verdict.summary.text",
            title=titled(lead),
            because=lead.message,
            also=also,
            rest=rest,
        )
    elif outcome == "healthy":
        text = say(
            "verdict.summary.text.nothing-wrong-was-found",
            text=health.text,
            reserved=_reserved(case),
        )
    elif outcome == "not-reproduced":
        text = say(
            "verdict.summary.not-reproduced",
            text=health.text,
            reserved=_reserved(case),
        )
    elif seen.suspected and not more:
        text = say(
            "verdict.summary.text.not-settled",
            title=titled(seen.suspected[0]),
            because=seen.suspected[0].message,
        )
    else:
        also = (
            say("verdict.summary.also.present-but-not-the", more=listed(more))
            if more
            else ""
        )
        text = say(
            "verdict.summary.not-known",
            told=join_sentences((health.text or left, also)),
        )
        if left and health.good and not more:
            # All that was asked went well, and something else was seen.
            text = say("verdict.summary.not-known", told=left)
        elif left and health.text and not more:
            text = say(
                "verdict.summary.not-known",
                told=join_sentences((health.text, told_of_changes(case))),
            )
        elif left and more:
            text = say("verdict.summary.not-known", told=join_sentences((left, also)))
    return say(
        "verdict.summary.text-3",
        text=text,
        told_of_transport=told_of_transport(case),
        about_the_text=_about_the_text(case, match),
    )


def _reserved(case: Case) -> Text:
    """Return what a verdict that accuses nobody must say that it could not see."""
    gap = last_piece_gap(case)
    return say("verdict.reserved", says=gap.message) if gap is not None else ""


def _about_the_text(case: Case, match: TextMatch) -> Text:
    """Say how the pasted text stands to what was measured, in one sentence."""
    if match == "reproduced":
        return say("verdict.about-the-text")
    refused = _refusals(case)
    if match == "no-status" and refused:
        codes = list(dict.fromkeys(answer(get) for get in refused))
        return say(
            "verdict.about-the-text.the-text-names-no",
            n_refused=len(refused),
            codes=listed(codes[:3]),
        )
    pasted = case.signature.statuses
    seen = {get.status for get in case.gets}
    if match in ("other-status", "not-seen") and pasted and seen and len(pasted) <= 5:
        codes = [str(status) for status in pasted]
        return say("verdict.about-the-text.the-pasted-text-stands", codes=listed(codes))
    return ""


def _cut(case: Case) -> Text:
    if not case.watches:
        return say("verdict.cut")
    streams = [w.stream for w in case.watches if w.stream.is_event_stream]
    if not streams and any(get.is_event_stream for get in case.live_gets):
        return say("verdict.cut.not-measured-no-stream")
    if not streams:
        return say("verdict.cut.no-stream-was-open")
    natural = [s for s in streams if s.end is not None and s.end.natural]
    if not natural:
        watched = max(s.lived_s or 0.0 for s in streams)
        return say("verdict.cut.nothing-cut-the-stream", watched=seconds(watched))
    ages = listed([seconds(s.lived_s) for s in natural])
    return say("verdict.cut.the-stream-after", ended=ended(natural[0]), ages=ages)


def _reopen(case: Case) -> Text:
    tried = [r for r in case.reopenings if r.attempts]
    if not tried:
        gets = case.live_gets
        if gets and gets[0].status == 405:
            return say("verdict.reopen")
        if gets and not gets[0].is_event_stream:
            kind = (
                say("verdict.reopen.kind", media_type=gets[0].media_type)
                if gets[0].status == 200 and gets[0].media_type
                else ""
            )
            return say(
                "verdict.reopen.it-never-opens-the", answer=answer(gets[0]), kind=kind
            )
        return say("verdict.reopen.not-measured-no-stream")
    worst = next((r for r in tried if not r.recovered), None)
    if worst is not None:
        return say("verdict.reopen.text", tries=tries(worst))
    refused = [get for get in case.live_gets if (get.status or 0) >= 400]
    if not refused or refused[0].status == 405:
        return say("verdict.reopen.nothing-it-opened-again")
    return say(
        "verdict.reopen.it-opened-again-where",
        n_refused=len(refused),
        n_live_gets=len(case.live_gets),
        answer=answer(refused[0]),
    )


def _gaps(case: Case, health: Health, *, complete: bool) -> tuple[Gap, ...]:
    gaps: list[Gap] = []
    lived = [w.stream.lived_s or 0.0 for w in case.watches if w.stream.is_event_stream]
    if lived:
        longest = max(lived)
        text = say("verdict.gap.longer-limits", longest=seconds(longest))
        gaps.append(Gap.told("longer-limits", text, longest))
    elif health.streams:
        gaps.append(Gap.told("not-watched", say("verdict.gap.not-watched")))
    late = last_piece_gap(case)
    if late is not None:
        gaps.append(late)
    if not complete:
        gaps.append(Gap.told("watch-not-over", say("verdict.gap.watch-not-over")))
    control = case.control.stream if case.control else None
    if control is not None and not (control.is_event_stream and _held(control)):
        gaps.append(Gap.told("own-machine", say("verdict.gap.own-machine")))
    if case.opened is not None:
        gaps.append(Gap.told("one-address", say("verdict.gap.one-address")))
    return tuple(gaps)


def _held(control: Exchange) -> bool:
    return control.end is not None and not control.end.natural


def _next_step(case: Case, outcome: Outcome, seen: Cover, health: Health) -> Text:
    lead = seen.lead
    if outcome == "cause-present" and lead is not None:
        verify = next((fix.verify for fix in lead.fixes if fix.verify), "")
        again = say("verdict.next-step.again")
        return (
            say("verdict.next-step", again=again, verify=verify)
            if verify
            else say("verdict.next-step.text", again=again)
        )
    if outcome == "not-reproduced":
        longer = say("verdict.next-step.longer") if health.streams else ""
        return say("verdict.next-step.run-it-again-while", longer=longer)
    if seen.suspected and outcome == "could-not-tell":
        return seen.suspected[0].settle_message or ""
    if health.hint:
        return health.hint
    if case.signature.half == "look-alike":
        return say("verdict.next-step.the-pasted-text-is", means=case.signature.means)
    if outcome == "healthy" and health.streams:
        return say("verdict.next-step.hold-longer-to-find")
    if outcome == "healthy":
        return say("verdict.next-step.none-is-needed-the")
    return say("verdict.next-step.run-again-with-json")
