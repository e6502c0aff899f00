"""Whatever breaks in mid-run, each target ends in one row at each vantage point."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from typing import TYPE_CHECKING

import psutil
import pytest
from distributed import Client
from typer.testing import CliRunner

from fleet.cluster import BARE, Team, team, wait_until
from fleet.samples import command, expected, finished, servers, written
from streamtriage.__main__ import app
from streamtriage.fleet.cluster import ClusterError
from streamtriage.fleet.journal import JOURNAL, TABLE, read_report, read_rows
from streamtriage.fleet.pipeline import Wanted, conduct
from streamtriage.fleet.run import Limits
from streamtriage.fleet.targets import read_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamtriage.fleet.row import Row
    from streamtriage.fleet.run import FleetProgress
    from streamtriage.lab import Lab

pytestmark = pytest.mark.real(part="cluster")

NAMES = ("healthy-get-405", "get-not-implemented-404", "get-204")


@pytest.fixture(scope="module")
def labs() -> Iterator[dict[str, Lab]]:
    with servers(NAMES) as running:
        yield running


def run(
    cluster: Team,
    targets: Path,
    out: Path,
    strike: Callable[[], None],
    patience_s: float = 4.0,
    tell: Callable[[FleetProgress], None] | None = None,
    per_host: int = 8,
) -> tuple[Row, ...]:
    """Run the fleet, and strike once a row is expected and none is there."""
    wanted = Wanted(
        targets=read_targets(targets),
        out=out,
        scheduler=cluster.address,
        limits=Limits(hold_s=0, at_once=8, per_host=per_host, patience_s=patience_s),
    )

    async def both() -> tuple[Row, ...]:
        going = asyncio.create_task(conduct(wanted, tell=tell))
        await asyncio.to_thread(strike)
        return await going

    return asyncio.run(both())


def busy(cluster: Team, *names: str, tasks: int = 1) -> None:
    """Wait until each of these workers has so much to do."""
    with Client(cluster.address) as client:
        by_address = {
            address: worker["name"]
            for address, worker in client.scheduler_info(-1)["workers"].items()
        }

        def working() -> bool:
            having = {
                by_address.get(address)
                for address, keys in client.processing().items()
                if len(keys) >= tasks
            }
            return having >= set(names)

        wait_until(f"{names} are busy", working)


def judged_right(rows: tuple[Row, ...]) -> bool:
    """Whether each row names the planted cause, or says that nothing is wrong."""
    return all(
        row.causes == expected(row.name)
        and row.outcome == ("cause-present" if expected(row.name) else "healthy")
        for row in rows
    )


def by_vantage(rows: tuple[Row, ...], label: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.vantage == label)


def test_what_a_dead_worker_had_is_asked_once_more(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """In the same vantage point if another worker is there, else `worker died`.

    Killed by SIGKILL with everything in flight: one of two workers of `ci`, and the
    only one of `office`, which has no nanny to start it again.
    """
    targets = written(tmp_path / "t.json", labs, 6)
    with team(tmp_path / "team") as cluster:
        cluster.scheduler()
        cluster.worker("ci-1", "ci")
        cluster.worker("ci-2", "ci")
        cluster.worker("office", "office", None, "--no-nanny")
        cluster.ready("ci-1", "ci-2", "office")

        def strike() -> None:
            busy(cluster, "ci-1", "ci-2")
            busy(cluster, "office", tasks=6)
            cluster.kill("ci-1")
            cluster.kill("office")

        rows = run(cluster, targets, tmp_path / "out", strike, per_host=12)
    ci, office = by_vantage(rows, "ci"), by_vantage(rows, "office")

    assert len(rows) == len(read_rows(tmp_path / "out")) == 12
    assert judged_right(ci)
    assert {row.worker for row in ci} == {"ci-2"}
    assert max(row.runs for row in ci) == 2
    assert {row.why for row in office} == {"worker died"}
    assert {row.outcome for row in office} == {"could-not-tell"}


def test_a_worker_that_dies_twice_is_not_asked_a_third_time(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """Dask would try four times by default; its nanny starts the worker each time."""
    targets = written(tmp_path / "t.json", labs, 2)
    with team(tmp_path / "team") as cluster:
        cluster.scheduler()
        cluster.worker("ci")
        cluster.ready("ci")

        def strike() -> None:
            busy(cluster, "ci")
            cluster.kill_worker("ci")
            registered = "Registered to"
            wait_until(
                "the nanny starts it again",
                lambda: cluster.said("ci").count(registered) >= 2,
            )
            busy(cluster, "ci")
            cluster.kill_worker("ci")

        rows = run(cluster, targets, tmp_path / "out", strike, patience_s=60.0)

    assert [row.why for row in rows] == ["worker died"] * 2
    assert {row.runs for row in rows} == {2}


def test_logs_of_workers_and_scheduler_hold_no_secret(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """Neither of those that end well nor of one that is killed while it asks.

    The secret is in the environment of the workers alone, and their logs say all that
    Dask can say.
    """
    canary = "canary-7b1d4e-of-the-worker"
    targets = written(tmp_path / "t.json", labs, 6)
    rows = json.loads(targets.read_text())
    targets.write_text(json.dumps([{**row, "auth_env": "TOKEN"} for row in rows]))
    loud = {
        "TOKEN": canary,
        "DASK_LOGGING__DISTRIBUTED": "debug",
        "DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "%(name)s %(message)s",
    }
    with team(tmp_path / "team") as cluster:
        cluster.scheduler()
        cluster.worker("ci-1", "ci", loud)
        cluster.worker("ci-2", "ci", loud)
        cluster.ready("ci-1", "ci-2")

        def strike() -> None:
            busy(cluster, "ci-1", "ci-2")
            cluster.kill_worker("ci-1")

        rows_kept = run(cluster, targets, tmp_path / "out", strike, patience_s=60.0)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    said = cluster.said("ci-2")

    assert judged_right(rows_kept)
    assert len(said) > 1000
    assert {"scheduler.log", "ci-1.log", "ci-2.log", JOURNAL} <= {
        path.name for path in kept
    }
    assert [path.name for path in kept if canary.encode() in path.read_bytes()] == []


def test_a_worker_that_joins_late_makes_more_room(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """One at a time while one worker has one slot, two with a second one like it."""
    targets = written(tmp_path / "t.json", labs, 6)
    one_slot = ("--nthreads", "1", "--resources", "vantage-ci=1")
    asking: list[int] = []
    with team(tmp_path / "team") as cluster:
        cluster.scheduler()
        cluster.worker("ci-1", "ci", None, *one_slot)
        cluster.ready("ci-1")

        def strike() -> None:
            busy(cluster, "ci-1")
            alone.append(max(asking))
            cluster.worker("ci-2", "ci", None, *one_slot)

        alone: list[int] = []
        rows = run(
            cluster,
            targets,
            tmp_path / "out",
            strike,
            tell=lambda told: asking.append(told.asking),
        )

    assert judged_right(rows)
    assert alone == [1]
    assert max(asking) == 2
    assert {row.worker for row in rows} == {"ci-1", "ci-2"}


def test_the_scheduler_may_be_started_again(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """Everything in flight is lost with it and asked again; what was kept is kept."""
    targets = written(tmp_path / "t.json", labs, 6)
    with team(tmp_path / "team") as cluster:
        cluster.scheduler()
        cluster.worker("ci")
        cluster.ready("ci")

        def strike() -> None:
            busy(cluster, "ci")
            cluster.kill("scheduler")
            cluster.kill("ci")
            cluster.scheduler()
            cluster.worker("ci")

        rows = run(cluster, targets, tmp_path / "out", strike, patience_s=60.0)

    assert len(rows) == 6
    assert judged_right(rows)


def test_a_run_that_was_killed_is_taken_up_again(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """SIGKILL loses nothing that was finished, and --resume asks only for the rest."""
    targets, out = written(tmp_path / "t.json", labs, 4), tmp_path / "out"
    rows = json.loads(targets.read_text())
    targets.write_text(json.dumps([*rows, {"url": "nowhere"}], indent=0))
    words = (str(targets), "--hold", "0", "--per-worker", "2", "--out", str(out))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command(*words), env=BARE, stderr=log, stdout=log, start_new_session=True
        )
    wait_until(
        "two rows",
        lambda: (out / JOURNAL).exists() and len(read_rows(out)) >= 2,
    )
    process.kill()
    process.wait()
    before = read_rows(out)
    occupied = CliRunner().invoke(app, ["fleet", *words])
    resumed = finished(*words, "--resume")
    after = read_rows(out)

    assert process.returncode == -signal.SIGKILL
    assert 2 <= len(before) < 4
    assert occupied.exit_code == 2
    assert "--resume" in occupied.output
    assert resumed.returncode == 1, resumed.stderr
    assert "line 18: The URL must start with" in resumed.stderr
    assert "get-not-implemented-404" in resumed.stdout
    assert len(after) == 4
    assert set(map(str, before)) <= set(map(str, after))
    assert judged_right(after)
    assert all(read_report(out, row) for row in after)
    assert (out / TABLE).exists()


def test_a_full_disk_stops_the_run_in_words(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """On a real file system without room; with room again, --resume goes on."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("no right to mount: THE FULL DISK IS TESTED BY A FILE LIMIT ONLY")
    try:
        targets, out = written(tmp_path / "t.json", labs, 6), folder / "out"
        words = (str(targets), "--hold", "0", "--out", str(out))
        full = finished(*words)
        before = read_rows(out)
        subprocess.run(
            ["mount", "-o", "remount,size=20m", str(folder)],
            check=True,
            capture_output=True,
        )
        resumed = finished(*words, "--resume")
        after = read_rows(out)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)

    assert full.returncode == 4, full.stderr
    assert "The disk is full" in full.stderr
    assert f"{len(before)} rows are kept" in full.stderr
    assert len(before) < 6
    assert resumed.returncode == 1, resumed.stderr
    assert len(after) == 6
    assert judged_right(after)


def test_a_vantage_point_that_nobody_is_at(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """Said before anything is started, with those that there are."""
    targets = written(tmp_path / "t.json", labs, 1)
    words = [str(targets), "--out", str(tmp_path / "out"), "--vantage", "mars"]
    done = CliRunner().invoke(app, ["fleet", *words])

    assert done.exit_code == 2
    assert all(word in done.output for word in ("mars", "here", "vantage-LABEL"))
    assert not (tmp_path / "out").exists()


def test_a_scheduler_that_nobody_started(tmp_path: Path, labs: dict[str, Lab]) -> None:
    targets = written(tmp_path / "t.json", labs, 1)
    wanted = Wanted(
        targets=read_targets(targets),
        out=tmp_path / "out",
        scheduler="tcp://127.0.0.1:9",
        limits=Limits(patience_s=0.5),
    )

    with pytest.raises(ClusterError, match="dask scheduler"):
        asyncio.run(conduct(wanted))


def test_the_embedded_cluster_is_not_public_and_ends_with_ctrl_c(
    tmp_path: Path, labs: dict[str, Lab]
) -> None:
    """Its processes listen on 127.0.0.1 only, and go away with the run."""
    targets, out = written(tmp_path / "t.json", labs, 1), tmp_path / "out"
    words = (str(targets), "--hold", "60", "--out", str(out))
    process = subprocess.Popen(
        command(*words), env=BARE, stderr=subprocess.PIPE, text=True
    )
    wait_until("it begins", (out / JOURNAL).exists)
    family = [psutil.Process(process.pid)]
    family += family[0].children(recursive=True)
    listening = [
        each.laddr.ip
        for one in family
        for each in one.net_connections()
        if each.status == psutil.CONN_LISTEN
    ]
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    wait_until("all end", lambda: not any(p.is_running() for p in family[1:]))

    assert len(listening) >= 3
    assert set(listening) == {"127.0.0.1"}
    assert process.returncode == 4
    assert "--resume" in said
    assert "Traceback" not in said
