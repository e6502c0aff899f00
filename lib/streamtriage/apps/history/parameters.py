"""The parameters of the history runbook, checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field

from streamtriage.apps.named import may_rehearse, unnamed
from streamtriage.apps.triage.parameters import ParameterError, RunbookParameters
from streamtriage.history import READ_SECONDS
from streamtriage.languages import translate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MACHINE", "REHEARSAL", "HistoryParameters"]

MACHINE = "machine"
REHEARSAL = "rehearsal"


class HistoryParameters(RunbookParameters):
    """What the cell tagged `parameters` of the history says."""

    logs: str = ""
    server: str = ""
    limit_s: float = Field(default=READ_SECONDS, ge=1, le=3600)
    history_json: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Check what was given; raises ParameterError in words."""
        read = super().read(given)
        if not read.logs and not may_rehearse():
            raise unnamed(
                "logs", f"a folder, or {MACHINE!r} for this machine's", f"{REHEARSAL!r}"
            )
        if read.folder is not None and not read.folder.is_dir():
            raise ParameterError(
                translate(
                    "logs: there is no such folder. Give the folder that holds "
                    "a client's logs, {MACHINE!r} for those of this machine, "
                    "or {REHEARSAL!r}.",
                    MACHINE=MACHINE,
                    REHEARSAL=REHEARSAL,
                )
            )
        return read

    @property
    def rehearses(self) -> bool:
        """True when rehearsal data is to be read, which is asked for by name."""
        return self.logs in ("", REHEARSAL)

    @property
    def folder(self) -> Path | None:
        """Return the folder that is named, if one is."""
        named = self.logs not in ("", MACHINE, REHEARSAL)
        return Path(self.logs).expanduser() if named else None
