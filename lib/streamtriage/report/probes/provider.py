"""What the model provider answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import ProviderEvidence
from streamtriage.phrases import answer
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(ProviderEvidence, "Is the model provider reached from here?")
def rows(seen: ProviderEvidence) -> Iterator[Row]:
    """Say what was found."""
    reply = answer(seen.answer) if seen.answer else ""
    yield Row("Model provider", f"{seen.url}: {reply}")
