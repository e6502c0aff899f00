"""The list of targets: what each row may say, and how a bad one is named."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from streamtriage.fleet.tables import TargetListError, raw_rows
from streamtriage.model import Intake
from streamtriage.redaction import Redactor
from streamtriage.wire.target import IntakeError, target_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["BadRow", "FleetTarget", "TargetListError", "Targets", "read_targets"]

MOST_TARGETS = 10_000
_ENV_URL = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,99}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")


class FleetTarget(BaseModel):
    """One server to be asked; secrets are names of variables on the worker.

    `url` may be `env:NAME` where the address is a secret itself. `vantages` restricts
    from where it is asked; empty means from everywhere that was chosen.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        hide_input_in_errors=True,
    )

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    name: Annotated[str, Field(max_length=120)] = ""
    auth_env: str = ""
    header_envs: dict[str, str] = Field(default_factory=dict)
    ca_file: str = ""
    client: Annotated[str, Field(max_length=100)] = ""
    client_version: Annotated[str, Field(max_length=100)] = ""
    error: Annotated[str, Field(max_length=4000)] = ""
    proxy: str = ""
    provider_url: str = ""
    hold_s: Annotated[float, Field(ge=0, le=7200)] | None = None
    idle_s: Annotated[float, Field(ge=0, le=7200)] = 0.0
    vantages: tuple[str, ...] = ()

    @field_validator("header_envs", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        if not all(name.strip() and variable.strip() for name, _, variable in pairs):
            raise ValueError("takes pairs like X-Api-Key=MY_VARIABLE")
        return {name.strip(): variable.strip() for name, _, variable in pairs}

    @field_validator("vantages", mode="before")
    @classmethod
    def _labels(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("vantages")
    @classmethod
    def _plain_labels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_LABEL.fullmatch, value)):
            raise ValueError("takes labels of letters, digits, dots and dashes")
        return value

    @property
    def authority(self) -> str:
        """The host and port that are asked; the variable where the URL is secret."""
        return urlsplit(self.url).netloc.lower() or self.url

    def intake(self, hold_s: float, url: str = "") -> Intake:
        """Return what one triage asks for; `url` replaces a secret address."""
        given = self.model_dump(exclude={"name", "vantages", "hold_s", "url"})
        own = self.hold_s
        return Intake(
            **given, url=url or self.url, hold_s=hold_s if own is None else own
        )

    def digest(self, hold_s: float) -> str:
        """Return what tells this question from any other one that has been asked."""
        said = f"{self.intake(hold_s).model_dump_json()}{self.name}"
        return hashlib.sha256(said.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be asked, its line in the file, and what to write instead."""

    line: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}"


@dataclass(frozen=True)
class Targets:
    """Every usable row, and every other one."""

    good: tuple[FleetTarget, ...]
    bad: tuple[BadRow, ...] = ()


def read_targets(path: Path) -> Targets:
    """Read a list of targets, CSV, JSON or YAML by the name's ending.

    Raises TargetListError if nothing of the file can be read.
    """
    return checked(raw_rows(path))


def checked(rows: Iterable[tuple[int, Any]]) -> Targets:
    """Check rows with their lines; one that cannot be used does not stop the rest."""
    good: list[FleetTarget] = []
    bad: list[BadRow] = []
    taken: dict[str, int] = {}
    for line, raw in rows:
        if len(good) >= MOST_TARGETS:
            bad.append(BadRow(line, f"only {MOST_TARGETS} targets are taken at once."))
            break
        try:
            one = _target(raw)
        except ValueError as problem:
            bad.append(BadRow(line, _words(problem)))
            continue
        if one.name in taken:
            first = taken[one.name]
            bad.append(
                BadRow(
                    line,
                    f"the name {one.name!r} is that of line {first}; "
                    "give each row a name of its own.",
                )
            )
            continue
        taken[one.name] = line
        good.append(one)
    return Targets(tuple(good), tuple(bad))


def _target(raw: object) -> FleetTarget:
    if not isinstance(raw, dict):
        raise ValueError("a row is a set of fields such as url and name.")  # noqa: TRY004 - shown
    one = FleetTarget.model_validate({k: v for k, v in raw.items() if v is not None})
    _refuse_secrets(one)
    if not _ENV_URL.fullmatch(one.url):
        # Only the form is checked here: variables, proxies and files are the worker's.
        target_of(Intake(url=one.url, provider_url=one.provider_url), {})
        target_of(Intake(url=one.url, proxy=one.proxy), {})
    named = one.name or _name(one.url)
    if Redactor().text(named) != named:
        raise ValueError("the name looks like a secret; give another name.")
    return one.model_copy(update={"name": named})


def _name(url: str) -> str:
    return url if _ENV_URL.fullmatch(url) else url.partition("://")[2].rstrip("/")


def _refuse_secrets(one: FleetTarget) -> None:
    redactor = Redactor()
    for url in (one.url, one.provider_url):
        if redactor.url(url) != url:
            raise ValueError(
                "the address has a query, a user name or a key in it, which may be a "
                "secret. Put it into an environment variable of the workers and write "
                "env:NAME_OF_THE_VARIABLE as url."
            )
    for variable in (one.auth_env, *one.header_envs.values()):
        if variable and not _may_be_a_name(variable):
            raise ValueError(
                "auth_env and header_envs take the name of an environment variable, "
                "such as MCP_TOKEN. What stands there looks like the secret itself; "
                "take it out of the file, and change it if others could read it."
            )


def _may_be_a_name(name: str) -> bool:
    # A token fits the grammar of names too; one with digits in small letters is none.
    if not _VARIABLE.fullmatch(name) or Redactor().text(name) != name:
        return False
    return name == name.upper() or not any(map(str.isdigit, name))


def _words(problem: ValueError) -> str:
    if isinstance(problem, ValidationError):
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"][:1]))
        said = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            known = ", ".join(FleetTarget.model_fields)
            return f"a field that is not known. Fields are: {known}."
        return f"{where}: {said}."
    if isinstance(problem, IntakeError):
        return str(problem)
    return Redactor().text(str(problem))
