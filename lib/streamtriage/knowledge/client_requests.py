"""How each client asks: every byte of its requests, measured from the real one."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streamtriage.knowledge.client_folders import (
    ClientName,
    MeasuredFact,
    NotMeasured,
    client_folder,
    name_client,
    nearest_version,
    read_measured,
)
from streamtriage.on_first_use import compile_later

__all__ = [
    "DEFAULT_CLIENT",
    "OWN",
    "AskedRequest",
    "Dialect",
    "Framing",
    "RequestRole",
    "dialect_of",
    "dialects_of",
    "split_client",
]

RequestRole = Literal[
    "discover",
    "early-get",
    "initialize",
    "initialized",
    "get",
    "reopening",
    "list",
    "call",
    "listen",
    "delete",
]
"""What a request is for: `early-get` comes before any session, `reopening` after an end
of the stream, `list` and `call` are tools/list and tools/call.
"""

Framing = Literal["none", "length", "chunked"]

OWN = "{own}"
"""The line in whose place the headers stand that a person configured."""

HeaderLine = Annotated[
    str, Field(pattern=r"^(\{own\}|[!#$%&'*+.^_`|~0-9A-Za-z-]+: .+)$")
]


class AskedRequest(BaseModel):
    """One request as it stands on the wire, without its request line.

    A line is `name: value` in its own spelling. In a value `{host}`, `{length}`,
    `{method}` (of JSON-RPC), `{session}`, `{revision}` and `{last_event_id}` stand for
    what changes, `{varies}` for what differed between two runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["GET", "POST", "DELETE"]
    framing: Framing
    headers: tuple[HeaderLine, ...]

    def value(self, name: str) -> str | None:
        """Return the value of a header, or None if it is not sent."""
        lines = (line.partition(": ") for line in self.headers if line != OWN)
        return next((value for key, _, value in lines if key.lower() == name), None)

    @property
    def charset(self) -> str:
        """Return the charset that the content type names, or an empty text."""
        _, _, parameters = (self.value("content-type") or "").partition(";")
        name, _, value = parameters.strip().partition("=")
        return value.strip('"') if name.lower() == "charset" else ""


class Dialect(MeasuredFact):
    """How one version of one client speaks to a server of revisions up to 2025-11-25.

    `sequence` is the order in which its first requests come, `revisions` are those that
    it asks for, in order; `sends_revision` is whether it names the agreed one after
    `initialize`. `sessions` counts those that it opens at a start. `own_names` says how
    the names of configured headers are spelled on the wire. `reopening_waits_s` are its
    waits before each try when the stream was reset and the reopening refused (some
    late, none early), `gives_up` is whether it then stops. `client_info` names the
    program around a library: for a library it is the one that measured it.
    """

    http: Literal["HTTP/1.1"]
    sequence: tuple[RequestRole, ...]
    revisions: Annotated[tuple[str, ...], Field(min_length=1)]
    sends_revision: bool
    sessions: Annotated[int, Field(ge=1)]
    posts_while_streaming: bool
    own_names: Literal["as given", "lower case"]
    client_info: dict[str, str]
    capabilities: dict[str, object]
    reopening_waits_s: tuple[float, ...]
    gives_up: bool
    requests: dict[RequestRole, AskedRequest]

    @property
    def opening_revision(self) -> str:
        """Return the revision that its `initialize` asks for."""
        # A modern one is asked for by `server/discover`, before.
        return self.revisions[-1]

    @model_validator(mode="after")
    def _is_whole(self) -> Dialect:
        needed: set[RequestRole] = {"initialize", *self.sequence}
        if missing := needed - set(self.requests):
            raise ValueError(f"the sequence has no request for {sorted(missing)}")
        return self

    def request(self, role: RequestRole) -> AskedRequest | None:
        """Return how it makes this request, or the nearest one that it does make.

        A probe asks what a client never asks as that client would: a DELETE like its
        GET, a `server/discover` like its `initialize`. None where it has no GET.
        """
        nearest: dict[RequestRole, RequestRole] = {
            "discover": "initialize",
            "early-get": "get",
            "initialized": "list",
            "reopening": "get",
            "list": "call",
            "call": "list",
            "listen": "list",
            "delete": "get",
        }
        found = self.requests.get(role)
        return found or self.requests.get(nearest.get(role, role))


_VERSION_BEHIND = compile_later(r"(.*\S)[\s/]+(v?\d+(?:\.\w+)+)")

DEFAULT_CLIENT = "mcp-typescript"
"""Whom the probes speak like when nothing says who failed."""


@cache
def _table(client: ClientName) -> tuple[Dialect, ...] | NotMeasured:
    return read_measured(client_folder(client), "requests", Dialect)


def dialects_of(client: ClientName) -> tuple[Dialect, ...]:
    """Return the measured versions of a client; those that it is like where none was.

    Empty where nobody knows what it is like.
    """
    found = _table(client)
    if isinstance(found, NotMeasured):
        return dialects_of(name_client(found.like)) if found.like else ()
    return found


def dialect_of(client: str) -> Dialect:
    """Return how NAME or NAME@VERSION speaks, of the nearest measured version.

    The dialect's own `client` and `version` say whose rows they are. Raises
    UnknownClientError for a name that no folder has, ClientDataError for a wrong row.
    """
    name, version = split_client(client)
    found = dialects_of(name) or dialects_of(name_client(DEFAULT_CLIENT))
    wanted = nearest_version([each.version for each in found], version)
    return next(each for each in found if each.version == wanted)


def split_client(text: str) -> tuple[ClientName, str]:
    """Return the client and the version, "" if none, of NAME@VERSION and the like.

    Raises UnknownClientError for a name that no folder has.
    """
    whole = text.strip()
    name, at, version = whole.rpartition("@")
    if not at or not name:
        # As people type it: `Claude Code 2.1.150`.
        found = _VERSION_BEHIND.fullmatch(whole)
        name, version = (found[1], found[2]) if found else (whole, "")
    return name_client(name), version.strip().removeprefix("v")
