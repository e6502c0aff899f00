"""Claude Code's configuration: every scope, and which entry wins."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.workstation.config.claude_code_settings import (
    CHOICES,
    CLIENT,
    claude_places,
    claude_settings,
)
from streamtriage.workstation.config.entries import Entry, Source
from streamtriage.workstation.config.files import FoundInFile, servers_at, servers_in
from streamtriage.workstation.config.formats import DIALECTS
from streamtriage.workstation.config.json_slices import (
    Lines,
    ShapeError,
    load,
    members,
    parts,
)
from streamtriage.workstation.config.scopes import Choices, settle

if TYPE_CHECKING:
    from streamtriage.knowledge.client_places import Place
    from streamtriage.model import ShapeProblem
    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["claude_servers"]

# A person works in a handful of folders; the others are old.
PROJECT_LIMIT = 30


@dataclass
class _Projects:
    """What ~/.claude.json says of each folder."""

    found: dict[str, FoundInFile] = field(default_factory=dict)
    choices: dict[str, Choices] = field(default_factory=dict)


def claude_servers(
    around: Surroundings, version: str
) -> tuple[list[Entry], list[ShapeProblem]]:
    """Return every remote server of every scope, with the one that wins marked."""
    settings = claude_settings(around)
    env = frozenset(settings.env)
    problems = list(settings.problems)
    user, projects = _home_file(around, version, env, problems)
    managed = _whole_file(claude_places(around, "config")[-1], around, version, env)
    plugins = _plugins(around, version, env)
    problems += [*user.problems, *managed.problems, *plugins.problems]
    problems += _unread_files(around, version, env)
    entries: list[Entry] = []
    for number, folder in enumerate(_folders(around, projects)):
        own = projects.found.get(folder, FoundInFile())
        shared = _project_file(around, Path(folder), version, env)
        problems += [*own.problems, *shared.problems]
        choices = projects.choices.get(folder, Choices()).joined(settings.choices)
        # Entries that hold everywhere are told once, as seen from the current folder.
        everywhere = (user, plugins, managed) if number == 0 else None
        settled = settle(own, shared, everywhere, (user, managed), choices)
        entries += settled.entries
        problems += settled.problems
    return entries, problems


def _folders(around: Surroundings, projects: _Projects) -> list[str]:
    """Return the current folder first, then others that configure something."""
    here = around.cwd
    known = set(projects.found) | set(projects.choices)
    above = [str(each) for each in (here, *here.parents) if str(each) in known]
    first = above[0] if above and not (here / ".mcp.json").is_file() else str(here)
    others = [folder for folder in projects.found if folder != first]
    return [first, *others][:PROJECT_LIMIT]


def _home_file(
    around: Surroundings,
    version: str,
    env: frozenset[str],
    problems: list[ShapeProblem],
) -> tuple[FoundInFile, _Projects]:
    place = claude_places(around, "config")[0]
    path = around.resolve(place.path)
    text = around.read(path, f"{CLIENT} user and local servers")
    projects = _Projects()
    if text is None:
        return FoundInFile(), projects
    shown = around.shown(path)
    source = Source(DIALECTS[CLIENT], "user", shown, "", version, env)
    user = FoundInFile()
    try:
        # The file also holds the account and the history: everything but these two
        # members is skipped as text.
        spots = parts(text, {"mcpServers", "projects"})
        if "mcpServers" in spots:
            user = servers_at(text, spots["mcpServers"][0], source, around)
        if "projects" in spots:
            _read_projects(text, spots["projects"][0], source, around, projects)
    except ShapeError as problem:
        problems.append(
            source.problem(
                "unreadable",
                "",
                f"The file cannot be used: {problem}.",
                "Restore it from ~/.claude/backups, or mend that line.",
            )
        )
    return user, projects


def _read_projects(
    text: str, place: int, source: Source, around: Surroundings, into: _Projects
) -> None:
    lines, passed = Lines(text), 0
    here = {str(each) for each in (around.cwd, *around.cwd.parents)}
    for folder, start, _ in members(text, place):
        if text[start : start + 1] != "{":
            continue
        if folder not in here and len(into.found) >= PROJECT_LIMIT:
            # Nobody is told of more folders, so there is no use in reading them.
            passed += 1
            continue
        spots = parts(text, {"mcpServers", *CHOICES}, start)
        lists = {
            name: load(text[a:b]) for name, (a, b) in spots.items() if name in CHOICES
        }
        if lists:
            into.choices[folder] = Choices().and_also(lists)
        if "mcpServers" not in spots:
            continue
        local = Source(
            source.dialect,
            "local",
            source.path,
            around.shown(folder),
            source.client_version,
            source.settings_env,
        )
        found = servers_at(text, spots["mcpServers"][0], local, around, lines)
        if found.entries or found.problems:
            into.found[folder] = found
    if passed:
        around.note("projects", source.path, "too many", f"{passed} were not read")


def _whole_file(
    place: Place,
    around: Surroundings,
    version: str,
    env: frozenset[str],
    project: Path | None = None,
) -> FoundInFile:
    path = around.resolve(place.path, project)
    text = around.read(path, f"{CLIENT} {place.scope} servers")
    if text is None:
        return FoundInFile()
    folder = around.shown(project) if project else ""
    shown = around.shown(path)
    source = Source(DIALECTS[CLIENT], place.scope, shown, folder, version, env)
    return servers_in(text, source, around)


def _project_file(
    around: Surroundings, folder: Path, version: str, env: frozenset[str]
) -> FoundInFile:
    place = next(p for p in claude_places(around, "config") if p.scope == "project")
    return _whole_file(place, around, version, env, folder)


def _unread_files(
    around: Surroundings, version: str, env: frozenset[str]
) -> list[ShapeProblem]:
    """Name the files that people write and Claude Code does not read."""
    found = []
    for place in claude_places(around, "unread"):
        inside = _whole_file(place, around, version, env)
        if inside.entries:
            names = ", ".join(entry.server.name for entry in inside.entries)
            source = Source(DIALECTS[CLIENT], "unread", inside.entries[0].server.path)
            found.append(
                source.problem(
                    "wrong-file",
                    "",
                    f"Claude Code does not read this file; it holds {names}.",
                    "Move it to .mcp.json in the project's top folder, or run `claude "
                    "mcp add --scope user`.",
                )
            )
    return found


def _plugins(around: Surroundings, version: str, env: frozenset[str]) -> FoundInFile:
    place = claude_places(around, "plugins")[0]
    text = around.read(around.resolve(place.path), f"{CLIENT} plugins")
    if text is None:
        return FoundInFile()
    try:
        spots = parts(text, {"plugins"})
        installed = load(text[slice(*spots["plugins"])]) if spots else {}
    except ShapeError:
        return FoundInFile()
    entries: list[Entry] = []
    problems: list[ShapeProblem] = []
    for name, versions in installed.items() if isinstance(installed, dict) else ():
        for one in versions if isinstance(versions, list) else [versions]:
            folder = one.get("installPath") if isinstance(one, dict) else None
            if not isinstance(folder, str) or len(entries) > 200:
                continue
            path = Path(folder) / ".mcp.json"
            inside = around.read(path, f"plugin {str(name)[:60]}")
            if inside is None:
                continue
            shown = around.shown(path)
            source = Source(DIALECTS[CLIENT], "plugin", shown, "", version, env)
            found = servers_in(inside, source, around)
            entries += found.entries
            problems += found.problems
    return FoundInFile(tuple(entries), tuple(problems))
