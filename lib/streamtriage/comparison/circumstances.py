"""Settings and observations of one report as plain pairs, for whoever keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.comparison.observations import life, observations
from streamtriage.comparison.settings import settings
from streamtriage.languages import translate

if TYPE_CHECKING:
    from streamtriage.causes import Case
    from streamtriage.model import Report

__all__ = ["circumstances", "observed"]


def circumstances(report: Report, case: Case) -> dict[str, str]:
    """Return every known setting by its name."""
    return {name: each.value for name, each in settings(report, case).items()}


def observed(case: Case) -> dict[str, str]:
    """Return every answer by its question; of silent streams, how they ended.

    Ages are left out: they differ from run to run.
    """
    found = {name: each.value for name, each in observations(case).items()}
    lived = life(case)
    if lived is not None:
        found[translate("Silent stream")] = (
            lived.ends[0] if lived.ends else translate("still open")
        )
    return found
