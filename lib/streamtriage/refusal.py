"""Why a file is not what it should be, in words that any terminal may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import spoken, translate
from streamtriage.redaction import shown_text

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ["InWordsError", "invalid_words", "why_invalid"]

_LIMIT = 300
# pydantic's own words for what people get wrong, by its name of the kind.
_INVALID = {
    "bool_parsing": ("Input should be a valid boolean, unable to interpret input"),
    "dict_type": "Input should be a valid dictionary",
    "extra_forbidden": "Extra inputs are not permitted",
    "finite_number": "Input should be a finite number",
    "float_parsing": (
        "Input should be a valid number, unable to parse string as a number"
    ),
    "float_type": "Input should be a valid number",
    "greater_than_equal": "Input should be greater than or equal to {ge}",
    "int_from_float": (
        "Input should be a valid integer, got a number with a fractional part"
    ),
    "int_parsing": (
        "Input should be a valid integer, unable to parse string as an integer"
    ),
    "json_invalid": "Invalid JSON: {error}",
    "less_than_equal": "Input should be less than or equal to {le}",
    "literal_error": "Input should be {expected}",
    "missing": "Field required",
    "string_type": "Input should be a valid string",
}


class InWordsError(Exception):
    """An error whose message is all that a person needs to get out of it.

    IPython shows the message alone, and so do papermill and a saved notebook: a stack
    would bury it, and tell where this person's files lie.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


def invalid_words(problem: ErrorDetails) -> str:
    """Return what pydantic says is wrong, in the language spoken.

    What this tool itself refuses is in it already.
    """
    if problem["type"] not in _INVALID or spoken() == "en":
        return problem["msg"].removeprefix("Value error, ")
    # What was given may be a secret; the context holds only what was expected.
    return translate(_INVALID[problem["type"]], **problem.get("ctx", {}))


def why_invalid(problem: ValidationError) -> str:
    """Return the first thing that is wrong, and where; never a value of the file.

    The names of fields are the file's own, so they are redacted and made visible.
    """
    first = problem.errors(include_url=False, include_input=False)[0]
    said = invalid_words(first)
    where = ".".join(map(str, first["loc"]))
    told = translate("at {where}: {why}", where=where, why=said) if where else said
    return shown_text(told, _LIMIT).rstrip(".")
