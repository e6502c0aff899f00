"""What each server, framework and gateway does on the wire, asked sixteen ways."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, NewType

from pydantic import BaseModel, ConfigDict, Field

from streamtriage.knowledge.rows import Fact

__all__ = ["Answer", "KnownServer", "ServerId", "known_servers", "server_of"]

ServerId = NewType("ServerId", str)
"""The id of one server in one way of setting it up."""


class Answer(BaseModel):
    """One answer: its status, and what its body says; a `text` may be a beginning.

    `code` is that of a JSON-RPC error. `says` is "nothing" where no head came.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[int, Field(ge=100, le=599)] | None = None
    code: int | None = None
    text: str = ""
    says: Literal[
        "",
        "nothing",
        "a result",
        "a stream",
        "an event",
        "a page",
        "a redirect",
        "an empty list",
        "isError",
    ] = ""


class KnownServer(Fact):
    """One product in one version and one way of setting it up, as it was measured.

    `family` is whose words and remedies it shares, in the terms of `dialects.csv`.
    `get` is the GET in a live session; `first_bytes` came with its head, `keep_alive`
    every `keep_alive_s` seconds after it, "" if nothing came in 32 s. `after_reset` are
    the statuses of a GET 0, 1 and 2.5 s after the client's socket was reset.
    `trailing_slash` is a POST to the URL with a slash too much. At SIGTERM an open
    stream is "cut", ends "cleanly" by a last chunk, or "never" within 20 s;
    `sigterm_gone_s` is when the process had ended. What was not asked is None.
    """

    id: ServerId
    title: str
    version: str
    set_up: str
    family: str
    gateway: bool = False
    server_name: str = ""
    get_without_session: Answer
    get_unknown_session: Answer
    post_unknown_session: Answer
    get: Answer
    first_byte_s: float | None = None
    first_bytes: str = ""
    keep_alive: str | None = None
    keep_alive_s: float | None = None
    second_get: Answer | None = None
    after_reset: tuple[int, ...] = ()
    event_ids: bool
    made_up_last_event_id: Answer | None = None
    initialized: Answer | None = None
    delete: Answer
    get_after_delete: Answer
    revisions: tuple[str, ...]
    answers_unknown_revision_with: str = ""
    discover: Answer
    unknown_revision_header: Answer | None = None
    head: int | None = None
    options: int | None = None
    put: int | None = None
    allow: tuple[str, ...] = ()
    foreign_host: Answer
    foreign_origin: Answer
    trailing_slash: Answer
    session_idle_s: float | None = None
    most_sessions: int | None = None
    requests_a_minute: int | None = None
    sigterm_stream_ends: Literal["cut", "cleanly", "never"] | None = None
    sigterm_stream_s: float | None = None
    sigterm_gone_s: float | None = None
    wrong_key: Answer | None = None
    without_key: Answer | None = None
    upstream_down_list: Answer | None = None
    upstream_down_call: Answer | None = None


@cache
def known_servers() -> tuple[KnownServer, ...]:
    """Return every server that was measured, in the order of the table."""
    path = files("streamtriage.knowledge") / "servers.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(KnownServer.model_validate(row) for row in table["server"])


def server_of(name: ServerId) -> KnownServer:
    """Return one server; raises LookupError, with the known ones, if there is none."""
    for each in known_servers():
        if each.id == name:
            return each
    known = ", ".join(each.id for each in known_servers())
    raise LookupError(f"No server is called {name!r}. Known are: {known}.")
