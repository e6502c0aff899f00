"""Servers that mix up whom an answer is for, and that end what is not theirs to end."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from unseen.world import (
    HEALTHY,
    RESULT,
    UNKNOWN,
    Asked,
    Seen,
    Trial,
    World,
    forever,
    judge_all,
    maybe,
    only,
)

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = pytest.mark.real(part="servers")


@dataclass
class Numbers(World):
    """Gives each call another id than the one that it came with."""

    number: Any = None

    async def tools(self, asked: Asked) -> None:
        told = {"jsonrpc": "2.0", "id": self.number, "result": {"tools": []}}
        await asked.answer(200, told)


@dataclass
class Quotes(World):
    """Writes the id of a call as a text, as clients put up with."""

    async def tools(self, asked: Asked) -> None:
        told = {"jsonrpc": "2.0", "id": str(asked.number), "result": {"tools": []}}
        await asked.answer(200, told)


@dataclass
class OneBehind(World):
    """Answers each call with what the one before it has asked for."""

    last: dict[str | None, Any] = field(default_factory=dict)

    async def tools(self, asked: Asked) -> None:
        number = self.last.get(asked.session, asked.number)
        self.last[asked.session] = asked.number
        told = {"jsonrpc": "2.0", "id": number, "result": {"tools": []}}
        await asked.answer(200, told)


@dataclass
class Clears(World):
    """Ends every session, or every stream too, when one client ends its own."""

    streams: bool = False
    open: list[Asked] = field(default_factory=list)

    async def get(self, asked: Asked) -> None:
        self.open.append(asked)
        await super().get(asked)

    async def delete(self, asked: Asked) -> None:
        self.known.clear()
        await asked.answer(200)
        while self.streams and self.open:
            self.open.pop().writer.close()


@dataclass
class EndsStreams(Clears):
    """Ends every stream, and no session, when one client ends its session."""

    streams: bool = True

    async def delete(self, asked: Asked) -> None:
        others = self.known - {asked.session or ""}
        await super().delete(asked)
        self.known |= others


@dataclass
class Replaces(World):
    """Has one session: each new one takes the place of the one before."""

    async def initialize(self, asked: Asked) -> None:
        self.known.clear()
        await super().initialize(asked)


@dataclass
class Drops(World):
    """Ends the connection of every GET before it answers: at once, or after a while."""

    how: str = "reset"
    after_s: float = 0.0

    async def get(self, asked: Asked) -> None:
        await asyncio.sleep(self.after_s)
        if self.how == "reset":
            asked.reset()
        else:
            asked.writer.close()


@dataclass
class DropsFirst(Drops):
    """Drops the first GET of all, and is sound from then on."""

    dropped: bool = False

    async def get(self, asked: Asked) -> None:
        if self.dropped:
            await World.get(self, asked)
        else:
            self.dropped = True
            await super().get(asked)


@dataclass
class FewSessions(World):
    """Has room for three sessions, and says so in its own words."""

    status: int = 503

    async def initialize(self, asked: Asked) -> None:
        if len(self.known) < 3:
            await super().initialize(asked)
            return
        error = {"code": -32000, "message": "Maximum number of sessions reached"}
        told = {"jsonrpc": "2.0", "id": 1, "error": error}
        await asked.answer(self.status, told)


@dataclass
class Forgets(World):
    """Knows no session that it has issued; what a stateless function does."""

    async def in_session(self, asked: Asked) -> None:
        self.known.clear()
        await super().in_session(asked)


@dataclass
class ChangesId(World):
    """Stands behind a hop that writes every id in small letters."""

    async def initialize(self, asked: Asked) -> None:
        made = self.fresh_id().upper()
        self.known.add(made)
        result = {**RESULT, "serverInfo": {"name": "unseen", "version": "0"}}
        told = {"jsonrpc": "2.0", "id": 1, "result": result}
        await asked.answer(200, told, Mcp_Session_Id=made.lower())


@dataclass
class NoNotice(World):
    """Leaves the notification after `initialize` open for ever, or ends it."""

    ends: bool = False

    async def initialized(self, asked: Asked) -> None:
        if self.ends:
            asked.writer.close()
        else:
            await forever()


@dataclass
class Writes(World):
    """Writes each response by hand, in a form of its own."""

    form: str = '{{"id": {id}, "result": {{"tools": []}}}}'
    kind: str = "application/json"

    async def tools(self, asked: Asked) -> None:
        await asked.answer(200, self.form.format(id=asked.number), self.kind)


@dataclass
class CutsReplies(World):
    """Announces longer responses than it sends, to calls or to `initialize` alone."""

    greets: bool = False
    by: int = 9

    async def initialize(self, asked: Asked) -> None:
        if not self.greets:
            await super().initialize(asked)
            return
        made = self.fresh_id()
        self.known.add(made)
        result = {**RESULT, "serverInfo": {"name": "unseen", "version": "0"}}
        await self.cut(asked, result, f"Mcp-Session-Id: {made}\r\n")

    async def tools(self, asked: Asked) -> None:
        if self.greets:
            await super().tools(asked)
        else:
            await self.cut(asked, {"tools": []})

    async def cut(self, asked: Asked, result: dict[str, Any], more: str = "") -> None:
        told = {"jsonrpc": "2.0", "id": asked.number, "result": result}
        body = json.dumps(told).encode()
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        head += f"{more}Content-Length: {len(body) + self.by}\r\n\r\n"
        asked.writer.write(head.encode() + body)
        await asked.writer.drain()
        asked.writer.close()


@dataclass
class CountsStreams(World):
    """Stands behind a limit on requests at a time, and each stream is one."""

    most: int = 3
    now: int = 0

    async def serve(self, asked: Asked) -> None:
        if self.now >= self.most:
            await asked.answer(503, "busy", "text/plain", "Service Unavailable")
            return
        self.now += 1
        try:
            await super().serve(asked)
        finally:
            self.now -= 1


@dataclass
class CountsCalls(World):
    """Has a limit on all requests of a session, and says so first when it ends."""

    asked: dict[str | None, int] = field(default_factory=dict)

    async def in_session(self, asked: Asked) -> None:
        self.asked[asked.session] = self.asked.get(asked.session, 0) + 1
        if self.asked[asked.session] > 6:
            await asked.answer(429, {"error": "rate_limited"}, Retry_After="30")
        else:
            await super().in_session(asked)


@dataclass
class EmptyStream(World):
    """Answers GET with an event stream of no bytes, and says that it is over."""

    async def get(self, asked: Asked) -> None:
        await asked.answer(200, "", "text/event-stream")


@dataclass
class WithoutIdOnGet(World):
    """Stands behind a hop that takes the session id away from GET alone."""

    async def in_session(self, asked: Asked) -> None:
        if asked.method == "GET":
            await self.missing(asked)
        else:
            await super().in_session(asked)


@dataclass
class TakesOver(World):
    """Has one stream: who opens it takes it from whoever had it."""

    held: Asked | None = None

    async def get(self, asked: Asked) -> None:
        before, self.held = self.held, asked
        if before is not None and not before.writer.is_closing():
            before.writer.close()
        await super().get(asked)


@dataclass
class TakesOverOwn(World):
    """Has one stream for each session, and the newest is it."""

    held: dict[str | None, Asked] = field(default_factory=dict)

    async def get(self, asked: Asked) -> None:
        before = self.held.get(asked.session)
        self.held[asked.session] = asked
        if before is not None and not before.writer.is_closing():
            await before.end()
            before.writer.close()
        await super().get(asked)


@dataclass
class WantsCookie(World):
    """Knows a session by its cookie, and refuses who sends the id alone."""

    async def initialize(self, asked: Asked) -> None:
        made = self.fresh_id()
        self.known.add(made)
        result = {**RESULT, "serverInfo": {"name": "unseen", "version": "0"}}
        told = {"jsonrpc": "2.0", "id": 1, "result": result}
        cookie = f"sid={made}; Path=/; HttpOnly"
        await asked.answer(200, told, Mcp_Session_Id=made, Set_Cookie=cookie)

    async def in_session(self, asked: Asked) -> None:
        cookie = f"sid={asked.session}"
        if asked.session in self.known and asked.headers.get("cookie") != cookie:
            await asked.answer(401, {"error": "not logged in"})
        else:
            await super().in_session(asked)


@dataclass
class FailsThird(World):
    """Has no connection to its database for every third session."""

    greeted: int = 0

    async def initialize(self, asked: Asked) -> None:
        self.greeted += 1
        if self.greeted % 3 == 0:
            await asked.answer(500, {"error": "pool exhausted"})
        else:
            await super().initialize(asked)


def trial(name: str, world: World, expected: Seen, **more: Any) -> Trial:
    return Trial(name, world, expected, hold_s=3.0, **more)


MIXED = only("response-id-mismatch")
TRIALS = [
    trial("no id", Numbers(), MIXED),
    trial("an id of its own", Numbers(number="77aa"), MIXED),
    trial("the id as a text", Quotes(), HEALTHY),
    trial("one behind", OneBehind(), MIXED),
    trial("an end ends all", Clears(), only("delete-ends-all-sessions")),
    trial(
        "an end ends all streams too",
        Clears(streams=True),
        only("delete-ends-all-sessions"),
    ),
    trial("an end ends all streams", EndsStreams(), only("delete-ends-all-sessions")),
    trial("forgets its sessions", Forgets(), only("issued-session-unknown")),
    trial("a changed id", ChangesId(), only("issued-session-unknown")),
    trial("no 202 at all", NoNotice(), only("initialized-not-202")),
    trial("an end in place of 202", NoNotice(ends=True), only("initialized-not-202")),
    trial("no version", Writes(), only("reply-not-jsonrpc")),
    trial(
        "an event without its end",
        Writes(
            form='data: {{"jsonrpc": "2.0", "id": {id}, "result": {{}}}}\n',
            kind="text/event-stream",
        ),
        only("reply-not-jsonrpc"),
    ),
    trial(
        "two documents",
        Writes(
            form='{{"jsonrpc": "2.0", "method": "notifications/message"}}\n'
            '{{"jsonrpc": "2.0", "id": {id}, "result": {{"tools": []}}}}'
        ),
        only("reply-not-jsonrpc"),
    ),
    trial("calls are cut short", CutsReplies(), only("reply-cut-short")),
    trial(
        "the greeting is cut short", CutsReplies(greets=True), only("reply-cut-short")
    ),
    *(
        trial(
            f"room for {most} at a time",
            CountsStreams(most=most),
            only("limit-counts-open-streams"),
        )
        for most in (2, 3, 4)
    ),
    trial("six calls a session", CountsCalls(), only("rate-limit-429")),
    trial("a stream of no bytes", EmptyStream(), only("instant-close-flap")),
    trial(
        "no id on GET",
        WithoutIdOnGet(),
        maybe("get-4xx-instead-of-405", "session-id-not-exposed"),
    ),
    trial("one stream, taken over", TakesOver(), only("one-transport-for-all")),
    trial("one stream a session", TakesOverOwn(), HEALTHY),
    trial("a cookie is wanted", WantsCookie(), only("session-needs-cookie")),
    trial("each third session fails", FailsThird(), UNKNOWN),
    trial("room for three", FewSessions(), only("max-sessions-503")),
    trial("room for three, by 400", FewSessions(status=400), only("max-sessions-503")),
    trial("every GET is reset", Drops(), only("get-ended-unanswered")),
    trial("every GET is closed", Drops(how="close"), only("get-ended-unanswered")),
    trial(
        "every GET is closed late",
        Drops(how="close", after_s=1.2),
        only("get-ended-unanswered"),
    ),
    trial("the first GET is reset", DropsFirst(), UNKNOWN),
    trial("the newest session", Replaces(), only("new-session-ends-others")),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_verdict_names_what_is_mixed_up_or_ended(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    report = reports[each.id]

    first_answer(report, fits=Seen.of(report) == each.expected)
    assert not (each.expected.causes and report.verdict.unexplained)
