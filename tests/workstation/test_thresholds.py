"""Each threshold from both sides: what just misses it, and what just reaches it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from streamtriage.workstation.filesystem import Surroundings
from streamtriage.workstation.logs.clusters import clusters
from streamtriage.workstation.logs.files import Budget, read_log
from streamtriage.workstation.logs.lines import Line, read_line
from streamtriage.workstation.logs.state import Timeline
from streamtriage.workstation.logs.summary import read_logs
from streamtriage.workstation.logs.timeline import follow
from streamtriage.workstation.secret_facts import facts_of

from .homes import LOGS, Home, claude_log

if TYPE_CHECKING:
    from pathlib import Path

CUT = "SSE stream disconnected: TypeError: terminated"
REOPEN = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)
FIRST = "Streamable HTTP error: Failed to open SSE stream: Not Found"
UNREACHED = "Failed to reconnect SSE stream: fetch failed"


def told(*lines: tuple[float, str, str]) -> Timeline:
    """Follow lines given as seconds, kind, and detail."""
    into = Timeline()
    start = datetime(2026, 11, 22, 10, tzinfo=UTC)
    made = []
    for after, said, detail in lines:
        moment = start + timedelta(seconds=after)
        line = Line(said, moment.timestamp(), moment.isoformat(), detail=detail)  # type: ignore[arg-type]
        if said == "dropped":
            line.number = float(detail)
        made.append(line)
    follow(made, into)
    return into


# --- clusters -------------------------------------------------------------------------

CLUSTERS: dict[str, tuple[tuple[float, ...], int]] = {
    "two at one age are chance": ((60.0, 60.0), 0),
    "two pairs are chance twice": ((60.0, 60.0, 90.0, 90.0), 0),
    "three at one age are a limit": ((60.0, 60.0, 60.0), 3),
    "three of fifteen are a fifth": ((60.0,) * 3 + tuple(range(100, 340, 20)), 3),
    "three of sixteen are not": ((60.0,) * 3 + tuple(range(100, 360, 20)), 0),
    "four of twenty-one are not": ((60.0,) * 4 + tuple(range(100, 440, 20)), 0),
    "four of twenty are": ((60.0,) * 4 + tuple(range(100, 420, 20)), 4),
    "2.3 s apart at a minute": ((60.0, 61.1, 62.3), 3),
    "2.5 s apart at a minute": ((60.0, 61.1, 62.5), 0),
    "1.5 s apart when short": ((6.0, 6.7, 7.5), 3),
    "1.8 s apart when short": ((6.0, 6.7, 7.8), 0),
    "10 s apart at ten minutes": ((600.0, 605.0, 610.0), 3),
    "12 s apart at ten minutes": ((600.0, 605.0, 612.0), 0),
    "five seconds are a life": ((5.0, 5.0, 5.0), 3),
    "less is a stream that was never open": ((4.9, 4.9, 4.9), 0),
    "four seconds are none": ((4.0, 4.0, 4.0, 4.0), 0),
    "much less is a refusal": ((0.1, 0.2, 0.3), 0),
}


@pytest.mark.parametrize(("lives", "count"), CLUSTERS.values(), ids=CLUSTERS)
def test_ages_are_gathered(lives: tuple[float, ...], count: int) -> None:
    found = clusters(lives)

    assert (found[0].count if found else 0) == count


@pytest.mark.parametrize(("limits", "shown"), [(4, 4), (5, 5)])
def test_no_more_clusters_than_tell_something(limits: int, shown: int) -> None:
    lives = [age for n in range(limits) for age in [100.0 * (n + 1)] * 3]

    assert len(clusters(lives)) == shown
    assert clusters(tuple(lives))[0].of == 3 * limits


# --- the story of one server ----------------------------------------------------------


@pytest.mark.parametrize("life", [30.0, 60.0])
def test_a_mended_stream_begins_a_second_after_its_end(life: float) -> None:
    seen = told((0, "connected", ""), (60, "error", CUT), (60 + 1 + life, "error", CUT))

    assert seen.lives_s == [60.0, life]


@pytest.mark.parametrize("life", [30.0, 60.0])
def test_a_stream_after_a_refusal_begins_at_the_second_try(life: float) -> None:
    seen = told(
        (0, "connected", ""),
        (60, "error", CUT),
        (61, "error", REOPEN),
        (62.5 + life, "error", CUT),
    )

    assert seen.lives_s == [60.0, life]


@pytest.mark.parametrize("life", [30.0, 60.0])
def test_a_polite_end_came_a_second_before_its_refusal(life: float) -> None:
    seen = told((0, "connected", ""), (life + 1, "error", REOPEN))

    assert (seen.lives_s, seen.polite_ends) == ([life], 1)


@pytest.mark.parametrize(("apart", "counted"), [(0.5, 1), (0.9, 1), (1.1, 2), (1.5, 2)])
def test_a_line_that_repeats_within_a_second_is_one_refusal(
    apart: float, counted: int
) -> None:
    seen = told((0, "error", FIRST), (apart, "error", FIRST), (9, "connected", ""))

    assert sum(seen.refused_first.values()) == counted


@pytest.mark.parametrize(("apart", "ends"), [(30, 1), (39, 1), (41, 2), (60, 2)])
def test_refusals_of_one_series_are_one_end(apart: float, ends: int) -> None:
    seen = told(
        (0, "connected", ""), (50, "error", REOPEN), (50 + apart, "error", REOPEN)
    )

    assert seen.polite_ends == ends


@pytest.mark.parametrize(("quiet", "wakes"), [(200, 0), (299, 0), (301, 1), (400, 1)])
def test_only_minutes_of_silence_are_a_sleep(quiet: float, wakes: int) -> None:
    seen = told(
        (0, "connected", ""),
        (quiet, "error", CUT),
        (quiet + 1, "error", UNREACHED),
        (quiet + 2.5, "error", UNREACHED),
        (quiet + 2.6, "error", "Maximum reconnection attempts (2) exceeded."),
        (quiet + 90, "connected", ""),
    )

    assert seen.wakes == wakes


FLAPS = {
    "29 lines are chance": (29, 1.0, False),
    "20 lines are chance": (20, 1.0, False),
    "30 lines are a loop": (30, 1.0, True),
    "one in 1.9 s": (40, 1.9, True),
    "one in 1.8 s": (40, 1.8, True),
    "four in 3 s": (60, 0.72, True),
    "one in 2.2 s": (40, 2.2, False),
    "one in 4 s": (40, 4.0, False),
    "three in 2 s": (60, 0.66, True),
    "two a second": (60, 0.5, False),
    "three a second": (60, 0.33, False),
}


@pytest.mark.parametrize(("lines", "apart", "flaps"), FLAPS.values(), ids=FLAPS)
def test_only_one_line_a_second_is_a_loop(
    lines: int, apart: float, *, flaps: bool
) -> None:
    start = datetime(2026, 11, 22, 10, tzinfo=UTC).timestamp()
    run = Line("tokens", start, "x", until=start + (lines - 1) * apart, count=lines)
    into = Timeline()
    follow([run], into)

    assert (into.flap is not None) is flaps


def stamped(seconds: list[float], text: str) -> str:
    start = datetime(2026, 11, 22, 10, tzinfo=UTC)
    return "".join(
        json.dumps(
            {
                "debug": text,
                "timestamp": (start + timedelta(seconds=after)).isoformat(),
            }
        )
        + "\n"
        for after in seconds
    )


@pytest.mark.parametrize(("apart", "runs"), [(1.5, 1), (1.9, 1), (2.1, 9), (3.0, 9)])
def test_lines_two_seconds_apart_are_one_run(
    tmp_path: Path, apart: float, runs: int
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(stamped([n * apart for n in range(9)], "No token data found"))

    assert len(read_log(path, Budget()).lines) == runs


@pytest.mark.parametrize(("apart", "shared"), [(4.0, 1), (4.9, 1), (5.2, 0), (8.0, 0)])
def test_only_drops_within_seconds_have_one_cause(
    tmp_path: Path, apart: float, shared: int
) -> None:
    files = []
    for number, name in enumerate(("one", "two")):
        path = tmp_path / f"mcp-logs-{name}" / "x.jsonl"
        path.parent.mkdir()
        url = f"Initializing HTTP transport to https://{name}.example/mcp"
        cut = stamped([100 + number * apart], f"Connection error: {CUT}")
        path.write_text(stamped([99.0], url) + cut)
        files.append((path, "Claude Code"))
    around = Surroundings(tmp_path, {}, tmp_path)

    found = read_logs(files, around, Budget())

    assert [log.shared_drops for log in found] == [shared, shared]


# --- how far a large file is read -----------------------------------------------------

FILLER = claude_log("Some payload " + "word " * 40) * 16
TOKEN = stamped([float(n) for n in range(1200)], "No token data found")


def older_than_exact(tmp_path: Path, text: str, before: int = 600) -> list[str]:
    """Return what is read of a text that lies above the newest two megabytes."""
    path = tmp_path / "x.jsonl"
    path.write_text(FILLER * before + text + FILLER * 800)
    return [
        f"{line.said} {line.detail}".strip() for line in read_log(path, Budget()).lines
    ]


@pytest.mark.parametrize(
    ("lines", "noticed"), [(500, False), (600, False), (1150, True), (1200, True)]
)
def test_a_loop_of_many_minutes_is_noticed_by_samples(
    tmp_path: Path, lines: int, *, noticed: bool
) -> None:
    loop = "".join(TOKEN.splitlines(keepends=True)[:lines])

    assert ("tokens" in older_than_exact(tmp_path, loop)) is noticed


@pytest.mark.parametrize("before", [610, 640, 670, 700])
def test_a_loop_is_noticed_wherever_it_stands(tmp_path: Path, before: int) -> None:
    assert "tokens" in older_than_exact(tmp_path, TOKEN, before)


@pytest.mark.parametrize(
    ("above", "found"), [(3000, True), (3800, True), (4400, False), (6000, False)]
)
def test_lines_near_an_anchor_are_read(
    tmp_path: Path, above: int, *, found: bool
) -> None:
    far = stamped([0.0], "MCP session expired (server returned 404)")
    between = stamped([1.0], "x" * 80)
    text = (
        far
        + between * (above // len(between))
        + stamped([2.0], "HTTP connection dropped after 60s uptime")
    )
    said = older_than_exact(tmp_path, text)

    assert "dropped 60" in said
    assert ("session-expired server returned 404" in said) is found


@pytest.mark.parametrize(
    ("above", "found"),
    [(8000, True), (20_000, True), (30_000, True), (36_000, False), (60_000, False)],
)
def test_the_request_before_a_failure_is_found(
    tmp_path: Path, above: int, *, found: bool
) -> None:
    asked = stamped([0.0], "Calling MCP tool: find_page")
    between = stamped([1.0], "x" * 80)
    text = (
        asked
        + between * (above // len(between))
        + stamped([2.0], "HTTP connection dropped after 60s uptime")
    )

    assert ("action find_page" in older_than_exact(tmp_path, text)) is found


@pytest.mark.parametrize(
    ("size", "told"),
    [(50_000, True), (60_000, True), (70_000, False), (100_000, False)],
)
def test_a_line_is_a_payload_from_64_kb_on(size: int, *, told: bool) -> None:
    """What stands behind so much text is no word of the client's own."""
    raw = f"{'x' * size} HTTP connection dropped after 60s uptime".encode()
    line, _ = read_line(raw.replace(b"x", b" "))

    assert (line is not None) is told


@pytest.mark.parametrize(
    ("size", "told"), [(400, True), (560, True), (620, False), (900, False)]
)
def test_only_the_beginning_of_a_line_is_judged(size: int, *, told: bool) -> None:
    line, _ = read_line(f"{'x' * size}connection dropped after 60s uptime".encode())

    assert (line is not None) is told


@pytest.mark.parametrize(
    ("above", "read"), [(200, True), (350, True), (450, False), (700, False)]
)
def test_the_newest_two_megabytes_are_read_line_by_line(
    tmp_path: Path, above: int, *, read: bool
) -> None:
    """Further up only what stands near an anchor is read."""
    path = tmp_path / "x.jsonl"
    expired = stamped([0.0], "MCP session expired (server returned 404)")
    path.write_text(FILLER * 200 + expired + FILLER * above)

    assert bool(read_log(path, Budget()).lines) is read


# --- how much is kept -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cuts", "kept"), [(150, 150), (199, 199), (230, 200), (300, 200)]
)
def test_only_the_newest_moments_are_kept(tmp_path: Path, cuts: int, kept: int) -> None:
    path = tmp_path / "x.jsonl"
    times = [n * 100.0 for n in range(cuts)]
    path.write_text(stamped(times, f"Connection error: {CUT}"))

    (log,) = read_logs(
        [(path, "Claude Code")], Surroundings(tmp_path, {}, tmp_path), Budget()
    )

    assert len(log.moments) == kept
    assert log.cuts == cuts
    assert log.moments[-1].at == log.last_at


@pytest.mark.parametrize(("servers", "kept"), [(50, 50), (59, 59), (62, 60), (70, 60)])
def test_only_the_worst_servers_are_kept(
    tmp_path: Path, servers: int, kept: int
) -> None:
    files = []
    for number in range(servers):
        path = tmp_path / f"mcp-logs-s{number}" / "x.jsonl"
        path.parent.mkdir()
        path.write_text(stamped([0.0], f"Connection error: {CUT}"))
        files.append((path, "Claude Code"))

    found = read_logs(files, Surroundings(tmp_path, {}, tmp_path), Budget())

    assert len(found) == kept


@pytest.mark.parametrize(("files", "left"), [(300, 0), (399, 0), (403, 3), (410, 10)])
def test_hundreds_of_files_are_enough(tmp_path: Path, files: int, left: int) -> None:
    home = Home(tmp_path)
    first = home.write(LOGS, claude_log("Successfully connected (transport: x) in 5ms"))
    for number in range(files - 1):
        os.link(first, first.with_name(f"{number}.jsonl"))

    # How many files are enough is asked, not how fast this machine reads them.
    looked = home.look(seconds=120).looked
    notes = [one for one in looked if one.outcome == "too many"]

    assert [one.detail for one in notes] == (
        [f"{left} older files were not read"] if left else []
    )


@pytest.mark.parametrize(
    ("size", "length"),
    [(0, "empty"), (1, "short"), (15, "short"), (16, "usual"), (4096, "usual"),
     (4097, "long")],
)  # fmt: skip
def test_lengths_of_secrets_are_told_as_classes(size: int, length: str) -> None:
    assert facts_of("X-Key", "k" * size, {}).length == length


@pytest.mark.parametrize(("ahead", "told"), [(30, False), (50, False), (90, True)])
def test_a_log_in_the_future_is_told(
    tmp_path: Path, ahead: float, *, told: bool
) -> None:
    stamp = (datetime.now(UTC) + timedelta(seconds=ahead)).isoformat(timespec="seconds")
    record = {
        "debug": "Successfully connected (transport: http) in 5ms",
        "timestamp": stamp.replace("+00:00", "Z"),
    }
    home = Home(tmp_path)
    home.write(LOGS, json.dumps(record) + "\n")

    assert (home.look().machine.log_ahead_s is not None) is told
