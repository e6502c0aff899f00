"""Why a file is not what it should be, in words that any terminal may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.redaction import shown_text

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["InWordsError", "why_invalid"]

_LIMIT = 300


class InWordsError(Exception):
    """An error whose message is all that a person needs to get out of it.

    IPython shows the message alone, and so do papermill and a saved notebook: a stack
    would bury it, and tell where this person's files lie.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


def why_invalid(problem: ValidationError) -> str:
    """Return the first thing that is wrong, and where; never a value of the file.

    The names of fields are the file's own, so they are redacted and made visible.
    """
    first = problem.errors(
        include_url=False, include_input=False, include_context=False
    )[0]
    said = first["msg"].removeprefix("Value error, ")
    where = ".".join(map(str, first["loc"]))
    told = f"at {where}: {said}" if where else said
    return shown_text(told, _LIMIT).rstrip(".")
