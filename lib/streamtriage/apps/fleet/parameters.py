"""The fleet notebook's parameters, checked: papermill hands many of them as text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, field_validator

from streamtriage.apps.named import may_rehearse, unnamed
from streamtriage.apps.triage.parameters import ParameterError, RunbookParameters
from streamtriage.languages import translate
from streamtriage.redaction import holds_a_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REHEARSAL", "FleetParameters"]

REHEARSAL = "rehearsal"


class FleetParameters(RunbookParameters):
    """What the cell tagged `parameters` says; lists may be text with commas."""

    targets: str = ""
    from_machine: bool = False
    scheduler: str = ""
    vantages: list[str] = Field(default_factory=list)
    out: str = ""
    resume: bool = False
    hold_s: float = Field(default=130.0, ge=0, le=7200)
    per_worker: int = Field(default=16, ge=1, le=1000)
    per_host: int = Field(default=4, ge=1, le=1000)
    earlier_runs: list[str] = Field(default_factory=list)
    show: str = ""
    slow_s: float = Field(default=2.0, gt=0)

    @field_validator("vantages", "earlier_runs", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.split(",") if part.strip()]

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Check what was given; raises ParameterError in words."""
        found = super().read(given)
        if not (found.targets or found.from_machine or may_rehearse()):
            raise unnamed(
                "targets", translate("a .csv, .json or .yaml list"), f"{REHEARSAL!r}"
            )
        if holds_a_secret(found.scheduler, address=True):
            raise ParameterError(
                translate("scheduler: leave keys to Dask's own configuration.")
            )
        if found.targets and found.from_machine:
            raise ParameterError(
                translate("Give targets or from_machine, and not both.")
            )
        if found.resume and not found.out:
            raise ParameterError(
                translate("resume needs out: the folder of the run to go on with.")
            )
        return found

    @property
    def rehearses(self) -> bool:
        """True when lab servers stand in, which is asked for by name."""
        return self.targets in ("", REHEARSAL) and not self.from_machine

    @property
    def earlier(self) -> tuple[Path, ...]:
        return tuple(map(Path, self.earlier_runs))
