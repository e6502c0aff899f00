"""Synthetic homes: a person's files in the layout of one system."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from streamtriage.workstation.filesystem import Surroundings
from streamtriage.workstation.inspect import look_around

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.knowledge.client_places import System
    from streamtriage.model import LocalEvidence

URL = "https://mcp.example.test/mcp"
HTTP = {"type": "http", "url": URL}


@dataclass
class Home:
    """A home folder that is written to, then looked at."""

    base: Path
    system: System = "linux"
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.base / "home" / "dev"

    @property
    def project(self) -> Path:
        return self.home / "project"

    def surroundings(self) -> Surroundings:
        self.project.mkdir(parents=True, exist_ok=True)
        return Surroundings(
            home=self.home,
            environ=self.environ,
            cwd=self.project,
            system=self.system,
            root=self.base / "root",
        )

    def write(self, pattern: str, content: Any) -> Path:
        """Write a file at a place of the table; what is not text becomes JSON."""
        path = self.surroundings().resolve(pattern)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def look(self, **more: Any) -> LocalEvidence:
        return look_around(self.surroundings(), run_versions=False, **more)


def claude_log(*texts: str, began: str = "2026-11-22T10:00:00.000Z") -> str:
    """Return a per-server log with one line a second, as Claude Code writes it."""
    start = datetime.fromisoformat(began)
    return "".join(
        json.dumps(
            {
                "debug": text,
                "timestamp": (start + timedelta(seconds=n))
                .isoformat(timespec="milliseconds")
                .replace("+00:00", "Z"),
                "sessionId": "9a9d1665-a007-4550-aff7-69cf4c15eb50",
                "cwd": "/home/dev/project",
            },
            separators=(",", ":"),
        )
        + "\n"
        for n, text in enumerate(texts)
    )


LOGS = "{cache}/claude-cli-nodejs/-home-dev-project/mcp-logs-notes/2026.jsonl"
