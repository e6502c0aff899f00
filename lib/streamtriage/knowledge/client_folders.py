"""The folder of each client in `clients/`: its names, and how its files are read."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NewType, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from streamtriage.knowledge.rows import Fact
from streamtriage.knowledge.versions import version_of
from streamtriage.languages import translate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

__all__ = [
    "ClientDataError",
    "ClientFile",
    "ClientName",
    "MeasuredFact",
    "NotMeasured",
    "UnknownClientError",
    "client_folder",
    "client_folders",
    "client_names",
    "name_client",
    "nearest_version",
    "read_measured",
]

ClientName = NewType("ClientName", str)
"""The name of a folder in `clients/`."""

ClientFile = Literal["requests", "reactions", "trust"]


class ClientDataError(ValueError):
    """A client's folder lacks a file or has a wrong row; the message says which."""


class UnknownClientError(LookupError):
    """No client is known by what was typed; the message lists the known ones."""


class MeasuredFact(Fact):
    """One version of one client as it was measured.

    `runtime` is what it ran on, with what decides its bytes: Node.js, or Python with
    its HTTP library.
    """

    client: ClientName
    version: str
    runtime: str

    @property
    def key(self) -> str:
        """Return the client and version as a person types them."""
        return f"{self.client}@{self.version}"


class NotMeasured(BaseModel):
    """What stands in a file instead of rows: why, and whose rows are the nearest.

    `like` is the client whose library it is built on, or "" if nobody knows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str
    like: str = ""


F = TypeVar("F", bound=MeasuredFact)


def client_folder(client: ClientName) -> Traversable:
    """Return the folder of one client."""
    return files("streamtriage.knowledge") / "clients" / client


def client_folders() -> tuple[Traversable, ...]:
    """Return the folder of each client, by name."""
    here = files("streamtriage.knowledge") / "clients"
    found = [
        each for each in here.iterdir() if each.is_dir() and each.name[0] not in "._"
    ]
    return tuple(sorted(found, key=lambda folder: folder.name))


@cache
def client_names() -> tuple[ClientName, ...]:
    """Return the name of each client that has a folder, sorted."""
    return tuple(ClientName(folder.name) for folder in client_folders())


# --- what a person types --------------------------------------------------------------


def name_client(text: str) -> ClientName:
    """Return the client that a name means, however it is spelled.

    `Claude Code`, `claude_code` and `claude-code` are one; `gemini` means the one
    client of that word. Raises UnknownClientError, with the known names.
    """
    if text in client_names():
        return ClientName(text)
    words = _words(text)
    joined = "".join(words)
    same = [name for name in client_names() if joined in _spellings(name)]
    found = same or [name for name in client_names() if words and words <= _words(name)]
    if len(found) == 1:
        return found[0]
    which = ", ".join(found or client_names())
    if found:
        raise UnknownClientError(
            translate(
                "{text!r} can mean several clients: {which}.", text=text, which=which
            )
        )
    raise UnknownClientError(
        translate(
            "No client is called {text!r}. Known are: {which}. Leave "
            "it out to be asked as the TypeScript SDK asks.",
            text=text,
            which=which,
        )
    )


@cache
def _spellings(client: ClientName) -> frozenset[str]:
    """Return what one client is called, without what stands between the words."""
    path = client_folder(client) / "texts.toml"
    called = [client]
    if path.is_file():
        called += tomllib.loads(path.read_text(encoding="utf-8")).get("words", [])
    return frozenset("".join(_words(each)) for each in called)


class _Words(tuple[str, ...]):
    """The words of a name; one is part of another if all its words are."""

    __slots__ = ()

    def __le__(self, other: tuple[str, ...]) -> bool:
        return set(self) <= set(other)


def _words(text: str) -> _Words:
    return _Words(word for word in re.split(r"[^a-z0-9]+", text.lower()) if word)


def nearest_version(measured: Sequence[str], wanted: str) -> str:
    """Return the measured version that says most about another one.

    That is the newest that is not newer, of the same major version if there is one;
    the newest of all where no version is given or it is no number.
    """
    ordered = sorted(measured, key=version_of)
    number = version_of(wanted)
    if wanted in ordered or not number:
        return wanted if wanted in ordered else ordered[-1]
    major = [each for each in ordered if version_of(each)[:1] == number[:1]]
    candidates = major or ordered
    older = [each for each in candidates if version_of(each) <= number]
    return (older or candidates[:1])[-1]


# --- reading --------------------------------------------------------------------------


def read_measured(
    folder: Traversable, file: ClientFile, kind: type[F]
) -> tuple[F, ...] | NotMeasured:
    """Return the rows of one file of one client, or why there are none.

    Raises ClientDataError if the file is missing, is no TOML, or has a wrong row.
    """
    place = f"clients/{folder.name}/{file}.toml"
    path = folder / f"{file}.toml"
    if not path.is_file():
        raise ClientDataError(
            f"{place} is missing. Measure the client with `make clients`, or say in "
            'the file why it cannot be measured: [not_measured] why = "…".'
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ClientDataError(f"{place} cannot be read: {error}") from None
    return _checked(table, place, folder.name, kind)


def _checked(
    table: dict[str, Any], place: str, client: str, kind: type[F]
) -> tuple[F, ...] | NotMeasured:
    if unknown := set(table) - {"measured", "not_measured"}:
        raise ClientDataError(f"{place} has {sorted(unknown)}, which nothing reads.")
    try:
        if "not_measured" in table:
            return NotMeasured.model_validate(table["not_measured"])
        rows = [{**row, "client": client} for row in table.get("measured", [])]
        found = tuple(kind.model_validate(row) for row in rows)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ClientDataError(f"{place}: {where}: {first['msg']}.") from None
    versions = [row.version for row in found]
    if not versions or len(set(versions)) < len(versions):
        raise ClientDataError(f"{place} has no version, or one of them twice.")
    return found
