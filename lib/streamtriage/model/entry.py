"""What a field of the intake is to a person; every door is made from this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from streamtriage.languages import translate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

__all__ = ["Entry", "EntryKind", "Widget", "entries", "read_pairs"]

EntryKind: TypeAlias = Literal[
    "pasted", "words", "address", "variable", "variables", "file", "seconds"
]
"""What is entered: `pasted` is text of any length, `variable` the name of an
environment variable that holds a secret, `variables` headers with such names."""

Widget: TypeAlias = Literal["long-text", "text", "pairs", "number"]

_WIDGETS: Mapping[EntryKind, Widget] = {
    "pasted": "long-text",
    "variables": "pairs",
    "seconds": "number",
}
_METAVARS: Mapping[EntryKind, str] = {
    "address": "URL",
    "variable": "NAME",
    "variables": "NAME=ENVVAR",
    "file": "F",
    "seconds": "S",
}


@dataclass(frozen=True)
class Entry:
    """How one field is asked for, as metadata of the field.

    `label` names it in a form, `help` says in one sentence what it is for, and `hint`
    is an example. `main` are the inputs that are asked for at once; all others are in
    the fold. `named` is the option without its dashes where the field's own name is not
    it. `field` and `default` are filled in by `entries`.
    """

    label: str
    help: str
    hint: str = ""
    kind: EntryKind = "words"
    named: str = ""
    main: bool = False
    field: str = ""
    default: Any = None

    @property
    def option(self) -> str:
        """The option of the commands, such as --auth-env."""
        return f"--{self.named or self.field.replace('_', '-')}"

    @property
    def make(self) -> str:
        """The variable of `make triage`, such as AUTH_ENV."""
        return self.option.strip("-").replace("-", "_").upper()

    @property
    def metavar(self) -> str | None:
        """What stands for the value in a command's help; None for plain text."""
        return _METAVARS.get(self.kind)

    @property
    def widget(self) -> Widget:
        """The kind of widget that a form asks with."""
        return _WIDGETS.get(self.kind, "text")


@cache
def entries(record: type[BaseModel]) -> Mapping[str, Entry]:
    """Return each field of `record` that declares how it is asked for, in order."""
    found = {
        name: replace(
            entry, field=name, default=field.get_default(call_default_factory=True)
        )
        for name, field in record.model_fields.items()
        for entry in field.metadata
        if isinstance(entry, Entry)
    }
    return MappingProxyType(found)


def read_pairs(value: object) -> object:
    """Read a field of the kind `variables` where it is text; leave anything else.

    The text is NAME=VARIABLE, with a comma between two. Raises ValueError, which quotes
    nothing: people paste the secret itself.
    """
    if not isinstance(value, str):
        return value
    pairs = {}
    for part in filter(str.strip, value.split(",")):
        name, equals, variable = (each.strip() for each in part.partition("="))
        if not (name and equals and variable):
            raise ValueError(
                translate(
                    "it takes pairs like X-Api-Key=MY_KEY, a header and the "
                    "environment variable that holds its value, with a comma "
                    "between two of them"
                )
            )
        pairs[name] = variable
    return pairs
