"""What the causes ask of the person's machine, for the server at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamtriage.model import LocalEvidence

if TYPE_CHECKING:
    from streamtriage.model import Cluster, RemoteServer, ServerLog
    from streamtriage.observations.case import Case

__all__ = [
    "claude_version",
    "cluster_near",
    "local_of",
    "log_of",
    "runtime_of",
    "same_endpoint",
    "servers_of",
]


def local_of(case: Case) -> LocalEvidence | None:
    """Return what the person's machine said, if it was looked at."""
    found = (each for each in case.evidence if isinstance(each, LocalEvidence))
    # A look that was given up on tells nothing, least of all that nothing is there.
    return next((each for each in found if each.failure is None), None)


def same_endpoint(one: str, other: str) -> bool:
    """Tell whether two shown URLs name the same endpoint, whatever their queries."""
    try:
        mine, theirs = urlsplit(one.strip()), urlsplit(other.strip())
    except ValueError:
        return False
    hosts = [each.netloc.rpartition("@")[2].lower() for each in (mine, theirs)]
    paths = [each.path.rstrip("/") for each in (mine, theirs)]
    return bool(hosts[0]) and hosts[0] == hosts[1] and paths[0] == paths[1]


def log_of(case: Case) -> ServerLog | None:
    """Return the log of the server at hand; without a URL, of the one that fails most.

    A log that names no URL counts only if it is the only one.
    """
    local = local_of(case)
    if local is None or not local.logs:
        return None
    url = case.intake.url
    if not url:
        return local.logs[0]
    own = [log for log in local.logs if same_endpoint(log.url, url)]
    named = {server.name for server in servers_of(case)}
    own = own or [log for log in local.logs if log.server and log.server in named]
    if not own and len(local.logs) == 1 and not local.logs[0].url:
        return local.logs[0]
    client = case.intake.client.lower()
    mine = [log for log in own if client and log.client.lower() in client]
    return next(iter(mine or own), None)


def servers_of(case: Case) -> tuple[RemoteServer, ...]:
    """Return the configured entries of the server at hand, or all without a URL."""
    local = local_of(case)
    if local is None:
        return ()
    url = case.intake.url
    return tuple(s for s in local.servers if not url or same_endpoint(s.url, url))


def claude_version(case: Case) -> str:
    """Return the version of Claude Code, if that is the client at hand."""
    intake, local = case.intake, local_of(case)
    name = intake.client.lower().replace("-", " ").replace("_", " ")
    if name and "claude" not in name:
        return ""
    if name and intake.client_version:
        return intake.client_version
    log = log_of(case)
    if log is not None:
        if log.client not in ("", "Claude Code"):
            return ""
        if log.versions:
            return log.versions[-1].version
    clients = local.clients if local else ()
    return next((c.version for c in clients if c.name == "Claude Code"), "")


def runtime_of(case: Case, log: ServerLog | None) -> str:
    """Return the client's runtime: from the log's texts, else from what is known."""
    for said in (log.signature.runtime if log else "", case.signature.runtime):
        if "node" in said or "bun" in said:
            return said
    local = local_of(case)
    name = log.client if log else ""
    clients = local.clients if local else ()
    return next((c.runtime for c in clients if c.name == name), "unknown")


def cluster_near(log: ServerLog, first_s: float, last_s: float) -> Cluster | None:
    """Return the cluster of ages whose middle lies in between."""
    found = (c for c in log.clusters if first_s <= c.middle_s <= last_s)
    return next(found, None)
