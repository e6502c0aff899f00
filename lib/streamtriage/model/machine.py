"""What the person's own machine says: clients, configuration, variables."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamtriage.model.evidence import ProbeEvidence
from streamtriage.model.logs import ServerLog
from streamtriage.model.vocabulary import Noun

__all__ = [
    "Account",
    "Client",
    "KnownDefect",
    "LocalEvidence",
    "Looked",
    "Machine",
    "NeedsAuth",
    "RemoteServer",
    "SecretFacts",
    "ServerState",
    "ShapeKind",
    "ShapeProblem",
    "Variable",
]


class KnownDefect(Noun):
    """One row of the table of regressions that applies to a version found here."""

    versions: str
    what: str
    sign: str = ""
    fixed_in: str = ""
    matters: Literal["fatal", "degraded", "cosmetic"]
    advice: str = ""
    source: str
    grade: Literal["V", "L", "I", "R"]


class Client(Noun):
    """One MCP client found on this machine.

    `runtime` uses the words of `Signature.runtime`; `found_by` names the files, folders
    or commands that gave it away, `known` what its version is known for.
    """

    name: str
    version: str = ""
    runtime: str = "unknown"
    sdk: str = ""
    found_by: tuple[str, ...] = ()
    versions_in_logs: tuple[str, ...] = ()
    known: tuple[KnownDefect, ...] = ()


class SecretFacts(Noun):
    """What may be told of a value that is never kept.

    `length` is a class, not a number. `expires` is read from a JWT only if the person
    named the variable that holds it.
    """

    name: str
    given: bool = True
    length: Literal["empty", "short", "usual", "long"] = "usual"
    scheme: str = ""
    form: Literal["", "jwt", "placeholder"] = ""
    newline: bool = False
    outer_blank: bool = False
    variables: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    expires: str = ""


ShapeKind = Literal[
    "type-missing",
    "type-unknown",
    "wrong-key",
    "wrong-file",
    "sse-url-as-http",
    "url-invalid",
    "variable-unset",
    "variable-not-expanded",
    "duplicate-name",
    "not-approved",
    "outer-blank",
    "newline-in-value",
    "unreadable",
    "too-small-timeout",
]


class ShapeProblem(Noun):
    """One mistake in a configuration: a sentence, and the change that mends it."""

    kind: ShapeKind
    client: str
    path: str
    line: int | None = None
    server: str = ""
    says: str
    fix: str


ServerState = Literal[
    "wins", "masked", "not approved", "rejected", "disabled", "not read", "unusable"
]


class RemoteServer(Noun):
    """One configured remote server, and whether its entry is the one that is used.

    `masked_by` names the scope whose entry of the same name, or of the same endpoint,
    is used instead. `project` is empty for entries that hold in every folder.
    """

    client: str
    name: str
    scope: str
    path: str
    line: int | None = None
    project: str = ""
    transport: str = ""
    url: str = ""
    wrapper: str = ""
    state: ServerState = "wins"
    masked_by: str = ""
    header_facts: tuple[SecretFacts, ...] = ()
    env_names: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    header_program: bool = False
    timeout_ms: int | None = None


class Variable(Noun):
    """One environment variable that matters here; `value` only where it is no secret.

    `where` is "environment" or the settings file whose `env` block sets it.
    """

    name: str
    where: str
    value: str = ""
    does: str
    source: str


class Machine(Noun):
    """The operating system around the client, as far as it bears on the stream."""

    system: Literal["linux", "macos", "windows"] = "linux"
    release: str = ""
    architecture: str = ""
    python: str = ""
    inside: tuple[Literal["wsl", "container", "devcontainer", "ssh", "ci"], ...] = ()
    localhost: tuple[str, ...] = ()
    host_gateway: str = ""
    default_route: bool | None = None
    clock_synchronised: bool | None = None
    log_ahead_s: float | None = None


class NeedsAuth(Noun):
    """A server that Claude Code remembers as one that asked for a sign-in."""

    server: str
    at: str = ""


class Account(Noun):
    """How the client signs in, told without opening a single store."""

    methods: tuple[str, ...] = ()
    connectors_off_because: str = ""
    stores: tuple[str, ...] = ()
    needs_auth: tuple[NeedsAuth, ...] = ()
    named: tuple[SecretFacts, ...] = ()


class Looked(Noun):
    """One place that was looked at, and what was there."""

    what: str
    path: str
    outcome: Literal[
        "read", "nothing there", "could not be read", "exists, not opened", "too many"
    ]
    detail: str = ""


class LocalEvidence(ProbeEvidence):
    """What the person's own machine says; read only, nothing of it is a secret.

    `notes` say what was left undone, and why.
    """

    probe: Literal["local"] = "local"
    machine: Machine = Field(default_factory=Machine)
    clients: tuple[Client, ...] = ()
    servers: tuple[RemoteServer, ...] = ()
    problems: tuple[ShapeProblem, ...] = ()
    logs: tuple[ServerLog, ...] = ()
    variables: tuple[Variable, ...] = ()
    account: Account = Field(default_factory=Account)
    looked: tuple[Looked, ...] = ()
    notes: tuple[str, ...] = ()
