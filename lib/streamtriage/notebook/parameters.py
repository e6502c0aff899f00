"""The notebook's parameters, checked: papermill hands many of them over as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from streamtriage.experiments import ChangeError, changes_of
from streamtriage.model import Intake
from streamtriage.redaction import Redactor
from streamtriage.wire.target import IntakeError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "URL_VARIABLE",
    "ParameterError",
    "Parameters",
    "RunbookParameters",
    "header_pairs",
]

# A URL that is a secret in itself is named, as every other secret is.
URL_VARIABLE = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_SHOUTED = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_PAIR = re.compile(r"\s*(?P<name>[^=,\s]+)\s*=\s*(?P<variable>[^,]*?)\s*")


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

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Check what was given; raises ParameterError in words."""
        try:
            return cls.model_validate(dict(given))
        except ValidationError as problem:
            raise ParameterError(_words(problem)) from None


class Parameters(RunbookParameters):
    """What the cell tagged `parameters` says."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    url: str = ""
    error: str = ""
    action: str = ""
    client: str = ""
    client_version: str = ""
    auth_env: str = ""
    second_auth_env: str = ""
    header_envs: dict[str, str] = Field(default_factory=dict)
    ca_file: str = ""
    proxy: str = ""
    provider_url: str = ""
    hold_s: float = Field(default=130.0, ge=0, le=7200)
    idle_s: float = Field(default=0.0, ge=0, le=7200)
    lab_fault: str = ""
    report_json: str = ""
    ask: bool | Literal["auto"] = "auto"
    working: str = ""
    change: dict[str, Any] | list[dict[str, Any]] = Field(default_factory=dict)
    before_json: str = ""
    ledger_json: str = ""

    @field_validator("header_envs", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        return header_pairs(value) if isinstance(value, str) else value

    @field_validator("change", mode="before")
    @classmethod
    def _changes(cls, value: object) -> object:
        """Check the change; what is kept of it is without its secrets."""
        try:
            found = changes_of(value)
        except ChangeError as problem:
            said = str(problem).removeprefix("change: ")
            raise ValueError(f"{said[:1].upper()}{said[1:]}") from None
        kept = [each.model_dump() for each in found]
        return kept[0] if len(kept) == 1 else kept or {}

    @model_validator(mode="after")
    def _no_secrets(self) -> Self:
        names = (self.auth_env, self.second_auth_env, *self.header_envs.values())
        for name in names:
            if name and not _may_be_a_name(name):
                raise ValueError(
                    "auth_env and header_envs take the name of an environment "
                    "variable, such as MCP_TOKEN. What was given looks like the secret "
                    "itself; delete it here and export it in the shell."
                )
        redactor = Redactor()
        if redactor.url(self.url) != self.url:
            raise ValueError(
                "url: the address has a query, a user name or a key in it, which "
                "may be a secret. Put the whole address into an environment variable "
                "and write url = 'env:NAME_OF_THE_VARIABLE'."
            )
        for field in ("proxy", "provider_url"):
            if redactor.url(getattr(self, field)) != getattr(self, field):
                raise ValueError(
                    f"{field}: the address has a query, a user name or a key in it, "
                    "which may be a secret. Give it without; a proxy with a password "
                    "belongs into HTTPS_PROXY, which is read from the environment."
                )
        for field in ("action", "client", "client_version", "ca_file", "lab_fault"):
            if redactor.text(getattr(self, field)) not in (
                getattr(self, field),
                _without_home(getattr(self, field)),
            ):
                raise ValueError(f"{field}: what was given looks like a secret.")
        return self

    @property
    def rehearses(self) -> bool:
        """True when no server is named, so that the fault lab stands in for one."""
        return not self.url

    def intake(self, environ: Mapping[str, str]) -> Intake:
        """Return what the triage asks for; a named URL is read from `environ`."""
        fields = set(Intake.model_fields) & set(type(self).model_fields)
        return Intake(
            **{name: getattr(self, name) for name in fields - {"url"}},
            url=_address(self.url, environ),
        )


def header_pairs(text: str, named: str = "header_envs") -> dict[str, str]:
    """Read "NAME=VARIABLE, NAME=VARIABLE"; raises ParameterError.

    `named` is what the person knows the field as.
    """
    pairs = {}
    for part in filter(str.strip, text.split(",")):
        match = _PAIR.fullmatch(part)
        if match is None or not match["variable"]:
            raise ParameterError(
                f"{named}: give pairs like X-Api-Key=MY_VARIABLE, with a comma between "
                "two of them."
            )
        pairs[match["name"]] = match["variable"]
    return pairs


def _address(url: str, environ: Mapping[str, str]) -> str:
    named = URL_VARIABLE.fullmatch(url)
    if named is None:
        return url
    if not environ.get(named["name"]):
        raise ParameterError(
            f"The environment variable {named['name']}, which should hold the server's "
            "URL, is not set or is empty."
        )
    return environ[named["name"]]


def _may_be_a_name(name: str) -> bool:
    # Tokens fit the grammar of names too, so one in small letters is held to be one.
    plain = _NAME.fullmatch(name) and Redactor().text(name) == name
    return bool(plain) and (bool(_SHOUTED.fullmatch(name)) or not _has_digits(name))


def _has_digits(name: str) -> bool:
    return any(map(str.isdigit, name))


def _without_home(path: str) -> str:
    """Spell a path as redaction does; the name of a home folder is no secret here."""
    return re.sub(r"(/(?:home|Users)/)[^/]+", r"\1<user>", path)


def _words(problem: ValidationError) -> str:
    first = problem.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"][:1]))
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
