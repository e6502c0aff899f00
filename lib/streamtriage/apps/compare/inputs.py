"""What is compared: reports, tickets, executed notebooks, or snapshots of machines."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from pydantic import ValidationError

from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.apps.triage.rehearsal import rehearsed
from streamtriage.apps.triage.run import Run
from streamtriage.comparison import UnlikeReportsError, check_alike
from streamtriage.languages import translate
from streamtriage.letting_in import read_checked
from streamtriage.model import Intake, Report
from streamtriage.refusal import why_invalid
from streamtriage.report.document import Row
from streamtriage.report.story import headline
from streamtriage.ticket import NotATicketError
from streamtriage.ticket.extraction import from_bytes
from streamtriage.ticket.files_in import REPORT_LIMIT, decoded, load
from streamtriage.workstation.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Side", "about", "from_file", "measured", "read", "same_kind"]

Side: TypeAlias = Report | Snapshot

# One server, asked once through a gateway that refuses GET, and once at its origin.
_FAILING, _WORKING = "gateway-blocks-get", "healthy"


def from_file(name: str, which: str) -> Side:
    """Read one side from a file; raises ParameterError, in words, naming `which`."""
    try:
        return read(load(name), which)
    except NotATicketError as problem:
        raise ParameterError(f"{which}: {problem}.") from None
    except OSError as problem:
        raise ParameterError(
            translate(
                "{which}: {name} cannot be read ({strerror}).",
                which=which,
                name=name,
                strerror=problem.strerror,
            )
        ) from None


def read(data: bytes, which: str) -> Side:
    """Read a snapshot, or a report in whichever form; raises ParameterError."""
    text = decoded(data[: REPORT_LIMIT + 1])
    try:
        if '"snapshot_version"' in text[:200]:
            return read_checked(Snapshot, text)
        return from_bytes(data).report
    except NotATicketError as problem:
        raise ParameterError(f"{which}: {problem}.") from None
    except ValidationError as problem:
        raise ParameterError(
            translate(
                "{which}: a snapshot that cannot be read: {problem}.",
                which=which,
                problem=why_invalid(problem),
            )
        ) from None


def same_kind(broken: Side, working: Side) -> None:
    """Refuse a snapshot beside a report, and a rehearsal beside a run in earnest.

    Raises ParameterError, in words.
    """
    if type(broken) is not type(working):
        raise ParameterError(
            translate(
                "One of the two is a snapshot of a machine and the other a "
                "report of a triage. Give two of one kind."
            )
        )
    if isinstance(broken, Report) and isinstance(working, Report):
        try:
            check_alike(broken, working)
        except UnlikeReportsError as problem:
            raise ParameterError(str(problem)) from None


async def measured(told: Callable[[], None]) -> tuple[Report, Report]:
    """Rehearse: triage two servers of the lab at the same time."""
    runs = [Run(rehearsed(name, Intake()), fault=name) for name in (_FAILING, _WORKING)]
    for run in runs:
        run.start(told)
    broken, working = await asyncio.gather(*(run.finished() for run in runs))
    return broken, working


def about(side: Side) -> tuple[Row, ...]:
    """Return what tells one side from the other at a glance."""
    taken = f"{side.taken_at:%Y-%m-%d %H:%M:%S %Z}".strip()
    if isinstance(side, Snapshot):
        machine = side.local.machine
        clients = ", ".join(f"{c.name} {c.version}" for c in side.local.clients)
        return (
            Row(translate("Machine"), side.label or translate("not named")),
            Row(translate("System"), f"{machine.system} {machine.release}".strip()),
            Row(translate("Clients"), clients or translate("none found")),
            Row(translate("Taken"), taken),
        )
    client = f"{side.intake.client} {side.intake.client_version}".strip()
    return (
        Row(translate("Server"), side.target.url),
        Row(translate("Verdict"), translate(headline(side.verdict))),
        Row(
            translate("Causes"),
            ", ".join(side.verdict.causes) or translate("none found"),
        ),
        Row(translate("Proxy"), side.target.proxy or translate("none")),
        Row(translate("Client"), client or translate("not said")),
        Row(translate("Taken"), taken),
    )
