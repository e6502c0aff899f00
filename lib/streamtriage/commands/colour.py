"""The option that every command has, and the group before them: no colours."""

from __future__ import annotations

import os
from typing import Annotated

import typer

__all__ = ["NoColourOption"]


def _no_colour(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        os.environ["NO_COLOR"] = "1"


NoColourOption = Annotated[
    bool,
    typer.Option(
        "--no-color",
        callback=_no_colour,
        is_eager=True,
        help="Plain text; NO_COLOR and TERM=dumb say so too.",
    ),
]
