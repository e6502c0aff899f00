"""Rehearsal data: three weeks of a client's logs, written as Claude Code writes them.

No client wrote them. The lines are those of real logs; what happens in them is made up,
and the same every time.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["write_weeks"]

# A Monday; the first week is quiet, then a proxy with an idle limit of 60 s comes.
BEGIN = datetime(2026, 10, 26, 8, tzinfo=UTC)
DAYS = 21
NEW_PROXY, UPDATE = 7, 11
OLD, NEW = "2.1.197", "2.1.330"
_ERROR = "Connection error: "
_CUT = (
    f"{_ERROR}SSE stream disconnected: The socket connection was closed unexpectedly."
)
_INNER = "Streamable HTTP error: Failed to open SSE stream: "
_AGAIN = f"Failed to reconnect SSE stream: {_INNER}"
_EXHAUSTED = (
    f"{_ERROR}Maximum reconnection attempts (2) exceeded.",
    "SSE GET-stream reconnection exhausted; leaving transport up (POST still works)",
)


def write_weeks(folder: Path) -> Path:
    """Write the logs of two servers below `folder`; return the folder."""
    for server in ("notes", "search"):
        place = folder / f"mcp-logs-{server}"
        place.mkdir(parents=True)
        for day in range(DAYS):
            at = BEGIN + timedelta(days=day)
            if at.weekday() < 5:
                file = place / f"{at:%Y-%m-%dT%H-%M-%S-000Z}.jsonl"
                file.write_text(_day(server, day, at), encoding="utf-8")
    return folder


def _day(server: str, day: int, at: datetime) -> str:
    chance = Random(f"{server} {day}")  # noqa: S311 - the same every time is the point
    version = NEW if day >= UPDATE else OLD
    lines = list(_connect(server, version, at))
    if server == "notes" and day >= NEW_PROXY:
        lines += _cut_by_the_proxy(chance, at)
    elif chance.random() < 0.3:
        lines += _cut(at, chance.uniform(600, 20000))
    records = (
        {
            "debug": text,
            "timestamp": when.isoformat(timespec="milliseconds")[:-6] + "Z",
            "sessionId": f"00000000-0000-4000-8000-{day:012d}",
            "cwd": "/home/dev/project",
        }
        for when, text in lines
    )
    return "".join(f"{json.dumps(r, separators=(',', ':'))}\n" for r in records)


def _connect(server: str, version: str, at: datetime) -> Iterator[tuple[datetime, str]]:
    url = f"https://{server}.example.com/mcp"
    headers = {"User-Agent": f"claude-code/{version} (cli)"}
    options = json.dumps({"url": url, "headers": headers}, separators=(",", ":"))
    yield at, f"Initializing HTTP transport to {url}"
    yield at, f"HTTP transport options: {options}"
    yield at, "Starting connection with timeout of 30000ms"
    yield at, "Successfully connected (transport: http) in 34ms"


def _cut_by_the_proxy(chance: Random, at: datetime) -> Iterator[tuple[datetime, str]]:
    """Cut silent streams after 60 s, mostly in the morning; now and then for good."""
    began, connected = at, at
    for _ in range(chance.randint(6, 14)):
        ended = began + timedelta(seconds=60 + chance.uniform(0.1, 0.9))
        yield from _cut(connected, (ended - connected).total_seconds())
        if chance.random() < 0.15:
            yield from _refused(connected, ended, "Conflict")
            return
        began = ended + timedelta(seconds=1)
        # Between two silences somebody works, and the stream lives on.
        if chance.random() < 0.3:
            began += timedelta(seconds=chance.uniform(900, 5400))
            yield from _cut(connected, (began - connected).total_seconds())
            began += timedelta(seconds=1)


def _cut(connected: datetime, age_s: float) -> Iterator[tuple[datetime, str]]:
    at = connected + timedelta(seconds=age_s)
    yield at, f"HTTP connection dropped after {age_s:.0f}s uptime"
    yield at, _CUT
    yield at, "Terminal connection error 1/3"


def _refused(
    connected: datetime, ended: datetime, reason: str
) -> Iterator[tuple[datetime, str]]:
    """Refuse both tries of the client, which then gives up."""
    for after_s in (1.0, 2.5):
        at = ended + timedelta(seconds=after_s)
        uptime = f"{(at - connected).total_seconds():.0f}s uptime"
        for text in (f"{_INNER}{reason}", f"{_AGAIN}{reason}"):
            yield at, f"HTTP connection dropped after {uptime}"
            yield at, f"{_ERROR}{text}"
        yield at, "Terminal connection error 1/3"
    yield from ((at, text) for text in _EXHAUSTED)
