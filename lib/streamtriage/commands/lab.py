"""`streamtriage lab`: one faulty or healthy server on loopback."""

from __future__ import annotations

import os
import signal
import time
from typing import Annotated

import typer

from streamtriage import lab
from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import put, reason, usage
from streamtriage.languages import translate

__all__ = ["lab_command"]


def lab_command(
    fault: Annotated[str, typer.Argument(help="A name that `faults` lists.")],
    port: Annotated[
        int, typer.Option(help="0 picks a free one.", min=0, max=65535)
    ] = 0,
    lang: LanguageOption = "",
) -> None:
    """Serve one faulty (or healthy) MCP server on loopback, until Ctrl-C."""
    try:
        # Heard before anybody is told that it serves, and may want to end it.
        stop = _heard()
        with lab.serve(fault, port) as running:
            put(
                "-",
                f"{running.scenario.name}: {translate(running.scenario.title)}\n"
                f"URL: {running.url}\nTry: {_try(running)}",
            )
            while not stop:
                time.sleep(0.2)
    except LookupError as problem:
        usage(str(problem.args[0]))
    except OSError as problem:
        usage(
            translate(
                "Port {port} cannot be used ({problem}). Try --port 0.",
                port=port,
                problem=reason(problem),
            )
        )


def _try(running: lab.Lab) -> str:
    parts = ["streamtriage triage", running.url, f"--hold {running.intake.hold_s:g}"]
    if running.ca_file:
        parts.append(f"--ca {running.ca_file}")
    if running.intake.idle_s:
        parts.append(f"--idle {running.intake.idle_s:g}")
    if running.intake.client:
        parts.append(f"--client '{running.intake.client}'")
    if running.intake.auth_env:
        # The lab's token is no secret.
        name = running.intake.auth_env
        parts.insert(0, f"{name}={os.environ.get(name, '')}")
        parts.append(f"--auth-env {name}")
    if running.intake.second_auth_env:
        name = running.intake.second_auth_env
        parts.insert(0, f"{name}={os.environ.get(name, '')}")
        parts.append(f"--second-auth-env {name}")
    if running.intake.proxy:
        parts.append(f"--proxy {running.intake.proxy}")
    if running.intake.error:
        parts.append(f"--error '{running.intake.error}'")
    return " ".join(parts)


def _heard() -> list[int]:
    """Return a list that a Ctrl-C or a SIGTERM is put into."""
    stop: list[int] = []
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, _frame: stop.append(number))
    return stop
