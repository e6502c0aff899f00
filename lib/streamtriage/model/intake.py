"""What the person gives, and what it means before any probe runs."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, SecretStr

from streamtriage.model.entry import Entry, entries, read_pairs
from streamtriage.model.vocabulary import CertificateFault, Half, Noun

__all__ = ["AskedAs", "Intake", "PrintedBy", "Signature", "Target", "TrustStore"]


_Seconds: TypeAlias = Annotated[float, Field(ge=0, le=7200)]
_Headers: TypeAlias = Annotated[dict[str, str], BeforeValidator(read_pairs)]


class Intake(Noun):
    """What the person gives; secrets appear only as names of environment variables.

    A field is declared here and nowhere else: commands, forms, notebooks, `make` and
    fleets are made from its `Entry`.
    """

    error: Annotated[
        str,
        Entry(
            "What was printed?",
            "The text that was printed: a line, a stack trace or a whole log.",
            "Failed to reconnect SSE stream: …",
            "pasted",
            main=True,
        ),
    ] = ""
    action: Annotated[
        str, Entry("What triggered it?", "What you did when it came.", "opened a file")
    ] = ""
    url: Annotated[
        str,
        Entry(
            "Which server?",
            "The MCP server's URL, as in the client's configuration.",
            "https://host/mcp",
            "address",
            main=True,
        ),
    ] = ""
    client: Annotated[
        str, Entry("Client", "The client that failed.", "claude-code")
    ] = ""
    client_version: Annotated[
        str, Entry("Client version", "The client's version.", "2.1.0")
    ] = ""
    auth_env: Annotated[
        str,
        Entry(
            "Variable with the token",
            "Environment variable that holds the bearer token.",
            "MCP_TOKEN",
            "variable",
        ),
    ] = ""
    second_auth_env: Annotated[
        str,
        Entry(
            "Variable with a second token",
            "The same person's other token, to see whether a session takes both.",
            "MCP_NEW_TOKEN",
            "variable",
        ),
    ] = ""
    header_envs: Annotated[
        _Headers,
        Entry(
            "Other secret headers",
            "A header and the environment variable that holds its value.",
            "X-Api-Key=MY_KEY",
            "variables",
            named="header",
        ),
    ] = Field(default_factory=dict)
    ca_file: Annotated[
        str,
        Entry(
            "Extra CA file",
            "A PEM file with more authorities, as NODE_EXTRA_CA_CERTS.",
            "/etc/ssl/company.pem",
            "file",
            named="ca",
        ),
    ] = ""
    proxy: Annotated[
        str,
        Entry(
            "Proxy of the client",
            "The client's proxy, if this environment does not name it.",
            "http://proxy:3128",
            "address",
        ),
    ] = ""
    provider_url: Annotated[
        str,
        Entry(
            "Model provider",
            "The model provider's endpoint; asked only if it is given.",
            "https://api.example.com/v1",
            "address",
            named="provider",
        ),
    ] = ""
    hold_s: Annotated[
        _Seconds,
        Entry(
            "Seconds to watch",
            "Seconds to watch a silent stream.",
            "130",
            "seconds",
            named="hold",
        ),
    ] = 130.0
    idle_s: Annotated[
        _Seconds,
        Entry(
            "Seconds left alone",
            "Seconds to leave a session alone; 0 leaves that question out.",
            "0",
            "seconds",
            named="idle",
        ),
    ] = 0.0

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The environment variables whose values must never be shown."""
        names: list[str] = []
        for entry in entries(Intake).values():
            value = getattr(self, entry.field)
            if entry.kind == "variable":
                names.append(value)
            elif entry.kind == "variables":
                names += value.values()
        return tuple(filter(None, names))


class PrintedBy(Noun):
    """The client that printed a text: `name` is its folder in the knowledge tables.

    `sdk` is what it is built on, `version` its own, each "" where the text shows none.
    """

    name: str
    title: str
    sdk: str = ""
    version: str = ""


class AskedAs(Noun):
    """The client that failed, as far as known, and whose requests the probes sent.

    `client` is its folder in the knowledge tables, "" if nothing names one; `version`
    is "" if that is not known. `by` says what named it: the person, the pasted text,
    this machine's configuration or logs. `rows` is NAME@VERSION of the measured rows,
    "" in reports of builds that had none; `http2` whether HTTP/2 was offered.
    `loses_tools` are the faults after which that client was measured without tools.
    `not_known` is a name that was given and that no measured client has.
    """

    client: str = ""
    version: str = ""
    by: Literal["given", "text", "config", "log", "default"] = "default"
    rows: str = ""
    http2: bool = True
    loses_tools: tuple[str, ...] = ()
    not_known: str = ""

    @property
    def key(self) -> str:
        """Return the client as a person types it, "" if none is known."""
        return f"{self.client}@{self.version}" if self.version else self.client


class Signature(Noun):
    """What a pasted text says about the failure, before any probe runs.

    `statuses` are the HTTP statuses of the failure that the text holds, as a number or
    as a standard reason phrase; none where it holds none. `answered` is whether an HTTP
    answer came, None where the text does not say. `half` is the most telling one of
    `halves`. `clients` are all that the text shows, `client` is the one that printed
    the failure. `certificate` is "hidden" where the client is one that prints the same
    words whatever was wrong with the connection. `symptom` is what a person tells
    without a machine's text; `first_probe` then answers most, and `asks` is a question
    for what the text lacks.
    """

    runtime: str = "unknown"
    client: PrintedBy | None = None
    clients: tuple[str, ...] = ()
    half: Half = "none"
    reason: str | None = None
    statuses: tuple[int, ...] = ()
    answered: bool | None = None
    halves: tuple[Half, ...] = ()
    lines: tuple[str, ...] = ()
    certificate: CertificateFault | None = None
    symptom: str = ""
    first_probe: str = ""
    asks: str = ""
    means: str = ""

    @property
    def is_this_error(self) -> bool:
        """True when the text tells of an event stream or of the session under it."""
        return self.half not in ("none", "look-alike", "connect", "unknown")

    @property
    def legacy_session(self) -> bool:
        """True when only a session of revision 2025-11-25 or older prints this text."""
        return self.half in ("initial-open", "reopen", "exhausted")


class TrustStore(Noun):
    """One place with authorities: a variable's file or folder, or the system's store.

    `name` is the variable, "system", or "given" for a file that the person named.
    `used` is whether the client that failed reads it; `problem` why it cannot be read,
    which clients pass over with a warning.
    """

    name: str
    path: str = ""
    used: bool = False
    problem: str = ""


class Target(Noun):
    """How to reach the server.

    `headers` are masked in every rendering and in JSON. `proxy` is the proxy that the
    client would use for this URL, if any. `stores` are the authorities at hand beside
    Mozilla's; without any, `ca_file` alone is added to those.
    """

    url: str
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    proxy: str | None = None
    ca_file: str | None = None
    second_authorization: SecretStr | None = None
    stores: tuple[TrustStore, ...] = ()
    revision: str = "2025-11-25"
