"""Which client the probes speak like: the one named, printed, configured or logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from streamtriage.knowledge.client_folders import (
    ClientName,
    UnknownClientError,
    client_names,
)
from streamtriage.knowledge.client_requests import (
    DEFAULT_CLIENT,
    Dialect,
    dialect_of,
    split_client,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ChosenBy", "ClientChoice", "choose_client"]

ChosenBy: TypeAlias = Literal["given", "text", "config", "log", "default"]


@dataclass(frozen=True, slots=True)
class ClientChoice:
    """One client, who chose it, and the measured rows that stand for it.

    `version` is what is known of it, "" if nothing; the dialect's own version is the
    nearest measured one, and its `client` another one where this was never measured.
    """

    client: ClientName
    version: str
    by: ChosenBy
    dialect: Dialect

    @property
    def is_measured(self) -> bool:
        """Tell whether the rows are of this very client and version."""
        return self.of_this_client and self.dialect.version == self.version

    @property
    def of_this_client(self) -> bool:
        """Tell whether the rows are of this client, in whatever version."""
        return self.dialect.client == self.client


def choose_client(
    given: str = "",
    *,
    text: Iterable[str] = (),
    config: Iterable[str] = (),
    log: Iterable[str] = (),
) -> ClientChoice:
    """Choose the client that failed; each name is NAME or NAME@VERSION.

    What was given decides, else the first of text, config and log that names exactly
    one known client; else the default. A version that only another source knows of the
    chosen client is taken from there. Raises UnknownClientError if what was given is
    no known client; other names that are unknown say nothing.
    """
    found: dict[ChosenBy, dict[ClientName, str]] = {
        "given": dict([split_client(given)]) if given.strip() else {},
        "text": _known(text),
        "config": _known(config),
        "log": _known(log),
    }
    by = next((each for each, named in found.items() if len(named) == 1), None)
    if by is None:
        # The folder is there, or nothing here would have a default.
        name = next(each for each in client_names() if each == DEFAULT_CLIENT)
        return ClientChoice(name, "", "default", dialect_of(name))
    (name,) = found[by]
    versions = [named[name] for named in found.values() if named.get(name)]
    version = found[by][name] or next(iter(versions), "")
    return ClientChoice(name, version, by, dialect_of(f"{name}@{version}"))


def _known(names: Iterable[str]) -> dict[ClientName, str]:
    """Return the known clients among these, each with the last version named of it."""
    found: dict[ClientName, str] = {}
    for each in names:
        try:
            name, version = split_client(each)
        except UnknownClientError:
            continue
        found[name] = version or found.get(name, "")
    return found
