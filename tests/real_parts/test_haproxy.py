"""HAProxy in front of sound MCP servers, set up wrongly and then rightly."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from real_parts.running import Trial, judge_all, mcp_server, program, started
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from first_answers import FirstAnswer
    from streamtriage.model import Report

HAPROXY = program("haproxy")
pytestmark = [
    pytest.mark.real(part="products"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        HAPROXY is None, reason="haproxy is missing: NO CASE WITH HAPROXY WAS JUDGED"
    ),
]

CONFIG = """
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server {server_timeout}
  {option}
listen mcp
  bind 127.0.0.1:{port}
  {balance}
{servers}
"""
# Without it, HAProxy takes a client that hung up for one that only finished speaking,
# and keeps the connection to a silent server: the server goes on counting the stream.
NOTICES = "option abortonclose"
# Each session stays on the server whose answer to `initialize` named it.
LEARNED = """balance roundrobin
  stick-table type string len 64 size 10k expire 1h
  stick store-response res.hdr(Mcp-Session-Id)
  stick match req.hdr(Mcp-Session-Id)"""


@contextlib.contextmanager
def haproxy(
    *,
    balance: str = "balance roundrobin",
    replicas: int = 1,
    timeout: str = "1h",
    option: str = NOTICES,
) -> Iterator[str]:
    def command(folder: Path, port: int) -> list[str]:
        lines = [f"  server s{n} 127.0.0.1:{p}" for n, p in enumerate(upstreams)]
        config = CONFIG.format(
            port=port,
            server_timeout=timeout,
            balance=balance,
            option=option,
            servers="\n".join(lines),
        )
        (folder / "haproxy.cfg").write_text(config)
        return [str(HAPROXY), "-db", "-q", "-f", "haproxy.cfg"]

    with contextlib.ExitStack() as stack:
        upstreams = [stack.enter_context(mcp_server()) for _ in range(replicas)]
        port = stack.enter_context(started(command))
        yield f"http://127.0.0.1:{port}/mcp"


TRIALS = [
    Trial("as advised", haproxy, HEALTHY, hold_s=5),
    Trial(
        "no option abortonclose",
        lambda: haproxy(option=""),
        only("half-open-stream-409"),
    ),
    Trial(
        "timeout server 2 s",
        lambda: haproxy(timeout="2s"),
        only("lb-idle-60s"),
        hold_s=8,
    ),
    Trial(
        "two replicas, round robin",
        lambda: haproxy(replicas=2),
        only("multi-replica-no-affinity"),
    ),
    Trial(
        "two replicas, session learned",
        lambda: haproxy(replicas=2, balance=LEARNED),
        HEALTHY,
    ),
    Trial(
        "two replicas, by source address",
        lambda: haproxy(replicas=2, balance="balance source"),
        HEALTHY,
    ),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda each: each.id)
def test_haproxy_is_judged_fairly(
    trial: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the configuration."""
    report = reports[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)
