"""Each fault of lifetime, delay and listening yields exactly its own cause."""

from __future__ import annotations

import asyncio
import time

import pytest

from streamtriage import lab
from streamtriage.triage import triage

FAULTS = (
    "platform-max-request-300s",
    "cloudflare-100-125s",
    "h2-stream-reset",
    "drain-at-deploy",
    "deploy-window-5xx",
    "proxy-404-during-recreate",
    "compression-buffers-sse",
    "nginx-buffering",
    "cdn-caches-stream",
    "bad-sse-bytes",
    "oversize-sse-frame",
    "connection-header-on-h2",
    "listen-flap",
    "listen-limit",
    "probe-breaks-legacy-server",
    "era-mixed-replicas",
)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found_as_itself(fault: str) -> None:
    with lab.serve(fault) as running:
        started = time.monotonic()
        report = asyncio.run(triage(running.intake, environ={}))
        took_s = time.monotonic() - started

    assert report.verdict.causes == (fault,)
    assert report.verdict.suspected == ()
    assert took_s < 8.0 + running.intake.hold_s
