"""What each client does after a fault: does it ask again, and are its tools left."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from streamtriage.knowledge.client_folders import (
    ClientName,
    MeasuredFact,
    NotMeasured,
    client_folder,
    client_names,
    name_client,
    nearest_version,
    read_measured,
)
from streamtriage.knowledge.client_requests import split_client

__all__ = [
    "SITUATIONS",
    "Reaction",
    "Reactions",
    "Situation",
    "for_whom",
    "reactions_of",
]

Situation = Literal[
    "sound",
    "get-401",
    "get-404",
    "get-405",
    "get-502",
    "clean-end",
    "reset",
    "reopening-502",
    "retry",
    "priming-event",
    "session-lost",
    "post-401",
    "post-503",
]
"""One fault of an otherwise sound server: the GET refused with that status, its stream
ended cleanly or reset after 1.0 s, the reopening refused, `retry: 2000` before a clean
end, an event with an id and no data, the session forgotten at the first call (404,
-32001), the first call refused with that status.
"""

SITUATIONS: tuple[Situation, ...] = get_args(Situation)


class Reaction(BaseModel):
    """What a client did after one fault, until `watched_s` after its first request.

    `again`: its one stream was "held", or after it ended or was refused the client
    asked "never" again, it "gives up" after `gets` GETs, or it asks "for ever", that is
    for as long as it was watched. `waits_s` are its waits, from the end of one GET to
    the next in one session; one can be late where the client was still starting, none
    is early. `session` is the one that its calls used at last, `tools`
    whether its last call was answered; a client that never calls lost them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    again: Literal["no GET", "held", "never", "gives up", "for ever"]
    gets: Annotated[int, Field(ge=0)]
    waits_s: tuple[float, ...] = ()
    sends_last_event_id: bool = False
    session: Literal["kept", "new", "lost"]
    tools: Literal["left", "lost"]
    watched_s: float


class Reactions(MeasuredFact):
    """What one version of one client does after each fault that it was run against."""

    after: dict[Situation, Reaction]


@cache
def _table(client: ClientName) -> tuple[Reactions, ...] | NotMeasured:
    return read_measured(client_folder(client), "reactions", Reactions)


def reactions_of(client: str) -> Reactions | None:
    """Return what NAME or NAME@VERSION does, of the nearest measured version.

    None where neither it nor one that it is like was measured. Raises
    UnknownClientError for a name that no folder has.
    """
    name, version = split_client(client)
    found = _table(name)
    while isinstance(found, NotMeasured):
        if not found.like:
            return None
        found = _table(name_client(found.like))
    wanted = nearest_version([each.version for each in found], version)
    return next(each for each in found if each.version == wanted)


def for_whom(situation: Situation) -> dict[Literal["left", "lost"], tuple[str, ...]]:
    """Return which measured clients keep their tools in a situation, and which do not.

    Each as NAME@VERSION: what a person is told whose client is not known.
    """
    measured = (rows for rows in map(_table, client_names()) if isinstance(rows, tuple))
    met = [row for rows in measured for row in rows if situation in row.after]
    return {
        outcome: tuple(row.key for row in met if row.after[situation].tools == outcome)
        for outcome in ("left", "lost")
    }
