"""Ctrl-C and SIGTERM: what each press ends, and that none loses what was seen."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, NoReturn, Self

from streamtriage.exit_codes import STOPPED
from streamtriage.languages import translate

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import FrameType

__all__ = ["Presses", "Stopped", "hear_for_main", "hear_no_more"]

# A held key, or an impatient hand, sends many signals and means one.
SAME_PRESS_S = 0.5


class Stopped(BaseException):
    """A signal came while nothing was measured yet, so there is nothing to keep.

    Not KeyboardInterrupt, of which click makes an exit code that means something else.
    """


class Presses:
    """Counts Ctrl-C, and SIGTERM with it, for as long as the block runs.

    The first press ends the watch (`first`). The second says that what was seen is
    being written. The third aborts: `third`, and without one the process itself, after
    it has said `last_words`.
    """

    def __init__(
        self,
        first: Callable[[], None] = lambda: None,
        third: Callable[[], None] | None = None,
    ) -> None:
        self.count = 0
        self.last_words = ""
        self._first, self._third = first, third
        self._heard_at = float("-inf")
        self._before: dict[int, object] = {}

    def ends(self, cancel: asyncio.Event) -> None:
        """Let the first press set this event, from now on; call it on its loop."""
        import asyncio  # noqa: PLC0415 - most commands have no loop

        loop = asyncio.get_running_loop()

        def first() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(cancel.set)

        self._first = first
        if self.count:
            cancel.set()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for each in (signal.SIGINT, signal.SIGTERM):
                self._before[each] = signal.signal(each, self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        same, self._heard_at = now - self._heard_at < SAME_PRESS_S, now
        if same:
            return
        self.count += 1
        if self.count == 1:
            self._first()
        elif self.count == 2:
            _say(translate("Writing what was seen; once more aborts."))
        elif self.count == 3 and self._third is not None:
            self._third()
        else:
            self._abort()

    def _abort(self) -> NoReturn:
        _say(f"{translate('Aborted.')} {self.last_words}".strip())
        os._exit(STOPPED)


def hear_for_main() -> None:
    """Let SIGINT and SIGTERM raise Stopped, wherever nobody counts presses."""
    for each in (signal.SIGINT, signal.SIGTERM):
        # Whoever started this with a signal ignored, as nohup does, means it.
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _stop)


def hear_no_more() -> None:
    """Ignore both from now on: what is left to do is to end."""
    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _say(text: str) -> None:
    # In a signal handler a buffered stream may be in the middle of a write.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.write(sys.__stderr__.fileno(), f"\n{text}\n".encode())  # type: ignore[union-attr]
