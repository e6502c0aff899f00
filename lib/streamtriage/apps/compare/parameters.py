"""The parameters of a comparison, checked."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from streamtriage.apps.triage.parameters import RunbookParameters
from streamtriage.languages import translate

__all__ = ["REHEARSAL", "ComparisonParameters"]


REHEARSAL = "rehearsal"


class ComparisonParameters(RunbookParameters):
    """What the cell tagged `parameters` says."""

    broken: str = ""
    working: str = ""
    error: str = ""
    same_service: bool = False
    ask: bool | Literal["auto"] = "auto"

    @property
    def rehearses(self) -> bool:
        """True where a rehearsal is asked for by name."""
        return self.broken == REHEARSAL

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if self.rehearses:
            return self
        if bool(self.broken) != bool(self.working):
            raise ValueError(
                translate(
                    "broken and working: give both files, or broken = 'rehearsal'."
                )
            )
        return self
