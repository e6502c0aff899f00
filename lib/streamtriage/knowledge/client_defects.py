"""What each version of a client is known for, and what its changelog says."""

from __future__ import annotations

from functools import cache
from typing import Literal

from streamtriage.knowledge.client_reactions import Situation  # noqa: TC001 - pydantic reads it
from streamtriage.knowledge.rows import Fact, rows
from streamtriage.knowledge.versions import between, version_of

__all__ = ["Change", "Defect", "changes", "defects", "defects_of"]


class Defect(Fact):
    """A behaviour of some versions; empty bounds are open, an empty runtime is any.

    `situation` is the fault of `client_reactions` that it is about, "" if none.
    """

    client: str
    from_version: str
    to_version: str
    runtime: str
    system: str
    what: str
    sign: str
    fixed_in: str
    matters: Literal["fatal", "degraded", "cosmetic"]
    advice: str
    situation: Situation | Literal[""]

    @property
    def versions(self) -> str:
        """Return the range in words."""
        if not self.from_version:
            return f"up to {self.to_version}" if self.to_version else "all"
        if not self.to_version:
            return f"{self.from_version} and later"
        return f"{self.from_version} to {self.to_version}"


class Change(Fact):
    """One line of a client's changelog that bears on remote servers."""

    client: str
    version: str
    published: str
    what: str


@cache
def defects() -> tuple[Defect, ...]:
    """Return the known behaviours, in the order of the table."""
    return tuple(Defect.model_validate(row) for row in rows("client_defects"))


@cache
def changes() -> tuple[Change, ...]:
    """Return the changelog's lines, oldest first."""
    found = [Change.model_validate(row) for row in rows("client_changes")]
    return tuple(sorted(found, key=lambda change: version_of(change.version)))


def defects_of(
    client: str, version: str, *, runtime: str = "", system: str = ""
) -> tuple[Defect, ...]:
    """Return what this version is known for, what is fatal first.

    A row about another runtime generation or operating system is left out; where the
    runtime is not known, a row about one of them stays.
    """
    generation = runtime.partition("-")[0]
    order = ("fatal", "degraded", "cosmetic")
    found = [
        row
        for row in defects()
        if row.client == client
        and between(version, row.from_version, row.to_version)
        and (not row.runtime or generation not in {"v1", "v2"} - {row.runtime})
        and (not row.system or not system or row.system == system)
    ]
    return tuple(sorted(found, key=lambda row: order.index(row.matters)))
