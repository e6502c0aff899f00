"""`streamtriage runbook`: the notebook without a screen."""

from __future__ import annotations

from typing import Annotated

import typer

from streamtriage.commands.entered import Entered, with_entries
from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import usage
from streamtriage.languages import translate
from streamtriage.on_first_use import without
from streamtriage.transport.target import IntakeError

__all__ = ["runbook"]


@with_entries()
def runbook(
    *,
    entered: Entered,
    fault: Annotated[
        str, typer.Option("--lab", metavar="FAULT", help="Rehearse on this fault.")
    ] = "",
    out: Annotated[
        str,
        typer.Option(
            metavar="DIR", help="Where it is kept; s3://BUCKET/PREFIX for copies there."
        ),
    ] = "out",
    local: Annotated[
        bool,
        typer.Option(
            "--local/--no-local", help="Also read this machine's client state."
        ),
    ] = True,
    lang: LanguageOption = "",
) -> None:
    """Run runbooks/triage.ipynb headless and keep it as notebook, HTML and JSON."""
    if bool(entered.get("url")) == bool(fault):
        usage(
            translate(
                "Give --url, the server, or --lab half-open-stream-409 to "
                "rehearse; and not both."
            )
        )
    # Jupyter is an extra: the other commands work without it.
    # JupyterLab brings a grammar of addresses that jsonschema builds when imported, in
    # two seconds, for a check that no notebook asks for.
    with without("jsonschema", "rfc3987_syntax"):
        from streamtriage.apps.triage.headless import run_headless  # noqa: PLC0415
    from streamtriage.apps.triage.object_store import StoreError  # noqa: PLC0415

    try:
        done = run_headless(**entered, lab_fault=fault, out=out, local=local)
    except (IntakeError, StoreError) as problem:
        usage(str(problem))
    raise typer.Exit(done.exit_code)
