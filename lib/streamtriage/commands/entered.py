"""The options of the commands that ask for an intake, made from its fields."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from streamtriage.commands.options import text_of, usage
from streamtriage.languages import translate
from streamtriage.model import Intake, entries, read_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from streamtriage.model import Entry

__all__ = ["Entered", "with_entries"]

Entered: TypeAlias = dict[str, Any]
"""What was given, by field of the intake; a field that was not given is not in it."""

# The parameter of a command in whose place the options stand.
_PLACE = "entered"


def with_entries(
    *, without: Collection[str] = (), defaults: Mapping[str, float] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of the intake; it gets them as `entered`.

    `without` are fields that the command takes in another way, or not at all;
    `defaults` are its own where they differ from the intake's, for the help: what was
    not given is not in `entered`. What is pasted may also come from a file.
    """
    wanted = [each for name, each in entries(Intake).items() if name not in without]

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def called(**given: Any) -> Any:  # noqa: ANN401 - typer's
            entered = _entered(wanted, given)
            return command(**given, **{_PLACE: entered})

        signature = inspect.signature(command, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for each in signature.parameters.values():
            if each.name == _PLACE:
                parameters += _parameters(wanted, defaults or {})
            else:
                parameters.append(each.replace(kind=inspect.Parameter.KEYWORD_ONLY))
        called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        # Typer reads these too; the signature has them, evaluated.
        called.__annotations__ = {}
        return called

    return decorated


def _parameters(
    wanted: list[Entry], defaults: Mapping[str, float]
) -> Iterator[inspect.Parameter]:
    for entry in wanted:
        kind, shown = _type_of(entry), defaults.get(entry.field, entry.default)
        option = typer.Option(
            entry.option,
            metavar=entry.metavar,
            help=_help(entry, shown),
            show_default=False,
        )
        yield _parameter(entry.field, Annotated[kind, option])
        if entry.kind == "pasted":
            from_file = typer.Option(
                f"{entry.option}-file",
                metavar="F",
                help="A file or log that holds it; - for stdin.",
                show_default=False,
            )
            yield _parameter(_file_of(entry), Annotated[str | None, from_file])


def _type_of(entry: Entry) -> Any:  # noqa: ANN401 - a type
    if entry.kind == "variables":
        return list[str] | None
    return (float if entry.kind == "seconds" else str) | None


def _help(entry: Entry, default: Any) -> str:  # noqa: ANN401
    if entry.kind == "seconds":
        return f"{entry.help} Default: {default:g}."
    says = entry.kind == "words" and entry.hint
    return f"{entry.help.rstrip('.')}, e.g. {entry.hint}." if says else entry.help


def _parameter(name: str, annotation: Any) -> inspect.Parameter:  # noqa: ANN401
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _pairs(entry: Entry, given: list[str]) -> object:
    try:
        return read_pairs(",".join(given))
    except ValueError as problem:
        usage(f"{entry.option}: {problem}.")


def _file_of(entry: Entry) -> str:
    return f"{entry.field}_file"


def _entered(wanted: list[Entry], given: dict[str, Any]) -> Entered:
    """Take what belongs to the intake out of `given`."""
    entered = {}
    for entry in wanted:
        value = given.pop(entry.field)
        if entry.kind == "pasted" and (name := given.pop(_file_of(entry))):
            if value:
                usage(
                    translate(
                        "Give {option} or {option}-file, not both.", option=entry.option
                    )
                )
            value = text_of(name)
        if entry.kind == "variables" and value:
            value = _pairs(entry, value)
        if value or (value == 0 and entry.kind == "seconds"):
            entered[entry.field] = value
    return entered
