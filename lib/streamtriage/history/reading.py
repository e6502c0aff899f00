"""Weeks of client logs as numbers: drops an hour, ages at the drop, versions, since."""

from __future__ import annotations

import os
import stat
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from streamtriage import __version__
from streamtriage.history.answer import answer_of
from streamtriage.model import Cluster, Looked, Noun, ServerLog, Tool
from streamtriage.redaction import let_in
from streamtriage.workstation.filesystem import Surroundings
from streamtriage.workstation.logs.files import Budget
from streamtriage.workstation.logs.summary import Kept, gather, log_files, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "HISTORY_VERSION",
    "READ_SECONDS",
    "Change",
    "History",
    "ServerHistory",
    "history",
]

HISTORY_VERSION = "1.0"
# Weeks are more than a form waits for; what is older is left out and told.
READ_SECONDS = 60.0
HOUR_LIMIT = 24 * 7 * 53
LIFE_LIMIT = 20_000
KNOWN_LIMIT = 200
_LOGS = frozenset({"jsonl", "log", "txt"})


class Change(Noun):
    """The first moment at which a log names a version of its client."""

    at: datetime
    version: str


class ServerHistory(Noun):
    """One server over all that was read; `drops_per_hour` is by the hour's start, UTC.

    `uptimes_s` are the ages in seconds at which streams ended, the newest 20 000 of
    them. Hours in which nothing dropped are left out. `cluster_since` says for each of
    the log's clusters when the first of its ends was. A drop is the end of a stream
    that had been open; `never_opened` counts those that were refused from the start.
    """

    log: ServerLog
    never_opened: int = 0
    first_drop_at: datetime | None = None
    last_drop_at: datetime | None = None
    drops_per_hour: dict[str, int] = Field(default_factory=dict)
    uptimes_s: tuple[float, ...] = ()
    changes: tuple[Change, ...] = ()
    cluster_since: tuple[datetime | None, ...] = ()

    @property
    def drops(self) -> int:
        # A log without times still tells that streams ended.
        ended = self.log.cuts + self.log.polite_ends
        return max(ended, sum(self.drops_per_hour.values()))


class History(Noun):
    """Every server that the logs name, the one that dropped most first.

    `wanted` is what servers were chosen by, and `known` what there was to choose from.
    `files_read` and `files_unread` count logs, `long_lines` what holds a known text too
    far inside to be read; `rehearsal` says that they are made up.
    """

    history_version: str = HISTORY_VERSION
    tool: Tool
    taken_at: datetime
    source: str
    rehearsal: bool = False
    wanted: str = ""
    known: tuple[str, ...] = ()
    files_read: int = 0
    files_unread: int = 0
    long_lines: int = 0
    servers: tuple[ServerHistory, ...] = ()
    looked: tuple[Looked, ...] = ()

    @property
    def told(self) -> bool:
        """True where streams dropped, or enough was read to say that none did."""
        return answer_of(self).told


def history(  # noqa: PLR0913 - where from, what of it, for how long, and its name
    folder: Path | None = None,
    around: Surroundings | None = None,
    *,
    server: str = "",
    seconds: float = READ_SECONDS,
    source: str = "",
    rehearsal: bool = False,
) -> History:
    """Read the logs below `folder`, or without one those of this machine's clients.

    `server` keeps only servers whose name or URL contains it. Raises
    NotADirectoryError if there is no such folder. Memory does not grow with the logs.
    """
    here = around or Surroundings.real()
    if folder is None:
        files = log_files(here, limit=0)
    else:
        files = [(path, "") for path in _below(folder)]
    budget = Budget.seconds(seconds)
    pairs = tell(gather(files, here, budget), here)
    known = {log.server or log.url for _, log in pairs}
    wanted = server.lower()
    found = [
        _server(kept, log)
        for kept, log in pairs
        if wanted in f"{log.server} {log.url}".lower()
    ]
    found.sort(key=lambda one: (one.log.failures, one.log.last_at), reverse=True)
    told = History(
        tool=Tool(version=__version__),
        taken_at=datetime.now(UTC),
        source=source or (here.shown(folder) if folder else "this machine's clients"),
        rehearsal=rehearsal,
        wanted=server,
        known=tuple(sorted(known))[:KNOWN_LIMIT],
        files_read=budget.files_read,
        files_unread=len(files) - budget.files_read,
        long_lines=budget.long_lines,
        servers=tuple(found),
        looked=tuple(here.looked),
    )
    return let_in(told, here.secrets).shown


def _server(kept: Kept, log: ServerLog) -> ServerHistory:
    timeline = kept.timeline
    hours = Counter(_hour(at) for at in timeline.drops_at)
    newest = dict(sorted(hours.items())[-HOUR_LIMIT:])
    changes = sorted((at, version) for version, at in timeline.version_at.items())
    drops = sorted(timeline.drops_at)
    return ServerHistory(
        log=log,
        never_opened=sum(log.refused_first.values()),
        first_drop_at=_moment(drops[0]) if drops else None,
        last_drop_at=_moment(drops[-1]) if drops else None,
        drops_per_hour=newest,
        uptimes_s=tuple(timeline.lives_s[-LIFE_LIMIT:]),
        changes=tuple(
            Change(at=_moment(at), version=version) for at, version in changes
        ),
        cluster_since=tuple(_since(kept, each) for each in log.clusters),
    )


def _since(kept: Kept, cluster: Cluster) -> datetime | None:
    ends = zip(kept.timeline.lives_s, kept.timeline.lives_at, strict=True)
    at = [at for life, at in ends if at and cluster.from_s <= life <= cluster.to_s]
    return _moment(min(at)) if at else None


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _hour(at: float) -> str:
    return f"{_moment(at):%Y-%m-%dT%H:00:00Z}"


def _below(folder: Path) -> list[Path]:
    """Return the logs below a folder, newest first; links are not followed."""
    if not folder.is_dir():
        raise NotADirectoryError(str(folder))
    found = sorted(_logs(str(folder)), reverse=True)
    return [Path(path) for _, _, path in found]


def _logs(folder: str) -> Iterator[tuple[float, str, str]]:
    """Yield the age, the name and the path of each log below a folder."""
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                inside = list(entries)
        except OSError:
            continue
        for entry in inside:
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif _is_log(entry.name) and not entry.is_symlink():
                    yield _age(entry), entry.name, entry.path
            except OSError:
                continue


def _is_log(name: str) -> bool:
    # A log that was put aside is called `name.log.1` or `name.log.gz`.
    return not _LOGS.isdisjoint(name.lstrip(".").split(".")[1:])


def _age(entry: os.DirEntry[str]) -> float:
    try:
        seen = entry.stat()
    except OSError:
        return 0.0
    # Files that were copied in one go have one age; their names hold the time.
    return seen.st_mtime if stat.S_ISREG(seen.st_mode) else 0.0
