"""`streamtriage preflight`: pass or fail in seconds, for CI and before production."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from streamtriage.apps.preflight import (
    ANCHOR,
    HOLD_S,
    Asking,
    concluded,
    configured,
    policy_of,
    preflight,
    render_annotations,
    render_junit,
    render_markdown,
    render_sarif,
    render_text,
)
from streamtriage.commands.entered import Entered, with_entries
from streamtriage.commands.github_job import in_a_job, summarise
from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import (
    JsonOption,
    intake_of,
    not_written,
    reason,
    too_long,
    usage,
)
from streamtriage.console import ProgressLine, say
from streamtriage.exit_codes import NOT_WRITTEN
from streamtriage.languages import translate
from streamtriage.model import Intake
from streamtriage.outbox import Outbox
from streamtriage.own_process import TooLongError, look_apart
from streamtriage.redaction import values_of
from streamtriage.stopping import Presses
from streamtriage.transport.target import IntakeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.apps.preflight import Policy, Preflight, Server

__all__ = ["preflight_command"]

# Its servers are arguments, and nothing was printed that could be asked about.
UNASKED = ("url", "error", "action")


@with_entries(without=UNASKED, defaults={"hold_s": HOLD_S})
def preflight_command(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="URL…", help="The MCP servers' URLs.")
    ] = None,
    from_config: Annotated[
        bool,
        typer.Option("--from-config", help="Also the servers of this machine's files."),
    ] = False,
    *,
    entered: Entered,
    fail_on: Annotated[
        str,
        typer.Option(help="present, suspected, cosmetic, or names of causes: a,b."),
    ] = "present",
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="CAUSE=REASON", help="Put up with a cause, and say why."),
    ] = None,
    unknown: Annotated[
        str, typer.Option(help="What could not be told: report (3), pass or fail.")
    ] = "report",
    tries: Annotated[
        int, typer.Option(min=1, max=10, help="Ask again; every try is reported.")
    ] = 1,
    wait: Annotated[
        float, typer.Option(metavar="S", min=0, max=600, help="Between two tries.")
    ] = 2.0,
    patience: Annotated[
        float, typer.Option(metavar="S", min=1, max=120, help="For one whole answer.")
    ] = 10.0,
    json_to: JsonOption = "",
    junit: Annotated[str, typer.Option(metavar="F", help="Write JUnit XML here.")] = "",
    sarif: Annotated[
        str, typer.Option(metavar="F", help="Write SARIF 2.1.0 here.")
    ] = "",
    sarif_file: Annotated[
        str,
        typer.Option(metavar="F", help="The repository's file that SARIF points at."),
    ] = ANCHOR,
    markdown: Annotated[
        str, typer.Option(metavar="F", help="Write Markdown here.")
    ] = "",
    annotate: Annotated[
        str, typer.Option(help="GitHub annotations: auto, always or never.")
    ] = "auto",
    lang: LanguageOption = "",
) -> None:
    """Say in seconds whether a server is fit to depend on: exit code 0, 1 or 3."""
    if annotate not in ("auto", "always", "never"):
        usage(translate("--annotate is auto, always or never."))
    asked = intake_of(**{"hold_s": HOLD_S} | entered)
    secret = asked.secret_names
    _check_credentials(urls or [], from_config=from_config, secret=secret)
    try:
        policy = policy_of(fail_on, allow or [], unknown)
        found, others = _configured() if from_config else ((), ())
        intakes = [
            asked.model_copy(update={"url": url})
            for url in dict.fromkeys((*(urls or []), *found))
        ]
        if not intakes and not others:
            usage(
                translate(
                    "Give the URL of a server, or --from-config where one is "
                    "configured."
                )
            )
        how = (tries, wait, patience)
        with Presses() as presses:
            done = asyncio.run(_preflight(intakes, others, policy, how, presses))
    except IntakeError as problem:
        usage(str(problem))
    except TooLongError as problem:
        too_long(problem)
    files = {
        json_to: done.model_dump_json(indent=2),
        junit: render_junit(done),
        sarif: render_sarif(done, sarif_file),
        markdown: render_markdown(done),
    }
    outbox = Outbox(values_of(secret))
    wanted = {name: text for name, text in files.items() if name}
    _deliver(done, wanted, annotate, outbox)
    raise typer.Exit(done.exit_code)


def _check_credentials(
    urls: Sequence[str], *, from_config: bool, secret: object
) -> None:
    """Refuse to send one secret to several places."""
    if not secret:
        return
    if from_config:
        usage(
            translate(
                "--from-config asks without credentials; name the server's URL instead."
            )
        )
    with suppress(ValueError):
        if len({urlsplit(url)[:2] for url in urls}) > 1:
            usage(
                translate(
                    "One secret is never sent to several servers. Run "
                    "preflight once for each of them."
                )
            )


def _configured() -> tuple[tuple[str, ...], tuple[Server, ...]]:
    return configured(look_apart(run_versions=False))


async def _preflight(
    intakes: Sequence[Intake],
    others: Sequence[Server],
    policy: Policy,
    how: tuple[int, float, float],
    presses: Presses,
) -> Preflight:
    cancel = asyncio.Event()
    presses.ends(cancel)
    line, begun = ProgressLine(), time.monotonic()
    tries, wait_s, patience_s = how
    asking = Asking(
        tries=tries,
        wait_s=wait_s,
        patience_s=patience_s,
        on_progress=line.show,
        cancel=cancel,
    )
    try:
        done = await preflight(intakes, policy, asking)
    finally:
        line.end()
    took_s = time.monotonic() - begun
    return concluded((*done.servers, *others), policy, took_s=took_s)


def _deliver(
    done: Preflight, files: dict[str, str], annotate: str, outbox: Outbox
) -> None:
    """Write the table, then every file, then what a GitHub job shows by itself.

    What cannot be written is said at the end, and takes nothing else with it.
    """
    failed = []
    if "-" not in files:
        failed.append(not_written("-", render_text(done), outbox))
    failed += [not_written(name, text, outbox) for name, text in files.items()]
    if annotate != "never":
        try:
            summarise(render_markdown(done), outbox)
        except OSError as problem:
            failed.append(f"The job's summary cannot be written ({reason(problem)}).")
    annotates = annotate == "always" or (annotate == "auto" and in_a_job())
    if annotates:
        # The runner reads both streams; standard output may be somebody's JSON.
        outbox.tell(render_annotations(done))
    said = [each for each in failed if each]
    if said:
        say(f"streamtriage: {' '.join(said)}")
        raise typer.Exit(NOT_WRITTEN)
