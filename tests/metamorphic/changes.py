"""What can be changed around a fault, as a change of its setup."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from streamtriage.lab.asgi import is_http, is_stream
from streamtriage.lab.h2_front import Front, FrontRules
from streamtriage.lab.scenario import chain
from streamtriage.lab.tcp_relay import Relay, RelayRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Setup, Wrap

PATH = "/tenants/42/tools/v3"
NAME = "meridian/4.1"
LATER_S = 0.15
WORDS = "Qux 7731: ask the desk."


def elsewhere(setup: Setup) -> Setup:
    """Serve at another path; what the app hears is still `/mcp`."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope) and scope["path"].startswith(PATH):
                path = setup.path + scope["path"].removeprefix(PATH)
                scope = {**scope, "path": path, "raw_path": path.encode()}
            await app(scope, receive, send)

        return wrapped

    return replace(over(setup, wrap), path=PATH)


class Renaming(Relay):
    """Stands between the lab's own relay and the servers, and gives them a name."""

    def __init__(self, outer: Relay) -> None:
        super().__init__(outer.rules)
        self._outer = outer
        self._behind: list[asyncio.Server] = []

    async def listen(self, port: int, upstreams: Sequence[int]) -> asyncio.Server:
        self._behind = [await self._renamed(upstream) for upstream in upstreams]
        ports = [int(each.sockets[0].getsockname()[1]) for each in self._behind]
        return await self._outer.listen(port, ports)

    def close(self) -> None:
        for each in self._behind:
            each.close()
        self._outer.close()
        super().close()

    async def _renamed(self, upstream: int) -> asyncio.Server:
        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            try:
                up = await asyncio.open_connection("127.0.0.1", upstream)
            except OSError:
                writer.close()
                return
            self._open |= {writer, up[1]}
            ways = [
                asyncio.create_task(_pass_on(reader, up[1], b"", b"")),
                asyncio.create_task(
                    _pass_on(up[0], writer, b"server: uvicorn", b"server: " + _NAME)
                ),
            ]
            await asyncio.wait(ways, return_when="FIRST_COMPLETED")
            for way in ways:
                way.cancel()
            writer.close()
            up[1].close()

        return await asyncio.start_server(serve, "127.0.0.1", 0)


_NAME = NAME.encode()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, old: bytes, new: bytes
) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data.replace(old, new) if old else data)
            await writer.drain()
    except OSError:
        return


def renamed(setup: Setup) -> Setup:
    return replace(setup, relay=Renaming(setup.relay or Relay(RelayRules())))


def slower(setup: Setup) -> Setup:
    """Let every answer take three times as long as it takes by itself."""
    return over(setup, three_times_later)


def three_times_later(app: ASGIApp) -> ASGIApp:
    """Measure how long the app takes to a head, and wait twice as long again.

    On loopback that is a few milliseconds, less than a busy machine's own noise. So the
    wait is at least `LATER_S`, which is many times the app's own time; only a fault
    that is slow itself is made just three times slower.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        asked = time.monotonic()

        async def later(message: Message) -> None:
            if message["type"] == "http.response.start":
                own_s = time.monotonic() - asked
                await asyncio.sleep(max(LATER_S, 2 * own_s))
            await send(message)

        await app(scope, receive, later)

    return wrapped


def reworded(setup: Setup) -> Setup:
    """Say every refusal and every page in other words; codes and types stay."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, Rewording(send))

        return wrapped

    return over(setup, wrap)


class Rewording:
    """Holds back an answer that is to be said in other words until it is whole."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_said(message):
            self._head = message
        elif self._head is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._say(self._head)

    async def _say(self, head: Message) -> None:
        body = in_other_words(self._body)
        fields = [f for f in head["headers"] if f[0].lower() != b"content-length"]
        fields.append((b"content-length", str(len(body)).encode()))
        await self._send({**head, "headers": fields})
        await self._send({"type": "http.response.body", "body": body})


def _is_said(head: Message) -> bool:
    kind = dict(head["headers"]).get(b"content-type", b"")
    refused = head["status"] >= 400 and not is_stream(head)
    return refused or kind.startswith(b"text/html")


def in_other_words(body: bytes) -> bytes:
    """Return the same answer with other sentences: an error's code is no sentence."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        text = body.decode()
        page = re.sub(r">[^<>]*[a-z][^<>]*<", f">{WORDS}<", text)
        return (page if "<" in text else WORDS if text else "").encode()
    return json.dumps(_reworded(said)).encode()


def _reworded(said: Any) -> Any:
    """Replace what is a sentence: a text of two words or more."""
    if isinstance(said, dict):
        return {name: _reworded(value) for name, value in said.items()}
    return WORDS if isinstance(said, str) and " " in said.strip() else said


def over_tls(setup: Setup) -> Setup:
    """End TLS at the server, or before a relay that must see what passes."""
    front = Front(FrontRules(speaks_h2=False)) if setup.relay else None
    return replace(setup, certificate="valid", front=front)


def over_h2(setup: Setup) -> Setup:
    return replace(setup, certificate="valid", front=Front(FrontRules()))


def over(setup: Setup, wrap: Wrap) -> Setup:
    """Lay a wrapper over all that the scenario has."""
    return replace(setup, wrap=chain(setup.wrap, wrap) if setup.wrap else wrap)
