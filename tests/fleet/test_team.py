"""A team's cluster: labelled workers, a proxy, a namespace, and what may break."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from fleet import namespace
from fleet.cluster import DASK, Team, team
from fleet.recorder import recorded
from fleet.samples import finished, servers
from real_parts.running import free_port, program, started
from real_parts.test_squid import CONFIG, DENIED
from streamtriage.fleet.journal import read_rows
from streamtriage.fleet.pipeline import COMPARISON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamtriage.fleet.row import Row
    from streamtriage.lab import Lab

pytestmark = pytest.mark.real(part="cluster")

CANARY = "canary-4711-hunter2"
HEALTHY, MISSING = "healthy-get-405", "get-not-implemented-404"


def may_unshare() -> bool:
    if sys.platform != "linux":
        return False
    for flags in ("-n", "-rn"):
        asked = subprocess.run(
            ["unshare", flags, "true"], capture_output=True, check=False
        )
        if asked.returncode == 0:
            return True
    return False


@pytest.fixture(scope="module")
def labs() -> Iterator[dict[str, Lab]]:
    with servers((HEALTHY, MISSING)) as running:
        yield running


@pytest.fixture(scope="module")
def squid() -> Iterator[str]:
    """Run a squid that lets nothing through; yields its address."""
    name = program("squid")
    if name is None:
        pytest.skip("squid is missing: NO WORKER BEHIND A PROXY WAS TESTED")

    def make(folder: Path, port: int) -> list[str]:
        rules = f"{DENIED.replace('allow all', 'deny all')}"
        config = CONFIG.format(port=port, folder=folder, rules=rules)
        (folder / "squid.conf").write_text(config)
        folder.chmod(0o777)
        return [str(name), "-N", "-f", str(folder / "squid.conf")]

    with started(make) as port:
        yield f"http://127.0.0.1:{port}"


def rows_of(folder: Path) -> dict[tuple[str, str], Row]:
    found = read_rows(folder)
    keyed = {row.key: row for row in found}
    assert len(keyed) == len(found)
    return keyed


def listed(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text(json.dumps(rows))
    return path


def in_namespace(cluster: Team, name: str, port: int, environ: dict[str, str]) -> None:
    """Start a worker in a network namespace of its own."""
    user = () if os.geteuid() == 0 else ("-r",)
    worker = (
        *(*DASK, "worker", cluster.address, "--name", name, "--nthreads", "8"),
        *("--no-nanny", "--no-dashboard", "--nworkers", "1"),
        *("--worker-port", str(port), "--host", "127.0.0.1"),
        *("--local-directory", str(cluster.folder / name)),
        *("--resources", f"vantage-{name}=8"),
    )
    inside = (sys.executable, namespace.__file__, str(cluster.folder))
    ports = (str(cluster.port), str(port))
    cluster.start(name, ("unshare", *user, "-n", *inside, *ports, *worker), environ)


class OutsideRelay:
    """This side of the way into the namespace, in a thread with a loop of its own."""

    def __init__(self, folder: Path, scheduler: int, worker: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._args = folder, scheduler, worker
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        self._loop.create_task(self._serve())
        self._loop.run_forever()

    async def _serve(self) -> None:
        folder, scheduler, worker = self._args
        out, into = folder / namespace.OUTWARDS, folder / namespace.INWARDS
        self._servers = (
            await namespace.file_to_tcp(out, scheduler),
            await namespace.tcp_to_file(worker, into),
        )
        self._ready.set()

    def close(self) -> None:
        async def end() -> None:
            for server in self._servers:
                server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def test_three_vantage_points_see_three_things(
    tmp_path: Path, labs: dict[str, Lab], squid: str
) -> None:
    """Fails from the office (squid), works from CI, no way from its own namespace.

    The proxy is squid, every worker is stock `dask worker`, and the comparison names
    the proxy and the network.
    """
    fenced = may_unshare()
    out = tmp_path / "out"
    targets = listed(
        tmp_path / "t.json",
        {"name": "good", "url": labs[HEALTHY].url, "auth_env": "MY_TOKEN"},
        {"name": "bad", "url": labs[MISSING].url},
        {"name": "ci only", "url": labs[HEALTHY].url, "vantages": "ci"},
        {"name": "elsewhere", "url": "env:URL_OF_CI", "vantages": ["ci", "office"]},
    )
    relay: OutsideRelay | None = None
    with team(tmp_path / "team") as cluster:
        cluster.scheduler()
        token = {"MY_TOKEN": "worker-holds-this"}
        ci = {"URL_OF_CI": f"{labs[HEALTHY].url}?key={CANARY}-url", **token}
        cluster.worker("ci", environ=ci)
        cluster.worker("office", environ={"HTTP_PROXY": squid, **token})
        ready = ["ci", "office"]
        if fenced:
            port = free_port()
            relay = OutsideRelay(cluster.folder, cluster.port, port)
            in_namespace(cluster, "fenced", port, token)
            ready.append("fenced")
        cluster.ready(*ready)
        with recorded(cluster.port) as wire:
            address = f"tcp://127.0.0.1:{wire.port}"
            done = finished(
                str(targets),
                *("--scheduler", address, "--hold", "0", "--out", str(out)),
                env={"MY_TOKEN": f"{CANARY}-client"},
            )
        logs = "".join(cluster.said(name) for name in cluster.running)
    if relay is not None:
        relay.close()
    rows = rows_of(out)
    found = {
        each["target"]: {f["cause"]: f["status"] for f in each["findings"]}
        for each in json.loads((out / COMPARISON).read_text())
    }

    assert done.returncode == 1, done.stderr
    assert rows["good", "ci"].outcome == "healthy"
    assert rows["bad", "ci"].causes == (MISSING,)
    assert rows["good", "office"].outcome != "healthy"
    assert ("ci only", "ci") in rows
    assert ("ci only", "office") not in rows
    assert rows["elsewhere", "ci"].outcome == "healthy"
    assert rows["elsewhere", "office"].why == "cannot be used"
    assert "URL_OF_CI" in rows["elsewhere", "office"].summary
    assert found["good"]["vantage-proxy"] == "present"
    assert found["bad"]["vantage-proxy"] == "absent"
    assert found["elsewhere"]["vantage-proxy"] == "unknown"
    kept = "".join(p.read_text("utf-8", "replace") for p in out.rglob("*.json*"))
    assert "canary" not in kept + logs + done.stdout + done.stderr
    assert "worker-holds" not in kept + logs
    assert b"MY_TOKEN" in wire.seen
    assert b"canary" not in wire.seen
    assert b"worker-holds" not in wire.seen
    if not fenced:
        pytest.skip("no right to a namespace: THE WORKER OF ITS OWN WAS NOT TESTED")
    assert found["good"]["vantage-network"] == "present"
    assert rows["good", "fenced"].causes == ("tcp-refused-server-down",)
