"""A small fleet of the lab's servers, seen from two vantage points on this machine."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from streamtriage import lab
from streamtriage.fleet.cluster import Place
from streamtriage.fleet.targets import FleetTarget, Targets

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BANNER", "rehearsed_fleet"]

BANNER = (
    "> **Rehearsal.** No target was named, so this runbook started a few faulty and "
    "sound servers on this machine, and two workers: `ci`, and `office` behind a proxy "
    "that refuses. Nothing below is about your servers.\n\n"
)
_SERVERS = {
    "calendar": "healthy-get-405",
    "search": "get-not-implemented-404",
    "tickets": "get-204",
}
_PROXIED = "proxy-env-connect-refused"
_VARIABLES = ("http_proxy", "https_proxy", "no_proxy")


@contextlib.contextmanager
def rehearsed_fleet() -> Iterator[tuple[Targets, tuple[Place, ...]]]:
    """Serve the targets until the block ends, and say from where they are seen."""
    with contextlib.ExitStack() as stack:
        targets = []
        for name, scenario in _SERVERS.items():
            served = stack.enter_context(lab.serve(scenario))
            hold_s = served.intake.hold_s
            targets.append(FleetTarget(name=name, url=served.url, hold_s=hold_s))
        far = stack.enter_context(lab.serve(_PROXIED))
        targets.append(
            FleetTarget(name="wiki", url=far.url, ca_file=far.ca_file or "", hold_s=0)
        )
        # Whatever proxy the person's own shell names is not meant here.
        none = {n: "" for v in _VARIABLES for n in (v, v.upper())}
        office = {**none, "https_proxy": far.intake.proxy}
        yield Targets(tuple(targets)), (Place("ci", none), Place("office", office))
