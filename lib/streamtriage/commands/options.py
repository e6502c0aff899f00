"""What the commands share: reading what is given, and refusing it in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from streamtriage.commands.colour import NoColourOption
from streamtriage.commands.github_job import show_problem
from streamtriage.console import read_bounded, say, write
from streamtriage.exit_codes import COULD_NOT_TELL, NOT_WRITTEN, USAGE
from streamtriage.files import read_named
from streamtriage.languages import translate
from streamtriage.model import Intake, entries
from streamtriage.refusal import invalid_words

if TYPE_CHECKING:
    from streamtriage.outbox import Outbox
    from streamtriage.own_process import TooLongError

__all__ = [
    "JsonOption",
    "NoColourOption",
    "file_of",
    "intake_of",
    "not_written",
    "put",
    "reason",
    "text_of",
    "too_long",
    "too_long_words",
    "usage",
]

# Of a report or a snapshot; the longest that was met has 8 MB.
FILE_LIMIT = 16 << 20

JsonOption = Annotated[
    str, typer.Option("--json", metavar="F", help="Write JSON here; - for stdout.")
]


def usage(message: str) -> NoReturn:
    """Refuse what was given, in words, and end with the exit code 2."""
    say(f"streamtriage: {message}")
    show_problem(message)
    raise typer.Exit(USAGE)


def too_long_words(problem: TooLongError) -> str:
    """Say that this machine's files were given up on, and what to do about it."""
    return translate(
        "{problem}. Move that file away, and run this again.", problem=problem.words()
    )


def too_long(problem: TooLongError) -> NoReturn:
    """End where this machine's files were given up on: nobody can tell."""
    say(f"streamtriage: {too_long_words(problem)}")
    raise typer.Exit(COULD_NOT_TELL) from None


def _unreadable(name: str, problem: OSError) -> NoReturn:
    usage(
        translate(
            "{name} cannot be read ({problem}).", name=name, problem=reason(problem)
        )
    )


def text_of(name: str) -> str:
    """Read a file, or standard input for "-"; bounded as `console.read_bounded`."""
    if not name:
        return ""
    try:
        return read_bounded(name)
    except OSError as problem:
        _unreadable(name, problem)


def file_of(name: str) -> str:
    """Read a whole file of this tool's, or standard input for "-"."""
    try:
        data = read_named(name, FILE_LIMIT + 1)
    except OSError as problem:
        _unreadable(name, problem)
    if len(data) > FILE_LIMIT:
        usage(
            translate(
                "{name} is larger than {value} MB, which no report is.",
                name=name,
                value=FILE_LIMIT >> 20,
            )
        )
    return data.decode("utf-8-sig", "replace")


def reason(problem: OSError) -> str:
    """Return why something could not be read or written, in words."""
    return problem.strerror or str(problem) or type(problem).__name__


def put(target: str, text: str, outbox: Outbox | None = None) -> None:
    """Write as `console.write` does, or end with NOT_WRITTEN and the reason."""
    failed = not_written(target, text, outbox)
    if failed:
        say(f"streamtriage: {failed}")
        raise typer.Exit(NOT_WRITTEN)


def not_written(target: str, text: str, outbox: Outbox | None = None) -> str:
    """Write as `console.write` does; return why that failed, or an empty text.

    A file that cannot be written must take no other with it.
    """
    try:
        write(target, text, outbox)
    except OSError as problem:
        name = "Standard output" if target == "-" else target
        return f"{name} cannot be written ({reason(problem)})."
    return ""


def intake_of(**given: Any) -> Intake:  # noqa: ANN401 - pydantic checks each one
    """Return what the options say; what cannot be is refused in words."""
    try:
        return Intake(**given)
    except ValidationError as problem:
        first = problem.errors()[0]
        entry = entries(Intake).get(str(first["loc"][0]))
        said = invalid_words(first)
        option = entry.option if entry else "intake"
        usage(translate("{option}: {why}.", option=option, why=said))
