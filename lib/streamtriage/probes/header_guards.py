"""Which header of a request makes the server refuse it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from streamtriage.model import Event, Exchange, GuardEvidence
from streamtriage.model.addresses import port_of
from streamtriage.probes.context import Probe
from streamtriage.protocol.messages import (
    SESSION_HEADER,
    VERSION_HEADER,
    initialize,
    tools_list,
)
from streamtriage.transport.http_library import httpx
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.reopen import read_head

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse

__all__ = ["PROBE", "browser", "needed", "run"]

_REFUSALS = (403, 421, 503)
# The page that Inspector 0.x and 2.x open by default.
_INSPECTOR_ORIGIN = "http://localhost:6274"
_BROWSERS = ("browser", "inspector", "electron", "web app", "chrome", "firefox")
# What Node's own fetch says of itself; every client of the TypeScript SDK on Node does.
_CLIENT_AGENT = "node"
_BROWSER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Safari/537.36"
)
_WANTED_HEADERS = ("content-type", SESSION_HEADER, VERSION_HEADER, "last-event-id")


def browser(visit: Visit) -> bool:
    """Tell whether the person's client runs in a browser, by what they say of it."""
    client = visit.intake.client.lower()
    origin = any(name.lower() == "origin" for name in visit.intake.header_envs)
    return origin or any(word in client for word in _BROWSERS)


def needed(visit: Visit) -> bool:
    """Run where a header may have been refused, or where browsers add their own."""
    return browser(visit) or any(map(_by_header, visit.first_answers))


def _by_header(seen: Exchange) -> bool:
    if seen.status in (*_REFUSALS, 406, 415):
        return True
    return seen.status == 400 and _speaks_of_header(seen)


def _speaks_of_header(seen: Exchange) -> bool:
    text = f"{seen.jsonrpc_message} {seen.excerpt}".lower()
    return "protocol version" in text or "accept" in text


async def run(visit: Visit, *, patience_s: float = 3.0) -> GuardEvidence:
    """Repeat what was refused with one header changed at a time.

    At most six requests, and three sessions of its own with four each where the refusal
    came inside one; four for a client in a browser.
    """
    asker = _Asker(visit, patience_s)
    statuses = {seen.status for seen in visit.first_answers}
    jobs = [asker.in_browser()] if browser(visit) else []
    if statuses & set(_REFUSALS):
        jobs += [asker.other_hosts(), asker.agents()]
    if any(_in_session(seen) for seen in visit.first_answers):
        jobs.append(asker.in_session())
    facts: dict[str, Any] = {}
    for found in await asyncio.gather(*jobs):
        facts |= found
    events = sorted(asker.events, key=lambda event: event.at_s)
    return GuardEvidence(**facts, timeline=tuple(events))


def _in_session(seen: Exchange) -> bool:
    return seen.session == "live" and (
        seen.status in (406, 415) or (seen.status == 400 and _speaks_of_header(seen))
    )


class _Asker:
    """Sends the controls, and keeps their events."""

    def __init__(self, visit: Visit, patience_s: float) -> None:
        self._visit, self._wire = visit, visit.wire
        self._patience_s = patience_s
        self.events: list[Event] = []

    async def other_hosts(self) -> dict[str, Any]:
        """Ask as if by the loopback names, which servers allow by default."""
        url = httpx.URL(self._wire.target.url)
        port = port_of(url.scheme, url.port)
        names = [n for n in ("localhost", "127.0.0.1") if n != url.host]
        plain, *others = await asyncio.gather(
            self._post("POST tools/list, no session"),
            *(
                self._post(
                    f"POST tools/list, Host: {name}:{port}",
                    extra={"host": f"{name}:{port}"},
                )
                for name in names
            ),
        )
        facts: dict[str, Any] = {"plain": plain, "other_hosts": tuple(others)}
        return facts

    async def agents(self) -> dict[str, Any]:
        """Ask under the names that clients and browsers give themselves."""
        client, browser_like = await asyncio.gather(
            self._post(
                "POST tools/list, User-Agent of Node's fetch",
                extra={"user-agent": _CLIENT_AGENT},
            ),
            self._post(
                "POST tools/list, User-Agent of a browser",
                extra={"user-agent": _BROWSER_AGENT},
            ),
        )
        return {"client_agent": client, "browser_agent": browser_like}

    async def in_browser(self) -> dict[str, Any]:
        """Ask what a browser asks: with the page's origin, and whether it may."""
        origin, known = self._origin()
        preflight = await self._wire.ask(
            "OPTIONS, as a browser before a POST",
            method="OPTIONS",
            without=frozenset(("authorization", "cookie")),
            extra=self._preflight_headers(origin),
            patience_s=self._patience_s,
        )
        with_origin = await self._wire.ask(
            "initialize, with the page's Origin",
            body=initialize(),
            extra={"origin": origin},
            patience_s=self._patience_s,
        )
        await self._end(with_origin, origin)
        without = await self._post(
            "POST tools/list, without Origin", without=frozenset(("origin",))
        )
        self.events += [*preflight.events, *with_origin.events]
        exposed = with_origin.recorder.header("access-control-expose-headers").lower()
        names = {name.strip() for name in exposed.split(",")}
        issued = with_origin.recorder.session_id is not None
        return {
            "origin_from": known,
            "origin": with_origin.exchange(),
            "without_origin": without,
            "preflight": preflight.exchange(),
            "preflight_lacks": _lacks(preflight, origin),
            "exposes_session": bool({SESSION_HEADER, "*"} & names) if issued else None,
        }

    async def _end(self, opened: LiveResponse, origin: str) -> None:
        session_id = opened.recorder.session_id
        if session_id is not None and opened.exchange().accepted:
            gone = await self._wire.ask(
                "DELETE (guard)",
                method="DELETE",
                session="live",
                session_id=session_id,
                extra={"origin": origin},
                patience_s=self._patience_s,
            )
            self.events.extend(gone.events)

    async def in_session(self) -> dict[str, Any]:
        """Ask for the stream less one header, each time in a session of its own.

        After a refused GET nothing bolder is sent in the same session.
        """
        refused = [each for each in self._visit.first_answers if not each.accepted]
        latest_s = max((each.sent_at_s for each in refused), default=0.0)
        facts: dict[str, Any] = {}
        if not await self._wire.still_answers(latest_s):
            return facts
        seen = {each.status for each in self._visit.first_answers}
        if seen & {400}:
            facts["unversioned"] = await self._in_one(self._unversioned)
        if seen & {400, 406}:
            facts["any_accept"] = await self._in_one(self._any_accept)
        if seen & {415}:
            facts["typed_get"] = await self._in_one(self._typed)
        return facts

    async def _in_one(
        self, ask: Callable[[Session], Awaitable[Exchange]]
    ) -> Exchange | None:
        session = Session(self._wire, "guard")
        found = await ask(session) if await session.open() else None
        await session.end()
        self.events += [e for each in session.responses for e in each.events]
        return found

    async def _any_accept(self, session: Session) -> Exchange:
        return await self._glance(await session.get("GET, Accept: */*", accept="*/*"))

    async def _typed(self, session: Session) -> Exchange:
        typed = {"content-type": "application/json"}
        live = await session.get("GET, with a Content-Type", extra=typed)
        return await self._glance(live)

    async def _unversioned(self, session: Session) -> Exchange:
        """Repeat what was refused, without the version header: the same method."""
        refused = [s for s in self._visit.first_answers if s.status == 400]
        without = frozenset((VERSION_HEADER,))
        if all(seen.method == "GET" for seen in refused):
            live = await session.get("GET, no version header", without=without)
            return await self._glance(live)
        return (await session.post(without=without)).exchange()

    async def _glance(self, live: LiveResponse) -> Exchange:
        await read_head(live, self._patience_s)
        await live.close()
        return live.exchange()

    async def _post(
        self,
        label: str,
        *,
        extra: dict[str, str] | None = None,
        without: frozenset[str] = frozenset(),
    ) -> Exchange:
        live = await self._wire.ask(
            label,
            body=tools_list(),
            extra=extra,
            without=without,
            patience_s=self._patience_s,
        )
        self.events.extend(live.events)
        return live.exchange()

    def _origin(self) -> tuple[str, Literal["", "given", "client"]]:
        given = {n.lower(): v for n, v in self._wire.target.headers.items()}
        if "origin" in given:
            return given["origin"].get_secret_value(), "given"
        if "inspector" in self._visit.intake.client.lower():
            return _INSPECTOR_ORIGIN, "client"
        return _INSPECTOR_ORIGIN, ""

    def _preflight_headers(self, origin: str) -> dict[str, str]:
        wanted = list(_WANTED_HEADERS)
        given = {name.lower() for name in self._wire.target.headers}
        wanted += sorted(given - {"origin", "cookie", *wanted})
        return {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": ",".join(wanted),
        }


def _lacks(preflight: LiveResponse, origin: str) -> tuple[str, ...]:
    """Return what the answer to a preflight lacks, by the Fetch standard, 4.8."""
    recorder = preflight.recorder
    lacking: list[str] = []
    allowed = recorder.header("access-control-allow-origin")
    if allowed not in ("*", origin):
        lacking.append("Access-Control-Allow-Origin")
    names = recorder.header("access-control-allow-headers").lower()
    listed = {name.strip() for name in names.split(",")}
    # `*` stands for every name but Authorization.
    if "*" not in listed:
        lacking += [n for n in _WANTED_HEADERS if n not in listed]
    return tuple(lacking)


PROBE = Probe(
    "guard",
    "follow",
    "Changing one header of a refused request at a time",
    needed,
    run,
)
