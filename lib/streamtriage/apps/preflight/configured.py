"""The servers that clients on this machine are configured with, as far as askable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.apps.preflight.run import not_asked

if TYPE_CHECKING:
    from streamtriage.apps.preflight.model import Server
    from streamtriage.model import LocalEvidence, RemoteServer

__all__ = ["configured"]


def configured(local: LocalEvidence) -> tuple[tuple[str, ...], tuple[Server, ...]]:
    """Return the URLs that can be asked, and the others with the reason why not.

    A URL or header that holds a secret was never read in full, so it cannot be sent.
    """
    urls: dict[str, None] = {}
    others: dict[str, Server] = {}
    for server in local.servers:
        if server.state == "masked" or not server.url:
            continue
        why = _why_not(server)
        if why:
            named = f"{server.client}: {server.name}"
            others.setdefault(named, not_asked(server.url, why, named))
        else:
            urls[server.url] = None
    return tuple(urls), tuple(others.values())


def _why_not(server: RemoteServer) -> str:
    if server.state != "wins":
        return f"Not asked: its entry in {server.path} is not used ({server.state})."
    if "<hidden" in server.url or "${" in server.url:
        return (
            "Not asked: a part of its URL is a secret or a variable. Ask it by its "
            "whole URL."
        )
    if server.header_facts or server.header_program:
        names = ", ".join(fact.name for fact in server.header_facts) or "headers"
        return (
            f"Not asked: its client sends {names}, whose value is not read here. Ask "
            "it alone, with --auth-env or --header."
        )
    return ""
