"""Servers are asked in processes that are warm already, and as strict as this one."""

from __future__ import annotations

import os
import sys
import time
import warnings

import pytest

from side_by_side import ask_all

# What a triage over HTTP/2 against the lab needs.
LOADED = ("uvicorn.protocols.http.h11_impl", "h2.connection", "mcp.server.lowlevel")


def twice(number: int) -> int:
    return 2 * number


def where(_number: int) -> tuple[int, tuple[str, ...]]:
    """Return which process this is, and what it has imported of those."""
    time.sleep(0.2)
    return os.getpid(), tuple(name for name in LOADED if name in sys.modules)


def warned(_number: int) -> None:
    warnings.warn("of a server", ResourceWarning, stacklevel=1)


def failed(number: int) -> None:
    raise LookupError(f"number {number}")


def test_answers_come_in_the_order_of_what_was_asked() -> None:
    assert ask_all(twice, range(40), at_once=3) == [2 * each for each in range(40)]


def test_they_are_several_of_their_own_and_warm() -> None:
    seen = ask_all(where, range(6), at_once=3)

    assert {loaded for _, loaded in seen} == {LOADED}
    assert len({process for process, _ in seen}) > 1
    assert os.getpid() not in {process for process, _ in seen}


def test_a_warning_is_an_error_there_too() -> None:
    with pytest.raises(ResourceWarning, match="of a server"):
        ask_all(warned, [1])


def test_an_error_is_told_as_it_was() -> None:
    with pytest.raises(LookupError, match="number 7"):
        ask_all(failed, [7])
