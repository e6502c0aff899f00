"""What was entered, by the labels of the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.model import entries
from streamtriage.redaction import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Intake

__all__ = ["entered_rows"]


def entered_rows(intake: Intake) -> Iterator[tuple[str, str]]:
    """Yield label and value of each field that says something, redacted."""
    seen = inside(intake)
    for name, entry in entries(type(intake)).items():
        value = getattr(seen, name)
        if entry.widget == "pairs":
            value = ", ".join(f"{k}={v}" for k, v in value.items())
        elif entry.widget == "number":
            value = f"{value:g}" if value else ""
        if value:
            yield translate(entry.label), str(value)
