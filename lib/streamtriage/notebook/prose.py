"""The prose of a runbook in another language: one template, said by the catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nbformat

from streamtriage.languages import speaking, translate
from streamtriage.notebook.leaving import OUTBOX
from streamtriage.notebook.paths import runbook_paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamtriage.languages import Language

__all__ = ["in_language", "prose_texts", "write_in"]

# What stands before the words of a line: a heading, or an item of a list.
_MARK = re.compile(r"(?P<mark>#{1,6} |- |\d+\. )?(?P<words>.*)")
# The comment behind a parameter, which says what it takes.
_COMMENT = re.compile(r"(?P<code>.*?\S) {2}# (?P<words>.*)")
_LANGUAGE = re.compile(r'^lang = ""', re.MULTILINE)
# Where a sentence of one of these ends or begins, no blank is put.
_WIDE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def in_language(notebook: Any, language: Language) -> Any:  # noqa: ANN401 - nbformat has no types
    """Return a copy whose prose, and the language of whose run, are this one.

    The cells stay the same ones, with the same code. English is returned as it is.
    """
    copy = nbformat.from_dict(notebook)
    if language == "en":
        return copy
    with speaking(language):
        for cell in copy.cells:
            if cell.cell_type == "markdown":
                cell.source = "\n\n".join(map(_paragraph, cell.source.split("\n\n")))
            elif "parameters" in cell.metadata.get("tags", ()):
                cell.source = "\n".join(map(_parameter, cell.source.split("\n")))
                cell.source = _LANGUAGE.sub(f'lang = "{language}"', cell.source)
    return copy


def write_in(language: Language, folder: Path) -> None:
    """Write every runbook in a language into a folder; what is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in runbook_paths():
        told = in_language(nbformat.read(str(path), as_version=4), language)
        text = nbformat.writes(told)
        # Somebody may work in one that is there: nothing of theirs is lost.
        if not (folder / path.name).exists():
            OUTBOX.file(
                folder / path.name, text if text.endswith("\n") else f"{text}\n"
            )


def prose_texts(notebook: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield each text of a runbook that a catalogue has: a line, or a comment."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = (_MARK.fullmatch(line) for line in cell.source.split("\n"))
        elif "parameters" in cell.metadata.get("tags", ()):
            found = (_COMMENT.fullmatch(line) for line in cell.source.split("\n"))
        else:
            continue
        yield from (match["words"] for match in found if match and match["words"])


def _paragraph(text: str) -> str:
    """Say the lines of a paragraph; those of a list or heading stay lines."""
    said = ""
    for line in text.split("\n"):
        match = _MARK.fullmatch(line)
        assert match is not None
        mark, words = match["mark"] or "", translate(match["words"])
        joined = said and not mark and not said.startswith("#")
        # A line's end is shown as a blank, which Chinese has not between sentences.
        wide = said and (_WIDE.match(said[-1]) or _WIDE.match(words[:1]))
        between = ("" if joined and wide else "\n") if said else ""
        said += f"{between}{mark}{words}"
    return said


def _parameter(line: str) -> str:
    match = _COMMENT.fullmatch(line)
    if match is None:
        return line
    return f"{match['code']}  # {translate(match['words'])}"
