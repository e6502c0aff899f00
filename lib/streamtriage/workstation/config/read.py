"""Every client's configured remote servers, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.client_places import places
from streamtriage.workstation.config.claude_code import claude_servers
from streamtriage.workstation.config.entries import Source
from streamtriage.workstation.config.files import servers_in
from streamtriage.workstation.config.formats import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.model import RemoteServer, ShapeProblem
    from streamtriage.workstation.config.entries import Entry
    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["configured"]

# Whoever has mended so many looks again.
PROBLEM_LIMIT = 500
_BLOCKING = ("type-missing", "type-unknown", "url-invalid", "wrong-key", "wrong-file")


def configured(
    around: Surroundings, versions: Mapping[str, str]
) -> tuple[tuple[RemoteServer, ...], tuple[ShapeProblem, ...]]:
    """Return the remote servers of all clients and the mistakes in their files."""
    entries, problems = claude_servers(around, versions.get("Claude Code", ""))
    for place in places(around.system):
        if place.role != "config" or place.client == "Claude Code":
            continue
        path = around.resolve(place.path)
        text = around.read(path, f"{place.client} {place.scope} servers")
        if text is None:
            continue
        in_project = "{project}" in place.path
        source = Source(
            DIALECTS[place.client],
            place.scope,
            around.shown(path),
            around.shown(around.cwd) if in_project else "",
            versions.get(place.client, ""),
        )
        found = servers_in(text, source, around)
        problems += found.problems
        entries += _settled(found.entries, entries)
    for entry in entries:
        problems += entry.problems
    once = list(dict.fromkeys(problems))
    if len(once) > PROBLEM_LIMIT:
        left = f"{len(once) - PROBLEM_LIMIT} mistakes are not told"
        around.note("mistakes", "", "too many", left)
    return tuple(e.server for e in entries), tuple(once[:PROBLEM_LIMIT])


def _settled(found: tuple[Entry, ...], before: list[Entry]) -> list[Entry]:
    """Mark what cannot be used; a folder's entry hides the person's of that name."""
    settled = []
    for entry in found:
        server = entry.server
        for place, other in enumerate(before):
            rival = other.server
            if (rival.client, rival.name) == (server.client, server.name):
                before[place] = other.with_state("masked", server.scope)
        blocked = any(problem.kind in _BLOCKING for problem in entry.problems)
        usable = server.state == "wins" and blocked
        settled.append(entry.with_state("unusable") if usable else entry)
    return settled
