"""What the person gives, and what it means before any probe runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from streamtriage.model.vocabulary import CertificateFault, Half, Noun

__all__ = ["AskedAs", "Intake", "PrintedBy", "Signature", "Target", "TrustStore"]


class Intake(Noun):
    """What the person gives; secrets appear only as names of environment variables.

    `proxy` is the proxy that the client is configured with, where this tool's own
    environment does not say so. `provider_url` is the model provider's endpoint; it is
    asked only if it is given.
    """

    error: str = ""
    action: str = ""
    url: str = ""
    client: str = ""
    client_version: str = ""
    auth_env: str = ""
    second_auth_env: str = ""
    """Another credential of the same person, to see whether a session takes both."""
    header_envs: dict[str, str] = Field(default_factory=dict)
    ca_file: str = ""
    proxy: str = ""
    provider_url: str = ""
    hold_s: Annotated[float, Field(ge=0, le=7200)] = 130.0
    idle_s: Annotated[float, Field(ge=0, le=7200)] = 0.0
    """How long a session of ours is left alone; 0 leaves that question out."""

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The environment variables whose values must never be shown."""
        names = (self.auth_env, self.second_auth_env, *self.header_envs.values())
        return tuple(name for name in names if name)


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
    """

    client: str = ""
    version: str = ""
    by: Literal["given", "text", "config", "log", "default"] = "default"
    rows: str = ""
    http2: bool = True
    loses_tools: tuple[str, ...] = ()

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
