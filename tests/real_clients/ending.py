"""Ends what a client started, also what left its process group and outlived it.

An agent may start a server of its own that is to serve later calls. It begins a session
of its own, so no signal to the agent's group reaches it, and it belongs to whoever
adopts it: this process, once it has said that it will.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal

import psutil

__all__ = ["adopt_orphans", "end_family", "end_orphans"]

_PR_SET_CHILD_SUBREAPER = 36
PATIENCE_S = 5.0


def adopt_orphans() -> None:
    """Be who adopts what the children of this process leave behind; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "orphans cannot be adopted here")


def end_orphans() -> None:
    """Kill all that this process has adopted or started, and wait for its end."""
    while family := psutil.Process().children(recursive=True):
        _kill(family)


def end_family(pid: int) -> None:
    """Kill the process group of a process, and what of its family has left it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        _kill(psutil.Process(pid).children(recursive=True))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _kill(family: list[psutil.Process]) -> None:
    for each in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    _, left = psutil.wait_procs(family, timeout=PATIENCE_S)
    if left:
        raise RuntimeError(f"not to be ended: {left}")
