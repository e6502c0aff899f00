"""Every client's logs on this machine, one timeline for each server."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtriage.client.config_entries import shown_url
from streamtriage.client.log_clusters import clusters
from streamtriage.client.log_files import Budget, read_log
from streamtriage.client.log_state import MOMENT_LIMIT, Timeline
from streamtriage.client.log_timeline import follow
from streamtriage.error_text.signature import parse
from streamtriage.knowledge.client_places import places
from streamtriage.knowledge.versions import version_of
from streamtriage.model import ServerLog, VersionCount
from streamtriage.redaction import Redactor, cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from streamtriage.client.log_files import ReadLog
    from streamtriage.client.log_lines import Line
    from streamtriage.client.surroundings import Surroundings

__all__ = [
    "FILE_LIMIT",
    "READ_SECONDS",
    "Kept",
    "gather",
    "log_files",
    "logs_of",
    "read_logs",
    "tell",
]

# A person waits for this; the newest logs are read first.
READ_SECONDS = 8.0
FILE_LIMIT = 400
SERVER_LIMIT = 60
LIFE_LIMIT = 2000
# Drops of several servers within this time have one cause: the network or a sleep.
TOGETHER_S = 5.0
_FOLDER = re.compile(r"^mcp-logs-(.+)$")
# Cursor's names tell the scope, those of VS Code also who configured the server.
_FILE = re.compile(
    r"^(?:mcp-server-|MCP[ -]*|"
    r"mcpServer\.(?:mcp\.config\.\w+\.|claude-desktop\.\w+\.)?)"
    r"(?:user-|project-\d+-)?(.+)$"
)


@dataclass
class Kept:
    """One server of one client while its files are read."""

    client: str
    server: str
    timeline: Timeline = field(default_factory=Timeline)
    files: list[str] = field(default_factory=list)
    bytes_read: int = 0
    bytes_skipped: int = 0
    broken: int = 0


def logs_of(
    around: Surroundings, extra: Sequence[Path] = (), *, seconds: float = READ_SECONDS
) -> tuple[ServerLog, ...]:
    """Return one timeline for each server that some log names, worst first.

    `extra` are files that the person names. Reads the newest files first, within
    bounds; what was left out is noted in `around.looked`.
    """
    files = [*((path, "") for path in extra), *log_files(around)]
    return read_logs(files, around, Budget.seconds(seconds))


def log_files(around: Surroundings) -> list[tuple[Path, str]]:
    """Return the logs of this machine's clients, each with its client."""
    files: list[tuple[Path, str]] = []
    for place in places(around.system):
        if place.role != "logs":
            continue
        pattern = around.resolve(place.path)
        found = around.matches(pattern)
        what = f"{place.client} {place.scope}"
        if not found:
            around.note(what, pattern, "nothing there")
        files += [(path, place.client) for path in found[:FILE_LIMIT]]
        if len(found) > FILE_LIMIT:
            left = f"{len(found) - FILE_LIMIT} older files were not read"
            around.note(what, pattern, "too many", left)
    return files


def read_logs(
    files: Iterable[tuple[Path, str]], around: Surroundings, budget: Budget
) -> tuple[ServerLog, ...]:
    """Read these files, each with the client that wrote it or "" if that is unknown."""
    told = [log for _, log in tell(gather(files, around, budget), around)]
    told.sort(key=lambda log: (log.failures, log.last_at), reverse=True)
    return tuple(told[:SERVER_LIMIT])


def gather(
    files: Iterable[tuple[Path, str]], around: Surroundings, budget: Budget
) -> tuple[Kept, ...]:
    """Return what these files say of each server that they name."""
    kept: dict[tuple[str, str], Kept] = {}
    unread = 0
    for path, client in files:
        if budget.spent:
            unread += 1
        elif path.suffix == ".gz":
            around.note("rotated log", path, "exists, not opened", "compressed")
        else:
            _read_one(path, client, around, budget, kept)
    if unread:
        around.note("logs", "", "too many", f"{unread} older files were not read")
    return tuple(kept.values())


def tell(
    kept: Sequence[Kept], around: Surroundings
) -> tuple[tuple[Kept, ServerLog], ...]:
    """Sum each server up; those that nothing happened to are left out."""
    together = _together(kept)
    pairs = (
        (one, _told(one, together[one.client, one.server], around)) for one in kept
    )
    return tuple(
        (one, log) for one, log in pairs if log.moments or log.closing or log.connects
    )


def _read_one(
    path: Path,
    client: str,
    around: Surroundings,
    budget: Budget,
    kept: dict[tuple[str, str], Kept],
) -> None:
    what = f"{client or 'named'} log"
    around.tell(around.shown(path))
    named = _FOLDER.match(path.parent.name) or _FILE.match(path.stem)
    server = named[1] if named and path.suffix != ".txt" else ""
    try:
        log = read_log(path, budget, server)
    except OSError as problem:
        around.note(what, path, "could not be read", type(problem).__name__)
        return
    budget.files_read += 1
    skipped = f"{log.bytes_skipped} older bytes skipped" if log.bytes_skipped else ""
    around.note(what, path, "read", skipped)
    client = client or _client_of(log.lines)
    servers = list(dict.fromkeys(line.server for line in log.lines))
    for each in servers:
        one = kept.setdefault((client, each), Kept(client, each))
        follow((line for line in log.lines if line.server == each), one.timeline)
        _count(one, log, around.shown(path))


def _count(one: Kept, log: ReadLog, shown: str) -> None:
    if len(one.files) < 20:
        one.files.append(shown)
    one.bytes_read += log.bytes_read
    one.bytes_skipped += log.bytes_skipped
    one.broken += log.broken


def _client_of(lines: Iterable[Line]) -> str:
    said = {line.said for line in lines}
    return "Claude Code" if said & {"dropped", "tokens", "version", "closing"} else ""


def _together(kept: Iterable[Kept]) -> dict[tuple[str, str], int]:
    """Count for each server the drops that came with another server's."""
    ends = {(one.client, one.server): sorted(one.timeline.drops_at) for one in kept}
    counts = {}
    for key, own in ends.items():
        others = sorted(
            at for other, all_ in ends.items() if other != key for at in all_
        )
        counts[key] = sum(
            bisect_right(others, at + TOGETHER_S) > bisect_left(others, at - TOGETHER_S)
            for at in own
        )
    return counts


def _told(one: Kept, shared: int, around: Surroundings) -> ServerLog:
    timeline, hide = one.timeline, Redactor(around.secrets)
    moments = sorted(timeline.moments, key=lambda moment: moment.at)
    failed = [m for m in moments if m.kind not in ("connected", "flap")]
    versions = _versions(timeline)
    return ServerLog(
        client=one.client,
        server=cut(hide.text(one.server), 80),
        url=shown_url(timeline.url) if timeline.url else "",
        files=tuple(one.files),
        bytes_read=one.bytes_read,
        bytes_skipped=one.bytes_skipped,
        broken_lines=one.broken,
        first_at=timeline.first_at,
        last_at=timeline.last_at,
        connects=timeline.connects,
        connect_failures=timeline.connect_failures,
        cuts=timeline.cuts,
        polite_ends=timeline.polite_ends,
        refused=dict(timeline.refused.most_common(20)),
        refused_first=dict(timeline.refused_first.most_common(20)),
        exhausted=timeline.exhausted,
        session_expired=timeline.session_expired,
        session_expired_any_404=timeline.session_expired_any_404,
        closing=dict(timeline.closing.most_common(10)),
        given_up=timeline.given_up,
        wakes=timeline.wakes,
        tools_not_connected=timeline.tools_not_connected,
        unanswered_calls=timeline.unanswered_calls,
        failures=timeline.failures,
        lives_s=tuple(timeline.lives_s[-LIFE_LIMIT:]),
        clusters=clusters(timeline.lives_s),
        shared_drops=shared,
        flap=timeline.flap,
        actions=dict(timeline.actions.most_common(10)),
        versions=versions,
        failing_since=failed[0].at if failed else "",
        failing_since_version=_since_version(versions),
        moments=tuple(moments[-MOMENT_LIMIT:]),
        error=_error(timeline, hide),
        signature=hide.noun(parse(_text(timeline))),
    )


def _text(timeline: Timeline) -> str:
    newest = max(timeline.versions, key=version_of, default="")
    agent = [f"claude-code/{newest}"] if newest else []
    tokens = ["No token data found"] * 40 if timeline.flap else []
    words = [f"Connection error: {text}" for text in timeline.errors]
    closing = list(timeline.closing)
    return "\n".join((*agent, *words, *closing, *tokens))


def _error(timeline: Timeline, hide: Redactor) -> str:
    """Return the newest line that names a refused reopening, else the newest error."""
    telling = [text for text in timeline.errors if "Failed to reconnect" in text]
    newest = (telling or timeline.errors)[-1:]
    return cut(hide.text(newest[0]), 300) if newest else ""


def _versions(timeline: Timeline) -> tuple[VersionCount, ...]:
    known = sorted(timeline.versions, key=version_of)
    return tuple(
        VersionCount(
            version=version,
            connects=timeline.connects_by[version],
            failures=timeline.failures_by[version],
        )
        for version in known
    )


def _since_version(versions: tuple[VersionCount, ...]) -> str:
    """Return the version that failures began with, if an earlier one had none."""
    first = next((i for i, each in enumerate(versions) if each.failures), None)
    if first is None or first == 0:
        return ""
    before = sum(each.connects for each in versions[:first])
    return versions[first].version if before >= 3 else ""
