"""What the logs of a client say about one server."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamtriage.model.intake import Signature
from streamtriage.model.vocabulary import Noun

__all__ = [
    "Cluster",
    "Flap",
    "LogKind",
    "LogMoment",
    "ServerLog",
    "VersionCount",
    "VersionStep",
]


LogKind = Literal[
    "connected",
    "connect-failed",
    "cut",
    "refused",
    "refused-first",
    "exhausted",
    "closed-by-client",
    "session-expired",
    "given-up",
    "flap",
]


class LogMoment(Noun):
    """One moment of a client's log; `life_s` is how long the stream had lived."""

    at: str
    kind: LogKind
    detail: str = ""
    life_s: float | None = None
    action: str = ""
    version: str = ""


class Cluster(Noun):
    """Ends of streams at nearly the same age, and who is known for that limit."""

    from_s: float
    to_s: float
    middle_s: float
    count: int
    of: int
    suspects: str = ""


class Flap(Noun):
    """A stream reopened once a second, of which the log shows only a token check."""

    began: str
    ended: str
    lines: int
    per_s: float


class VersionCount(Noun):
    """How one client version fared in a log."""

    version: str
    connects: int = 0
    failures: int = 0


class VersionStep(Noun):
    """How a server fared in the week before and in the week after a new version.

    Weeks are compared, since other things change too: a proxy that came days before
    would otherwise be laid to the version. `worse` is None where too few connections
    tell.
    """

    version: str
    before: VersionCount
    after: VersionCount
    worse: bool | None = None


class ServerLog(Noun):
    """The timeline of one server in one client's logs, newest part first if bounded.

    `failures` counts ends of streams that were not mended at once: cuts, and series of
    refusals. `closing` counts the lines with which the client gave a transport up or
    left it open. `unanswered_calls` are tool calls that timed out after the stream was
    given up. `shared_drops` came together with those of a server on another host,
    `same_server_drops` with another client's of this server. `young_ends` are ends at
    one age below 5 s. `copies` are files that tell of the same runs once more, which
    are counted once. `wakes` counts exhausted tries that failed by the network alone
    right after a long silence and were followed by a success.
    """

    client: str
    server: str
    url: str = ""
    files: tuple[str, ...] = ()
    bytes_read: int = 0
    bytes_skipped: int = 0
    broken_lines: int = 0
    first_at: str = ""
    last_at: str = ""
    connects: int = 0
    connect_failures: int = 0
    cuts: int = 0
    polite_ends: int = 0
    refused: dict[str, int] = Field(default_factory=dict)
    refused_first: dict[str, int] = Field(default_factory=dict)
    exhausted: int = 0
    session_expired: int = 0
    session_expired_any_404: int = 0
    closing: dict[str, int] = Field(default_factory=dict)
    given_up: int = 0
    wakes: int = 0
    tools_not_connected: int = 0
    unanswered_calls: int = 0
    failures: int = 0
    lives_s: tuple[float, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    shared_drops: int = 0
    same_server_drops: int = 0
    young_ends: Cluster | None = None
    copies: int = 0
    steps: tuple[VersionStep, ...] = ()
    flap: Flap | None = None
    actions: dict[str, int] = Field(default_factory=dict)
    versions: tuple[VersionCount, ...] = ()
    failing_since: str = ""
    failing_since_version: str = ""
    moments: tuple[LogMoment, ...] = ()
    error: str = ""
    signature: Signature = Field(default_factory=Signature)
