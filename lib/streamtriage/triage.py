"""The flow: intake, signature, probes, causes, verdict, report; and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import traceback
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from streamtriage.asking import as_client_reaches, choose_asking
from streamtriage.causes import Case, judge
from streamtriage.error_text.parse import parse
from streamtriage.judging import judge_again, judged
from streamtriage.knowledge.client_requests import dialect_of
from streamtriage.model import (
    AskedAs,
    BugEvidence,
    Intake,
    LocalEvidence,
    Report,
    Signature,
    Target,
    Verdict,
)
from streamtriage.probes import PROBES, Probe, Visit, chosen
from streamtriage.redaction import vouch
from streamtriage.shortage import own_shortage
from streamtriage.transport.requester import Wire
from streamtriage.transport.target import shown, target_of
from streamtriage.withdrawal import doubted, shortage, shortage_in

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Coroutine,
        Iterator,
        Mapping,
        Sequence,
    )

    from streamtriage.causes.cover import Cover
    from streamtriage.model import Evidence
    from streamtriage.redaction import Raw, Redacted

__all__ = ["Measured", "Progress", "judge_again", "measure", "triage"]

T = TypeVar("T")


# After so long the verdict is told as it stands, though a probe still asks; where that
# changes it, it is told again.
_INTERIM_S = 2.0
# Beside the watch everything together took 45 s at most, where every answer was waited
# for in vain. Who waits longer is held up by a server, and ends with what was seen.
DEADLINE_S = 60.0
# What is known is kept anew at most so often: judging takes time from the watching.
_KEEP_EVERY_S = 1.0


@dataclass(frozen=True)
class Progress:
    """Where the triage is: the phase, and for a watch the seconds that are left."""

    phase: str
    left_s: float | None = None


@dataclass(frozen=True)
class _Run:
    """One triage while it runs: what was given, and the visit that collects."""

    intake: Intake
    signature: Signature
    target: Target
    visit: Visit
    taken_at: datetime
    asked_as: AskedAs = field(default_factory=AskedAs)
    probes: tuple[Probe, ...] = PROBES
    rehearsal: bool = False
    on_seen: Callable[[Redacted[Report]], None] | None = None
    kept: dict[str, float] = field(default_factory=dict)

    def keep(self) -> None:
        """Hand over what is known so far, should nothing more come."""
        now_s, new = self.visit.wire.now(), self.visit.seen.keys() - self.kept.keys()
        last_s = max(self.kept.values(), default=-_KEEP_EVERY_S)
        if self.on_seen is None or not new or now_s - last_s < _KEEP_EVERY_S:
            return
        self.kept.update(dict.fromkeys(new, now_s))
        with _noting_shortage(self.visit):
            self.on_seen(self.report(complete=False, ended_by="person"))

    def keep_interim(self, known: Redacted[Report]) -> None:
        """Hand over a verdict that was just made: it is not judged once more."""
        if self.on_seen is not None:
            self.kept.update(dict.fromkeys(self.visit.seen, self.visit.wire.now()))
            with _noting_shortage(self.visit):
                self.on_seen(known.amended(interrupted=True, ended_by="person"))

    def evidence(self) -> list[Raw[Evidence]]:
        """Return what was seen, in the order of the probes, as it came."""
        wire, seen = self.visit.wire, self.visit.seen
        names = ("local", *(probe.name for probe in PROBES))
        raw = [seen[name] for name in names if name in seen]
        if lacks := wire.lacks or shortage_in(tuple(raw)):
            raw.append(shortage(lacks))
        return raw

    def report(
        self, *, complete: bool, ended_by: Literal["", "person", "deadline"] = ""
    ) -> Redacted[Report]:
        # Let in before anything is judged: findings are written from these facts, so
        # a saved report is judged again to the same words.
        let_in = self.visit.wire.wall.let_in
        report = judged(
            let_in(self.intake).shown,
            let_in(self.signature).shown,
            let_in(self.target).shown,
            tuple(let_in(each).shown for each in self.evidence()),
            self.taken_at,
            asked_as=let_in(self.asked_as).shown,
            complete=complete,
        ).model_copy(
            update={
                "took_s": round(self.visit.wire.now(), 3),
                "interrupted": bool(ended_by),
                "ended_by": ended_by,
                "rehearsal": self.rehearsal,
            }
        )
        return vouch(doubted(report))


@dataclass(frozen=True)
class Measured:
    """What was measured, before the wall, and by whom it was ended early, if it was."""

    run: _Run
    ended_by: Literal["", "person", "deadline"]

    @property
    def evidence(self) -> Raw[tuple[Evidence, ...]]:
        """What the probes saw, as it came: nobody may be shown it."""
        return tuple(self.run.evidence())

    def report(self) -> Redacted[Report]:
        """Let it in, and judge."""
        return self.run.report(complete=not self.ended_by, ended_by=self.ended_by)


async def triage(  # noqa: PLR0913 - what the person, the form and a test may set
    intake: Intake,
    *,
    environ: Mapping[str, str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_interim: Callable[[Redacted[Report]], None] | None = None,
    on_seen: Callable[[Redacted[Report]], None] | None = None,
    rehearsal: bool = False,
    deadline_s: float = DEADLINE_S,
    cancel: asyncio.Event | None = None,
    local: LocalEvidence | BugEvidence | None = None,
    only: Collection[str] = (),
    answer_patience_s: float = 10.0,
    head_patience_s: float = 5.0,
    own_hold: bool = False,
) -> Redacted[Report]:
    """Run every probe against the server that the intake names, and judge.

    `local` is what `streamtriage.workstation.inspect` found, judged with the rest.
    `only` names the probes to run, with those that they build on; what the others
    would have asked is then unknown. Raises LookupError for a name that no probe
    has. The probes ask as the client that failed asks: the one that is named, else
    that of the text, of this machine's configuration or log; a name that is not
    known is an IntakeError. `on_interim` gets the verdict as soon as only what
    waits is left, and again where it has changed until only the silent watch is;
    `on_seen` gets what is known whenever a probe has ended, at most once a second.
    Setting `cancel` ends the watch early; what was seen is kept. So does the
    deadline, which is `deadline_s` beyond the longest wait that the intake asks
    for. `rehearsal` says that the lab plays the server. The patiences are for a
    whole answer, and for a connection or a response head alone. `own_hold` says
    that the caller chose the hold and nobody asked for it: then it is no reason to
    wait where no stream is offered. Raises
    `streamtriage.transport.target.IntakeError` if the intake cannot be used; what
    the network does is never an exception. What is returned has passed the wall;
    callers show it, and send or compare nothing of it.
    """
    measured = await measure(
        intake,
        environ=environ,
        on_progress=on_progress,
        on_interim=on_interim,
        on_seen=on_seen,
        rehearsal=rehearsal,
        deadline_s=deadline_s,
        cancel=cancel,
        local=local,
        only=only,
        answer_patience_s=answer_patience_s,
        head_patience_s=head_patience_s,
        own_hold=own_hold,
    )
    return await _beside(measured.report)


async def measure(  # noqa: PLR0913 - as for triage
    intake: Intake,
    *,
    environ: Mapping[str, str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_interim: Callable[[Redacted[Report]], None] | None = None,
    on_seen: Callable[[Redacted[Report]], None] | None = None,
    rehearsal: bool = False,
    deadline_s: float = DEADLINE_S,
    cancel: asyncio.Event | None = None,
    local: LocalEvidence | BugEvidence | None = None,
    only: Collection[str] = (),
    answer_patience_s: float = 10.0,
    head_patience_s: float = 5.0,
    own_hold: bool = False,
) -> Measured:
    """Run every probe, as `triage` does, and judge nothing yet."""
    target = target_of(intake, environ)
    signature = parse(intake.error, intake.client)
    asked_as = choose_asking(intake, signature, local, environ)
    target = as_client_reaches(target, asked_as, environ, given_proxy=intake.proxy)
    probes = chosen(PROBES, only) if only else PROBES
    wire = Wire(
        target,
        answer_patience_s=answer_patience_s,
        head_patience_s=head_patience_s,
        dialect=dialect_of(asked_as.rows),
        http2=asked_as.http2,
    )
    wire.kept.try_it()
    stop = cancel or asyncio.Event()
    run = _Run(
        intake=intake,
        signature=signature,
        # Made once, so that the wall looks through it once.
        target=shown(target),
        asked_as=asked_as,
        visit=Visit(
            wire,
            intake,
            stop,
            environ=os.environ if environ is None else environ,
            own_hold=own_hold,
        ),
        taken_at=datetime.now(UTC),
        probes=probes,
        rehearsal=rehearsal,
        on_seen=on_seen,
    )
    if local is not None:
        run.visit.seen["local"] = local
    given = (local,) if local is not None else ()
    run.visit.speaks_old = Case(intake, run.signature, given).speaks_old
    probing = asyncio.create_task(_probe(run, on_progress or _ignore, on_interim))
    stopping = asyncio.create_task(stop.wait())
    looking = asyncio.create_task(wire.lateness.follow())
    try:
        await asyncio.wait(
            {probing, stopping},
            timeout=max(intake.hold_s, intake.idle_s) + deadline_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        ended_by: Literal["", "person", "deadline"] = "person" if stop.is_set() else ""
        if not probing.done():
            ended_by = ended_by or "deadline"
            # The watch ends by itself when `stop` is set; a probe may need a moment.
            stop.set()
            await asyncio.wait({probing}, timeout=5.0)
        if probing.done():
            probing.result()
    finally:
        for task in (stopping, looking, probing):
            task.cancel()
        await asyncio.gather(probing, stopping, looking, return_exceptions=True)
        await wire.close()
    return Measured(run, ended_by)


async def _probe(
    run: _Run,
    said: Callable[[Progress], None],
    on_interim: Callable[[Redacted[Report]], None] | None,
) -> None:
    visit, probes = run.visit, run.probes
    visit.say = lambda what, left_s: tell(Progress(what, round(left_s)))

    def tell(progress: Progress) -> None:
        # Whatever there is news of, something before it has ended.
        said(progress)
        if visit.seen:
            run.keep()

    for probe in probes:
        if probe.phase in ("reach", "greet"):
            await _run_probe(visit, probe, tell)
    watching = asyncio.create_task(_watch(visit, probes, tell))
    following: asyncio.Task[None] | None = None
    try:
        await asyncio.gather(
            *(_run_probe(visit, p, tell) for p in probes if _asks(p, visit))
        )
        # What these ask is worth asking only after what the others saw.
        following = asyncio.create_task(_follow(visit, probes, tell))
        # One of them may wait as long as the watch; nobody waits for it unheard.
        await asyncio.wait({following}, timeout=_INTERIM_S)
        told = await _tell_so_far(run, watching, on_interim, None)
        await following
        await _explain(run, tell)
        await _tell_so_far(run, watching, on_interim, told)
        await visit.session.end()
        await watching
        for probe in probes:
            if probe.phase == "last":
                await _run_probe(visit, probe, tell)
    finally:
        await _sum_up(visit, probes)
        left = [task for task in (watching, following) if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _asks(probe: Probe, visit: Visit) -> bool:
    """Tell whether a probe is run beside those that ask."""
    early = probe.phase == "follow" and probe.with_asked(visit)
    return probe.phase == "ask" or early


async def _tell_so_far(
    run: _Run,
    watching: asyncio.Task[None],
    on_interim: Callable[[Redacted[Report]], None] | None,
    told: Verdict | None,
) -> Verdict | None:
    """Tell the verdict while something is still watched, if it is another one."""
    if on_interim is None or watching.done():
        return told
    await _sum_up(run.visit, run.probes)
    known = await _meanwhile(run.visit, lambda: run.report(complete=False))
    if known is None:
        return told
    verdict = known.shown.verdict
    if told is None or _stand(verdict) != _stand(told):
        on_interim(known)
        run.keep_interim(known)
    return verdict


def _stand(verdict: Verdict) -> tuple[object, ...]:
    """Return what makes a verdict another one; its numbers change with each probe."""
    return verdict.outcome, verdict.causes, verdict.suspected, verdict.impact


async def _follow(
    visit: Visit, probes: Sequence[Probe], tell: Callable[[Progress], None]
) -> None:
    await asyncio.gather(
        *(
            _run_probe(visit, p, tell)
            for p in probes
            if p.phase == "follow" and p.name not in visit.seen
        )
    )


async def _explain(run: _Run, tell: Callable[[Progress], None]) -> None:
    """Ask again, with one thing changed at a time, what nothing accounts for."""
    visit = run.visit
    probes = [probe for probe in run.probes if probe.phase == "explain"]
    if not probes:
        return
    # What is to be explained is what a reader of the report will see.
    let_in, raw = visit.wire.wall.let_in, tuple(visit.seen.values())

    def judged_so_far() -> Cover:
        evidence = tuple(let_in(each).shown for each in raw)
        signature, asked_as = let_in(run.signature).shown, let_in(run.asked_as).shown
        return judge(Case(let_in(run.intake).shown, signature, evidence, asked_as))

    cover = await _meanwhile(visit, judged_so_far)
    if cover is None:
        return
    visit.unexplained = cover.unexplained
    for probe in probes:
        await _run_probe(visit, probe, tell)


async def _beside(work: Callable[[], T]) -> T:
    """Do it beside the loop, which has to notice the moment at which bytes arrive.

    Letting a report in and judging it takes a tenth of a second, and several triages
    of one loop come to it together.
    """
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()
    try:
        begun = loop.run_in_executor(None, context.run, work)
    except (RuntimeError, OSError):
        # This machine starts no more threads, or has no file descriptor left to read
        # the code of one: then it is done here.
        return work()
    return await begun


async def _meanwhile(visit: Visit, work: Callable[[], T]) -> T | None:
    """Judge while connections are still open; None if that is what this machine lacks.

    Judging reads tables and code. At the end, with all closed, it is tried again.
    """
    with _noting_shortage(visit):
        return await _beside(work)
    return None


@contextlib.contextmanager
def _noting_shortage(visit: Visit) -> Iterator[None]:
    """Take note of what this machine lacks, where it is no reason to end the run."""
    try:
        yield
    except OSError as error:
        lacks = own_shortage(error)
        if not lacks:
            raise
        visit.wire.short(lacks)


async def _sum_up(visit: Visit, probes: Sequence[Probe]) -> None:
    """Run the probes that only read what the others saw; they never wait."""
    for probe in probes:
        if probe.phase == "sum":
            await _run_probe(visit, probe, _ignore, even_cancelled=True)


async def _watch(
    visit: Visit, chosen_ones: Sequence[Probe], tell: Callable[[Progress], None]
) -> None:
    """Run the long probes, and say every second how long they still take."""
    probes = [p for p in chosen_ones if p.phase == "watch" and p.needs(visit)]
    if not probes:
        return
    now_s = visit.wire.now()
    waits = [(each.says, now_s + each.lasts_s(visit.intake)) for each in probes]
    ticking = asyncio.create_task(_tick(tell, waits, visit.wire))
    streams = [each for each in probes if each.name != "control"]
    try:
        compared = [_run_probe(visit, e, _ignore) for e in probes if e not in streams]
        watched = [_run_probe(visit, each, _ignore) for each in streams]
        await asyncio.gather(_then(visit.watched, *watched), *compared)
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)


async def _then(over: asyncio.Event, *watches: Coroutine[Any, Any, None]) -> None:
    """Wait for all of these, and say that it is over."""
    try:
        await asyncio.gather(*watches)
    finally:
        over.set()


async def _run_probe(
    visit: Visit,
    probe: Probe,
    tell: Callable[[Progress], None],
    *,
    even_cancelled: bool = False,
) -> None:
    """Keep what a probe saw; a crash becomes evidence of a fault of this tool."""
    stopped = visit.cancel.is_set() and not even_cancelled
    if stopped or not probe.needs(visit):
        return
    tell(Progress(probe.says))
    if probe.phase not in ("reach", "sum"):
        visit.wire.make_ready()
    in_turn = visit.turn if probe.in_turn and visit.one_by_one else nullcontext()
    try:
        async with in_turn:
            visit.seen[probe.name] = await probe.run(visit)
    except Exception as error:  # noqa: BLE001 - shown as what it is
        if lacks := own_shortage(error):
            visit.wire.short(lacks)
            return
        lines = traceback.format_exception(error)
        visit.seen[probe.name] = BugEvidence(
            crashed=probe.name,
            failure_detail=type(error).__name__,
            traceback="".join(lines)[-4000:],
        )


async def _tick(
    tell: Callable[[Progress], None], waits: Sequence[tuple[str, float]], wire: Wire
) -> None:
    """Say every second what is waited for, the nearest end first, and how long."""
    while ahead := [each for each in waits if each[1] > wire.now()]:
        title, until_s = min(ahead, key=lambda each: each[1])
        tell(Progress(title, round(until_s - wire.now())))
        await asyncio.sleep(1.0)


def _ignore(_progress: Progress) -> None:
    """Take progress that nobody wants to see."""
