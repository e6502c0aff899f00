# ruff: noqa: D103, INP001, T201 - a script that prints, run by hand
"""What a triage takes and sends, against what cannot be avoided.

Run: python benchmarks/triage_cost.py
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from streamtriage.lab import serve
from streamtriage.triage import triage

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Report

SCENARIOS = (
    "healthy",
    "healthy-get-405",
    "healthy-modern",
    "half-open-stream-409",
    "gateway-blocks-get",
    "instant-close-flap",
    "multi-replica-no-affinity",
    "rate-limit-429",
    "tcp-refused-server-down",
)


def run(name: str) -> Report:
    with serve(name) as lab:
        return asyncio.run(triage(lab.intake, environ={})).shown


def asked(report: Report) -> list[Exchange]:
    """Return what was sent to the server; the control stream stays on this machine."""
    probes = [each for each in report.evidence if each.probe != "control"]
    return [each for probe in probes for each in probe.exchanges]


def unavoidable_s(report: Report) -> float:
    """Return the longest single wait: for an answer, or while a stream was watched."""
    waits = [
        max(each.headers_s or 0.0, each.ended_s or 0.0, each.lived_s or 0.0)
        for each in asked(report)
    ]
    return max([report.intake.hold_s, *waits])


def main() -> int:
    print("| scenario | triage | longest wait in it | ratio | requests | to healthy |")
    print("|---|---|---|---|---|---|")
    healthy = 0
    for name in SCENARIOS:
        report = run(name)
        sent, wait_s = len(asked(report)), unavoidable_s(report)
        healthy = healthy or sent
        ratio = f"{report.took_s / wait_s:.2f}" if wait_s >= 0.1 else "no wait"
        print(
            f"| {name} | {report.took_s:.1f} s | {wait_s:.1f} s | {ratio} "
            f"| {sent} | {sent / healthy:.2f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
