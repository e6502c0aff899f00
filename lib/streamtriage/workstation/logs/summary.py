"""Every client's logs on this machine, one timeline for each server."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamtriage.error_text.clients_seen import known_client, programs_of
from streamtriage.error_text.parse import parse
from streamtriage.error_text.reason_phrases import classify, status_of
from streamtriage.knowledge.client_places import places
from streamtriage.knowledge.versions import version_of
from streamtriage.model import ServerLog, VersionCount
from streamtriage.on_first_use import compile_later
from streamtriage.redaction import Wall, cut
from streamtriage.workstation.config.entries import shown_url
from streamtriage.workstation.filesystem import open_quietly
from streamtriage.workstation.logs.clusters import clusters, young_ends
from streamtriage.workstation.logs.files import Budget, read_log
from streamtriage.workstation.logs.lines import moment
from streamtriage.workstation.logs.state import MOMENT_LIMIT, Timeline
from streamtriage.workstation.logs.timeline import follow
from streamtriage.workstation.logs.versions import blamed_version, steps
from streamtriage.workstation.logs.wide_files import as_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from streamtriage.workstation.filesystem import Surroundings
    from streamtriage.workstation.logs.lines import Line

__all__ = [
    "FILE_LIMIT",
    "READ_SECONDS",
    "Kept",
    "gather",
    "log_files",
    "logs_of",
    "read_logs",
    "status_before_sign_in",
    "tell",
]

# A person waits for this; the newest logs are read first.
READ_SECONDS = 8.0
FILE_LIMIT = 400
SERVER_LIMIT = 60
LIFE_LIMIT = 2000
# Drops of several servers within this time have one cause: the network or a sleep.
TOGETHER_S = 5.0
# Whose log it is stands on nearly every line.
CLIENT_BYTES = 64 * 1024
_FOLDER = compile_later(r"^mcp-logs-(.+)$")
# Cursor's names tell the scope, those of VS Code also who configured the server.
_FILE = compile_later(
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
    copies: int = 0


def logs_of(
    around: Surroundings, extra: Sequence[Path] = (), *, seconds: float = READ_SECONDS
) -> tuple[ServerLog, ...]:
    """Return one timeline for each server that some log names, worst first.

    `extra` are files that the person names. Reads the newest files first, within
    bounds; what was left out is noted in `around.looked`.
    """
    files = [*((path, "") for path in extra), *log_files(around)]
    return read_logs(files, around, Budget.seconds(seconds))


def log_files(
    around: Surroundings, *, limit: int = FILE_LIMIT
) -> list[tuple[Path, str]]:
    """Return the logs of this machine's clients, each with its client.

    `limit` bounds the files of each place, newest first; 0 takes all.
    """
    files: list[tuple[Path, str]] = []
    for place in places(around.system):
        if place.role != "logs":
            continue
        pattern = around.resolve(place.path)
        found = around.matches(pattern)
        what = f"{place.client} {place.scope}"
        if not found:
            around.note(what, pattern, "nothing there")
        files += [(path, place.client) for path in found[: limit or None]]
        if 0 < limit < len(found):
            left = f"{len(found) - limit} older files were not read"
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
    """Return what these files say of each server that they name.

    Two logs of one run are counted once.
    """
    parts: list[Kept] = []
    unread = 0
    for path, client in files:
        if budget.spent:
            unread += 1
        elif path.suffix == ".gz":
            around.note("rotated log", path, "exists, not opened", "compressed")
            unread += 1
        else:
            parts += _read_one(path, client, around, budget)
    if budget.files_read > FILE_LIMIT:
        more = budget.files_read - FILE_LIMIT
        around.note("logs", f"{more} more files", "read")
    if unread:
        around.note("logs", "", "too many", f"{unread} files were not read")
    return _joined(_once(parts))


def _once(parts: list[Kept]) -> list[Kept]:
    """Leave out what tells of the same run once more.

    Claude Code writes its debug log beside the server's own; copies of a log lie in
    tickets. The one that tells more is kept, with both names.
    """
    kept: list[Kept] = []
    # Where each moment was met before: two logs of one run have most of theirs in
    # common, and to compare each log with each would take hours for 20,000 of them.
    met: dict[float, list[int]] = {}
    for part in sorted(parts, key=_tells, reverse=True):
        near = {place for at in part.timeline.marks for place in _met_near(met, at)}
        twin = next((kept[i] for i in sorted(near) if _same_run(kept[i], part)), None)
        if twin is None:
            for at in part.timeline.marks:
                met.setdefault(at, []).append(len(kept))
            kept.append(part)
            continue
        twin.files += part.files
        twin.copies += 1
        twin.server = twin.server or part.server
        twin.timeline.url = twin.timeline.url or part.timeline.url
    return kept


def _met_near(met: Mapping[float, list[int]], at: float) -> Iterator[int]:
    for moment_s in (round(at - 0.1, 1), at, round(at + 0.1, 1)):
        yield from met.get(moment_s, ())


def _tells(one: Kept) -> tuple[int, int]:
    return len(one.timeline.marks), len(one.timeline.moments)


def _same_run(one: Kept, other: Kept) -> bool:
    """Say whether two logs have the same moments, to a tenth of a second.

    One moment can agree by chance, or by a deploy that two clients saw; the client and
    what is known of the server must agree too.
    """
    if one.client != other.client or not _may_be_one(one, other):
        return False
    mine, theirs = one.timeline.marks, other.timeline.marks
    near = {at for at in theirs if {round(at - 0.1, 1), at, round(at + 0.1, 1)} & mine}
    if len(near) < 0.8 * max(1, len(theirs)):
        return False
    return len(theirs) >= 2 or _begins_with(one, other)


def _begins_with(one: Kept, other: Kept) -> bool:
    began = (moment(one.timeline.first_at), moment(other.timeline.first_at))
    return None not in began and abs((began[0] or 0.0) - (began[1] or 0.0)) <= 0.1


def _may_be_one(one: Kept, other: Kept) -> bool:
    if one.timeline.url and other.timeline.url:
        return one.timeline.url == other.timeline.url
    return not (one.server and other.server) or one.server == other.server


def _joined(parts: list[Kept]) -> tuple[Kept, ...]:
    """Join the files of one server of one client; one that names none stays alone."""
    kept: dict[tuple[str, ...], Kept] = {}
    for part in sorted(parts, key=lambda one: one.timeline.first_at):
        named = part.server or part.timeline.url
        key = (part.client, named) if named else (part.client, "", *part.files[:1])
        one = kept.get(key)
        if one is None:
            kept[key] = part
            continue
        one.timeline.add(part.timeline)
        one.files += part.files
        one.copies += part.copies
        one.bytes_read += part.bytes_read
        one.bytes_skipped += part.bytes_skipped
        one.broken += part.broken
    return tuple(kept.values())


def tell(
    kept: Sequence[Kept], around: Surroundings
) -> tuple[tuple[Kept, ServerLog], ...]:
    """Sum each server up; those that nothing happened to are left out."""
    pairs = ((one, _told(one, _together(one, kept), around)) for one in kept)
    return tuple(
        (one, log) for one, log in pairs if log.moments or log.closing or log.connects
    )


def _read_one(
    path: Path, client: str, around: Surroundings, budget: Budget
) -> list[Kept]:
    what = f"{client or 'named'} log"
    around.at = path
    named = _FOLDER.match(path.parent.name) or _FILE.match(path.stem)
    server = named[1] if named and path.suffix != ".txt" else ""
    try:
        # Of many thousand files few tell anything, and to show a path takes longer
        # than to see that its file does not.
        log = read_log(path, budget, server, lambda: around.tell(around.shown(path)))
    except OSError as problem:
        around.note(what, path, "could not be read", type(problem).__name__)
        return []
    budget.files_read += 1
    skipped = f"{log.bytes_skipped} older bytes skipped" if log.bytes_skipped else ""
    if log.long_lines:
        sizes = ", ".join(f"{size} bytes" for size in log.long_lines[:4])
        long = f"{len(log.long_lines)} too long to be read ({sizes})"
        skipped = f"{skipped}; {long}" if skipped else long
    if skipped or budget.files_read <= FILE_LIMIT:
        around.note(what, path, "read", skipped)
    if not log.lines:
        return []
    # Whose each line is, it says itself only where the place says nothing.
    homes = programs_of({line.client for line in log.lines})
    mixed = not client and len(set(homes.values())) > 1
    client = client or (not mixed and _program(homes)) or _client_of(path, log.lines)
    parts = []
    apart: dict[tuple[str, str], list[Line]] = {}
    for line in log.lines:
        whose = (mixed and homes.get(line.client)) or client
        apart.setdefault((whose, line.server), []).append(line)
    for (whose, each), lines in apart.items():
        one = Kept(whose, each, files=[around.shown(path)])
        known = known_client(whose) if whose else None
        follow(lines, one.timeline, known.after_cut_s if known else 1.0)
        one.bytes_read, one.bytes_skipped = log.bytes_read, log.bytes_skipped
        one.broken = log.broken
        parts.append(one)
    return parts


def _program(homes: Mapping[str, str]) -> str:
    """Return the only one whose words stand in a log, if it is no library."""
    known = known_client(next(iter(homes.values()), ""))
    return known.title if known is not None and not known.base else ""


def _client_of(path: Path, lines: Iterable[Line]) -> str:
    """Say whose log it is by what it says; "" where it does not tell."""
    said = {line.said for line in lines}
    if said & {"dropped", "tokens", "version", "closing"}:
        return "Claude Code"
    try:
        with open_quietly(path) as raw:
            file = as_plain(raw)
            file.seek(max(0, file.seek(0, 2) - CLIENT_BYTES))
            text = file.read(CLIENT_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    shown = parse(text).client
    return shown.title if shown else ""


def _together(one: Kept, kept: Iterable[Kept]) -> tuple[int, int]:
    """Count the drops that came with those of another host, and with those of this one.

    Only what is known to be two servers can have a network in common; what two clients
    of one server see at once is the server, or what stands before it.
    """
    mine = _host(one)
    elsewhere: list[float] = []
    here: list[float] = []
    for other in kept:
        theirs = _host(other)
        if other is one or not (mine and theirs):
            continue
        if mine != theirs:
            elsewhere += other.timeline.drops_at
        elif other.client != one.client:
            here += other.timeline.drops_at
    own = one.timeline.drops_at
    return _near(own, sorted(elsewhere)), _near(own, sorted(here))


def _host(one: Kept) -> str:
    return urlsplit(one.timeline.url).netloc.rpartition("@")[2].lower()


def _near(own: Iterable[float], others: list[float]) -> int:
    return sum(
        bisect_right(others, at + TOGETHER_S) > bisect_left(others, at - TOGETHER_S)
        for at in own
    )


def _told(one: Kept, shared: tuple[int, int], around: Surroundings) -> ServerLog:
    timeline, wall = one.timeline, Wall(around.secrets)
    moments = sorted(timeline.moments, key=lambda moment: moment.at)
    failed = [m for m in moments if m.kind not in ("connected", "flap")]
    versions = _versions(timeline)
    return ServerLog(
        client=one.client,
        server=cut(wall.let_in(one.server).shown, 80),
        url=shown_url(timeline.url) if timeline.url else "",
        files=tuple(one.files[:20]),
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
        shared_drops=shared[0],
        same_server_drops=shared[1],
        young_ends=young_ends(timeline.lives_s),
        copies=one.copies,
        steps=steps(timeline),
        flap=timeline.flap,
        actions=dict(timeline.actions.most_common(10)),
        versions=versions,
        failing_since=failed[0].at if failed else "",
        failing_since_version=blamed_version(timeline),
        moments=tuple(moments[-MOMENT_LIMIT:]),
        error=_error(timeline, wall),
        signature=wall.let_in(parse(_text(timeline))).shown,
    )


def status_before_sign_in(reason: str) -> int | None:
    """Return what a GET was answered where a refusal tells of the sign-in after it."""
    if status_of("".join(reason.lower().split())) is not None:
        return None
    kind, statuses = classify(reason)
    return statuses[0] if kind in ("sign-in", "scope") else None


def _text(timeline: Timeline) -> str:
    newest = max(timeline.versions, key=version_of, default="")
    agent = [f"claude-code/{newest}"] if newest else []
    tokens = ["No token data found"] * 40 if timeline.flap else []
    words = [f"Connection error: {text}" for text in timeline.errors]
    closing = list(timeline.closing)
    return "\n".join((*agent, *words, *closing, *tokens))


def _error(timeline: Timeline, wall: Wall) -> str:
    """Return the newest line that names a refused reopening, else the newest error."""
    telling = [text for text in timeline.errors if "Failed to reconnect" in text]
    newest = (telling or timeline.errors)[-1:]
    return cut(wall.let_in(newest[0]).shown, 300) if newest else ""


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
