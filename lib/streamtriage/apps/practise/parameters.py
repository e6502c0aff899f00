"""The parameters of the rehearsal, checked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamtriage.apps.triage.parameters import RunbookParameters

__all__ = ["PracticeParameters"]


class PracticeParameters(RunbookParameters):
    """What the cell tagged `parameters` says."""

    fault: str = ""
    guess: str = ""
    seed: int = Field(default=2, ge=0)
    ask: bool | Literal["auto"] = "auto"
