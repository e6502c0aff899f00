"""Where each client keeps its configuration, logs and sign-ins, per system."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from streamtriage.knowledge.client_folders import client_folders
from streamtriage.knowledge.client_texts import read_client_table
from streamtriage.knowledge.rows import Fact, rows

__all__ = ["Place", "Role", "System", "places"]

System = Literal["linux", "macos", "windows"]
Role = Literal["config", "settings", "plugins", "unread", "needs-auth", "store", "logs"]


class Place(Fact):
    """One place; braces in `path` stand for folders that differ by system.

    `unread` is a file that people write and the client ignores; a `store` holds
    secrets and is never opened.
    """

    client: str
    scope: str
    role: Role
    system: Literal["any", "linux", "macos", "windows"]
    path: str
    key: str


@cache
def places(system: System) -> tuple[Place, ...]:
    """Return the places of one operating system: the table, then each client's."""
    found = [Place.model_validate(row) for row in rows("client_places")]
    for folder in client_folders():
        table = read_client_table(folder, "places")
        found += _places(table) if table else []
    return tuple(place for place in found if place.system in ("any", system))


def _places(table: dict[str, Any]) -> list[Place]:
    named = {"client": table["client"], "system": "any", "key": ""}
    return [Place.model_validate({**named, **row}) for row in table["places"]]
