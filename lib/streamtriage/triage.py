"""The flow: intake, signature, probes, causes, verdict, report; and nothing else."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtriage import __version__
from streamtriage.causes import Case, conclude, judge
from streamtriage.model import (
    BugEvidence,
    EraEvidence,
    Evidence,
    HandshakeEvidence,
    Intake,
    PredictedText,
    Report,
    Signature,
    Target,
    Tool,
)
from streamtriage.probes import era, handshake, hold, open, reach, reopen  # noqa: A004
from streamtriage.signature import parse
from streamtriage.wire.exchange import Wire
from streamtriage.wire.reconnect import predict, reproduced_by
from streamtriage.wire.session import Session
from streamtriage.wire.target import shown, target_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ["Progress", "judge_again", "triage"]


@dataclass(frozen=True)
class Progress:
    """Where the triage is: the phase, and for a watch the seconds that are left."""

    phase: str
    left_s: float | None = None


@dataclass
class _Run:
    """One triage while it runs: what was given and what was seen so far."""

    intake: Intake
    signature: Signature
    target: Target
    wire: Wire
    taken_at: datetime
    evidence: dict[str, Evidence] = field(default_factory=dict)

    def report(self, *, complete: bool, interrupted: bool = False) -> Report:
        order = ("reach", "era", "handshake", "open", "reopen", "hold")
        redactor = self.wire.redactor
        # Redacted before anything is judged: findings are written from these facts, so
        # a saved report is judged again to the same words.
        seen = tuple(
            redactor.noun(self.evidence[name])
            for name in (*order, *(n for n in self.evidence if n not in order))
            if name in self.evidence
        )
        target = shown(self.target, redactor.url(self.target.url))
        return _judged(
            self.intake, self.signature, target, seen, self.taken_at, complete=complete
        ).model_copy(
            update={"took_s": round(self.wire.now(), 3), "interrupted": interrupted}
        )


async def triage(
    intake: Intake,
    *,
    environ: Mapping[str, str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_interim: Callable[[Report], None] | None = None,
    cancel: asyncio.Event | None = None,
) -> Report:
    """Run every probe against the server that the intake names, and judge.

    `on_interim` gets the verdict as soon as only the silent watch is left. Setting
    `cancel` ends the watch early; what was seen is kept. Raises
    `streamtriage.wire.target.IntakeError` if the intake cannot be used; what the
    network does is never an exception.
    """
    target = target_of(intake, environ)
    wire = Wire(target)
    run = _Run(
        intake=wire.redactor.noun(intake),
        signature=wire.redactor.noun(parse(intake.error)),
        target=target,
        wire=wire,
        taken_at=datetime.now(UTC),
    )
    tell = on_progress or _ignore
    stop = cancel or asyncio.Event()
    probing = asyncio.create_task(_probe(run, intake, tell, on_interim, stop))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({probing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not probing.done():
            # The watch ends by itself when `stop` is set; a probe may need a moment.
            await asyncio.wait({probing}, timeout=5.0)
        interrupted = stop.is_set()
        if probing.done():
            probing.result()
    finally:
        stopping.cancel()
        probing.cancel()
        await asyncio.gather(probing, stopping, return_exceptions=True)
    return run.report(complete=not interrupted, interrupted=interrupted)


def judge_again(report: Report) -> Report:
    """Return the report with findings and verdict computed anew, without a network."""
    return _judged(
        report.intake,
        report.signature,
        report.target,
        report.evidence,
        report.taken_at,
        complete=not report.interrupted,
    ).model_copy(update={"took_s": report.took_s, "interrupted": report.interrupted})


def _judged(  # noqa: PLR0913 - the parts of a report
    intake: Intake,
    signature: Signature,
    target: Target,
    evidence: tuple[Evidence, ...],
    taken_at: datetime,
    *,
    complete: bool,
) -> Report:
    case = Case(intake=intake, signature=signature, evidence=evidence)
    findings = judge(case)
    predicted = _predicted(case)
    return Report(
        tool=Tool(version=__version__),
        taken_at=taken_at,
        intake=intake,
        signature=signature,
        target=target,
        era=case.era,
        evidence=evidence,
        findings=findings,
        verdict=conclude(
            case, findings, reproduced=predicted.reproduced, complete=complete
        ),
        predicted_text=predicted,
    )


def _predicted(case: Case) -> PredictedText:
    predicted = predict(
        handshake=case.handshake,
        opened=case.opened,
        hold=case.hold,
        reopen=case.reopen,
    )
    names = reproduced_by(case.signature, predicted)
    return predicted.model_copy(update={"reproduced": names})


async def _probe(
    run: _Run,
    intake: Intake,
    tell: Callable[[Progress], None],
    on_interim: Callable[[Report], None] | None,
    stop: asyncio.Event,
) -> None:
    wire = run.wire
    tell(Progress("Reaching the server: name, TCP, TLS"))
    await _keep(run, "reach", reach.run(wire))
    first = run.evidence["reach"]
    if first.failure is not None or stop.is_set():
        return
    tell(Progress("Asking which protocol revisions it speaks"))
    await _keep(run, "era", era.run(wire))
    revision = run.evidence["era"]
    modern = isinstance(revision, EraEvidence) and bool(revision.modern)
    tell(Progress("Opening a session and sending a harmless POST"))
    session = Session(wire, "main")
    await _keep(run, "handshake", handshake.run(wire, session, modern=modern))
    greeted = run.evidence["handshake"]
    if stop.is_set():
        return
    if isinstance(greeted, HandshakeEvidence) and greeted.modern_only:
        return
    if not session.opened:
        await _keep(run, "open", open.run(wire, session))
        return
    watching = asyncio.create_task(
        _keep(run, "hold", hold.run(wire, hold_s=intake.hold_s, cancel=stop))
    )
    ticking = asyncio.create_task(_tick(tell, wire.now() + intake.hold_s, wire))
    try:
        tell(Progress("Opening the stream, ending it, and opening it again"))
        await asyncio.gather(
            _keep(run, "open", open.run(wire, session)),
            _keep(run, "reopen", reopen.run(wire)),
        )
        if on_interim is not None and not watching.done():
            on_interim(run.report(complete=False))
        await watching
    finally:
        ticking.cancel()
        watching.cancel()
        await asyncio.gather(ticking, watching, return_exceptions=True)


async def _keep(run: _Run, name: str, probe: Awaitable[Evidence]) -> None:
    """Keep what a probe saw; a crash becomes evidence of a fault of this tool."""
    try:
        run.evidence[name] = await probe
    except Exception as error:  # noqa: BLE001 - shown as what it is
        lines = traceback.format_exception(error)
        run.evidence[name] = BugEvidence(
            crashed=name,
            failure_detail=type(error).__name__,
            traceback="".join(lines)[-4000:],
        )


async def _tick(tell: Callable[[Progress], None], until_s: float, wire: Wire) -> None:
    """Say every second how long the silent watch still lasts."""
    while (left := until_s - wire.now()) > 0:
        tell(Progress("Watching a silent stream", round(left)))
        await asyncio.sleep(1.0)


def _ignore(_progress: Progress) -> None:
    """Take progress that nobody wants to see."""
