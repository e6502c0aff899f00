"""What a person tells in words of their own, where no machine's text was pasted."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from streamtriage.error_text.normalise import Ink

__all__ = ["Symptom", "symptom_in"]

# Longer than this it is a log or an article; words in it are chance.
LONGEST = 4000


# The rows are written in simplified characters; these are the others of their words.
_SIMPLIFIED = str.maketrans(
    "\u65b7\u958b\u7121\u9023\u7dda\u6c92\u61c9\u8b49\u66f8\u932f\u8aa4\u6b0a\u904e\u6642\u9418\u9592\u5167\u7db2\u8fa6\u7e7c"
    "\u7e8c\u5fa9\u73fe\u898b\u55ae\u8f09\u97ff\u8f49\u52d5\u8a0a\u767c\u9054\u95dc\u9589\u7d55\u8a2a\u555f\u6703\u8a71\u907a"
    "\u6191\u93c8\u7d44\u652f\u7570\u6557\u6eff\u9808\u7d1a\u6aa2\u586b\u61c9\u5c0d\u66f4\u65b0\u9700\u767b\u9304\u5931\u6548",
    "\u65ad\u5f00\u65e0\u8fde\u7ebf\u6ca1\u5e94\u8bc1\u4e66\u9519\u8bef\u6743\u8fc7\u65f6\u949f\u95f2\u5185\u7f51\u529e\u7ee7"
    "\u7eed\u590d\u73b0\u89c1\u5355\u8f7d\u54cd\u8f6c\u52a8\u8baf\u53d1\u8fbe\u5173\u95ed\u7edd\u8bbf\u542f\u4f1a\u8bdd\u9057"
    "\u51ed\u94fe\u7ec4\u652f\u5f02\u8d25\u6ee1\u987b\u7ea7\u68c0\u586b\u5e94\u5bf9\u66f4\u65b0\u9700\u767b\u5f55\u5931\u6548",
)


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
    letters = ink.letters.replace("\u2019", "'").translate(_SIMPLIFIED)
    if not letters or len(letters) > LONGEST:
        return None
    return next((each for each in symptoms() if _complains(each, letters)), None)


def _complains(symptom: Symptom, letters: str) -> bool:
    return all(
        any("".join(word.split()) in letters for word in group)
        for group in symptom.says
    )
