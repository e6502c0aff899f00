"""Claude Code's settings files: what they say of servers and variables."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from streamtriage.knowledge.client_places import places
from streamtriage.workstation.config.entries import Source
from streamtriage.workstation.config.formats import DIALECTS
from streamtriage.workstation.config.json_slices import ShapeError, line_of, load, parts
from streamtriage.workstation.config.scopes import Choices

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.knowledge.client_places import Place
    from streamtriage.model import ShapeProblem
    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["CHOICES", "CLIENT", "ClaudeSettings", "claude_places", "claude_settings"]

CLIENT = "Claude Code"
CHOICES = (
    "enabledMcpjsonServers",
    "disabledMcpjsonServers",
    "disabledMcpServers",
    "hasTrustDialogAccepted",
    "enableAllProjectMcpServers",
)


@dataclass
class ClaudeSettings:
    """What the settings files say that bears on servers; no secret is among it.

    `env` maps a variable to the file whose `env` block sets it. `values` holds those
    that `known_variables` allows to be told.
    """

    choices: Choices = field(default_factory=Choices)
    env: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    key_helper: bool = False
    problems: list[ShapeProblem] = field(default_factory=list)


def claude_places(around: Surroundings, role: str) -> tuple[Place, ...]:
    """Return Claude Code's places of one role on this system."""
    rows = places(around.system)
    return tuple(row for row in rows if row.client == CLIENT and row.role == role)


def claude_settings(
    around: Surroundings, project: Path | None = None
) -> ClaudeSettings:
    """Read the settings files of one folder for what bears on servers."""
    settings = ClaudeSettings()
    for place in claude_places(around, "settings"):
        path = around.resolve(place.path, project)
        text = around.read(path, f"{CLIENT} settings")
        if text is not None:
            _read_settings(text, around.shown(path), settings)
    return settings


def _read_settings(text: str, shown: str, settings: ClaudeSettings) -> None:
    source = Source(DIALECTS[CLIENT], "settings", shown)
    try:
        spots = parts(text, {*CHOICES, "env", "apiKeyHelper", "mcpServers"})
        read = {
            name: load(text[start:end])
            for name, (start, end) in spots.items()
            if name in CHOICES or name == "env"
        }
    except ShapeError as problem:
        settings.problems.append(
            source.problem(
                "unreadable",
                "",
                f"The settings cannot be used: {problem}.",
                "Mend the file at that line.",
            )
        )
        return
    settings.choices = settings.choices.and_also(read)
    settings.key_helper = settings.key_helper or "apiKeyHelper" in spots
    env = read.get("env")
    if isinstance(env, dict):
        for name, value in env.items():
            if isinstance(value, str | int | float):
                settings.env[name] = (str(value), shown)
    if "mcpServers" in spots:
        line = line_of(text, spots["mcpServers"][0])
        settings.problems.append(
            replace(source, line=line).problem(
                "wrong-file",
                "",
                '"mcpServers" in a settings file is ignored by Claude Code.',
                "Move it to .mcp.json in the project, or run `claude mcp add --scope "
                "user`.",
            )
        )
