"""Asks many servers at a time, each in a process of its own.

Triages wait most of the time; but in one process one of them keeps the others, and the
servers that it asks, from reading, and they say they were late.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["AT_ONCE", "ask_all", "stop"]

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

# One that waits for a server uses a processor for a tenth of its time, and 120 MB.
AT_ONCE = min(3 * (os.cpu_count() or 1), 32)
TESTS = str(Path(__file__).parent)


def ask_all(
    ask: Callable[[Asked], Answer], these: Iterable[Asked], at_once: int = AT_ONCE
) -> list[Answer]:
    """Return what `ask` answers for each of these, in their order.

    `ask` stands in a module, and what goes in and comes out can be sent.
    """
    context = multiprocessing.get_context("forkserver")
    _warm_up()
    with ProcessPoolExecutor(at_once, context, initializer=_begin) as pool:
        return list(pool.map(ask, these))


def stop() -> None:
    """End what the processes are forked from, and wait for it.

    What it used then counts as used by this process, wherever CI asks what a part cost.
    """
    # multiprocessing lets it end by itself some time after this process.
    forkserver._forkserver._stop()  # type: ignore[attr-defined]  # noqa: SLF001


def _warm_up() -> None:
    """Start what the processes are forked from: it has imported, and holds no tests."""
    # It looks for what it imports there alone.
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (TESTS, before)))
    try:
        multiprocessing.set_forkserver_preload(["side_by_side_warm"])
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _begin() -> None:
    # What pytest asks for in its own process.
    warnings.simplefilter("error")
    gc.collect()
    gc.freeze()
