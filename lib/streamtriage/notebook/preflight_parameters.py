"""The parameters of the preflight runbook, checked as those of the triage are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, Self

from pydantic import (
    Field,
    field_validator,
    model_validator,
)

from streamtriage.notebook.parameters import (
    Parameters,
    RunbookParameters,
    header_pairs,
)
from streamtriage.preflight import HOLD_S, Policy, policy_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.model import Intake

__all__ = ["PreflightParameters"]

# What the triage's parameters know how to check, and how to read a named URL.
_SHARED = ("url", "auth_env", "header_envs", "ca_file", "hold_s", "lab_fault", "ask")


class PreflightParameters(RunbookParameters):
    """What the cell tagged `parameters` of the preflight says."""

    url: str = ""
    auth_env: str = ""
    header_envs: dict[str, str] = Field(default_factory=dict)
    ca_file: str = ""
    hold_s: float = Field(default=HOLD_S, ge=0, le=7200)
    fail_on: str = "present"
    allow: dict[str, str] = Field(default_factory=dict)
    unknown: Literal["report", "pass", "fail"] = "report"
    tries: int = Field(default=1, ge=1, le=10)
    lab_fault: str = ""
    preflight_json: str = ""
    junit_xml: str = ""
    sarif: str = ""
    ask: bool | Literal["auto"] = "auto"

    @field_validator("header_envs", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        return header_pairs(value) if isinstance(value, str) else value

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
        return Parameters.read({name: getattr(self, name) for name in _SHARED})
