"""The parameters of the preflight runbook, checked as those of the triage are."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    Field,
    field_validator,
    model_validator,
)

from streamtriage.apps.preflight import HOLD_S, Policy, policy_of
from streamtriage.apps.triage.parameters import Parameters, RunbookParameters
from streamtriage.model import Intake

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PreflightParameters"]

_NOTHING_PRINTED = (
    "a preflight asks about a server, not about a text that was printed. Leave it out, "
    "or run the triage."
)


class PreflightParameters(RunbookParameters, Intake):
    """What the cell tagged `parameters` of the preflight says."""

    UNASKED = MappingProxyType({"error": _NOTHING_PRINTED, "action": _NOTHING_PRINTED})

    hold_s: Annotated[float, Field(ge=0, le=7200)] = HOLD_S
    fail_on: str = "present"
    allow: dict[str, str] = Field(default_factory=dict)
    unknown: Literal["report", "pass", "fail"] = "report"
    tries: int = Field(default=1, ge=1, le=10)
    lab_fault: str = ""
    preflight_json: str = ""
    junit_xml: str = ""
    sarif: str = ""
    ask: bool | Literal["auto"] = "auto"

    @field_validator("allow", mode="before")
    @classmethod
    def _reasons(cls, value: object) -> object:
        """Read what `papermill -p` hands over as text: JSON, or one CAUSE=REASON."""
        if not isinstance(value, str):
            return value
        if value.strip().startswith("{"):
            return json.loads(value)
        name, _, reason = value.partition("=")
        return {name: reason} if value.strip() else {}

    @model_validator(mode="after")
    def _usable(self) -> Self:
        self._as_triage()
        self.policy()
        return self

    @property
    def rehearses(self) -> bool:
        """True when no server is named, so that the fault lab stands in for one."""
        return not self.url

    def policy(self) -> Policy:
        """Return what fails the build; raises PolicyError."""
        return policy_of(self.fail_on, self.allow, self.unknown)

    def intake(self, environ: Mapping[str, str]) -> Intake:
        """Return what is asked for; a named URL is read from `environ`."""
        return self._as_triage().intake(environ)

    def _as_triage(self) -> Parameters:
        shared = (*Intake.model_fields, "lab_fault", "ask", "lang")
        return Parameters.read({name: getattr(self, name) for name in shared})
