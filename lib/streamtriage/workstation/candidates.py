"""What an intake form can be filled with before anybody types."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field

from streamtriage.model import LocalEvidence, Noun, RemoteServer, ServerLog

__all__ = ["Candidate", "prefill", "same_endpoint"]


class Candidate(Noun):
    """One server to choose from; its URL may lack a query that was a secret.

    `auth_env` and `header_envs` name the variables from which its entry takes the
    bearer token and other headers.
    """

    server: str
    client: str
    client_version: str = ""
    runtime: str = "unknown"
    url: str = ""
    url_is_whole: bool = True
    failures: int = 0
    failing_since: str = ""
    auth_env: str = ""
    header_envs: dict[str, str] = Field(default_factory=dict)
    error: str = ""
    action: str = ""
    last_at: str = ""
    state: str = ""


def same_endpoint(one: str, other: str) -> bool:
    """Tell whether two shown URLs name the same endpoint, whatever their queries."""
    try:
        mine, theirs = urlsplit(one.strip()), urlsplit(other.strip())
    except ValueError:
        return False
    return (
        bool(mine.netloc)
        and mine.netloc.rpartition("@")[2].lower()
        == theirs.netloc.rpartition("@")[2].lower()
        and mine.path.rstrip("/") == theirs.path.rstrip("/")
    )


def prefill(local: LocalEvidence) -> list[Candidate]:
    """Return the servers of this machine, the one that fails most first."""
    versions = {client.name: client for client in local.clients}
    taken: set[tuple[str, str]] = set()
    found: list[Candidate] = []
    for log in local.logs:
        server = _configured(log, local)
        name = server.name if server else log.server
        client = versions.get(log.client)
        newest = log.versions[-1].version if log.versions else ""
        found.append(
            Candidate(
                server=name or log.url or "(no name)",
                client=log.client,
                client_version=newest or (client.version if client else ""),
                runtime=client.runtime if client else "unknown",
                url=log.url or (server.url if server else ""),
                url_is_whole=_whole(log.url or (server.url if server else "")),
                failures=log.failures,
                failing_since=log.failing_since,
                auth_env=_auth_env(server),
                header_envs=_header_envs(server),
                error=log.error,
                action=next(iter(log.actions), ""),
                last_at=log.last_at,
                state=server.state if server else "",
            )
        )
        taken.add((log.client, name))
    for server in local.servers:
        if (server.client, server.name) in taken or server.state == "masked":
            continue
        taken.add((server.client, server.name))
        client = versions.get(server.client)
        found.append(
            Candidate(
                server=server.name,
                client=server.client,
                client_version=client.version if client else "",
                runtime=client.runtime if client else "unknown",
                url=server.url,
                url_is_whole=_whole(server.url),
                auth_env=_auth_env(server),
                header_envs=_header_envs(server),
                state=server.state,
            )
        )
    return sorted(found, key=lambda one: (-one.failures, one.client, one.server))


def _configured(log: ServerLog, local: LocalEvidence) -> RemoteServer | None:
    own = [
        server
        for server in local.servers
        if server.client == log.client and server.state != "masked"
    ]
    by_name = [server for server in own if _plain(server.name) == _plain(log.server)]
    by_url = [server for server in own if same_endpoint(server.url, log.url)]
    return next(iter(by_name or by_url), None)


def _auth_env(server: RemoteServer | None) -> str:
    """Return the variable behind `Authorization: Bearer`, if exactly one is."""
    facts = server.header_facts if server else ()
    names = [
        fact.variables[0]
        for fact in facts
        if fact.name.lower() == "authorization"
        and fact.scheme in ("Bearer", "")
        and len(fact.variables) == 1
    ]
    return names[0] if len(names) == 1 else ""


def _header_envs(server: RemoteServer | None) -> dict[str, str]:
    """Return the other headers whose whole value one variable seems to be."""
    facts = server.header_facts if server else ()
    return {
        fact.name: fact.variables[0]
        for fact in facts
        if fact.name.lower() != "authorization"
        and not fact.scheme
        and len(fact.variables) == 1
    }


def _plain(name: str) -> str:
    """Return a name as a log folder spells it."""
    return "".join(char if char.isalnum() else "-" for char in name)


def _whole(url: str) -> bool:
    return bool(url) and "<hidden>" not in url and "${" not in url
