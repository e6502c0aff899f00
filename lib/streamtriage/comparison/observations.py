"""What the probes of one report saw, as answers that two reports can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.model import CauseId, Status
from streamtriage.model.message import tell
from streamtriage.wording import answer, counted, ended, said, seconds, spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamtriage.causes import Case
    from streamtriage.model import Exchange, Reopening, Report

__all__ = ["Life", "Observation", "life", "observations", "standing"]


@dataclass(frozen=True)
class Observation:
    """One answer, and the probe that was given it."""

    value: str
    probe: str


@dataclass(frozen=True)
class Life:
    """How long silent streams lived; `ends` is empty where none ended by itself."""

    says: str
    ages_s: tuple[float, ...]
    ends: tuple[str, ...]
    watched_s: float

    def differs(self, other: Life) -> bool | None:
        """Tell whether two lives differ; None where one was not watched for as long."""
        if self.ends and other.ends:
            near = abs(self.ages_s[0] - other.ages_s[0]) <= max(
                2.0, 0.1 * max(self.ages_s[0], other.ages_s[0])
            )
            return not near or self.ends[0] != other.ends[0]
        if not self.ends and not other.ends:
            return False
        cut, held = (self, other) if self.ends else (other, self)
        # Timers fire late: an age that was barely reached rules nothing out.
        return True if held.watched_s > cut.ages_s[0] * 1.05 + 1.0 else None


def observations(case: Case) -> dict[str, Observation]:
    """Return what each question was answered; what was not asked is left out."""
    asked = (*_reached(case), *_greeted(case), *_opened(case), *_further(case))
    return {name: Observation(v, probe) for name, probe, v in asked if v}


def life(case: Case) -> Life | None:
    """Return how long silent streams lived; None where none was watched."""
    streams = [w.stream for w in case.watches if w.stream.is_event_stream]
    if not streams:
        return None
    natural = [s for s in streams if s.end is not None and s.end.natural]
    watched = max(s.lived_s or 0.0 for s in streams)
    if natural:
        says = translate(
            "{ended} after {ages}",
            ended=ended(natural[0]),
            ages=spoken_list([seconds(s.lived_s) for s in natural]),
        )
    else:
        says = translate("still open after {watched}", watched=seconds(watched))
    return Life(
        says=says,
        ages_s=tuple(s.lived_s or 0.0 for s in natural),
        ends=tuple(str(s.end) for s in natural),
        watched_s=watched,
    )


def standing(report: Report) -> dict[CauseId, Status]:
    """Return each cause with its status, unless nobody could judge it.

    What is ruled out for lack of a sign counts only if some probe that could have seen
    the sign did run.
    """
    ran = {each.probe for each in report.evidence}
    return {
        f.cause: f.status
        for f in report.findings
        if f.status is not Status.UNKNOWN
        and (f.status is not Status.ABSENT or not f.rests_on or ran & set(f.rests_on))
    }


Asked = tuple[str, str, str]


def _reached(case: Case) -> Iterator[Asked]:
    if case.reach is not None:
        failed = case.reach.failure
        reached = (
            translate("no: {why}", why=tell(f"failure.{failed}"))
            if failed
            else translate("yes")
        )
        yield translate("The server is reached"), "reach", reached
        tls = case.reach.tls
        if tls is not None and tls.trusted is not None:
            wrong = translate("no: {why}", why=tls.verify_error)
            trusted = translate("yes") if tls.trusted else wrong
            yield translate("The certificate is trusted"), "reach", trusted
    if case.redirect is not None and case.redirect.hops:
        yield (
            translate("Redirected to"),
            "redirect",
            case.redirect.final_url or translate("nowhere usable"),
        )


def _greeted(case: Case) -> Iterator[Asked]:
    greeted = case.handshake
    if greeted is None:
        return
    yield translate("Answer to initialize"), "handshake", _said(greeted.initialize)
    yield translate("Answer to initialized"), "handshake", _said(greeted.initialized)
    yield translate("Answer to a harmless POST"), "handshake", _said(greeted.post)


def _opened(case: Case) -> Iterator[Asked]:
    opened = case.opened
    if opened is not None:
        yield translate("First GET, live session"), "open", _said(opened.live)
        yield translate("GET without a session"), "open", _said(opened.none)
        yield translate("GET with a made-up session"), "open", _said(opened.made_up)
        yield (
            translate("POST with a made-up session"),
            "open",
            _said(opened.made_up_post),
        )
        yield translate("GET in an ended session"), "open", _said(opened.ended_get)
    if case.reopen is not None:
        closed, vanished = case.reopen.after_close, case.reopen.after_vanish
        yield translate("GET again after our close"), "reopen", _tried(closed)
        yield translate("GET again after we vanished"), "reopen", _tried(vanished)
    for watch in case.watches[:1]:
        comments = watch.stream.comments
        alive = translate("none") if watch.stream.is_event_stream else ""
        every = watch.stream.comment_interval_s
        if comments:
            alive = (
                translate("yes")
                if every is None
                else translate("every {seconds} s", seconds=round(every))
            )
        yield translate("Keep-alive comments"), "hold", alive
        yield translate("GET again after the watch"), "hold", _tried(watch.reopening)


def _further(case: Case) -> Iterator[Asked]:
    if case.replicas is not None and case.replicas.without_cookies:
        mixed = _mixed(case.replicas.without_cookies)
        yield translate("One session on fresh connections"), "replicas", mixed
    if case.second is not None:
        yield translate("GET beside an open one"), "second", _said(case.second.beside)
    if case.resume is not None:
        resumed = _mixed(case.resume.resumed)
        yield translate("GET with Last-Event-ID"), "resume", resumed
    if case.left_alone is not None:
        yield (
            translate("POST after being left alone"),
            "session",
            _said(case.left_alone.after),
        )
    if case.delay is not None and case.delay.compressed is not None:
        encoding = case.delay.content_encoding or translate("none")
        yield translate("Compression of the stream"), "delay", encoding
    if case.listen is not None:
        yield "subscriptions/listen", "listen", _mixed(case.listen.streams)


def _said(seen: Exchange | None) -> str:
    if seen is None:
        return ""
    kind = f", {seen.media_type}" if seen.accepted and seen.media_type else ""
    return f"{said(answer(seen))}{kind}"


def _tried(seen: Reopening | None) -> str:
    tries = seen.attempts if seen is not None else ()
    return "; ".join(f"+{a.after_s:g} s: {said(answer(a.get))}" for a in tries)


def _mixed(seen: Iterable[Exchange]) -> str:
    """Say which answers came, not how often each: chance decides that."""
    answers = sorted({said(answer(each)) for each in seen})
    if len(answers) < 2:
        return "".join(answers)
    many = counted(len(answers), "answer")
    return translate("{many}: {answers}", many=many, answers=spoken_list(answers))
