"""`streamtriage fleet`: many servers, from as many vantage points as there are."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from streamtriage.commands.options import TOOL_FAULT, usage

if TYPE_CHECKING:
    from streamtriage.fleet.conduct import Wanted
    from streamtriage.fleet.rows import Row
    from streamtriage.fleet.targets import Targets

__all__ = ["fleet"]


def fleet(
    targets: Annotated[
        str, typer.Argument(metavar="TARGETS", help="A .csv, .json or .yaml list.")
    ] = "",
    from_machine: Annotated[
        bool, typer.Option("--from-machine", help="The servers of the clients here.")
    ] = False,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Your own Dask, as tcp://host:8786.")
    ] = "",
    vantage: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL", help="From there only; may be repeated."),
    ] = None,
    out: Annotated[str, typer.Option(metavar="DIR", help="Where it is kept.")] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out.")
    ] = False,
    hold: Annotated[
        float,
        typer.Option(metavar="S", help="Seconds to watch in silence.", min=0, max=7200),
    ] = 130.0,
    per_worker: Annotated[
        int, typer.Option(metavar="N", help="Triages at once in a worker.", min=1)
    ] = 16,
    per_host: Annotated[
        int, typer.Option(metavar="N", help="Triages at once of one host.", min=1)
    ] = 4,
    prometheus: Annotated[
        str, typer.Option(metavar="F", help="Also write metrics, as a text file.")
    ] = "",
    spans: Annotated[
        str, typer.Option(metavar="F|URL", help="Also spans, to a file or a collector.")
    ] = "",
) -> None:
    """Triage many servers from many vantage points, and compare what was seen."""
    # Dask and Arrow are an extra: the other commands work without them.
    try:
        from streamtriage.fleet.conduct import Wanted  # noqa: PLC0415
        from streamtriage.fleet.run import Limits  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        usage(
            f"{missing.name} is missing. Install it: pip install 'streamtriage[fleet]'."
        )
    if prometheus or spans:
        _check_exports()
    if resume and not out:
        usage("--resume needs --out: the folder of the run to go on with.")
    listed = _targets(targets, from_machine=from_machine)
    for bad in listed.bad:
        typer.echo(f"Left out, {bad}", err=True)
    if not listed.good:
        usage("No row is left that can be asked.")
    wanted = Wanted(
        targets=listed,
        out=Path(out or f"out/fleet-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"),
        scheduler=scheduler,
        vantages=tuple(dict.fromkeys(vantage or ())),
        resume=resume,
        limits=Limits(hold_s=hold, at_once=per_worker, per_host=per_host),
    )
    rows = _conducted(wanted)
    _export(prometheus, spans, wanted, rows)
    raise typer.Exit(_code(rows, bool(listed.bad)))


def _targets(name: str, *, from_machine: bool) -> Targets:
    from streamtriage.fleet.machine import targets_of_this_machine  # noqa: PLC0415
    from streamtriage.fleet.targets import TargetListError, read_targets  # noqa: PLC0415

    if bool(name) == from_machine:
        usage("Give a list of targets or --from-machine, and not both.")
    if from_machine:
        return targets_of_this_machine()
    try:
        return read_targets(Path(name))
    except TargetListError as problem:
        usage(str(problem))


def _conducted(wanted: Wanted) -> tuple[Row, ...]:
    """Run it; whatever stops it early is said in words, with what to do next."""
    from streamtriage.fleet.conduct import OccupiedError  # noqa: PLC0415
    from streamtriage.fleet.places import ClusterError  # noqa: PLC0415
    from streamtriage.fleet.run import SchedulerLostError  # noqa: PLC0415
    from streamtriage.fleet.store import DiskError  # noqa: PLC0415
    from streamtriage.fleet.summary import summary  # noqa: PLC0415

    try:
        rows = asyncio.run(_run(wanted))
    except (OccupiedError, ClusterError) as problem:
        usage(str(problem))
    except DiskError as problem:
        _stopped(problem.says)
    except SchedulerLostError:
        _stopped(
            f"The scheduler at {wanted.scheduler} went away and did not come back. "
            f"What was finished is in {wanted.out}. Start it again, then give the same "
            f"command with --out {wanted.out} --resume."
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        _stopped(
            f"Stopped. What was finished is in {wanted.out}; to go on, give the same "
            f"command with --out {wanted.out} --resume."
        )
    typer.echo(summary(wanted.out, rows))
    return rows


async def _run(wanted: Wanted) -> tuple[Row, ...]:
    from streamtriage.fleet.conduct import conduct  # noqa: PLC0415
    from streamtriage.fleet.summary import FleetLine  # noqa: PLC0415

    line = FleetLine(sys.stderr)
    task = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):  # Windows has no such handlers
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    try:
        return await conduct(wanted, tell=line.show, at_dashboard=line.dashboard)
    finally:
        line.end()


def _stopped(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(TOOL_FAULT)


def _check_exports() -> None:
    """Refuse before anything runs what could not be exported after it."""
    try:
        import streamtriage.fleet.prometheus  # noqa: PLC0415
        import streamtriage.report.spans  # noqa: F401, PLC0415
    except ModuleNotFoundError as missing:
        usage(
            f"{missing.name} is missing. Install it: "
            "pip install 'streamtriage[fleet,exports]'."
        )


def _export(metrics: str, spans: str, wanted: Wanted, rows: tuple[Row, ...]) -> None:
    """Hand over what other tools read; what fails is said, with how to try again."""
    failed = []
    if metrics:
        failed.append(_failure_of_metrics(metrics, wanted.out, rows))
    if spans:
        failed.append(_failure_of_spans(spans, wanted.out, rows))
    said = [each for each in failed if each]
    if said:
        _stopped(
            f"{' '.join(said)} The run itself is whole; the same command with "
            f"--out {wanted.out} --resume exports it again."
        )


def _failure_of_metrics(name: str, folder: Path, rows: tuple[Row, ...]) -> str:
    from streamtriage.fleet.prometheus import write_metrics  # noqa: PLC0415

    try:
        write_metrics(Path(name), folder, rows)
    except OSError as problem:
        return f"{name} cannot be written ({problem.strerror})."
    return ""


def _failure_of_spans(where: str, folder: Path, rows: tuple[Row, ...]) -> str:
    from streamtriage.fleet.store import read_report  # noqa: PLC0415
    from streamtriage.report.spans import SpansError, export_spans  # noqa: PLC0415

    found = ((row.vantage, read_report(folder, row)) for row in rows)
    kept = ((vantage, each) for vantage, each in found if each is not None)
    try:
        export_spans(where, kept)
    except SpansError as problem:
        return str(problem)
    return ""


def _code(rows: tuple[Row, ...], some_were_bad: bool) -> int:  # noqa: FBT001
    outcomes = {row.outcome for row in rows}
    if "tool-fault" in outcomes:
        return TOOL_FAULT
    if "cause-present" in outcomes:
        return 1
    untold = outcomes & {"could-not-tell", "not-reproduced"}
    return 3 if some_were_bad or untold else 0
