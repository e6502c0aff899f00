"""A host that says 429 or 503 is left alone by everybody, for as long as it says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from causes.samples import handshake, initialize
from fleet.reports import report
from streamtriage.fleet.backoff import WAIT_S, asked_wait_s
from streamtriage.fleet.cluster import Place
from streamtriage.fleet.pipeline import Wanted, conduct
from streamtriage.fleet.run import Limits
from streamtriage.fleet.targets import FleetTarget, Targets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.real(part="cluster")


class Limiter:
    """A server that answers 429 once, and 404 from then on; it keeps the times."""

    def __init__(self, retry_after: str) -> None:
        self._retry_after = retry_after
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.refused_at: list[float] = []
        self.later_at: list[float] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._server.accept()
                with peer, contextlib.suppress(OSError):
                    peer.settimeout(5)
                    self._answer(peer)

    def _answer(self, peer: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = peer.recv(65536)
            if not data:
                return
            head += data
        if not self.refused_at:
            self.refused_at.append(time.monotonic())
            status = f"429 Too Many\r\nRetry-After: {self._retry_after}"
        else:
            self.later_at.append(time.monotonic())
            status = "404 Not Found"
        peer.sendall(
            f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n".encode()
        )

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(10)


@pytest.fixture
def limiter(request: pytest.FixtureRequest) -> Iterator[Limiter]:
    server = Limiter(request.param)
    yield server
    server.close()


def run(limiter: Limiter, out: Path, **limits: float) -> dict[tuple[str, str], str]:
    """Ask the host for two targets from two vantage points; one triage at once."""
    url = f"http://127.0.0.1:{limiter.port}"
    targets = tuple(FleetTarget(name=n, url=f"{url}/{n}") for n in ("one", "two"))
    wanted = Wanted(
        targets=Targets(targets),
        out=out,
        places=(Place("ci"), Place("office")),
        limits=Limits(hold_s=0, per_host=1, longest_wait_s=limits.get("longest", 60)),
    )
    rows = asyncio.run(conduct(wanted))
    return {row.key: row.why or ", ".join(row.causes) or row.outcome for row in rows}


@pytest.mark.parametrize("limiter", ["3"], indirect=True)
def test_everybody_waits_for_as_long_as_it_says(
    limiter: Limiter, tmp_path: Path
) -> None:
    """The others are asked after that, from every vantage point, and not before."""
    found = run(limiter, tmp_path / "out")

    assert len(found) == 4
    assert list(found.values()).count("rate-limit-429") == 1
    assert "held back" not in found.values()
    assert limiter.later_at
    # From the answer on; a triage that has one ends before it tells, so not less.
    assert limiter.later_at[0] - limiter.refused_at[0] >= 3.0


@pytest.mark.parametrize("limiter", ["3600"], indirect=True)
def test_nobody_waits_for_an_hour(limiter: Limiter, tmp_path: Path) -> None:
    found = run(limiter, tmp_path / "out")

    assert sorted(found.values()) == ["held back"] * 3 + ["rate-limit-429"]
    assert limiter.later_at == []


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("status", "retry_after", "expected"),
    [
        pytest.param(429, "7", 7.0, id="seconds"),
        pytest.param(503, "7", 7.0, id="503"),
        pytest.param(429, None, WAIT_S, id="not said"),
        pytest.param(429, "soon", WAIT_S, id="not readable"),
        pytest.param(429, "9" * 30, 24 * 3600.0, id="at most a day"),
        pytest.param(
            429, format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0, id="past"
        ),
        pytest.param(404, "7", None, id="404"),
        pytest.param(200, None, None, id="sound"),
    ],
)
def test_how_long_a_host_wants_to_be_left_alone(
    status: int, retry_after: str | None, expected: float | None
) -> None:
    headers = {"retry-after": retry_after} if retry_after else {}
    first = initialize(status, headers=headers)

    assert asked_wait_s(report(handshake(initialize=first))) == expected


def test_a_date_is_counted_from_now() -> None:
    until = datetime.now(UTC) + timedelta(seconds=100)
    headers = {"retry-after": format_datetime(until, usegmt=True)}
    found = asked_wait_s(report(handshake(initialize=initialize(503, headers=headers))))

    assert found is not None
    assert 60 < found <= 100
