"""Which of several entries Claude Code uses, and which it masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.workstation.config.entries import Source
from streamtriage.workstation.config.formats import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamtriage.model import ShapeProblem
    from streamtriage.workstation.config.entries import Entry
    from streamtriage.workstation.config.files import FoundInFile

__all__ = ["Choices", "Settled", "settle"]


@dataclass(frozen=True)
class Choices:
    """What the person allowed or switched off in one folder."""

    approved: frozenset[str] = frozenset()
    rejected: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    all_approved: bool = False

    def and_also(self, read: Mapping[str, object]) -> Choices:
        """Add what one file says."""
        return Choices(
            self.approved | _names(read.get("enabledMcpjsonServers")),
            self.rejected | _names(read.get("disabledMcpjsonServers")),
            self.disabled | _names(read.get("disabledMcpServers")),
            self.all_approved or read.get("enableAllProjectMcpServers") is True,
        )

    def joined(self, other: Choices) -> Choices:
        return Choices(
            self.approved | other.approved,
            self.rejected | other.rejected,
            self.disabled | other.disabled,
            self.all_approved or other.all_approved,
        )

    def of_project_entry(self, name: str) -> str:
        if name in self.rejected:
            return "rejected"
        if self.all_approved or name in self.approved:
            return "wins"
        return "not approved"


@dataclass(frozen=True)
class Settled:
    """Entries with their states, and what follows from the choice."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[ShapeProblem, ...] = ()


def _names(value: object) -> frozenset[str]:
    if not isinstance(value, list):
        return frozenset()
    return frozenset(each for each in value if isinstance(each, str))


def settle(
    own: FoundInFile,
    shared: FoundInFile,
    everywhere: tuple[FoundInFile, FoundInFile, FoundInFile] | None,
    stronger: tuple[FoundInFile, FoundInFile],
    choices: Choices,
) -> Settled:
    """Decide for one folder: local, then project, user, plugin; managed excludes all.

    A whole entry wins, no fields are merged. Without `everywhere` only the folder's own
    entries are returned, judged against the entries that hold everywhere.
    """
    user, plugins, managed = everywhere or (stronger[0], None, stronger[1])
    ranked: list[tuple[str, Sequence[Entry]]] = [
        ("local", own.entries),
        ("project", shared.entries),
        ("user", user.entries),
        ("plugin", plugins.entries if plugins else ()),
    ]
    if managed.entries:
        return _managed(managed.entries, ranked, told=everywhere is not None)
    settled: list[Entry] = []
    problems: list[ShapeProblem] = []
    taken: dict[str, Entry] = {}
    endpoints: dict[str, Entry] = {}
    for scope, entries in ranked:
        for entry in entries:
            name = entry.server.name
            state = _state(scope, entry, choices)
            rival = taken.get(name)
            if rival is None and scope == "plugin":
                rival = endpoints.get(entry.address)
            if state == "wins" and rival is not None:
                entry = entry.with_state("masked", rival.server.scope)  # noqa: PLW2901
                problems += _duplicate(entry, rival)
            else:
                entry = entry.with_state(state)  # noqa: PLW2901
            if state == "wins" and rival is None:
                taken[name] = entry
                endpoints[entry.address] = entry
            if state == "not approved":
                problems.append(_not_approved(entry))
            if everywhere is not None or scope in ("local", "project"):
                settled.append(entry)
    return Settled(tuple(settled), tuple(problems))


def _state(scope: str, entry: Entry, choices: Choices) -> str:
    if entry.server.name in choices.disabled or entry.server.state == "disabled":
        return "disabled"
    if scope == "project":
        return choices.of_project_entry(entry.server.name)
    blocking = ("type-missing", "type-unknown", "url-invalid")
    unusable = any(problem.kind in blocking for problem in entry.problems)
    return "unusable" if unusable else "wins"


def _managed(
    managed: Sequence[Entry],
    ranked: Sequence[tuple[str, Sequence[Entry]]],
    *,
    told: bool,
) -> Settled:
    others = [
        entry.with_state("masked", "managed")
        for scope, entries in ranked
        for entry in entries
        if told or scope in ("local", "project")
    ]
    return Settled((*(managed if told else ()), *others))


def _source(entry: Entry) -> Source:
    server = entry.server
    return Source(
        DIALECTS[server.client],
        server.scope,
        server.path,
        server.project,
        line=server.line,
    )


def _duplicate(entry: Entry, rival: Entry) -> list[ShapeProblem]:
    mine, other = entry.server, rival.server
    same = (mine.transport, mine.header_facts) == (other.transport, other.header_facts)
    if same and entry.address == rival.address:
        return []
    return [
        _source(entry).problem(
            "duplicate-name",
            mine.name,
            f"{mine.name} is configured twice: the {other.scope} entry in {other.path} "
            f"is used, the {mine.scope} entry in {mine.path} is not. Entries are not "
            "merged.",
            f"Remove one: claude mcp remove {mine.name} --scope {other.scope}",
        )
    ]


def _not_approved(entry: Entry) -> ShapeProblem:
    name = entry.server.name
    return _source(entry).problem(
        "not-approved",
        name,
        f"{name} stands in the project's .mcp.json but was not approved in this "
        "folder, so Claude Code does not connect it.",
        "Start claude in this folder and approve it, or run `claude mcp "
        "reset-project-choices` first if the question does not come.",
    )
