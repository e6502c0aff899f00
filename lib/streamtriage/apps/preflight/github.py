"""Annotations for a GitHub job, from which no server can start a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.commands.github_job import workflow_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.apps.preflight.model import Preflight, Server

__all__ = ["render_annotations"]

# GitHub shows ten of each level for one step, and drops the others without a word.
_EACH_LEVEL = 10


def render_annotations(done: Preflight) -> str:
    """Return one workflow command a line, the failing causes first."""
    lines: dict[str, list[str]] = {"error": [], "warning": []}
    for server in done.servers:
        for level, title, text in _told(server, passes=done.policy.unknown == "pass"):
            lines[level].append(workflow_command(level, title, text))
    kept = [line for level in lines for line in lines[level][:_EACH_LEVEL]]
    left = sum(map(len, lines.values())) - len(kept)
    if left:
        more = f"{left} more are in the table that the step prints."
        kept.append(workflow_command("notice", "streamtriage", more))
    return "".join(f"{line}\n" for line in kept)


def _told(server: Server, *, passes: bool) -> Iterator[tuple[str, str, str]]:
    label = "REHEARSAL " if server.report and server.report.rehearsal else ""
    named = f"{label}{server.name or server.url}"
    for judged in sorted(server.causes, key=lambda each: each.decision != "fails"):
        level = "error" if judged.decision == "fails" else "warning"
        why = "" if level == "error" else f" ({judged.decision}: {judged.reason})"
        text = f"{named}: {judged.title}. {judged.because}{why}"
        yield level, f"streamtriage {judged.cause}", text
    if server.result in ("unknown", "tool-fault"):
        known = passes and server.result == "unknown"
        yield (
            "warning" if known else "error",
            f"streamtriage {server.result}",
            f"{named}: {server.says}",
        )
    elif server.intermittent:
        tries = ", ".join(f"{each.number}: {each.result}" for each in server.tries)
        yield "warning", "streamtriage intermittent", f"{named}: tries {tries}"
