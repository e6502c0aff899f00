"""Ways in which a response ends before the app behind it has finished."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http, is_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap

__all__ = ["Away", "ended_at_age", "run_until"]

# A scenario starts anew when it was left alone for so long.
QUIET_S = 5.0


async def run_until(  # noqa: PLR0913 - an ASGI call, and how it ends
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    over: asyncio.Event,
    *,
    clean: bool,
) -> None:
    """Run the app until it returns or `over` is set; then end the response.

    `clean` sends the last chunk; otherwise uvicorn closes the connection without it.
    """
    running = asyncio.ensure_future(app(scope, receive, send))
    waiting = asyncio.ensure_future(over.wait())
    try:
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
            return
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        if not clean:
            raise ConnectionAbortedError("cut by the lab")
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        running.cancel()
        waiting.cancel()


def ended_at_age(age_s: float) -> Wrap:
    """End every GET stream cleanly at this age, whatever was sent on it."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            over = asyncio.Event()

            async def started(message: Message) -> None:
                await send(message)
                if message["type"] == "http.response.start" and is_stream(message):
                    asyncio.get_running_loop().call_later(age_s, over.set)

            if is_http(scope, "GET"):
                await run_until(app, scope, receive, started, over, clean=True)
            else:
                await app(scope, receive, send)

        return wrapped

    return wrap


@dataclass
class Away:
    """A server that is away for a while, once a GET stream has been held for some time.

    Going away, it ends what it answers, cleanly or not; while it is away each request
    gets `answer()`. With `lasts_s` 0 it only ends its streams.
    """

    after_s: float
    lasts_s: float
    clean: bool
    answer: Callable[[], Response]

    def __post_init__(self) -> None:
        self._until = self._asked = 0.0
        self._over: asyncio.Event | None = None

    def __call__(self, app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope):
                await app(scope, receive, send)
                return
            now = time.monotonic()
            if now - self._asked > QUIET_S:
                self._over = None
            self._asked = now
            if now < self._until:
                await self.answer()(scope, receive, send)
                return

            given_up = asyncio.Event()

            async def started(message: Message) -> None:
                await send(message)
                get = scope["method"] == "GET"
                if message["type"] == "http.response.start" and get:
                    self._arm(message, given_up)

            over = self._over if self._over is not None else asyncio.Event()
            await run_until(
                app, scope, receive, started, self._event(over), clean=self.clean
            )
            given_up.set()

        return wrapped

    def _event(self, over: asyncio.Event) -> asyncio.Event:
        """Return what ends the responses of this round, set once and for all."""
        if self._over is None:
            self._over = over
        # After the round has ended, what is answered is left alone.
        return asyncio.Event() if over.is_set() else over

    def _arm(self, message: Message, given_up: asyncio.Event) -> None:
        if is_stream(message) and self._over is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self.after_s, self._go, self._over, given_up)

    def _go(self, over: asyncio.Event, given_up: asyncio.Event) -> None:
        if over.is_set() or given_up.is_set():
            return
        self._until = time.monotonic() + self.lasts_s
        over.set()
