"""Which causes a public report or issue speaks of, from what the causes declare."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from streamtriage.causes import CAUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamtriage.causes import Cause
    from streamtriage.model import CauseId

__all__ = ["NOT_TOLD", "causes_by_issue", "causes_by_kind"]

# Words of the column `kinds` in reports.csv whose mechanism no probe can tell.
NOT_TOLD = frozenset(
    (
        "client-reinit-bug",
        "gateway-crash-on-reconnect",
        "gateway-session-instability",
        "get-not-offered (healthy)",
        "server-bug",
        "server-bug-after-idle",
        "session-lifecycle",
        "session-required-mismatch",
        "session-tied-to-stream",
    )
)


@cache
def causes_by_kind() -> Mapping[str, tuple[CauseId, ...]]:
    """Return the causes by the words of the column `kinds` in reports.csv."""
    return _indexed(lambda cause: cause.reported_as)


@cache
def causes_by_issue() -> Mapping[str, tuple[CauseId, ...]]:
    """Return the causes by issue, as OWNER/NAME#NUMBER."""
    return _indexed(lambda cause: cause.issues)


def _indexed(
    keys_of: Callable[[Cause], Sequence[str]],
) -> Mapping[str, tuple[CauseId, ...]]:
    found: dict[str, tuple[CauseId, ...]] = {}
    for cause in CAUSES:
        for key in keys_of(cause):
            found[key] = (*found.get(key, ()), cause.id)
    return found
