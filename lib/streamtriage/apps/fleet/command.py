"""`streamtriage fleet`: many servers, from as many vantage points as there are."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import (
    put,
    reason,
    too_long_words,
    usage,
)
from streamtriage.console import say
from streamtriage.exit_codes import TOOL_FAULT
from streamtriage.languages import translate
from streamtriage.stopping import Presses

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.fleet.pipeline import Wanted
    from streamtriage.fleet.row import Row
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
    workers: Annotated[
        int,
        typer.Option(metavar="N", help="Workers here; one a processor.", min=0),
    ] = 0,
    per_worker: Annotated[
        int, typer.Option(metavar="N", help="Triages at once in a worker.", min=1)
    ] = 16,
    per_host: Annotated[
        int, typer.Option(metavar="N", help="Triages at once of one host.", min=1)
    ] = 4,
    html: Annotated[
        str, typer.Option(metavar="F", help="Write a page, and those of examples.")
    ] = "",
    markdown: Annotated[
        str, typer.Option(metavar="F", help="Write Markdown here.")
    ] = "",
    csv: Annotated[
        str, typer.Option(metavar="F", help="Write a line a cause here.")
    ] = "",
    prometheus: Annotated[
        str, typer.Option(metavar="F", help="Also write metrics, as a text file.")
    ] = "",
    spans: Annotated[
        str, typer.Option(metavar="F|URL", help="Also spans, to a file or a collector.")
    ] = "",
    lang: LanguageOption = "",
) -> None:
    """Triage many servers from many vantage points, and compare what was seen."""
    # Dask and Arrow are an extra: the other commands work without them.
    try:
        from streamtriage.fleet.cluster import here  # noqa: PLC0415
        from streamtriage.fleet.pipeline import Wanted, new_folder  # noqa: PLC0415
        from streamtriage.fleet.run import Limits  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        usage(
            translate(
                "{name} is missing. Install it: pip install 'streamtriage[fleet]'.",
                name=missing.name,
            )
        )
    if prometheus or spans:
        _check_exports()
    if resume and not out:
        usage(translate("--resume needs --out: the folder of the run to go on with."))
    listed = _targets(targets, from_machine=from_machine)
    for bad in listed.bad:
        say(translate("Left out, {bad}", bad=bad))
    if not listed.good:
        usage(translate("No row is left that can be asked."))
    wanted = Wanted(
        targets=listed,
        out=Path(out) if out else new_folder(),
        scheduler=scheduler,
        vantages=tuple(dict.fromkeys(vantage or ())),
        resume=resume,
        limits=Limits(hold_s=hold, at_once=per_worker, per_host=per_host),
        places=here(len(listed.good), workers),
    )
    from streamtriage.fleet.summary import exit_code  # noqa: PLC0415

    rows = _conducted(wanted)
    _write(html, markdown, csv, wanted.out, rows)
    _export(prometheus, spans, wanted, rows)
    raise typer.Exit(exit_code(rows, some_were_bad=bool(listed.bad)))


def _targets(name: str, *, from_machine: bool) -> Targets:
    from streamtriage.fleet.machine import targets_of_this_machine  # noqa: PLC0415
    from streamtriage.fleet.targets import TargetListError, read_targets  # noqa: PLC0415
    from streamtriage.own_process import TooLongError  # noqa: PLC0415

    if bool(name) == from_machine:
        usage(translate("Give a list of targets or --from-machine, and not both."))
    if from_machine:
        try:
            return targets_of_this_machine()
        except TooLongError as problem:
            usage(too_long_words(problem))
    try:
        return read_targets(Path(name))
    except TargetListError as problem:
        usage(str(problem))


def _conducted(wanted: Wanted) -> tuple[Row, ...]:
    """Run it; whatever stops it early is said in words, with what to do next."""
    from streamtriage.fleet.cluster import ClusterError  # noqa: PLC0415
    from streamtriage.fleet.journal import DiskError  # noqa: PLC0415
    from streamtriage.fleet.pipeline import OccupiedError  # noqa: PLC0415
    from streamtriage.fleet.run import SchedulerLostError  # noqa: PLC0415
    from streamtriage.fleet.summary import summary  # noqa: PLC0415

    try:
        with Presses() as presses:
            rows = asyncio.run(_run(wanted, presses))
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
    except asyncio.CancelledError:
        _stopped(
            f"Stopped. What was finished is in {wanted.out}; to go on, give the same "
            f"command with --out {wanted.out} --resume."
        )
    put("-", summary(wanted.out, rows))
    return rows


async def _run(wanted: Wanted, presses: Presses) -> tuple[Row, ...]:
    from streamtriage.fleet.pipeline import conduct  # noqa: PLC0415
    from streamtriage.fleet.summary import FleetLine  # noqa: PLC0415

    line = FleetLine(sys.stderr)
    task = asyncio.current_task()
    assert task is not None
    cancel = asyncio.Event()
    presses.ends(cancel)
    presses.last_words = translate(
        "What was finished is in {folder}.", folder=wanted.out
    )
    stopping = asyncio.create_task(_when(cancel, task.cancel))
    try:
        return await conduct(
            wanted, tell=line.show, at_dashboard=line.dashboard, at_resume=say
        )
    finally:
        stopping.cancel()
        line.end()


async def _when(event: asyncio.Event, then: Callable[[], object]) -> None:
    await event.wait()
    then()


def _stopped(message: str) -> NoReturn:
    say(f"streamtriage: {message}")
    raise typer.Exit(TOOL_FAULT)


def _check_exports() -> None:
    """Refuse before anything runs what could not be exported after it."""
    try:
        import streamtriage.fleet.prometheus  # noqa: PLC0415
        import streamtriage.report.otlp  # noqa: F401, PLC0415
    except ModuleNotFoundError as missing:
        usage(
            translate(
                "{name} is missing. Install it: pip install "
                "'streamtriage[fleet,exports]'.",
                name=missing.name,
            )
        )


def _write(
    html: str, markdown: str, csv: str, folder: Path, rows: tuple[Row, ...]
) -> None:
    """Write the answer where it is wanted, and beside a page those of its examples."""
    from streamtriage.fleet import answer  # noqa: PLC0415
    from streamtriage.fleet.journal import read_report  # noqa: PLC0415
    from streamtriage.report import render_html  # noqa: PLC0415

    if html:
        put(html, answer.fleet_html(folder, rows, html))
    for group in answer.grouped(rows) if html and html != "-" else ():
        report = read_report(folder, group.rows[0])
        if report is not None:
            beside = Path(html).parent / answer.example_page(group.rows[0], html)
            put(str(beside), render_html(report))
    if markdown:
        put(markdown, answer.fleet_markdown(folder, rows))
    if csv:
        put(csv, answer.fleet_csv(rows))


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
        return f"{name} cannot be written ({reason(problem)})."
    return ""


def _failure_of_spans(where: str, folder: Path, rows: tuple[Row, ...]) -> str:
    from streamtriage.fleet.journal import read_report  # noqa: PLC0415
    from streamtriage.report.otlp import SpansError, export_spans  # noqa: PLC0415

    found = ((row.vantage, read_report(folder, row)) for row in rows)
    kept = ((vantage, each) for vantage, each in found if each is not None)
    try:
        export_spans(where, kept)
    except SpansError as problem:
        return str(problem)
    return ""
