"""Executes the runbooks on the fault lab, for examples/: `python -m` this module."""

from __future__ import annotations

import difflib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nbclient import NotebookClient

from streamtriage.apps.named import REHEARSE
from streamtriage.notebook import export
from streamtriage.notebook.paths import EXAMPLES, runbook_paths
from streamtriage.outbox import Outbox
from streamtriage.ticket import MIMETYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["RULES", "Rule", "main", "refreshed", "rules", "settled"]

# What may differ between two runs; nbval reads the same file.
RULES = EXAMPLES / "nbval-sanitize.cfg"
_TIMEOUT_S = 180


class Rule(NamedTuple):
    """A pattern of what differs from run to run, and what stands for it."""

    pattern: re.Pattern[str]
    stands: str


def refreshed(path: Path) -> Any:  # noqa: ANN401 - nbformat has no types
    """Return the notebook, executed with the parameters that it has, and tidied."""
    notebook = export.cleared(export.read(path))
    # What this machine trusts, or who started it, is no business of the runbook's.
    os.environ.pop("NODE_EXTRA_CA_CERTS", None)
    os.environ.pop("JPY_SESSION_NAME", None)
    os.environ[REHEARSE] = "yes"
    NotebookClient(notebook, timeout=_TIMEOUT_S, kernel_name="python3").execute()
    return export.tidied(notebook)


def rules(text: str) -> tuple[Rule, ...]:
    """Read the rules of nbval's file."""
    found = re.findall(r"^regex: (.*)\nreplace: (.*)$", text, re.MULTILINE)
    return tuple(Rule(re.compile(regex), stands) for regex, stands in found)


def settled(new: Any, old: Any, allowed: Sequence[Rule]) -> Any:  # noqa: ANN401
    """Return `new` with each line of `old` that differs only in what may differ.

    So a changed sentence changes no more than itself. The report that travels along
    says what the panes say: it is the new one only where one of them has changed.
    """
    before = {cell.id: cell for cell in old.cells}
    reports, changed = [], False
    for cell in new.cells:
        earlier = before.get(cell.id)
        outputs = earlier.get("outputs", []) if earlier is not None else []
        pairs = zip(cell.get("outputs", []), outputs, strict=False)
        changed |= len(cell.get("outputs", [])) != len(outputs)
        for output, kept in pairs:
            if "data" not in output or "data" not in kept:
                continue
            for kind, text in output.data.items():
                was = kept.data.get(kind)
                if not isinstance(text, str) or not isinstance(was, str):
                    continue
                if kind == MIMETYPE:
                    reports.append((output.data, was))
                    continue
                output.data[kind] = "".join(_settled(text, was, allowed))
                changed |= output.data[kind] != was
    for data, was in reports:
        data[MIMETYPE] = data[MIMETYPE] if changed else was
    return new


def _settled(new: str, old: str, allowed: Sequence[Rule]) -> Iterator[str]:
    if _plain(new, allowed) == _plain(old, allowed):
        yield old
        return
    # By paragraphs and tables first: the number of rows of a timeline is chance.
    mine, theirs = _blocks(new), _blocks(old)
    for kept, changed in _aligned(mine, theirs, allowed):
        if kept:
            yield from kept
            continue
        before, after = changed
        for same, other in _aligned(_lines(after), _lines(before), allowed):
            yield from same or other[1]


def _aligned(
    new: list[str], old: list[str], allowed: Sequence[Rule]
) -> Iterator[tuple[list[str], tuple[list[str], list[str]]]]:
    """Yield what is kept of the old pieces, or else the old and new ones in its place.

    Compared as they are where nothing varies in them.
    """
    matcher = difflib.SequenceMatcher(
        None,
        [_plain(piece, allowed) for piece in old],
        [_plain(piece, allowed) for piece in new],
        autojunk=False,
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield old[i1:i2], ([], [])
        else:
            yield [], (old[i1:i2], new[j1:j2])


def _plain(text: str, allowed: Sequence[Rule]) -> str:
    for rule in allowed:
        text = rule.pattern.sub(rule.stands, text)
    return text


def _blocks(text: str) -> list[str]:
    return re.findall(r"(?s).+?(?:\n\s*\n|\Z)", text)


def _lines(blocks: Sequence[str]) -> list[str]:
    return "".join(blocks).splitlines(keepends=True)


def main(arguments: Sequence[str]) -> None:
    """Execute the named runbooks, or every one, and keep them as examples."""
    allowed = rules(RULES.read_text(encoding="utf-8"))
    for path in [Path(name) for name in arguments] or runbook_paths():
        kept = EXAMPLES / path.name
        executed = refreshed(path)
        if kept.exists():
            executed = settled(executed, export.read(kept), allowed)
        export.write(executed, kept)
        Outbox().print(f"Executed again: {path.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
