"""Which intermediaries the responses show; absence of a trace proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge import traces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Exchange

__all__ = ["hops"]


def hops(exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """Return the names of the intermediaries that left a trace, as they were found."""
    return tuple(row.says for row in traces(exchanges))
