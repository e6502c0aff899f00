"""What a report leaves to be looked up: the words of causes, and what was not judged.

The catalogue lies above this module and publishes itself here. Whoever reads or writes
a report need not know of it: where nobody has imported it yet, it is imported then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from streamtriage.on_first_use import load

if TYPE_CHECKING:
    from streamtriage.model.report import Report

__all__ = [
    "EVERY_OTHER",
    "completed",
    "publish_judge",
    "publish_words",
    "publish_writer",
    "saved_content",
    "saved_json",
    "words_of",
]

# In `not_judged`: each cause of the catalogue that there is no finding of.
EVERY_OTHER = "*"

Words: TypeAlias = Mapping[str, Any]

# What publishes itself here; it imports this package.
_CATALOGUE = "streamtriage.judging"
_words: list[Callable[[], Mapping[str, Words]]] = []
_judges: list[Callable[[Report], Report]] = []
_writers: list[Callable[[Report], dict[str, Any]]] = []


def publish_words(words: Callable[[], Mapping[str, Words]]) -> None:
    """Let causes be looked up: for each id, the fields that findings of it have."""
    _words[:] = [words]


def publish_judge(judge: Callable[[Report], Report]) -> None:
    """Let this add the findings of the causes that a report has only as ids."""
    _judges[:] = [judge]


def publish_writer(write: Callable[[Report], dict[str, Any]]) -> None:
    """Let this say what is written of a report."""
    _writers[:] = [write]


def saved_content(report: Report) -> dict[str, Any]:
    """Return what is written of a report, as JSON's own types; nobody writes more."""
    _publish()
    return _writers[0](report)


def saved_json(report: Report, *, lines: bool = False) -> str:
    """Return the text in which a report is written, wherever that is.

    What the catalogue says is left out, and is back when it is read as a `Report`. With
    `lines` each field, and each entry of a list, has a line of its own.
    """
    content = saved_content(report)
    if not lines:
        return _compact(content)
    fields = [f"{_compact(name)}:{_lines(value)}" for name, value in content.items()]
    return "{\n" + ",\n".join(fields) + "\n}"


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return _compact(value)
    entries = ",\n".join(map(_compact, value))
    return f"[\n{entries}]"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def words_of(cause: object) -> Words:
    """Return what the catalogue says of a cause; nothing where it has none."""
    _publish()
    return _words[0]().get(cause, {}) if isinstance(cause, str) else {}


def completed(report: Report) -> Report:
    """Return a report with a finding for each cause that it has only as an id."""
    if not report.not_judged:
        return report
    _publish()
    return _judges[0](report)


def _publish() -> None:
    if not _words:
        load(_CATALOGUE)
