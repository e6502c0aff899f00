"""`streamtriage runbook`: the notebook without a screen."""

from __future__ import annotations

from typing import Annotated

import typer

from streamtriage.commands.options import header_variables, text_of, usage
from streamtriage.wire.target import IntakeError

__all__ = ["runbook"]


def runbook(
    url: Annotated[str, typer.Option(help="The MCP server.")] = "",
    error: Annotated[str, typer.Option(help="The text that was printed.")] = "",
    error_file: Annotated[
        str, typer.Option(metavar="F", help="A file or log that holds it; - for stdin.")
    ] = "",
    action: Annotated[str, typer.Option(help="What you did when it came.")] = "",
    client: Annotated[str, typer.Option(help="The client, e.g. claude-code.")] = "",
    client_version: Annotated[str, typer.Option(help="Its version.")] = "",
    hold: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds to watch in silence.")
    ] = None,
    idle: Annotated[
        float, typer.Option(metavar="S", help="Seconds to leave a session alone.")
    ] = 0.0,
    auth_env: Annotated[str, typer.Option(metavar="NAME")] = "",
    second_auth_env: Annotated[
        str, typer.Option(metavar="NAME", help="A second credential, to compare.")
    ] = "",
    header: Annotated[list[str] | None, typer.Option(metavar="NAME=ENVVAR")] = None,
    ca: Annotated[str, typer.Option(metavar="F")] = "",
    proxy: Annotated[
        str, typer.Option(metavar="URL", help="The proxy of the client.")
    ] = "",
    provider: Annotated[
        str, typer.Option(metavar="URL", help="Also ask the model provider.")
    ] = "",
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
) -> None:
    """Run runbooks/triage.ipynb headless and keep it as notebook, HTML and JSON."""
    if error and error_file:
        usage("Give --error or --error-file, not both.")
    if bool(url) == bool(fault):
        usage(
            "Give --url, the server, or --lab half-open-stream-409 to rehearse; and "
            "not both."
        )
    # Jupyter is an extra: the other commands work without it.
    from streamtriage.notebook.headless import run_headless  # noqa: PLC0415
    from streamtriage.notebook.object_store import StoreError  # noqa: PLC0415

    try:
        done = run_headless(
            url=url,
            error=error or text_of(error_file),
            action=action,
            client=client,
            client_version=client_version,
            hold_s=hold,
            idle_s=idle,
            auth_env=auth_env,
            second_auth_env=second_auth_env,
            header_envs=header_variables(header or []),
            ca_file=ca,
            proxy=proxy,
            provider_url=provider,
            lab_fault=fault,
            out=out,
            local=local,
        )
    except (IntakeError, StoreError) as problem:
        usage(str(problem))
    raise typer.Exit(done.exit_code)
