"""Whether all replicas know a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import ReplicasEvidence
from streamtriage.report.document import Row
from streamtriage.report.probes.told import answers, share, tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(ReplicasEvidence, "Do all replicas know the session?")
def rows(seen: ReplicasEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("Accepted without cookies", share(seen.without_cookies))
    yield Row("Accepted with the cookies set", share(seen.with_cookies))
    yield Row("Cookies that initialize set", ", ".join(seen.cookies))
    yield Row("A malformed id", answers([seen.malformed]))
    yield Row("An id that nobody issued", answers([seen.made_up]))
