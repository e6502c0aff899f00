"""What a report leaves to be looked up: the words of causes, and what was not judged.

The catalogue lies above this module and publishes itself here. Whoever reads a report
need not know of it: where nobody has imported it yet, it is imported then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from streamtriage.on_first_use import load

if TYPE_CHECKING:
    from streamtriage.model.report import Report

__all__ = ["completed", "publish_judge", "publish_words", "words_of"]

Words: TypeAlias = Mapping[str, Any]

# What publishes itself here; it imports this package.
_CATALOGUE = "streamtriage.judging"
_words: list[Callable[[], Mapping[str, Words]]] = []
_judges: list[Callable[[Report], Report]] = []


def publish_words(words: Callable[[], Mapping[str, Words]]) -> None:
    """Let causes be looked up: for each id, the fields that findings of it have."""
    _words[:] = [words]


def publish_judge(judge: Callable[[Report], Report]) -> None:
    """Let this add the findings of the causes that a report has only as ids."""
    _judges[:] = [judge]


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
