"""The list of targets: what each row may say, and how a bad one is named."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, ValidationError, field_validator

from streamtriage.fleet.tables import TargetListError, raw_rows
from streamtriage.languages import translate
from streamtriage.model import Intake, entries
from streamtriage.redaction import holds_a_secret, shown_text
from streamtriage.redaction.entered import URL_VARIABLE, why_secret
from streamtriage.transport.target import IntakeError, target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic import ValidationInfo

    from streamtriage.model.entry import EntryKind

__all__ = ["BadRow", "FleetTarget", "TargetListError", "Targets", "read_targets"]

MOST_TARGETS = 10_000
# How much of each kind a row may say; a list has many rows.
_LONGEST: Mapping[EntryKind, int] = {"pasted": 4000, "address": 2000, "words": 100}
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")


class FleetTarget(Intake):
    """One server to be asked: an intake, a name, and from where.

    Secrets are names of variables on the worker, and `url` may be `env:NAME` where the
    address is a secret itself. `vantages` restricts from where it is asked; empty means
    from everywhere that was chosen.
    """

    model_config = ConfigDict(str_strip_whitespace=True, hide_input_in_errors=True)

    url: Annotated[str, Field(min_length=1, max_length=2000)]
    name: Annotated[str, Field(max_length=120)] = ""
    vantages: tuple[str, ...] = ()

    @field_validator("vantages", mode="before")
    @classmethod
    def _labels(cls, value: object) -> object:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @field_validator("vantages")
    @classmethod
    def _plain_labels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_LABEL.fullmatch, value)):
            raise ValueError(
                translate("takes labels of letters, digits, dots and dashes")
            )
        return value

    @field_validator("*")
    @classmethod
    def _bounded(cls, value: object, info: ValidationInfo) -> object:
        entry = entries(Intake).get(info.field_name or "")
        most = _LONGEST.get(entry.kind) if entry else None
        if most and isinstance(value, str) and len(value) > most:
            raise ValueError(translate("takes {most} characters at most", most=most))
        return value

    @property
    def authority(self) -> str:
        """The host and port that are asked; the variable where the URL is secret."""
        return urlsplit(self.url).netloc.lower() or self.url

    def intake(self, hold_s: float, url: str = "") -> Intake:
        """Return what one triage asks for; `url` replaces a secret address."""
        given = {name: getattr(self, name) for name in Intake.model_fields}
        return Intake(**given | {"url": url or self.url, "hold_s": self.hold(hold_s)})

    def hold(self, default_s: float) -> float:
        """Return how long it is watched: its own time, else that of the fleet."""
        return self.hold_s if "hold_s" in self.model_fields_set else default_s

    def as_json(self) -> str:
        """Return what was said of it, and only that: what was not is the fleet's."""
        return self.model_dump_json(exclude_unset=True)

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
        raise ValueError(translate("a row is a set of fields such as url and name."))  # noqa: TRY004 - shown
    one = FleetTarget.model_validate({k: v for k, v in raw.items() if v is not None})
    if why := why_secret(dict(one)):
        raise ValueError(why)
    if not URL_VARIABLE.fullmatch(one.url):
        # Only the form is checked here: variables, proxies and files are the worker's.
        target_of(Intake(url=one.url, provider_url=one.provider_url), {})
        target_of(Intake(url=one.url, proxy=one.proxy), {})
    named = one.name or _name(one.url)
    if holds_a_secret(named):
        raise ValueError(translate("the name looks like a secret; give another name."))
    return one.model_copy(update={"name": named})


def _name(url: str) -> str:
    return url if URL_VARIABLE.fullmatch(url) else url.partition("://")[2].rstrip("/")


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
    return shown_text(str(problem))
