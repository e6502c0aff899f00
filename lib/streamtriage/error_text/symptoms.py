"""What a person tells in words of their own, where no machine's text was pasted."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from streamtriage.error_text.plain import Ink

__all__ = ["Symptom", "symptom_in"]

# Longer than this it is a log or an article; words in it are chance.
LONGEST = 4000


class Symptom(BaseModel):
    """One complaint: each group of `says` must have a word in the sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    says: tuple[tuple[str, ...], ...]
    first_probe: str
    means: str


@cache
def symptoms() -> tuple[Symptom, ...]:
    """Return every known complaint, the most exact first."""
    table = files("streamtriage.knowledge") / "symptoms.toml"
    rows = tomllib.loads(table.read_text(encoding="utf-8"))["symptoms"]
    return tuple(Symptom.model_validate(row) for row in rows)


def symptom_in(ink: Ink) -> Symptom | None:
    """Return what a sentence complains of; None for a log and for anything else."""
    letters = ink.letters.replace("\u2019", "'")
    if not letters or len(letters) > LONGEST:
        return None
    return next((each for each in symptoms() if _complains(each, letters)), None)


def _complains(symptom: Symptom, letters: str) -> bool:
    return all(
        any("".join(word.split()) in letters for word in group)
        for group in symptom.says
    )
