"""Whether a server could be made to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import LifetimeEvidence
from streamtriage.phrases import known
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(LifetimeEvidence, "Is it silence or age that ends a stream?")
def rows(seen: LifetimeEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("The server could be made to write", known(seen.provoked))
    yield Row("Messages provoked", str(seen.noises or ""))
