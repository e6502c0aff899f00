"""`streamtriage history`: what weeks of client logs say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import (
    JsonOption,
    put,
    too_long,
    usage,
)
from streamtriage.exit_codes import COULD_NOT_TELL
from streamtriage.history import READ_SECONDS, render_text
from streamtriage.languages import translate
from streamtriage.own_process import TooLongError, history_apart

__all__ = ["history_command"]


def history_command(
    logs: Annotated[
        str, typer.Option(metavar="DIR", help="A folder of logs; else this machine's.")
    ] = "",
    server: Annotated[
        str, typer.Option(help="Only servers whose name or URL contains this.")
    ] = "",
    limit: Annotated[
        float, typer.Option(metavar="S", min=1, max=3600, help="Seconds to read for.")
    ] = READ_SECONDS,
    json_to: JsonOption = "",
    lang: LanguageOption = "",
) -> None:
    """Say how often streams dropped, at which age, and since which version."""
    try:
        folder = Path(logs).expanduser() if logs else None
        found = history_apart(folder, server=server, seconds=limit)
    except NotADirectoryError:
        usage(
            translate(
                "--logs is no folder. Give the folder that holds a client's logs."
            )
        )
    except TooLongError as problem:
        too_long(problem)
    if json_to:
        put(json_to, found.model_dump_json(indent=2))
    if json_to != "-":
        put("-", render_text(found))
    raise typer.Exit(0 if found.told else COULD_NOT_TELL)
