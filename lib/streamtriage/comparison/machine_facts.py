"""A machine as a flat list of comparable facts, each with its weight and its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.languages import translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import LocalEvidence, RemoteServer, SecretFacts, Variable

__all__ = ["Fact", "facts"]


@dataclass(frozen=True)
class Fact:
    """One comparable value; `change` may hold {broken} and {working}."""

    value: str
    topic: str
    weight: int
    why: str
    change: str = ""


_PROXIES = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")
_TRUST = ("NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA", "SSL_CERT_FILE", "NODE_OPTIONS")
_TRUST_MORE = ("CLAUDE_CODE_CERT_STORE", "NODE_TLS_REJECT_UNAUTHORIZED")
_RUNTIME = ("MCP_SDK_GENERATION", "MCP_PROTOCOL_NEGOTIATION")


def facts(local: LocalEvidence) -> dict[str, Fact]:
    """Return every fact under a name that is the same on two machines."""
    found: dict[str, Fact] = {}
    for key, fact in (
        *_clients(local),
        *_servers(local),
        *_variables(local),
        *_account(local),
        *_machine(local),
    ):
        found.setdefault(key, fact)
    return found


def _clients(local: LocalEvidence) -> Iterator[tuple[str, Fact]]:
    for client in local.clients:
        if client.version:
            fatal = any(known.matters == "fatal" for known in client.known)
            yield (
                translate("{client}: version", client=client.name),
                Fact(
                    client.version,
                    "version",
                    70 if fatal else 45,
                    translate(
                        "Versions differ in what they do when the stream cannot be "
                        "reopened."
                    ),
                    translate(
                        "Install {name} {{working}} where it is broken.",
                        name=client.name,
                    ),
                ),
            )
        yield (
            translate("{client}: runtime", client=client.name),
            Fact(
                client.runtime,
                "version",
                40,
                translate("Equal versions can run different MCP client runtimes."),
            ),
        )


def _servers(local: LocalEvidence) -> Iterator[tuple[str, Fact]]:
    for server in local.servers:
        if server.state == "masked":
            continue
        whose = {"client": server.client, "server": server.name}
        yield (
            translate("{client}: server {server}: state", **whose),
            Fact(
                translate(server.state),
                "address",
                65,
                translate("An entry that is not used connects nothing."),
                translate(
                    "Make the entry of {name} usable, as where it works.",
                    name=server.name,
                ),
            ),
        )
        yield (
            translate("{client}: server {server}: URL", **whose),
            Fact(
                server.url,
                "address",
                60,
                translate("Another address is another server, or another way to it."),
                translate("Use {working} where it is broken."),
            ),
        )
        yield (
            translate("{client}: server {server}: transport", **whose),
            Fact(
                server.transport,
                "address",
                60,
                translate(
                    "The older SSE transport and Streamable HTTP are different "
                    "protocols."
                ),
                translate('Write "type": "{working}" where it is broken.'),
            ),
        )
        yield from _headers(server)


def _headers(server: RemoteServer) -> Iterator[tuple[str, Fact]]:
    for fact in server.header_facts:
        yield (
            translate(
                "{client}: server {server}: header {header}",
                client=server.client,
                server=server.name,
                header=fact.name,
            ),
            Fact(
                _state_of(fact),
                "sign-in",
                50,
                translate("The server decides by this header who may do what."),
                translate(
                    "Give {name} the form that it has where it works: {{working}}.",
                    name=fact.name,
                ),
            ),
        )


_LENGTHS = {
    "empty": "empty length",
    "short": "short length",
    "usual": "usual length",
    "long": "long length",
}


def _state_of(fact: SecretFacts) -> str:
    said = [fact.scheme, fact.form, translate(_LENGTHS[fact.length])]
    said += [translate("with a line break")] if fact.newline else []
    said += [translate("with an outer blank")] if fact.outer_blank else []
    said += (
        [translate("from {variables}", variables=" ".join(fact.variables))]
        if fact.variables
        else []
    )
    said += (
        [translate("{unset} not set", unset=" ".join(fact.unset))] if fact.unset else []
    )
    return ", ".join(filter(None, said))


def _variables(local: LocalEvidence) -> Iterator[tuple[str, Fact]]:
    for variable in local.variables:
        topic, weight = _topic(variable)
        yield (
            translate("variable {name}", name=variable.name),
            Fact(
                variable.value or translate("empty"),
                topic,
                weight,
                variable.does,
                translate(
                    "Give {name} the value that it has where it works: {{working}}.",
                    name=variable.name,
                ),
            ),
        )


def _topic(variable: Variable) -> tuple[str, int]:
    name = variable.name
    if name.lower() in _PROXIES:
        return "proxy", 45
    if name in (*_TRUST, *_TRUST_MORE):
        return "trust", 35
    if name in _RUNTIME:
        return "version", 35
    if "TIMEOUT" in name:
        return "limits", 20
    if variable.value == "set":
        return "sign-in", 30
    return "other", 10


def _account(local: LocalEvidence) -> Iterator[tuple[str, Fact]]:
    account = local.account
    yield (
        translate("sign-in"),
        Fact(
            ", ".join(account.methods) or translate("none found"),
            "sign-in",
            30,
            translate(
                "Another account has other rights, and a key turns connectors off."
            ),
        ),
    )
    names = ", ".join(sorted(each.server for each in account.needs_auth))
    yield (
        translate("servers remembered as needing a sign-in"),
        Fact(
            names or translate("none"),
            "sign-in",
            40,
            translate("Claude Code does not connect a server that it remembers so."),
            translate("Sign in again: claude mcp login NAME."),
        ),
    )


def _machine(local: LocalEvidence) -> Iterator[tuple[str, Fact]]:
    machine = local.machine
    yield (
        translate("system"),
        Fact(machine.system, "network", 15, translate("Paths and stores differ.")),
    )
    yield (
        translate("runs inside"),
        Fact(
            ", ".join(machine.inside) or translate("nothing"),
            "network",
            30,
            translate(
                "Inside a container, WSL or CI, localhost and the way out are others."
            ),
        ),
    )
    yield (
        translate("architecture"),
        Fact(
            machine.architecture,
            "other",
            5,
            translate("Builds differ by architecture."),
        ),
    )
    yield (
        "localhost",
        Fact(
            " ".join(machine.localhost) or translate("unknown"),
            "network",
            15,
            translate("A server may listen on one of the two addresses only."),
        ),
    )
    yield (
        translate("default route"),
        Fact(
            translate(
                {True: "yes", False: "no", None: "unknown"}[machine.default_route]
            ),
            "network",
            25,
            translate("Without a default route only local servers are reached."),
        ),
    )
