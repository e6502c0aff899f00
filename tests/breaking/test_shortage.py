"""What this machine lacks is its own fault, and no share of a server's answers."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from streamtriage.lab import serve
from streamtriage.model import BugEvidence, Failure, Status
from streamtriage.shortage import CLOCK_JUMP_S, has_resolver, own_shortage
from streamtriage.transport.failures import classify, describe
from streamtriage.transport.loop_lag import Lateness
from streamtriage.transport.name_lookup import resolve
from streamtriage.triage import judge_again, triage
from streamtriage.withdrawal import shortage, withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.real(part="breaking")

SHORT = [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS]


@pytest.mark.parametrize("number", SHORT, ids=errno.errorcode.get)
def test_what_runs_out_here_is_told_with_what_to_do(number: int) -> None:
    error = OSError(number, "any")

    assert classify(error) is Failure.OWN_SHORTAGE
    assert describe(error).startswith("This ")
    assert ": " in describe(error)


def test_a_port_that_is_lacking_is_told_from_an_address_family_that_is_off() -> None:
    error = OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")

    assert classify(error, socket.AF_INET) is Failure.OWN_SHORTAGE
    assert "no port left" in describe(error, socket.AF_INET)
    assert classify(error, socket.AF_INET6) is Failure.UNREACHABLE


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("nameserver 192.0.2.1\n", True),
        ("search example\n\n nameserver\t::1\n", True),
        ("# nameserver 192.0.2.1\nsearch example\n", False),
        ("", False),
    ],
)
def test_a_machine_without_a_name_server_is_recognised(
    text: str,
    has: bool,  # noqa: FBT001 - a column of the table
    tmp_path: Path,
) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text(text)

    assert has_resolver(conf) is has


@pytest.mark.parametrize(
    ("number", "own"),
    [
        (socket.EAI_MEMORY, True),
        (socket.EAI_NONAME, False),
        (socket.EAI_FAIL, False),
    ],
)
def test_a_name_that_does_not_exist_is_no_shortage(
    number: int,
    own: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert bool(own_shortage(socket.gaierror(number, "any"))) is own


@pytest.mark.parametrize("files", [8, 12, 15])
def test_with_few_files_nothing_is_said_of_a_sound_server(
    files: int, tmp_path: Path
) -> None:
    """The real limit, in a real process; whatever it reaches, no cause is found."""
    to = tmp_path / "r.json"
    words = ["triage", "--no-local", "--hold", "0", "--json", str(to)]
    with serve("healthy-get-405") as lab:
        line = f'ulimit -n {files}; exec "$@"'
        done = subprocess.run(
            [
                *("bash", "-c", line, "-", sys.executable, "-m", "streamtriage"),
                *(*words, lab.url),
            ],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode in (0, 4), done.stderr
    if not to.exists():
        assert "no file descriptor left" in done.stderr
        return
    report = json.loads(to.read_text())
    accused = [f["cause"] for f in report["findings"] if f["status"] != "unknown"]
    if done.returncode == 4:
        assert report["verdict"]["outcome"] == "tool-fault"
        assert "ulimit -n" in report["verdict"]["summary"]
        assert accused == []


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that nobody announces."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.anyio
async def test_a_clock_that_jumps_is_ours() -> None:
    ahead = [0.0]
    lateness = Lateness(wall=lambda: time.monotonic() + ahead[0])
    following = asyncio.create_task(lateness.follow())
    await until(lambda: lateness.apart_s is not None)
    ahead[0] = CLOCK_JUMP_S - 1.0
    await asyncio.sleep(0.25)
    before = lateness.jumped_s
    ahead[0] = -3600.0
    await until(lambda: lateness.jumped_s is not None)
    following.cancel()

    assert before is None
    assert lateness.jumped_s == pytest.approx(-3600.0, abs=2.0)


@pytest.mark.anyio
async def test_a_report_with_a_shortage_has_no_finding_and_keeps_none_when_judged() -> (
    None
):
    with serve("half-open-stream-409") as lab:
        report = (await triage(lab.intake, environ=dict(lab.environ))).shown
    short = report.model_copy(
        update={"evidence": (*report.evidence, shortage("This machine has no port."))}
    )

    assert report.verdict.causes
    for each in (withdrawn(short), judge_again(short)):
        assert each.verdict.outcome == "tool-fault"
        assert each.verdict.causes == each.verdict.suspected == ()
        assert {f.status for f in each.findings} == {Status.UNKNOWN}
        assert each.verdict.summary.startswith("This machine has no port.")
        assert each.verdict.summary == str(each.verdict.messages.summary)
        assert {f.message for f in each.findings} == {None}
        assert isinstance(each.evidence[-1], BugEvidence)


@pytest.mark.anyio
async def test_equal_look_ups_are_one_and_nobody_waits_for_a_silent_one() -> None:
    """Giving up on it does not take the answer from another."""
    first = asyncio.create_task(resolve("localhost", 1))
    second = asyncio.create_task(resolve("localhost", 1))
    await asyncio.sleep(0)
    first.cancel()

    assert {info[4][0] for info in await second} & {"127.0.0.1", "::1"}


def test_a_silent_name_server_does_not_keep_the_program(tmp_path: Path) -> None:
    """A look-up that never answers: the program gives up on it, and ends."""
    code = (
        "import asyncio, socket, threading\n"
        "from streamtriage.transport import name_lookup as names\n"
        "never = threading.Event()\n"
        "look_up = socket.getaddrinfo\n"
        "def silent(*a, flags=0, **k):\n"
        "    # An address in digits is read on the spot; nobody is asked.\n"
        "    numeric = flags & socket.AI_NUMERICHOST\n"
        "    return look_up(*a, flags=flags, **k) if numeric else never.wait()\n"
        "socket.getaddrinfo = silent\n"
        "async def run():\n"
        "    try: await asyncio.wait_for(names.resolve('silent.example', 1), 0.2)\n"
        "    except TimeoutError: print('gave up')\n"
        "asyncio.run(run())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        cwd=tmp_path,
    )

    assert (done.returncode, done.stdout) == (0, "gave up\n"), done.stderr
