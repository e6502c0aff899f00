"""The lab's faults in other surroundings, which must not matter to the verdict."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from streamtriage.lab import scenario
from streamtriage.lab.asgi import is_http, is_stream
from streamtriage.lab.front import Front, FrontRules
from streamtriage.lab.relay import Relay, RelayRules
from streamtriage.lab.running import run
from streamtriage.lab.scenario import chain
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Setup, Wrap
    from streamtriage.model import Exchange, Report

PATH = "/tenants/42/tools/v3"
NAME = "meridian/4.1"
LATER_S = 0.15
WORDS = "Qux 7731: ask the desk."

# Each can be laid over any path, name, wording, speed or transport. None waits long.
FAULTS = (
    "get-not-implemented-404",
    "get-4xx-instead-of-405",
    "get-200-html-or-json",
    "get-204",
    "instant-close-flap",
    "initialized-not-202",
    "gateway-blocks-get",
    "rate-limit-429",
    "session-400-instead-of-404",
    "event-id-rejected",
    "accept-406",
    "insufficient-scope-403",
    "asgi-lifespan-missing-500",
    "spa-catchall",
)
# Only its words set this one apart, so without them it may be left open or suspected;
# but nothing else may be accused in its place.
KNOWN_BY_WORDS = ("accept-406", "asgi-lifespan-missing-500")
SOUND = ("healthy", "healthy-get-405")


@dataclass(frozen=True)
class Variant:
    """One change of the surroundings, and how the report shows that it was made."""

    name: str
    change: Callable[[Setup], Setup]
    shows: Callable[[Report], bool]


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
    """Passes bytes on, but for the name that the server calls itself."""

    async def listen(self, port: int, upstreams: Sequence[int]) -> asyncio.Server:
        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            try:
                up = await asyncio.open_connection("127.0.0.1", upstreams[0])
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

        return await asyncio.start_server(serve, "127.0.0.1", port)


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
    return replace(setup, relay=Renaming(RelayRules()))


def slower(setup: Setup) -> Setup:
    """Answer every request later than loopback does, by far more than three times."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def later(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await asyncio.sleep(LATER_S)
                await send(message)

            await app(scope, receive, later)

        return wrapped

    return over(setup, wrap)


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
    return replace(setup, certificate="valid")


def over_h2(setup: Setup) -> Setup:
    return replace(setup, certificate="valid", front=Front(FrontRules()))


def over(setup: Setup, wrap: Wrap) -> Setup:
    """Lay a wrapper over all that the scenario has."""
    return replace(setup, wrap=chain(setup.wrap, wrap) if setup.wrap else wrap)


def exchanges(report: Report) -> list[Exchange]:
    """Return what was asked of the server; the tool's own control stream is no part."""
    asked = [probe for probe in report.evidence if probe.probe != "control"]
    return [each for probe in asked for each in probe.exchanges]


def answer_time_s(report: Report) -> float:
    """Return how long the quickest answer let itself be waited for."""
    return min(e.headers_s for e in exchanges(report) if e.headers_s is not None)


def _is_named(report: Report) -> bool:
    names = {e.headers["server"] for e in exchanges(report) if "server" in e.headers}
    # A gateway in front may have a name of its own, which it keeps.
    return NAME in names and "uvicorn" not in names


def _is_reworded(report: Report) -> bool:
    """No sentence that the scenario's own server says is left; JSON's codes are."""
    said = [e.excerpt for e in exchanges(report) if (e.status or 0) >= 400]
    return all(WORDS in excerpt for excerpt in said if excerpt)


SURROUNDINGS = (
    Variant("another path", elsewhere, lambda r: PATH in r.target.url),
    Variant("another server name", renamed, _is_named),
    Variant("over TLS", over_tls, lambda r: r.target.url.startswith("https:")),
    Variant(
        "over HTTP/2",
        over_h2,
        lambda r: "HTTP/2" in {e.http_version for e in exchanges(r)},
    ),
)
ANSWERS = (
    Variant("other words", reworded, _is_reworded),
    Variant("three times slower", slower, lambda r: answer_time_s(r) >= LATER_S),
)


def judged(name: str, variant: Variant) -> Report:
    """Run one scenario in other surroundings, on a port of its own."""
    bare = scenario(name)
    changed = replace(bare, build=lambda: variant.change(bare.build()))
    with run(changed) as lab:
        return asyncio.run(triage(lab.intake, environ={}))


def judged_all(variants: Sequence[Variant]) -> dict[tuple[str, str], Report]:
    """Run every scenario in each of these surroundings, a few at a time."""
    pairs = [(name, each) for name in FAULTS + SOUND for each in variants]
    with ThreadPoolExecutor(6) as pool:
        reports = pool.map(lambda pair: judged(*pair), pairs)
        return {
            (name, each.name): report
            for (name, each), report in zip(pairs, reports, strict=True)
        }


def told(report: Report) -> str:
    lines = [f"{f.cause}: {f.status} {f.because}" for f in report.findings]
    return "\n".join([report.verdict.summary, *lines])
