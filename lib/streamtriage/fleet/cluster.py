"""Where from: a cluster of our own on loopback, or the team's, and its vantage points.

A worker tells its vantage point by a resource called `vantage-LABEL`, which stock
`dask worker --resources` sets; see docs/fleet.md.
"""

from __future__ import annotations

import contextlib
import logging
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dask
from distributed import Client, Nanny, Scheduler, SpecCluster
from distributed.security import Security

from streamtriage import __version__
from streamtriage.languages import translate
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

__all__ = [
    "HERE",
    "ClusterError",
    "Place",
    "Vantage",
    "check_labels",
    "embedded",
    "here",
    "joined",
    "resource_of",
    "vantages",
]

HERE = "here"
UNLABELLED = "unlabelled"
_PREFIX = "vantage-"
_WORTH_A_WORKER = 8
_MOST_WORKERS = 16
# Of everything Dask could log, nothing is meant for the person who waits here.
_SILENT = logging.CRITICAL + 1
# What Dask looks at all the time to show it to somebody: each look is processor time
# that a triage waits for, 120 ms of every second on a machine of two processors.
_CALM = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.cycle": "10s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.worker.profile.enabled": False,
}


class ClusterError(InWordsError, RuntimeError):
    """The cluster cannot be used; the message says what to start, or how."""


@dataclass(frozen=True)
class Place:
    """One worker process of a cluster of our own, and what its environment adds."""

    label: str = HERE
    environ: Mapping[str, str] = field(default_factory=dict)


def resource_of(label: str) -> str:
    """Return the resource by which a worker tells that it is of a vantage point."""
    return f"{_PREFIX}{label}"


def here(targets: int, workers: int = 0) -> tuple[Place, ...]:
    """Return the workers of a cluster of our own, for so many targets.

    One for each processor that this process may use, but no more than have something
    to do, since each takes a second and 130 MB to start; or as many as are asked for.
    """
    useful = -(-targets // _WORTH_A_WORKER)
    count = workers or max(min(_processors(), useful, _MOST_WORKERS), 1)
    return (Place(),) * count


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Vantage:
    """A vantage point: its label, and how many triages it can have open at once."""

    label: str
    slots: int
    resources: Mapping[str, float]


@contextlib.asynccontextmanager
async def embedded(
    places: Sequence[Place] = (Place(),), *, at_once: int = 16
) -> AsyncIterator[Client]:
    """Start a scheduler and one worker process for each place; both go away again.

    They listen on 127.0.0.1 only, and to nobody without the certificate that is made
    for this one run: whoever reaches a Dask scheduler may run code as its owner.
    """
    security = Security.temporary()
    scheduler: dict[str, Any] = {
        "cls": Scheduler,
        "options": {
            "host": "tls://127.0.0.1",
            "security": security,
            "dashboard": True,
            "dashboard_address": "127.0.0.1:0",
            # A worker that dies has its targets run again once, and no more.
            "allowed_failures": 1,
        },
    }
    cluster = SpecCluster(
        workers={
            f"{place.label}-{number}": _worker(place, security, at_once)
            for number, place in enumerate(places)
        },
        scheduler=scheduler,
        security=security,
        asynchronous=True,
        silence_logs=_SILENT,
    )
    with dask.config.set(_CALM):
        async with cluster, Client(cluster, asynchronous=True) as client:
            yield client


def _worker(place: Place, security: Security, at_once: int) -> dict[str, Any]:
    return {
        "cls": Nanny,
        "options": {
            "host": "127.0.0.1",
            "protocol": "tls",
            "security": security,
            "nthreads": at_once,
            "resources": {resource_of(place.label): at_once},
            "env": dict(place.environ),
            "dashboard": False,
            "silence_logs": _SILENT,
        },
    }


@contextlib.asynccontextmanager
async def joined(address: str, *, patience_s: float = 30.0) -> AsyncIterator[Client]:
    """Connect to a team's scheduler; certificates come from Dask's configuration.

    Raises ClusterError if there is none, or if its workers cannot run this tool.
    """
    try:
        client = await Client(address, asynchronous=True, timeout=patience_s)
    except (OSError, ValueError) as problem:
        raise ClusterError(
            translate(
                "No Dask scheduler answers at {address} ({problem}). Start "
                "one with `dask scheduler`, or leave --scheduler out to "
                "use this machine.",
                address=address,
                problem=problem,
            )
        ) from None
    async with client:
        await _check_versions(client)
        yield client


async def _check_versions(client: Client) -> None:
    found: Any = client.get_versions(packages=["streamtriage"])
    for address, told in (await found)["workers"].items():
        version = told["packages"].get("streamtriage")
        if version != __version__:
            has = f"streamtriage {version}" if version else translate("no streamtriage")
            raise ClusterError(
                translate(
                    "The worker {address} has {has}; this is {version}. Install the "
                    "same version there: pip install 'streamtriage[fleet]=={version}'.",
                    address=address,
                    has=has,
                    version=__version__,
                )
            )


def check_labels(chosen: Iterable[str], present: Iterable[str]) -> None:
    """Raise ClusterError where a vantage point that was chosen has no worker."""
    there = sorted(present)
    missing = [label for label in chosen if label not in there]
    if missing or not there:
        raise ClusterError(
            translate(
                "No worker is at the vantage point {value}. Those with "
                "workers: {value_2}. Start one: dask worker SCHEDULER "
                "--nworkers 1 --nthreads 16 --resources "
                '"vantage-LABEL=16", and give its scheduler with '
                "--scheduler.",
                value=", ".join(missing) or translate("asked for"),
                value_2=", ".join(there) or translate("none"),
            )
        )


async def vantages(client: Client, at_once: int) -> dict[str, Vantage]:
    """Return the vantage points that the cluster has now, by label.

    Where no worker has a label, all of them are one vantage point without a name.
    """
    scheduler: Any = client.scheduler
    identity = await scheduler.identity(n_workers=-1)
    slots: dict[str, int] = {}
    for worker in identity["workers"].values():
        for name, amount in worker["resources"].items():
            if name.startswith(_PREFIX):
                label = name.removeprefix(_PREFIX)
                room = min(int(amount), worker["nthreads"], at_once)
                slots[label] = slots.get(label, 0) + max(room, 1)
    if not slots and identity["workers"]:
        rooms = (min(w["nthreads"], at_once) for w in identity["workers"].values())
        return {UNLABELLED: Vantage(UNLABELLED, sum(rooms), {})}
    return {
        label: Vantage(label, room, {resource_of(label): 1})
        for label, room in slots.items()
    }
