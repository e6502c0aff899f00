"""Our own slowness is measured, and never taken for a server's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from causes.samples import case, hold, opened, stream
from streamtriage.causes import judge
from streamtriage.model import ControlEvidence, Exchange, Failure, Status, Target
from streamtriage.transport.loop_lag import Lateness
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextlib.contextmanager
def answering(after_s: float) -> Iterator[str]:
    """Answer every request after that long, from a thread of its own."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = server.accept()
                with peer, contextlib.suppress(OSError):
                    peer.recv(65536)
                    time.sleep(after_s)
                    peer.sendall(ANSWER)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/mcp"
    finally:
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


async def block(seconds: float) -> None:
    """Keep the event loop busy, as too much work in one process does."""
    await asyncio.sleep(0.05)
    time.sleep(seconds)  # noqa: ASYNC251 - this is the fault


async def asked(url: str, *, blocked_s: float, patience_s: float) -> Exchange:
    wire = Wire(Target(url=url))
    looking = asyncio.create_task(wire.lateness.follow())
    blocking = asyncio.create_task(block(blocked_s))
    try:
        live = await wire.ask("GET", method="GET", patience_s=patience_s)
        return live.exchange()
    finally:
        looking.cancel()
        await asyncio.gather(looking, blocking, return_exceptions=True)
        await wire.close()


def test_time_in_which_we_could_not_look_is_no_patience() -> None:
    """The answer was there long before the loop could read it."""
    with answering(0.2) as url:
        found = asyncio.run(asked(url, blocked_s=1.2, patience_s=0.8))

    assert found.status == 200
    assert found.late_s >= 0.9
    assert (found.headers_s or 0.0) >= 1.2


def test_an_end_that_came_while_we_could_not_look_says_so() -> None:
    with answering(0.2) as url:
        late = asyncio.run(asked(url, blocked_s=1.2, patience_s=3.0))
        calm = asyncio.run(asked(url, blocked_s=0.0, patience_s=3.0))

    assert late.end_late_s >= 0.7
    assert calm.end_late_s < late.end_late_s


def test_a_server_that_is_slow_is_still_given_up() -> None:
    with answering(4.0) as url:
        found = asyncio.run(asked(url, blocked_s=0.0, patience_s=0.5))

    assert found.failure is Failure.TIMED_OUT
    assert found.late_s < (found.ended_s or 0.0)


def test_what_nobody_looked_at_was_not_late() -> None:
    lateness = Lateness()

    assert lateness.between(time.monotonic() - 10, time.monotonic()) == 0.0


def test_a_stall_counts_while_it_lasts_and_once_after() -> None:
    async def stalled() -> tuple[float, float, float]:
        lateness = Lateness()
        looking = asyncio.create_task(lateness.follow())
        await asyncio.sleep(0)
        began = time.monotonic()
        time.sleep(0.6)  # noqa: ASYNC251 - this is the fault
        ended = time.monotonic()
        during = lateness.between(began, ended)
        await asyncio.sleep(0.15)
        looking.cancel()
        after = lateness.between(began, time.monotonic())
        return during, after, lateness.between(ended + 60, ended + 61)

    during, after, later = asyncio.run(stalled())

    assert 0.4 <= during <= 0.6
    assert during - 0.01 <= after
    assert later == 0.0


LATE = "headers-never-flushed"


def status_of(*evidence: ControlEvidence, headers_s: float, late_s: float) -> Status:
    """Judge a head that came late, together with the first byte."""
    late = {"headers_s": headers_s, "first_byte_s": headers_s, "late_s": late_s}
    seen = stream(8.0).model_copy(update=late | {"date_lag_s": headers_s})
    sound = case(hold(seen, seen), opened(live=seen, again=seen), without=("reopen",))
    weighed = judge(replace(sound, evidence=(*sound.evidence, *evidence)))
    return next(f.status for f in weighed.findings if f.cause == LATE)


@pytest.mark.parametrize(
    ("late_s", "expected"),
    [
        pytest.param(0.0, True, id="the server is late"),
        pytest.param(0.4, True, id="both, the server more"),
        pytest.param(4.8, False, id="we are late"),
    ],
)
def test_a_late_head_is_judged_by_whose_it_is(*, late_s: float, expected: bool) -> None:
    found = status_of(headers_s=5.0, late_s=late_s)

    assert (found in (Status.PRESENT, Status.SUSPECTED)) is expected
    assert expected or found is Status.UNKNOWN


def test_a_machine_that_cannot_serve_itself_cannot_tell() -> None:
    """The control stream, which is inside this machine, got no head either."""
    mute = ControlEvidence(
        stream=Exchange(label="control", method="GET", failure=Failure.TIMED_OUT)
    )

    assert status_of(mute, headers_s=5.0, late_s=0.0) is Status.UNKNOWN
