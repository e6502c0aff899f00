"""The notebook's parameters, checked: papermill hands many of them over as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from streamtriage.changes import ChangeError, changes_of
from streamtriage.languages import translate
from streamtriage.model import Intake, read_pairs
from streamtriage.notebook.injected import injected
from streamtriage.notebook.language import language_given, speak_for
from streamtriage.redaction import holds_a_secret
from streamtriage.redaction.entered import URL_VARIABLE, why_secret
from streamtriage.refusal import invalid_words
from streamtriage.transport.target import IntakeError

__all__ = ["ParameterError", "Parameters", "RunbookParameters", "header_pairs"]


class ParameterError(IntakeError):
    """A parameter cannot be used; the message names it and never quotes a secret."""


class RunbookParameters(BaseModel):
    """What any runbook's cell tagged `parameters` says."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        hide_input_in_errors=True,
    )

    lang: str = ""
    """The language of what is shown, "" for the one that the machine is in."""

    UNASKED: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Fields that this runbook has no use for, and why; none is taken."""

    @field_validator("lang")
    @classmethod
    def _language(cls, value: str) -> str:
        return language_given(value)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return what may be given, in order."""
        return tuple(name for name in cls.model_fields if name not in cls.UNASKED)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Check what was given, here or to papermill; raises ParameterError."""
        given = injected((*cls.names(), *cls.UNASKED)) | dict(given)
        speak_for(str(given.get("lang") or ""))
        for name in given:
            if name in cls.UNASKED:
                raise ParameterError(f"{name}: {translate(cls.UNASKED[name])}")
        try:
            return cls.model_validate(given)
        except ValidationError as problem:
            raise ParameterError(_words(problem)) from None


class Parameters(RunbookParameters, Intake):
    """What the cell tagged `parameters` says: an intake, and what else a run takes."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    lab_fault: str = ""
    report_json: str = ""
    ask: bool | Literal["auto"] = "auto"
    working: str = ""
    change: dict[str, Any] | list[dict[str, Any]] = Field(default_factory=dict)
    before_json: str = ""
    ledger_json: str = ""

    @field_validator("change", mode="before")
    @classmethod
    def _changes(cls, value: object) -> object:
        """Check the change; what is kept of it is without its secrets."""
        try:
            found = changes_of(value)
        except ChangeError as problem:
            # The field is named by whoever shows it, with a colon of its language.
            said = re.sub(r"^change(?:: |\uff1a)", "", str(problem))
            raise ValueError(f"{said[:1].upper()}{said[1:]}") from None
        kept = [each.model_dump() for each in found]
        return kept[0] if len(kept) == 1 else kept or {}

    @field_validator("lab_fault")
    @classmethod
    def _plain(cls, value: str) -> str:
        if holds_a_secret(value):
            raise ValueError(translate("What was given looks like a secret."))
        return value

    @model_validator(mode="after")
    def _no_secrets(self) -> Self:
        if why := why_secret(dict(self)):
            raise ValueError(why)
        return self

    @property
    def rehearses(self) -> bool:
        """True when no server is named, so that the fault lab stands in for one."""
        return not self.url

    def intake(self, environ: Mapping[str, str]) -> Intake:
        """Return what the triage asks for; a named URL is read from `environ`."""
        given = {name: getattr(self, name) for name in Intake.model_fields}
        return Intake(**given | {"url": _address(self.url, environ)})


def header_pairs(text: str, named: str = "header_envs") -> dict[str, str]:
    """Read "NAME=VARIABLE, NAME=VARIABLE"; raises ParameterError.

    `named` is what the person knows the field as.
    """
    try:
        return cast("dict[str, str]", read_pairs(text))
    except ValueError as problem:
        raise ParameterError(f"{named}: {problem}.") from None


def _address(url: str, environ: Mapping[str, str]) -> str:
    named = URL_VARIABLE.fullmatch(url)
    if named is None:
        return url
    if not environ.get(named["name"]):
        raise ParameterError(
            translate(
                "The environment variable {name}, which should hold the server's URL, "
                "is not set or is empty.",
                name=named["name"],
            )
        )
    return environ[named["name"]]


def _words(problem: ValidationError) -> str:
    first = problem.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"][:1]))
    said = invalid_words(first)
    return f"{where}: {said}" if where else said
