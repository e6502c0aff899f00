"""What each client prints: one folder a client, read as it lies there."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from streamtriage.knowledge.client_folders import client_folders
from streamtriage.knowledge.rows import Fact
from streamtriage.model import Half, Impact

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = [
    "ClientTexts",
    "PrintedText",
    "SeenInClient",
    "Version",
    "client_texts",
    "read_client_table",
    "title_of",
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PrintedText(_Part):
    """One text that a client prints, as a template of `error_text.templates`.

    `halves` are what it tells of, the most telling one first; none for a line that only
    repeats another. `with_text` must stand in the same paste, or the row says nothing.
    A `weak` row counts only where no other text of any client was found. `shared` rows
    are printed by others too and name no client. A row that `reopens` stands for a
    reopening as well: after a cut it is one. `piece` is the part of it that a large
    text is searched for, where several rows have one in common. `answered` is whether
    an HTTP answer came, where the text decides that.
    """

    text: Annotated[str, Field(min_length=8)]
    halves: tuple[Half, ...] = ()
    means: str = ""
    with_text: str = ""
    weak: bool = False
    shared: bool = False
    reopens: bool = False
    piece: str = ""
    answered: bool | None = None
    hides_reason: bool = False


class Version(_Part):
    """A template that holds the client's version as {version}, or that `means` one."""

    text: str
    means: str = ""


class SeenInClient(Fact):
    """What a person sees of one fault in one client, and whether it matters to them.

    `shows` is "" where the client prints nothing; `where` is then the place to look in,
    or "" if there is none.
    """

    fault: Literal[
        "GET refused",
        "GET refused, 404",
        "GET refused, 401",
        "open stream cut",
        "open stream ended cleanly",
        "first event empty",
        "session forgotten",
        "certificate not trusted",
    ]
    shows: str
    where: str = ""
    matters: Impact
    then: str


class ClientTexts(Fact):
    """One client: how its texts are known, and each of them.

    `name` is the folder's, `words` are what people call it. `base` says how deep it
    lies in programs of other names: 0 is a program, 1 a library that is built on an
    SDK, 2 an SDK, 3 a language's own library below it. `marks` are templates that only
    this client writes, `hints` those that it shares with few; a hint is met in its own
    case only. `ask` is where the exact line is found, as a part of a sentence, `note`
    what is to be known of all of its texts. `after_cut_s` is how long it waits after a
    cut before it asks again, in seconds.
    """

    name: str
    title: str
    sdk: str = ""
    base: Literal[0, 1, 2, 3] = 0
    runtime: str = ""
    after_cut_s: float = 1.0
    words: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    ask: str = ""
    note: str = ""
    texts: tuple[PrintedText, ...] = ()
    seen: tuple[SeenInClient, ...] = ()


def read_client_table(folder: Traversable, name: str) -> dict[str, Any] | None:
    """Return one of a client's tables, with citations filled in; None without one.

    A row without `source`, `grade` and `date` has those of its table.
    """
    path = folder / f"{name}.toml"
    if not path.is_file():
        return None
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    cited = {key: table[key] for key in ("source", "grade", "date") if key in table}
    for rows in ("seen", "places"):
        if rows in table:
            table[rows] = [{**cited, **row} for row in table[rows]]
    return {"name": folder.name, **table}


@cache
def client_texts() -> tuple[ClientTexts, ...]:
    """Return every client whose texts are known, by name."""
    tables = (read_client_table(folder, "texts") for folder in client_folders())
    return tuple(ClientTexts.model_validate(table) for table in tables if table)


def title_of(client: str) -> str:
    """Return how people write a client's name; its folder's where no title is known."""
    titles = {each.name: each.title for each in client_texts()}
    return titles.get(client, client)
