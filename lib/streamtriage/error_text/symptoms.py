"""What a person tells in words of their own, where no machine's text was pasted."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from streamtriage.error_text.normalise import Ink

__all__ = ["Symptom", "symptom_in"]

# Longer than this it is a log or an article; words in it are chance.
LONGEST = 4000


# The rows are written in simplified characters; these are the others of their words,
# and what is said otherwise where those are written.
_SIMPLIFIED = str.maketrans(
    "\u65b7\u958b\u7121\u9023\u7dda\u6c92\u61c9\u8b49\u66f8\u932f\u8aa4\u6b0a\u904e"
    "\u6642\u9418\u9592\u5167\u7db2\u8fa6\u7e7c\u7e8c\u5fa9\u73fe\u898b\u55ae\u8f09"
    "\u97ff\u8f49\u52d5\u8a0a\u767c\u9054\u95dc\u9589\u7d55\u8a2a\u555f\u6703\u8a71"
    "\u907a\u6191\u93c8\u7d44\u7570\u6557\u6eff\u9808\u7d1a\u6aa2\u5c0d\u9304\u7e3d"
    "\u7d93\u983b\u4e1f\u975c\u8b8a\u70ba\u7246\u71b1\u9ede\u88e1\u88cf\u6a5f\u760b"
    "\u74b0\u8907\u500b\u5f8c\u4f86\u9084\u52d9\u8acb\u986f\u554f\u984c\u5831\u9032"
    "\u9019\u5f9e\u9060\u9072\u9593\u5e7e\u639b\u7576\u9801\u865f\u6236\u7dad\u8b77"
    "\u7a69\u8a66\u8a72\u54e1\u7522\u96fb\u8166\u6a23\u8b93\u7d66\u8aaa\u807d\u5beb"
    "\u58de\u96f2\u78bc\u8f2a\u8a62\u9396\u50b3\u8f38\u50c5\u63db\u8cbc\u7d42\u65bc"
    "\u64da\u5eab\u96a8\u8655\u8a2d\u5099\u8a3b\u518a\u5225\u9805",
    "\u65ad\u5f00\u65e0\u8fde\u7ebf\u6ca1\u5e94\u8bc1\u4e66\u9519\u8bef\u6743\u8fc7"
    "\u65f6\u949f\u95f2\u5185\u7f51\u529e\u7ee7\u7eed\u590d\u73b0\u89c1\u5355\u8f7d"
    "\u54cd\u8f6c\u52a8\u8baf\u53d1\u8fbe\u5173\u95ed\u7edd\u8bbf\u542f\u4f1a\u8bdd"
    "\u9057\u51ed\u94fe\u7ec4\u5f02\u8d25\u6ee1\u987b\u7ea7\u68c0\u5bf9\u5f55\u603b"
    "\u7ecf\u9891\u4e22\u9759\u53d8\u4e3a\u5899\u70ed\u70b9\u91cc\u91cc\u673a\u75af"
    "\u73af\u590d\u4e2a\u540e\u6765\u8fd8\u52a1\u8bf7\u663e\u95ee\u9898\u62a5\u8fdb"
    "\u8fd9\u4ece\u8fdc\u8fdf\u95f4\u51e0\u6302\u5f53\u9875\u53f7\u6237\u7ef4\u62a4"
    "\u7a33\u8bd5\u8be5\u5458\u4ea7\u7535\u8111\u6837\u8ba9\u7ed9\u8bf4\u542c\u5199"
    "\u574f\u4e91\u7801\u8f6e\u8be2\u9501\u4f20\u8f93\u4ec5\u6362\u8d34\u7ec8\u4e8e"
    "\u636e\u5e93\u968f\u5904\u8bbe\u5907\u6ce8\u518c\u522b\u9879",
)
_OTHER_WORDS = (
    ("\u8fde\u7ebf", "\u8fde\u63a5"),
    ("\u903e\u65f6", "\u8d85\u65f6"),
    ("\u767b\u5165", "\u767b\u5f55"),
    ("\u6743\u6756", "\u4ee4\u724c"),
    ("\u7f51\u8def", "\u7f51\u7edc"),
    ("\u8baf\u606f", "\u6d88\u606f"),
    ("\u63a8\u64ad", "\u63a8\u9001"),
    ("\u4f3a\u670d\u5668", "\u670d\u52a1\u5668"),
    ("\u8f7d\u5165", "\u52a0\u8f7d"),
    ("\u5f53\u673a", "\u5361\u6b7b"),
)


def _in_simplified(letters: str) -> str:
    letters = letters.translate(_SIMPLIFIED)
    for other, word in _OTHER_WORDS:
        letters = letters.replace(other, word)
    return letters


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
    if not ink.letters or len(ink.letters) > LONGEST:
        return None
    letters = _in_simplified(ink.letters.replace("\u2019", "'"))
    timed = "seconds" if _A_TIME.search(ink.text) else ""
    return next((s for s in symptoms() if _complains(s, ink, letters, timed)), None)


# "60s", "5 min": no word of a row can stand for each number.
_A_TIME = compile_later(
    r"(?<![\w.])\d{1,4}\s?(?:ms|s|secs?|m|mins?|h|hrs?)(?![a-z0-9_.])"
    # And as many seconds, minutes or hours in Chinese.
    r"|[\d\u4e00\u4e8c\u4e24\u5169\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u534a\u51e0\u5e7e]"
    r"\s?\u4e2a?(?:\u79d2|\u5206[\u949f\u9418]|\u5c0f[\u65f6\u6642])",
    re.IGNORECASE,
)


def _complains(symptom: Symptom, ink: Ink, letters: str, timed: str) -> bool:
    return all(
        any(word == timed or _stands(word, ink, letters) for word in group)
        for group in symptom.says
    )


def _stands(word: str, ink: Ink, letters: str) -> bool:
    """Say whether a word begins a word there: "min" is no part of "admin"."""
    word = "".join(word.split())
    at = letters.find(word)
    while at >= 0:
        before = ink.text[max(0, ink.place(at) - 1) : ink.place(at)]
        if not (word[0].isascii() and before.isascii() and before.isalnum()):
            return True
        at = letters.find(word, at + 1)
    return False
