"""Runs a preflight: a short triage of each server, asked again only where wanted."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtriage import __version__
from streamtriage.apps.preflight.checks import checks_of
from streamtriage.apps.preflight.model import Policy, Preflight, Server, Try
from streamtriage.apps.preflight.policy import decide, exit_code, result_of, worst
from streamtriage.languages import speaking
from streamtriage.letting_in import checked
from streamtriage.model import CauseId, Status, Tool
from streamtriage.redaction import Wall, shown_address
from streamtriage.report.story import unmeasured
from streamtriage.transport.target import target_of
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamtriage.model import Intake, Report
    from streamtriage.triage import Progress

__all__ = ["HOLD_S", "Asking", "concluded", "not_asked", "preflight", "server_of"]

# Sees what shows itself at once: refusals, flaps, reopening. Longer limits need a hold.
# It is our own choice, so it is no reason to wait where no stream is offered.
HOLD_S = 5.0
# Asking again after this would only make it worse.
_STOP = CauseId("rate-limit-429")


@dataclass(frozen=True)
class Asking:
    """How each server is asked: how often, how far apart, and with which patience.

    `patience_s` is for a whole answer; half of it is for a connection or a head.
    `rehearsal` says that the lab plays the server.
    """

    tries: int = 1
    wait_s: float = 2.0
    patience_s: float = 10.0
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    on_progress: Callable[[Progress], None] | None = None
    cancel: asyncio.Event = field(default_factory=asyncio.Event)
    rehearsal: bool = False

    async def report(self, intake: Intake) -> Report:
        return (
            await triage(
                intake,
                environ=self.environ,
                on_progress=self.on_progress,
                cancel=self.cancel,
                rehearsal=self.rehearsal,
                answer_patience_s=self.patience_s,
                head_patience_s=self.patience_s / 2,
                own_hold=intake.hold_s == HOLD_S,
            )
        ).shown


async def preflight(
    intakes: Sequence[Intake], policy: Policy, asking: Asking | None = None
) -> Preflight:
    """Ask one server after the other and judge each by the policy.

    Raises IntakeError, before anything is sent, if one of the intakes cannot be used.
    """
    how = asking or Asking()
    for intake in intakes:
        target_of(intake, how.environ)
    begun = time.monotonic()
    servers = [
        await _server(intake, policy, how)
        if not how.cancel.is_set()
        else not_asked(intake.url, "Not asked: the preflight was cancelled before.")
        for intake in intakes
    ]
    took_s = time.monotonic() - begun
    return concluded(servers, policy, took_s=took_s, rehearsal=how.rehearsal)


def concluded(
    servers: Sequence[Server],
    policy: Policy,
    *,
    took_s: float = 0.0,
    rehearsal: bool = False,
) -> Preflight:
    """Fold the servers into one result and its exit code."""
    result = worst(each.result for each in servers)
    return Preflight(
        tool=Tool(version=__version__),
        taken_at=datetime.now(UTC),
        took_s=round(took_s, 3),
        policy=policy,
        servers=tuple(servers),
        rehearsal=rehearsal,
        result=result,
        exit_code=exit_code(result, policy),
    )


def server_of(report: Report, policy: Policy, tries: Sequence[Try] = ()) -> Server:
    """Judge one report by the policy; `tries` are the earlier ones."""
    report = checked(report)
    found = [
        f for f in report.findings if f.status in (Status.PRESENT, Status.SUSPECTED)
    ]
    judged = tuple(decide(each, policy) for each in found)
    result = result_of(report, judged, policy)
    if result == "pass" and report.ended_by:
        # What was not asked any more cannot have passed.
        result = "unknown"
    this = Try(
        number=len(tries) + 1,
        result=result,
        took_s=report.took_s,
        causes=tuple(each.cause for each in judged if each.decision == "fails"),
        summary=report.verdict.summary,
    )
    return Server(
        url=report.target.url,
        result=result,
        says=report.verdict.summary,
        checks=checks_of(report, judged),
        causes=judged,
        tries=(*tries, this),
        not_known=_gaps(report),
        report=report,
    )


def _gaps(report: Report) -> tuple[str, ...]:
    """Return what was not judged, in English: it is kept."""
    with speaking("en"):
        return unmeasured(report)


def not_asked(url: str, why: str, name: str = "") -> Server:
    """Return the result of a server that nothing was sent to: not known."""
    return Server(url=shown_address(url), name=name, result="unknown", says=why)


async def _server(intake: Intake, policy: Policy, how: Asking) -> Server:
    values = target_of(intake, how.environ).headers.values()
    wall = Wall(value.get_secret_value() for value in values)
    server = server_of(await how.report(intake), policy)
    while _again(server, how):
        await _pause(how)
        report = await how.report(intake)
        server = server_of(report, policy, server.tries)
    return wall.let_in(server).shown


def _again(server: Server, how: Asking) -> bool:
    limited = any(each.cause == _STOP for each in server.causes)
    more = len(server.tries) < how.tries and not how.cancel.is_set()
    return more and not limited and server.result in ("fail", "unknown")


async def _pause(how: Asking) -> None:
    """Wait between two tries, or until the person cancels."""
    waiting = asyncio.create_task(how.cancel.wait())
    await asyncio.wait({waiting}, timeout=how.wait_s)
    waiting.cancel()
