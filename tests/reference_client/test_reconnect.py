"""The prediction, against tables and against the real SDK clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest

import sdk_clients
from streamtriage.model import (
    Attempt,
    End,
    Exchange,
    Failure,
    HandshakeEvidence,
    HoldEvidence,
    OpenEvidence,
    PredictedText,
    ReopenEvidence,
    Reopening,
    Signature,
    Watch,
)
from streamtriage.reference_client.client import (
    V1_BUN,
    V1_NODE,
    ReconnectMachine,
    State,
    delay_ms,
)
from streamtriage.reference_client.predict import predict, reproduced_by, schedule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from sdk_clients import ClientName, Printed

SSE = "text/event-stream"
EXHAUSTED = "Maximum reconnection attempts (2) exceeded."
NODE_CUT = "SSE stream disconnected: TypeError: terminated"
BUN_CLOSED = (
    "The socket connection was closed unexpectedly. For more information, "
    "pass `verbose: true` in the second argument to fetch()"
)
BUN_UNREACHABLE = "Unable to connect. Is the computer able to access the url?"


# --- evidence by hand -----------------------------------------------------------------


def refusal(status: int, reason: str | None, **facts: Any) -> Exchange:
    return Exchange(label="GET", method="GET", status=status, reason=reason, **facts)


def failed(failure: Failure) -> Exchange:
    return Exchange(label="GET", method="GET", failure=failure)


def stream(end: End = End.WATCHED, kind: str = SSE, **facts: Any) -> Exchange:
    return refusal(200, "OK", content_type=kind, end=end, **facts)


UNFRAMED: dict[str, Any] = {
    "http_version": "HTTP/1.1",
    "headers": {"content-type": SSE},
}
CHUNKED: dict[str, Any] = {
    "http_version": "HTTP/1.1",
    "headers": {"content-type": SSE, "transfer-encoding": "chunked"},
}


def reopening(first: Exchange, *answers: Exchange) -> Reopening:
    moments = schedule(first.retry_ms)
    attempts = tuple(
        Attempt(after_s=moment, get=answer)
        for moment, answer in zip(moments, answers, strict=False)
    )
    return Reopening(ended_by="server", first=first, attempts=attempts)


def seen(first: Exchange, *answers: Exchange) -> PredictedText:
    """Predict from one watch of a stream and what its reopening was answered."""
    again = reopening(first, *answers) if answers else None
    hold = HoldEvidence(watches=(Watch(stream=first, reopening=again),))
    return predict(handshake=None, opened=None, hold=hold, reopen=None)


def at_first(get: Exchange) -> PredictedText:
    """Predict from the answer to the first GET alone."""
    opened = OpenEvidence(live=get)
    return predict(handshake=None, opened=opened, hold=None, reopen=None)


def pairs(inner: str, times: int = 2) -> tuple[str, ...]:
    """Return the lines of that many refused attempts, and of the surrender."""
    pair = (inner, f"Failed to reconnect SSE stream: {inner}")
    return pair * times + ((EXHAUSTED,) if times == 2 else ())


def v1(reason: str) -> str:
    return f"Streamable HTTP error: Failed to open SSE stream: {reason}"


def v2(reason: str) -> str:
    return f"Failed to open SSE stream: {reason}"


# --- a server of bytes ----------------------------------------------------------------

Step = bytes | float | Literal["fin", "rst", "down"]

CHUNKED_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


OPENED = CHUNKED_HEAD + chunk(b": here\n\n")


def response(status: int, reason: str, body: bytes = b"", *fields: str) -> bytes:
    head = [f"HTTP/1.1 {status} {reason}", f"content-length: {len(body)}"]
    return "\r\n".join([*head, *fields, "connection: close", "", ""]).encode() + body


@dataclass(frozen=True)
class Script:
    """What the server does with each GET in turn, and what a probe would have seen.

    The last entry of `gets` serves all later ones. A number waits, `fin` and `rst` end
    the connection, `down` resets it and stops listening.
    """

    gets: tuple[tuple[Step, ...], ...]
    predicted: PredictedText
    seconds: float = 3.9
    notified: bytes = response(202, "Accepted")


FIRST = 0.8  # long enough for a GET that is never tried again

SCRIPTS: dict[str, Script] = {
    "404 at first": Script(
        ((response(404, "Not Found"), "fin"),),
        at_first(refusal(404, "Not Found")),
        FIRST,
    ),
    "401 at first": Script(
        ((response(401, "Unauthorized", b"{}"), "fin"),),
        at_first(refusal(401, "Unauthorized")),
        FIRST,
    ),
    "407 at first": Script(
        ((response(407, "Proxy Authentication Required"), "fin"),),
        at_first(refusal(407, "Proxy Authentication Required")),
        FIRST,
    ),
    "302 without a target": Script(
        ((response(302, "Found"), "fin"),), at_first(refusal(302, "Found")), FIRST
    ),
    "403 that asks for scope": Script(
        (
            (
                response(
                    403,
                    "Forbidden",
                    b"",
                    'WWW-Authenticate: Bearer error="insufficient_scope", scope="a b"',
                ),
                "fin",
            ),
        ),
        at_first(
            refusal(
                403,
                "Forbidden",
                headers={
                    "www-authenticate": 'Bearer error="insufficient_scope", scope="a b"'
                },
            )
        ),
        FIRST,
    ),
    "no reason phrase": Script(
        ((response(404, ""), "fin"),), at_first(refusal(404, "")), FIRST
    ),
    "reset before the head": Script(
        (("rst",),), at_first(failed(Failure.RESET)), FIRST
    ),
    "405": Script(
        ((response(405, "Method Not Allowed"), "fin"),),
        at_first(refusal(405, "Method Not Allowed")),
        FIRST,
    ),
    "204": Script(
        ((b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n", "fin"),),
        at_first(refusal(204, "No Content", end=End.COMPLETE)),
        1.6,
    ),
    "initialized answered 200": Script(
        ((response(404, "Not Found"), "fin"),),
        predict(
            handshake=HandshakeEvidence(initialized=refusal(200, "OK")),
            opened=OpenEvidence(live=refusal(404, "Not Found")),
            hold=None,
            reopen=None,
        ),
        FIRST,
        notified=response(200, "OK"),
    ),
    "initialized refused": Script(
        (("rst",),),
        predict(
            handshake=HandshakeEvidence(
                initialized=refusal(
                    400, "Bad Request", excerpt="No session", body_bytes=10
                )
            ),
            opened=None,
            hold=None,
            reopen=None,
        ),
        FIRST,
        notified=response(400, "Bad Request", b"No session"),
    ),
    "polite end, then 409": Script(
        (
            (OPENED, 0.2, LAST_CHUNK, "fin"),
            (response(409, "Conflict", b"{}"), "fin"),
        ),
        seen(stream(End.COMPLETE), *[refusal(409, "Conflict")] * 2),
    ),
    "truncated, then 502": Script(
        (
            (OPENED, 0.2, "fin"),
            (response(502, "Bad Gateway", b"<html>"), "fin"),
        ),
        seen(stream(End.TRUNCATED, **CHUNKED), *[refusal(502, "Bad Gateway")] * 2),
    ),
    "reset, then nobody listens": Script(
        ((OPENED, 0.2, "down"),),
        seen(stream(End.RESET, **CHUNKED), *[failed(Failure.REFUSED)] * 2),
    ),
    "reset of a body without length": Script(
        (
            (
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hi\n\n",
                0.2,
                "rst",
            ),
            (response(404, "Not Found"), "fin"),
        ),
        seen(stream(End.RESET, **UNFRAMED), *[refusal(404, "Not Found")] * 2),
    ),
    "polite end, then 405": Script(
        (
            (OPENED, 0.2, LAST_CHUNK, "fin"),
            (response(405, "Method Not Allowed"), "fin"),
        ),
        seen(stream(End.COMPLETE), refusal(405, "Method Not Allowed")),
        2.2,
    ),
    "recovered at the second attempt": Script(
        (
            (OPENED, 0.2, LAST_CHUNK, "fin"),
            (response(503, "Service Unavailable"), "fin"),
            (OPENED, 60.0),
        ),
        seen(stream(End.COMPLETE), refusal(503, "Service Unavailable"), stream()),
    ),
    "200 with HTML": Script(
        ((response(200, "OK", b"<html>", "content-type: text/html"), "fin"),),
        seen(stream(End.COMPLETE, "text/html"), stream(End.COMPLETE, "text/html")),
        2.6,
    ),
    "flap": Script(
        ((OPENED + LAST_CHUNK, "fin"),),
        seen(stream(End.COMPLETE), stream(End.COMPLETE)),
        2.6,
    ),
    "retry: 300": Script(
        (
            (CHUNKED_HEAD + chunk(b"retry: 300\n\n"), 0.2, LAST_CHUNK, "fin"),
            (response(404, "Not Found"), "fin"),
        ),
        seen(stream(End.COMPLETE, retry_ms=300), *[refusal(404, "Not Found")] * 2),
        2.0,
    ),
}


@dataclass
class ByteServer:
    """Answers POST as an MCP server would, and GET by its script."""

    script: Script
    ended_s: float | None = None
    gets_s: list[float] = field(default_factory=list)
    url: str = ""
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[ByteServer]:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/mcp"
        try:
            yield self
        finally:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if head.startswith("post"):
            _, _, length = head.partition("content-length:")
            body = await reader.readexactly(int(length.partition("\r")[0]))
            writer.write(self._posted(json.loads(body)))
            await writer.drain()
            return
        self.gets_s.append(asyncio.get_running_loop().time())
        which = min(len(self.gets_s), len(self.script.gets)) - 1
        for step in self.script.gets[which]:
            await self._take(step, writer)

    async def _take(self, step: Step, writer: asyncio.StreamWriter) -> None:
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
            return
        if isinstance(step, float):
            await asyncio.sleep(step)
            return
        if step == "down" and self._server is not None:
            self._server.close()
        if step != "fin":
            sock = writer.get_extra_info("socket")
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            writer.transport.abort()
        if self.ended_s is None:
            self.ended_s = asyncio.get_running_loop().time()

    def _posted(self, message: dict[str, Any]) -> bytes:
        if message.get("method") != "initialize":
            return self.script.notified
        result = {
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": {},
            "serverInfo": {"name": "bytes", "version": "1"},
        }
        reply = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        fields = ("content-type: application/json", "mcp-session-id: one")
        return response(200, "OK", json.dumps(reply).encode(), *fields)


@dataclass(frozen=True)
class Ran:
    """What a client printed, and when its GETs came after the first stream's end."""

    printed: Printed
    gets: int
    gaps_s: tuple[float, ...]


async def run_one(script: Script, client: ClientName, gate: asyncio.Semaphore) -> Ran:
    async with gate, ByteServer(script).listening() as server:
        printed = await sdk_clients.run(client, server.url, script.seconds)
    ended = server.ended_s or 0.0
    gaps = tuple(moment - ended for moment in server.gets_s[1:])
    return Ran(printed, len(server.gets_s), gaps)


async def run_all() -> dict[tuple[str, ClientName], Ran]:
    # More at once would start Node so slowly that the runs take longer, not shorter.
    gate = asyncio.Semaphore(14)
    keys = [(name, client) for name in SCRIPTS for client in sdk_clients.CLIENTS]
    keys.sort(key=lambda key: -SCRIPTS[key[0]].seconds)
    runs = [run_one(SCRIPTS[name], client, gate) for name, client in keys]
    return dict(zip(keys, await asyncio.gather(*runs), strict=True))


REAL_CLIENTS = pytest.mark.real(part="clients")


@pytest.fixture(scope="module")
def ran() -> Mapping[tuple[str, ClientName], Ran]:
    try:
        sdk_clients.install()
    except sdk_clients.Unavailable as reason:
        pytest.skip(f"NOT PROVEN against the real SDK clients: {reason}")
    return asyncio.run(run_all())


# --- the real clients -----------------------------------------------------------------


@REAL_CLIENTS
@pytest.mark.parametrize("client", sdk_clients.CLIENTS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_real_client_prints_prediction(
    ran: Mapping[tuple[str, ClientName], Ran], name: str, client: ClientName
) -> None:
    """Each printed line was predicted, in order, and nothing else was."""
    predicted = SCRIPTS[name].predicted
    expected = predicted.v1_node if client == "v1" else predicted.v2_node

    assert ran[name, client].printed.messages == expected


@REAL_CLIENTS
@pytest.mark.parametrize("client", sdk_clients.CLIENTS)
@pytest.mark.parametrize("name", ["404 at first", "405", "204"])
def test_real_client_asks_once(
    ran: Mapping[tuple[str, ClientName], Ran], name: str, client: ClientName
) -> None:
    """A stream that was never open is never tried again."""
    assert ran[name, client].gets == 1


@REAL_CLIENTS
@pytest.mark.parametrize("client", sdk_clients.CLIENTS)
@pytest.mark.parametrize("name", ["200 with HTML", "flap"])
def test_real_client_loops_silently(
    ran: Mapping[tuple[str, ClientName], Ran], name: str, client: ClientName
) -> None:
    """A stream that ends as soon as it opens is asked for again and again."""
    assert ran[name, client].gets >= 3


# A Node timer may fire up to a millisecond early, and two clocks are compared.
EARLY_S = 0.02


@REAL_CLIENTS
@pytest.mark.parametrize("client", sdk_clients.CLIENTS)
def test_real_client_keeps_schedule(
    ran: Mapping[tuple[str, ClientName], Ran], client: ClientName
) -> None:
    """Attempts are never early, and the second wait is half as long again."""
    first, second = ran["polite end, then 409", client].gaps_s

    assert first >= schedule()[0] - EARLY_S
    assert second >= schedule()[1] - EARLY_S
    assert (second - first) / first == pytest.approx(1.5, abs=0.4)


@REAL_CLIENTS
@pytest.mark.parametrize("client", sdk_clients.CLIENTS)
def test_real_client_obeys_server_retry(
    ran: Mapping[tuple[str, ClientName], Ran], client: ClientName
) -> None:
    """Both waits are the server's: the first one ends before the client's own would.

    What a busy machine adds to both cannot make them longer than the client's own two.
    """
    first, second = ran["retry: 300", client].gaps_s
    own = ran["polite end, then 409", client].gaps_s

    assert 0.3 - EARLY_S <= first < own[0]
    assert 0.3 - EARLY_S <= second - first < own[1]


@REAL_CLIENTS
def test_attempts_stop_at_budget(
    ran: Mapping[tuple[str, ClientName], Ran],
) -> None:
    """After two refused attempts the stream is never asked for again."""
    assert {ran["retry: 300", client].gets for client in sdk_clients.CLIENTS} == {3}


# --- the schedule and the machine -----------------------------------------------------


def test_schedule_is_the_sdk_default() -> None:
    assert schedule() == (1.0, 2.5)


@pytest.mark.parametrize(
    ("retry_ms", "expected"),
    [
        pytest.param(300, (0.3, 0.6), id="replaces the back-off"),
        pytest.param(0, (0.0, 0.0), id="zero is a value"),
        pytest.param(45_000, (45.0, 90.0), id="is not capped"),
        pytest.param(2**31, (0.001, 0.002), id="overflows a timer"),
    ],
)
def test_schedule_obeys_server_retry(
    retry_ms: int, expected: tuple[float, ...]
) -> None:
    assert schedule(retry_ms) == pytest.approx(expected)


def test_delay_is_capped() -> None:
    assert delay_ms(20) == 30_000


def test_machine_forgets_failures_after_200() -> None:
    """A success in between gives the full budget back."""
    machine = ReconnectMachine(V1_NODE)
    unavailable = refusal(503, "Service Unavailable")
    for _ in range(3):
        machine.answer(stream())
        machine.end(stream(End.COMPLETE))
        machine.answer(unavailable)

    assert EXHAUSTED not in machine.lines
    assert machine.delay_s == 1.5


def test_machine_keeps_retry_for_later_streams() -> None:
    """The server's `retry:` outlives the stream that carried it."""
    machine = ReconnectMachine(V1_NODE)
    for ended in (stream(End.COMPLETE, retry_ms=300), stream(End.COMPLETE)):
        machine.answer(stream())
        machine.end(ended)

    assert machine.delay_s == 0.3


def test_machine_rests_when_exhausted() -> None:
    """Nothing that is fed to an exhausted client makes it print again."""
    machine = ReconnectMachine(V1_NODE)
    machine.answer(stream())
    machine.end(stream(End.COMPLETE))
    for _ in range(5):
        machine.answer(refusal(409, "Conflict"))

    assert machine.state is State.EXHAUSTED
    assert tuple(machine.lines) == pairs(v1("Conflict"))
    assert machine.delay_s is None


# --- Bun, from logs -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("predicted", "logged"),
    [
        pytest.param(
            seen(stream(End.RESET), *[failed(Failure.REFUSED)] * 2),
            (f"SSE stream disconnected: Error: {BUN_CLOSED}", *pairs(BUN_UNREACHABLE)),
            id="server died",
        ),
        pytest.param(
            seen(stream(End.TRUNCATED), stream()),
            (f"SSE stream disconnected: Error: {BUN_CLOSED}",),
            id="truncated and reopened",
        ),
        pytest.param(
            seen(stream(End.COMPLETE), *[refusal(429, "Too Many Requests")] * 2),
            pairs(v1("Too Many Requests")),
            id="429",
        ),
        pytest.param(
            at_first(refusal(404, "Not Found")), (v1("Not Found"),) * 2, id="no GET"
        ),
    ],
)
def test_bun_lines_are_those_logged(
    predicted: PredictedText, logged: tuple[str, ...]
) -> None:
    """Lines as Claude Code 2.1.197 logged them from servers with these faults."""
    assert predicted.v1_bun == logged


@pytest.mark.parametrize(
    "failure", [Failure.TLS_UNTRUSTED, Failure.TLS_NAME, Failure.PROTOCOL]
)
def test_unknown_bun_text_is_not_invented(failure: Failure) -> None:
    """Where Bun has several texts for one failure, none is predicted."""
    predicted = at_first(failed(failure))

    assert predicted.v1_node == ("fetch failed",) * 2
    assert predicted.v1_bun == ()
    assert V1_BUN.name in predicted.story


# --- which observation is replayed ----------------------------------------------------


def ended_by_us(
    kind: Literal["client-fin", "client-rst"], *gets: Exchange
) -> Reopening:
    attempts = tuple(
        Attempt(after_s=moment, get=get)
        for moment, get in zip((0.0, 1.0, 2.5), gets, strict=False)
    )
    return Reopening(ended_by=kind, first=stream(), attempts=attempts)


CONFLICT = refusal(409, "Conflict")
HELD = HoldEvidence(watches=(Watch(stream=stream()),))


def test_refusal_after_vanishing_is_replayed() -> None:
    """Without a natural end, what refused us after our own stands in, minus the cut."""
    predicted = predict(
        handshake=None,
        opened=OpenEvidence(live=stream()),
        hold=HELD,
        reopen=ReopenEvidence(
            after_close=ended_by_us("client-fin", stream()),
            after_vanish=ended_by_us("client-rst", *[CONFLICT] * 3),
        ),
    )

    assert predicted.v2_node == pairs(v2("Conflict"))
    assert predicted.story.startswith("Nothing ended by itself")


def test_refusal_after_long_watch_is_replayed() -> None:
    """A watch that we ended may have outlived what an early reopening still had."""
    expired = ended_by_us("client-fin", *[refusal(401, "Unauthorized")] * 3)
    predicted = predict(
        handshake=None,
        opened=OpenEvidence(live=stream()),
        hold=HoldEvidence(watches=(Watch(stream=stream(), reopening=expired),)),
        reopen=ReopenEvidence(after_close=ended_by_us("client-fin", stream())),
    )

    assert predicted.v1_node == pairs(v1("Unauthorized"))


def test_refusal_off_schedule_is_not_replayed() -> None:
    """A refusal at once that is over at +1.0 s is never met by the client."""
    predicted = predict(
        handshake=None,
        opened=None,
        hold=HELD,
        reopen=ReopenEvidence(
            after_vanish=ended_by_us("client-rst", CONFLICT, stream())
        ),
    )

    assert predicted.v1_node == ()


def test_natural_end_comes_before_ours() -> None:
    """What happened by itself is a better witness than what we provoked."""
    cut = stream(End.RESET)
    predicted = predict(
        handshake=None,
        opened=None,
        hold=HoldEvidence(watches=(Watch(stream=cut, reopening=reopening(cut, cut)),)),
        reopen=ReopenEvidence(after_vanish=ended_by_us("client-rst", *[CONFLICT] * 3)),
    )

    assert predicted.v1_node == (NODE_CUT,)


def test_a_cut_that_nobody_went_after_is_followed_by_what_others_met() -> None:
    """Its own reopening was not measured; that of another stream was, and refused."""
    predicted = predict(
        handshake=None,
        opened=OpenEvidence(live=stream(End.RESET)),
        hold=HELD,
        reopen=ReopenEvidence(after_vanish=ended_by_us("client-rst", *[CONFLICT] * 3)),
    )

    assert predicted.v1_node == (NODE_CUT, *pairs(v1("Conflict")))
    assert "was not measured. Another stream" in predicted.story


def test_stream_that_ends_before_us_is_natural() -> None:
    """A stream that was over before we ended it shows its own end."""
    cut = stream(End.TRUNCATED)
    predicted = predict(
        handshake=None,
        opened=None,
        hold=HELD,
        reopen=ReopenEvidence(after_close=reopening(cut, CONFLICT, CONFLICT)),
    )

    assert predicted.v1_node == (NODE_CUT, *pairs(v1("Conflict")))


def test_most_telling_watch_is_replayed() -> None:
    """Of several watches the one that was refused says most."""
    quiet, cut = stream(End.COMPLETE), stream(End.TRUNCATED)
    hold = HoldEvidence(
        watches=(
            Watch(stream=quiet, reopening=reopening(quiet, stream())),
            Watch(stream=cut, reopening=reopening(cut, CONFLICT, CONFLICT)),
        )
    )
    predicted = predict(handshake=None, opened=None, hold=hold, reopen=None)

    assert predicted.v1_node == (NODE_CUT, *pairs(v1("Conflict")))


def test_single_429_stands_for_both_attempts() -> None:
    """We stop at a 429; the client does not."""
    first = stream(End.COMPLETE)
    limited = refusal(429, "Too Many Requests")
    predicted = seen(first, limited, failed(Failure.NOT_SENT))

    assert predicted.v1_node == pairs(v1("Too Many Requests"))
    assert "measured once" in predicted.story


def test_http2_refusal_has_empty_reason() -> None:
    """HTTP/2 has no phrase, and the story says what HTTP/1.1 would change."""
    predicted = at_first(refusal(404, None, http_version="HTTP/2"))

    assert predicted.v1_node == (v1(""),) * 2
    assert "HTTP/2" in predicted.story


@pytest.mark.parametrize(
    ("predicted", "word"),
    [
        pytest.param(at_first(refusal(405, "Method Not Allowed")), "405", id="405"),
        pytest.param(at_first(stream()), "held", id="healthy"),
        pytest.param(at_first(failed(Failure.TIMED_OUT)), "waits", id="no head"),
        pytest.param(
            at_first(refusal(307, "Temporary Redirect", headers={"location": "/x"})),
            "307",
            id="redirect",
        ),
        pytest.param(
            seen(stream(End.COMPLETE, "text/html"), stream(kind="text/html")),
            "text/html",
            id="HTML",
        ),
        pytest.param(
            predict(handshake=None, opened=None, hold=None, reopen=None),
            "No GET",
            id="nothing probed",
        ),
        pytest.param(
            predict(
                handshake=HandshakeEvidence(initialized=refusal(204, "No Content")),
                opened=None,
                hold=None,
                reopen=None,
            ),
            "204",
            id="initialized not 202",
        ),
    ],
)
def test_silence_is_explained(predicted: PredictedText, word: str) -> None:
    """Where nothing is printed, the story says why."""
    assert predicted.v1_node == predicted.v1_bun == predicted.v2_node == ()
    assert word in predicted.story


def test_shortened_post_body_is_not_predicted() -> None:
    """An excerpt is not the body, so the line that ends with the body is unknown."""
    post = refusal(401, "Unauthorized", excerpt="half", body_bytes=5000)
    handshake = HandshakeEvidence(initialize=post)
    predicted = predict(handshake=handshake, opened=None, hold=None, reopen=None)

    assert predicted.v1_node == ()
    assert "401" in predicted.story


# --- is it what was pasted? -----------------------------------------------------------

NOT_FOUND = seen(stream(End.COMPLETE), *[refusal(404, "Not Found")] * 2)
NO_REASON = seen(stream(End.COMPLETE), *[refusal(404, "")] * 2)
RESET = seen(stream(End.RESET), *[failed(Failure.REFUSED)] * 2)
PREFIX = "Failed to reconnect SSE stream: "


@pytest.mark.parametrize(
    ("lines", "runtime", "predicted", "expected"),
    [
        pytest.param(
            (PREFIX + v1("Not Found"),),
            "unknown",
            NOT_FOUND,
            ("v1-node", "v1-bun"),
            id="v1 text, runtime unknown",
        ),
        pytest.param(
            (PREFIX + v1("Not Found"), EXHAUSTED),
            "v1-bun",
            NOT_FOUND,
            ("v1-bun",),
            id="runtime known",
        ),
        pytest.param(
            (PREFIX + v2("Not Found"),),
            "unknown",
            NOT_FOUND,
            ("v2-node",),
            id="v2 text",
        ),
        pytest.param(
            (PREFIX + v2("Not Found"),),
            "v2-bun",
            NOT_FOUND,
            ("v2-node",),
            id="v2 refusal on Bun",
        ),
        pytest.param(
            (PREFIX + "fetch failed",), "v2-bun", RESET, (), id="Node text on Bun"
        ),
        pytest.param(
            (PREFIX + v1("Not Found"),), "other", NOT_FOUND, (), id="other client"
        ),
        pytest.param(
            (PREFIX + v1("Conflict"),), "unknown", NOT_FOUND, (), id="other reason"
        ),
        pytest.param(
            (PREFIX + v1("").rstrip(),), "unknown", NOT_FOUND, (), id="reason lost"
        ),
        pytest.param(
            (PREFIX + v1("").rstrip(),),
            "unknown",
            NO_REASON,
            ("v1-node", "v1-bun"),
            id="reason empty",
        ),
        pytest.param(
            (PREFIX + "Streamable HTTP error: Failed to open SSE stream",),
            "unknown",
            NO_REASON,
            (),
            id="cut off before the colon",
        ),
        pytest.param((EXHAUSTED,), "unknown", NOT_FOUND, (), id="surrender alone"),
        pytest.param((), "unknown", NOT_FOUND, (), id="nothing pasted"),
        pytest.param(
            (NODE_CUT, PREFIX + v1("Not Found")),
            "unknown",
            NOT_FOUND,
            (),
            id="one line too many",
        ),
        pytest.param(
            (PREFIX + "fetch failed",),
            "unknown",
            RESET,
            ("v1-node", "v2-node"),
            id="nobody listens",
        ),
        pytest.param(
            (
                f"SSE stream disconnected: TypeError: ECONNRESET: {BUN_CLOSED}",
                f"{PREFIX}ECONNREFUSED: {BUN_UNREACHABLE}",
            ),
            "unknown",
            RESET,
            ("v1-bun",),
            id="as Bun 1.4.5 spells it",
        ),
        pytest.param(
            (f"SSE stream disconnected: TypeError: {BUN_CLOSED}",),
            "unknown",
            RESET,
            ("v1-bun",),
            id="as Bun 1.4.0 spells it",
        ),
    ],
)
def test_reproduced_only_by_whole_lines(
    lines: tuple[str, ...],
    runtime: str,
    predicted: PredictedText,
    expected: tuple[str, ...],
) -> None:
    """Every pasted line has to be predicted, word for word."""
    assert reproduced_by(Signature(lines=lines, runtime=runtime), predicted) == expected
