"""What the commands share: reading what is given, and refusing it in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from streamtriage.console import read_bounded, write
from streamtriage.model import Intake

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "TOOL_FAULT",
    "USAGE",
    "JsonOption",
    "header_variables",
    "intake_of",
    "not_written",
    "text_of",
    "usage",
]

USAGE = 2
TOOL_FAULT = 4

JsonOption = Annotated[
    str, typer.Option("--json", metavar="F", help="Write JSON here; - for stdout.")
]


def usage(message: str) -> NoReturn:
    """Refuse what was given, in words, and end with the exit code 2."""
    typer.echo(f"streamtriage: {message}", err=True)
    raise typer.Exit(USAGE)


def text_of(name: str) -> str:
    """Read a file, or standard input for "-"; bounded as `console.read_bounded`."""
    if not name:
        return ""
    try:
        return read_bounded(name)
    except OSError as problem:
        usage(f"{name} cannot be read ({problem.strerror}).")


def header_variables(given: list[str]) -> dict[str, str]:
    """Read pairs like X-Api-Key=MY_VARIABLE."""
    pairs: dict[str, str] = {}
    for each in given:
        name, equals, variable = each.partition("=")
        if not (name and equals and variable):
            usage("--header takes NAME=ENVVAR: a header and a variable's name.")
        pairs[name.strip()] = variable.strip()
    return pairs


def not_written(target: str, text: str, secrets: Iterable[str] = ()) -> str:
    """Write as `console.write` does; return why that failed, or an empty text.

    A file that cannot be written must take no other with it.
    """
    try:
        write(target, text, secrets)
    except OSError as problem:
        return f"{target} cannot be written ({problem.strerror})."
    return ""


def intake_of(**given: Any) -> Intake:  # noqa: ANN401 - pydantic checks each one
    """Return what the options say; what cannot be is refused in words."""
    try:
        return Intake(**given)
    except ValidationError as problem:
        first = problem.errors()[0]
        usage(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.")
