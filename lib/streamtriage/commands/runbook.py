"""`streamtriage runbook`: the notebook without a screen."""

from __future__ import annotations

from typing import Annotated

import typer

from streamtriage.commands.options import header_variables, usage
from streamtriage.wire.target import IntakeError

__all__ = ["runbook"]


def runbook(
    url: Annotated[str, typer.Option(help="The MCP server; empty for the lab.")] = "",
    error: Annotated[str, typer.Option(help="The text that was printed.")] = "",
    action: Annotated[str, typer.Option(help="What you did when it came.")] = "",
    client: Annotated[str, typer.Option(help="The client, e.g. claude-code.")] = "",
    client_version: Annotated[str, typer.Option(help="Its version.")] = "",
    hold: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds to watch in silence.")
    ] = None,
    auth_env: Annotated[str, typer.Option(metavar="NAME")] = "",
    header: Annotated[list[str] | None, typer.Option(metavar="NAME=ENVVAR")] = None,
    ca: Annotated[str, typer.Option(metavar="F")] = "",
    fault: Annotated[
        str, typer.Option("--lab", metavar="FAULT", help="Rehearse on this fault.")
    ] = "half-open-stream-409",
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
) -> None:
    """Run runbooks/triage.ipynb headless and keep it as notebook, HTML and JSON."""
    # Jupyter is an extra: the other commands work without it.
    from streamtriage.notebook.headless import run_headless  # noqa: PLC0415
    from streamtriage.notebook.object_store import StoreError  # noqa: PLC0415

    try:
        done = run_headless(
            url=url,
            error=error,
            action=action,
            client=client,
            client_version=client_version,
            hold_s=hold,
            auth_env=auth_env,
            header_envs=header_variables(header or []),
            ca_file=ca,
            lab_fault=fault,
            out=out,
            local=local,
        )
    except (IntakeError, StoreError) as problem:
        usage(str(problem))
    raise typer.Exit(done.exit_code)
