"""Looks at the machine in a process of its own, which can be given up on.

A file of a cloned repository may hold this program up for as long as its author likes,
inside a regular expression or a system call that hears no signal. So whoever wants to
go on reads it from over here: a deadline or a Ctrl-C ends the reader, and what it read
last is named.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter

from streamtriage.languages import speaking, translate
from streamtriage.model import BugEvidence, Failure, LocalEvidence, Looked
from streamtriage.outbox import Outbox

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from streamtriage.history import History
    from streamtriage.workstation.filesystem import Surroundings

__all__ = [
    "LOOK_SECONDS",
    "TooLongError",
    "evidence_apart",
    "history_apart",
    "look_apart",
]

M = TypeVar("M", bound=BaseModel)

# Logs are read for 8 s; the rest of a machine took 0.3 s, and 5 s with 20,000 projects.
LOOK_SECONDS = 20.0
_TELL_EVERY_S = 0.5
# What a kept report may be long, and more than any machine told.
_MOST_BYTES = 64 << 20
_EVIDENCE: TypeAdapter[LocalEvidence | BugEvidence] = TypeAdapter(
    LocalEvidence | BugEvidence
)


class TooLongError(RuntimeError):
    """The reader was given up on; `file` is the one that it was in."""

    def __init__(self, file: str, seconds: float, *, stopped: bool) -> None:
        self.file, self._seconds, self._stopped = file, seconds, stopped
        self.why = "stopped" if stopped else f"gave up after {seconds:g} s"
        # What a report keeps is English.
        with speaking("en"):
            super().__init__(self.words())

    def words(self) -> str:
        """Say what happened in the language spoken, without a full stop."""
        if self._stopped:
            return translate("Reading this machine was stopped")
        return translate(
            "Reading this machine took longer than {seconds:g} s, so it was given up; "
            "it had come to {file}",
            seconds=self._seconds,
            file=self.file or translate("no file yet"),
        )


class _CrashedError(RuntimeError):
    """The reader ended without an answer."""


def look_apart(
    *, run_versions: bool = True, seconds: float = LOOK_SECONDS
) -> LocalEvidence:
    """Return what `look` finds on this machine.

    Raises TooLongError, and what a crash of ours is: RuntimeError.
    """
    wanted = {"run_versions": run_versions}
    return LocalEvidence.model_validate_json(_asked("look", wanted, seconds))


def history_apart(
    folder: Path | None = None,
    *,
    server: str = "",
    seconds: float,
    environ: Mapping[str, str] | None = None,
) -> History:
    """Return what `history` reads; NotADirectoryError and TooLongError are raised."""
    from streamtriage.history import History  # noqa: PLC0415 - few who look want it

    if folder is not None and not folder.is_dir():
        raise NotADirectoryError(str(folder))
    wanted = {
        "folder": str(folder) if folder else None,
        "server": server,
        "seconds": seconds,
    }
    # The reader has bounds of its own; these are for what holds it up.
    text = _asked("history", wanted, seconds + LOOK_SECONDS, environ)
    return History.model_validate_json(text)


async def evidence_apart(
    url: str = "",
    environ: Mapping[str, str] | None = None,
    *,
    cancel: asyncio.Event | None = None,
    seconds: float = LOOK_SECONDS,
) -> LocalEvidence | BugEvidence:
    """Return what `evidence_of` finds, or until where it came in its time.

    `cancel` ends it at once. What took too long is evidence that says so and tells
    nothing of the machine.
    """
    import asyncio  # noqa: PLC0415 - only this door needs a loop

    stop = threading.Event()
    reading = asyncio.ensure_future(
        asyncio.to_thread(_asked, "evidence", {"url": url}, seconds, environ, stop=stop)
    )
    waits: set[asyncio.Future[Any]] = {reading}
    if cancel is not None:
        waits.add(asyncio.ensure_future(cancel.wait()))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        return _EVIDENCE.validate_json(await reading)
    except TooLongError as problem:
        return _given_up(problem)
    except (_CrashedError, OSError, ValueError) as problem:
        return BugEvidence(crashed="local", failure_detail=type(problem).__name__)
    finally:
        stop.set()
        for each in waits - {reading}:
            each.cancel()


def _given_up(problem: TooLongError) -> LocalEvidence:
    looked = Looked(
        what="this machine",
        path=problem.file,
        outcome="could not be read",
        detail=problem.why,
    )
    return LocalEvidence(
        failure=Failure.TIMED_OUT,
        failure_detail=str(problem),
        looked=(looked,) if problem.file else (),
        notes=(f"{problem}.",),
    )


# --- the side that asks ---------------------------------------------------------------


def _asked(
    what: str,
    wanted: dict[str, Any],
    seconds: float,
    environ: Mapping[str, str] | None = None,
    *,
    stop: threading.Event | None = None,
) -> bytes:
    """Start the reader, and return what it says."""
    named = None if environ is None else dict(environ)
    question = json.dumps({"what": what, "environ": named, "wanted": wanted})
    # Without -P Python would import from the working folder, which may be a stranger's.
    command = [
        sys.executable,
        "-P",
        "-m",
        "streamtriage.own_process",
        str(seconds),
    ]
    with subprocess.Popen(  # noqa: S603 - this program itself
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A Ctrl-C on the terminal is ours to hear.
        start_new_session=os.name != "nt",
    ) as child:
        said: dict[str, bytes] = {}
        pipes = {"out": child.stdout, "err": child.stderr}
        sides = [
            threading.Thread(target=_keep, args=(said, *each), daemon=True)
            for each in pipes.items()
        ]
        for side in sides:
            side.start()
        over = threading.Event()
        clock = threading.Timer(seconds, over.set)
        clock.daemon = True
        clock.start()
        try:
            assert child.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(question.encode())
                child.stdin.close()
            while sides[0].is_alive() and not over.is_set():
                if stop is not None and stop.wait(0.05):
                    break
                sides[0].join(0.05)
            gave_up = sides[0].is_alive()
            if not gave_up:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(2.0)
        finally:
            clock.cancel()
            _end(child)
        for side in sides:
            side.join(1.0)
    if gave_up:
        stopped = stop is not None and stop.is_set() and not over.is_set()
        raise TooLongError(_last_file(said), seconds, stopped=stopped)
    if not said.get("out"):
        raise _CrashedError("the reader of this machine ended without an answer")
    return said["out"]


def _keep(said: dict[str, bytes], name: str, pipe: Any) -> None:  # noqa: ANN401
    kept = bytearray()
    with contextlib.suppress(OSError, ValueError):
        while piece := pipe.read1(1 << 16):
            kept += piece
            if name == "err":
                del kept[:-8192]
            elif len(kept) > _MOST_BYTES:
                break
            said[name] = bytes(kept) if name == "err" else b""
    said[name] = bytes(kept)


def _last_file(said: Mapping[str, bytes]) -> str:
    lines = said.get("err", b"").decode("utf-8", "replace").splitlines()
    files = [line[5:] for line in lines if line.startswith("read\t")]
    return files[-1][:300] if files else ""


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        with contextlib.suppress(OSError):
            if os.name == "nt":
                child.kill()
            else:
                os.killpg(child.pid, signal.SIGKILL)
    child.wait()


# --- the side that reads --------------------------------------------------------------


def _tell(path: str) -> None:
    Outbox().tell(f"read\t{path}\n")


def _follow(around: Surroundings) -> None:
    """Tell from time to time which log it is at, should one be stuck in the system."""

    def look() -> None:
        told = None
        while True:
            time.sleep(_TELL_EVERY_S)
            at = around.at
            if at is not None and at is not told:
                told = at
                around.tell(around.shown(at))

    around.tell = _tell
    threading.Thread(target=look, daemon=True).start()


def _look(
    environ: Mapping[str, str] | None, wanted: dict[str, Any], url: str | None = None
) -> LocalEvidence | BugEvidence:
    from streamtriage.workstation.filesystem import Surroundings  # noqa: PLC0415
    from streamtriage.workstation.inspect import look_around  # noqa: PLC0415
    from streamtriage.workstation.select import about  # noqa: PLC0415 - only the reader

    around = Surroundings.real(environ=environ)
    _follow(around)
    if url is None:
        return look_around(around, run_versions=bool(wanted["run_versions"]))
    try:
        return about(look_around(around), url)
    except Exception as problem:  # noqa: BLE001 - shown as what it is
        return BugEvidence(crashed="local", failure_detail=type(problem).__name__)


def _history(environ: Mapping[str, str] | None, wanted: dict[str, Any]) -> BaseModel:
    from streamtriage.history import history  # noqa: PLC0415
    from streamtriage.workstation.filesystem import Surroundings  # noqa: PLC0415

    around = Surroundings.real(environ=environ)
    _follow(around)
    return history(
        Path(wanted["folder"]) if wanted["folder"] else None,
        around,
        server=wanted["server"],
        seconds=wanted["seconds"],
    )


def main() -> None:
    """Answer the one question on standard input, within the seconds of the argument."""
    if hasattr(signal, "alarm"):
        # Should whoever asked be gone, nobody else would end this.
        signal.alarm(int(float(sys.argv[1])) + 5)
    question = json.loads(sys.stdin.buffer.read())
    environ, wanted = question["environ"], question["wanted"]
    answers: dict[str, Callable[[], BaseModel]] = {
        "look": partial(_look, environ, wanted),
        "evidence": partial(_look, environ, wanted, wanted.get("url", "")),
        "history": partial(_history, environ, wanted),
    }
    Outbox().print(answers[question["what"]]().model_dump_json())


if __name__ == "__main__":
    main()
