"""How a response starts and ends, told apart on real sockets."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from byte_server import (
    SSE_HEAD,
    ByteServer,
    Flood,
    H2Server,
    H2Step,
    Script,
    chunk,
    chunked,
    connect_proxy,
    json_answer,
    response,
)
from streamtriage.model import End, Exchange, Failure, Target
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    import ssl

    import h2.connection

pytestmark = pytest.mark.anyio

SSE = "content-type: text/event-stream"
LAST = b"0\r\n\r\n"
OPENED = SSE_HEAD + chunk(b": here\n\n")
UNFRAMED = f"HTTP/1.1 200 OK\r\n{SSE}\r\n\r\n".encode()


def wire_to(url: str, **facts: Any) -> Wire:
    target = Target(url=url, **facts)
    return Wire(target, answer_patience_s=1.5, head_patience_s=1.0)


async def watched(wire: Wire, seconds: float = 0.4) -> Exchange:
    """Ask for the stream, watch it for so long, and close it."""
    live = await wire.open("GET")
    if await live.head(1.0):
        await live.watch(seconds)
    await live.close()
    return wire.wall.let_in(live.exchange()).shown


async def seen(script: Script, **server: Any) -> Exchange:
    async with ByteServer(script, **server) as peer:
        return await watched(wire_to(peer.url))


# --- how a body ends ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "end", "failure"),
    [
        pytest.param((OPENED, LAST), End.COMPLETE, None, id="last chunk"),
        pytest.param((OPENED, LAST, "fin"), End.COMPLETE, None, id="last chunk, FIN"),
        pytest.param(
            (response(200, "OK", b": x\n\n"),), End.COMPLETE, None, id="length reached"
        ),
        pytest.param(
            (UNFRAMED, b": x\n\n", "fin"), End.CLOSED, None, id="FIN is the only end"
        ),
        pytest.param(
            (OPENED, "fin"), End.TRUNCATED, Failure.TRUNCATED, id="FIN between chunks"
        ),
        pytest.param(
            (SSE_HEAD, b"50\r\n: x", "fin"),
            End.TRUNCATED,
            Failure.TRUNCATED,
            id="FIN inside a chunk",
        ),
        pytest.param(
            (response(200, "OK", b"x" * 9)[:-3], "fin"),
            End.TRUNCATED,
            Failure.TRUNCATED,
            id="FIN before the declared length",
        ),
        pytest.param(
            (OPENED, 0.05, "rst"), End.RESET, Failure.RESET, id="RST between chunks"
        ),
        pytest.param(
            (UNFRAMED, b": x\n\n", 0.05, "rst"), End.RESET, Failure.RESET, id="RST"
        ),
        pytest.param((OPENED,), End.WATCHED, None, id="still open"),
        pytest.param(
            (OPENED, b"zz\r\nhello\r\n"),
            End.PROTOCOL,
            Failure.PROTOCOL,
            id="a chunk size that is no number",
        ),
        pytest.param(
            (SSE_HEAD, b"3\r\nabcdef\r\n"),
            End.PROTOCOL,
            Failure.PROTOCOL,
            id="a chunk longer than it says",
        ),
        pytest.param(
            (SSE_HEAD, b"1;" + b"e" * 200_000),
            End.LIMITED,
            Failure.TOO_LARGE,
            id="a chunk extension without end",
        ),
        pytest.param(
            (b"HTTP/1.1 204 No Content\r\n\r\n",), End.COMPLETE, None, id="204"
        ),
        pytest.param(
            (b"HTTP/1.1 304 Not Modified\r\n\r\n",), End.COMPLETE, None, id="304"
        ),
    ],
)
async def test_end_of_a_body(script: Script, end: End, failure: Failure | None) -> None:
    exchange = await seen(script)

    assert (exchange.end, exchange.failure) == (end, failure)
    assert exchange.answered


@pytest.mark.parametrize("end", ["fin", "rst"])
async def test_bytes_before_the_end_are_kept(end: Any) -> None:
    """RST may overtake nothing that had already arrived."""
    exchange = await seen((SSE_HEAD, chunk(b"data: a\n\n: b\n\n"), 0.1, end))

    assert (exchange.events, exchange.comments) == (1, 1)


# --- how it fails before a head -------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        pytest.param(("fin",), Failure.CLOSED, id="FIN at once"),
        pytest.param(("rst",), Failure.RESET, id="RST at once"),
        pytest.param((b"HTTP/1.1 200", "fin"), Failure.CLOSED, id="FIN in the head"),
        pytest.param((UNFRAMED[:-2], "rst"), Failure.RESET, id="RST in the head"),
        pytest.param((), Failure.TIMED_OUT, id="nothing"),
        pytest.param((b"HTTP/1.1 200 OK\r\n",), Failure.TIMED_OUT, id="half a head"),
        pytest.param((b"SSH-2.0-x\r\n\r\n",), Failure.PROTOCOL, id="an SSH banner"),
        pytest.param((b"\0" * 64 + b"\r\n\r\n",), Failure.PROTOCOL, id="NUL bytes"),
        pytest.param((b"\xff\xfe\r\n\r\n",), Failure.PROTOCOL, id="no text at all"),
        pytest.param(
            (b"HTTP/1.1 two-hundred OK\r\n\r\n",), Failure.PROTOCOL, id="no number"
        ),
        pytest.param(
            (b"peer closed connection incomplete\r\n\r\n",),
            Failure.PROTOCOL,
            id="the library's own words",
        ),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",),
            Failure.PROTOCOL,
            id="a header without a colon",
        ),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",),
            Failure.PROTOCOL,
            id="a negative length",
        ),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",),
            Failure.PROTOCOL,
            id="two lengths",
        ),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000,),
            Failure.TOO_LARGE,
            id="one header line without end",
        ),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\n", Flood(b"x: y\r\n" * 1000)),
            Failure.TOO_LARGE,
            id="headers without end",
        ),
    ],
)
async def test_failure_before_a_head(script: Script, failure: Failure) -> None:
    exchange = await seen(script)

    assert (exchange.failure, exchange.end) == (failure, None)
    assert not exchange.answered


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nobody_listening_is_refused(host: str) -> None:
    """Also where a name has two addresses and both refuse, each in its own words."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    exchange = await watched(wire_to(f"http://{host}:{port}/mcp"))

    assert exchange.failure is Failure.REFUSED
    assert "refused" in exchange.failure_detail or "failed" in exchange.failure_detail


async def test_name_that_does_not_exist_is_told() -> None:
    exchange = await watched(wire_to("http://no-such-server.invalid/mcp"))

    assert exchange.failure in (Failure.DNS_NOT_FOUND, Failure.DNS_FAILED)


async def test_certificate_of_a_stranger_is_untrusted(tls: ssl.SSLContext) -> None:
    exchange = await seen((OPENED,), tls=tls)

    assert exchange.failure is Failure.TLS_UNTRUSTED


async def test_tls_to_a_plain_port_fails_in_tls() -> None:
    async with ByteServer(
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",), speaks_first=True
    ) as s:
        exchange = await watched(wire_to(s.url.replace("http:", "https:")))

    assert exchange.failure is Failure.TLS_FAILED


async def test_plain_http_to_a_tls_port_is_no_http(tls: ssl.SSLContext) -> None:
    async with ByteServer((OPENED,), tls=tls) as server:
        exchange = await watched(wire_to(server.url.replace("https:", "http:")))

    assert exchange.failure in (Failure.PROTOCOL, Failure.CLOSED, Failure.RESET)


# --- what the head says ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b"HTTP/1.1 404 Not Found", "Not Found", id="usual"),
        pytest.param(b"HTTP/1.1 404 ", "", id="empty"),
        pytest.param(b"HTTP/1.1 404", "", id="left out"),
        pytest.param(b"HTTP/1.1 404 No MCP here: go", "No MCP here: go", id="custom"),
        pytest.param(b"HTTP/1.1 404 caf\xe9", "caf\xe9", id="Latin-1"),
        pytest.param(b"HTTP/1.1 404 a\x1b[31mb", "a<U+001B>[31mb", id="ANSI"),
    ],
)
async def test_reason_phrase_is_the_server_s_own(line: bytes, reason: str) -> None:
    exchange = await seen((line + b"\r\ncontent-length: 0\r\n\r\n",))

    assert (exchange.status, exchange.reason) == (404, reason)
    assert exchange.http_version == "HTTP/1.1"


async def test_moments_come_in_their_order() -> None:
    exchange = await seen((SSE_HEAD, 0.1, chunk(b": a\n\n"), 0.1, LAST))

    assert exchange.headers_s is not None
    assert exchange.first_byte_s is not None
    assert exchange.ended_s is not None
    assert 0 <= exchange.headers_s < exchange.first_byte_s < exchange.ended_s
    assert exchange.lived_s == pytest.approx(
        exchange.ended_s - exchange.headers_s, abs=0.001
    )
    assert 0 < (exchange.silent_s or 0) < (exchange.lived_s or 0)
    assert exchange.longest_silence_s > 0


async def test_timeline_never_runs_backwards() -> None:
    async with ByteServer((OPENED, LAST)) as server:
        live = await wire_to(server.url).open("GET")
        await live.head(1.0)
        await live.watch(0.5)
        await live.close()
    moments = [event.at_s for event in live.events]
    kinds = [event.kind for event in live.events]

    assert moments == sorted(moments)
    assert kinds[0] == "request"
    assert kinds[-1] == "complete"
    assert {"tcp.connected", "request.sent", "headers", "comment"} <= set(kinds)


async def test_keep_alive_header_and_comments_are_counted() -> None:
    comment = chunk(b": ping\n\n")
    head = chunked("connection: keep-alive")
    exchange = await seen((head, comment, 0.1, comment, 0.1, comment))

    assert exchange.comments == 3
    assert 0 < (exchange.comment_interval_s or 0) < 0.4
    assert exchange.headers["connection"] == "keep-alive"


async def test_unused_redirect_keeps_its_status() -> None:
    """A Location that is no URL must not hide the answer, and none is followed."""
    for location in ("/elsewhere", "http://[", "https://exa mple:99999999/"):
        async with ByteServer(
            (response(307, "Go", b"", f"location: {location}"),)
        ) as s:
            exchange = await watched(wire_to(s.url))

        assert (exchange.status, exchange.failure) == (307, None)
        assert len(s.requests) == 1


async def test_answer_without_an_end_is_read_when_patience_ends() -> None:
    body = b'{"jsonrpc":"2.0","id":1,"result":{}}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
    async with ByteServer((head, body)) as server:
        live = await wire_to(server.url).ask("POST", body={}, patience_s=0.3)

    assert live.recorder.reply is not None
    assert live.exchange().end is End.WATCHED


async def test_reply_on_an_event_stream_is_enough() -> None:
    """A server may keep the stream of a POST open after its reply."""
    event = b'data: {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"x"}}\n\n'
    async with ByteServer((SSE_HEAD, chunk(event))) as server:
        started = asyncio.get_running_loop().time()
        live = await wire_to(server.url).ask("POST", body={}, patience_s=5.0)
        took = asyncio.get_running_loop().time() - started

    assert live.exchange().jsonrpc_code == -32601
    assert took < 5.0  # the patience


# --- how we end it --------------------------------------------------------------------


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("how", ["close", "vanish"])
async def test_close_sends_fin_and_vanish_sends_rst(
    how: str, secure: object, tls: ssl.SSLContext, ca_file: str
) -> None:
    async with ByteServer((OPENED,), tls=tls if secure else None) as server:
        live = await wire_to(server.url, ca_file=ca_file).open("GET")
        assert await live.head(2.0)
        await (live.close() if how == "close" else live.vanish())
        await server.wait_ended()

    assert server.ended == [{"close": "fin", "vanish": "rst"}[how]]
    assert live.exchange().end is End.WATCHED


async def test_closing_the_wire_ends_what_was_left_open() -> None:
    async with ByteServer((OPENED,)) as server:
        wire = wire_to(server.url)
        for _ in range(3):
            await (await wire.open("GET")).head(1.0)
        await wire.close()
        await server.wait_ended(3)

    assert server.ended == ["fin"] * 3


async def test_cancelling_the_waiter_is_not_swallowed() -> None:
    async with ByteServer((OPENED,)) as server:
        wire = wire_to(server.url)
        asking = asyncio.create_task(wire.ask("GET", method="GET", patience_s=30.0))
        await server.wait_asked()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asking, 2.0)
        await wire.close()
        await server.wait_ended()


# --- what we send ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "session", ["caf\xe9-\xff", "a b\tc", "x" * 20_000, "\x1b[31m"]
)
async def test_odd_session_id_never_crashes_a_request(session: str) -> None:
    """What came as Latin-1 goes back unchanged; what no header can hold is told."""
    async with ByteServer((response(),)) as server:
        live = await wire_to(server.url).ask("POST", session_id=session, body={})
    exchange = live.exchange()

    if exchange.answered:
        assert server.requests[0].headers["mcp-session-id"] == session
    else:
        assert exchange.failure is Failure.FAILED


async def test_brake_holds_back_what_is_still_connecting() -> None:
    """After a 429 no request head goes out, even where its connection is being made."""
    async with (
        ByteServer((response(429, "Too Many Requests"),)) as server,
        connect_proxy() as (proxy, asked),
    ):
        wire = wire_to(server.url)
        first = await wire.open("first")
        await first.head(1.0)
        late = wire_to(server.url, proxy=proxy)
        late.braked = False
        waiting = await late.open("late")
        late.braked = True
        await waiting.watch(1.0)
        after = await wire.open("after")

    assert first.exchange().status == 429
    assert waiting.exchange().failure is Failure.NOT_SENT
    assert after.exchange().failure is Failure.NOT_SENT
    assert (len(server.requests), len(asked)) == (1, 0)


# --- proxies --------------------------------------------------------------------------


async def test_secret_goes_through_the_tunnel_only(
    tls: ssl.SSLContext, ca_file: str
) -> None:
    """CONNECT carries no header of the target; the server gets it inside TLS."""
    async with (
        ByteServer((OPENED,), tls=tls) as server,
        connect_proxy() as (url, asked),
    ):
        exchange = await watched(
            wire_to(
                server.url,
                ca_file=ca_file,
                proxy=url,
                headers={"Authorization": "Bearer canary-0451"},
            )
        )

    assert exchange.status == 200
    assert [each.method for each in asked] == ["CONNECT"]
    assert "canary" not in str(asked)
    assert server.requests[0].headers["authorization"] == "Bearer canary-0451"


async def test_plain_http_is_asked_for_in_absolute_form() -> None:
    async with ByteServer((OPENED,)) as server, connect_proxy() as (url, asked):
        exchange = await watched(wire_to(server.url, proxy=url))

    assert exchange.status == 200
    assert asked[0].target == server.url
    assert server.requests[0].target == "/mcp"


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_refused_connect_is_the_proxy_s(status: int, tls: ssl.SSLContext) -> None:
    refusal = response(status, "Not this way")
    async with ByteServer(tls=tls) as server, connect_proxy(refusal) as (url, _):
        exchange = await watched(wire_to(server.url, proxy=url))

    assert exchange.failure is Failure.PROXY_REFUSED
    assert exchange.failure_detail == f"{status} Not this way"
    assert server.connections == 0


async def test_rate_limit_of_the_proxy_pulls_the_brake(tls: ssl.SSLContext) -> None:
    async with (
        ByteServer(tls=tls) as server,
        connect_proxy(response(429, "Too Many Requests")) as (url, asked),
    ):
        wire = wire_to(server.url, proxy=url)
        await watched(wire)
        second = await watched(wire)

    assert second.failure is Failure.NOT_SENT
    assert len(asked) == 1


async def test_credentials_of_the_proxy_reach_it_and_no_report(
    tls: ssl.SSLContext, ca_file: str
) -> None:
    # Of me:canary-0451 in Base64.
    auth = "Basic bWU6Y2FuYXJ5LTA0NTE="
    async with (
        ByteServer((response(200, "OK", b"canary-0451"),), tls=tls) as server,
        connect_proxy(auth=auth) as (url, _),
    ):
        proxy = url.replace("://", "://me:canary-0451@")
        exchange = await watched(wire_to(server.url, ca_file=ca_file, proxy=proxy))

    assert exchange.status == 200
    assert "canary" not in exchange.model_dump_json()


# --- HTTP/2 ---------------------------------------------------------------------------

H2 = "h2.connection.H2Connection"


def h2_head(*fields: tuple[str, str], status: str = "200") -> Any:
    def send(peer: h2.connection.H2Connection, stream: int) -> None:
        kind = ("content-type", "text/event-stream")
        peer.send_headers(stream, [(":status", status), kind, *fields])

    return send


def h2_data(data: bytes, *, last: bool = False) -> Any:
    return lambda peer, stream: peer.send_data(stream, data, end_stream=last)


def h2_reset(peer: h2.connection.H2Connection, stream: int) -> None:
    peer.reset_stream(stream, 8)


def h2_goaway(peer: h2.connection.H2Connection, stream: int) -> None:
    peer.close_connection(last_stream_id=stream)


# A SETTINGS frame that acknowledges nothing and sets nothing.
H2_SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
H2_PING = b"\0\0\x08\x06\0\0\0\0\0" + b"p" * 8
H2_WINDOW = b"\0\0\x04\x08\0\0\0\0\0\0\0\0\x01"
H2_CONTINUATION = b"\0\0\x04\x09\0\0\0\0\x01" + b"\x00\x01a\x00"


@pytest.mark.parametrize(
    ("script", "end", "failure"),
    [
        pytest.param(
            (h2_head(), h2_data(b": x\n\n", last=True)),
            End.COMPLETE,
            None,
            id="END_STREAM",
        ),
        pytest.param(
            (h2_head(), h2_data(b": x\n\n"), 0.05, h2_reset),
            End.STREAM_RESET,
            Failure.STREAM_RESET,
            id="RST_STREAM",
        ),
        pytest.param(
            (h2_head(), h2_data(b": x\n\n"), 0.05, h2_goaway, "fin"),
            End.GOAWAY,
            Failure.GOAWAY,
            id="GOAWAY",
        ),
        pytest.param(
            (h2_head(), h2_data(b": x\n\n"), 0.05, "fin"),
            End.TRUNCATED,
            Failure.CLOSED,
            id="FIN",
        ),
        pytest.param(
            (h2_head(), h2_data(b": x\n\n"), 0.05, "rst"),
            End.RESET,
            Failure.RESET,
            id="RST",
        ),
        pytest.param((h2_head(), h2_data(b": x\n\n")), End.WATCHED, None, id="open"),
        pytest.param(
            (h2_head(), 0.05, b"\0\0\x01\0\0\0\0\0\0x"),
            End.PROTOCOL,
            Failure.PROTOCOL,
            id="DATA on no stream",
        ),
    ],
)
async def test_end_of_an_h2_stream(
    script: tuple[H2Step, ...],
    end: End,
    failure: Failure | None,
    tls_h2: ssl.SSLContext,
    ca_file: str,
) -> None:
    async with H2Server(h2_script=script, tls=tls_h2) as server:
        exchange = await watched(wire_to(server.url, ca_file=ca_file))

    assert (exchange.end, exchange.failure) == (end, failure)
    assert (exchange.http_version, exchange.reason) == ("HTTP/2", None)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((Flood(H2_SETTINGS * 500),), id="SETTINGS"),
        pytest.param((Flood(H2_PING * 500),), id="PING"),
        pytest.param((Flood(H2_WINDOW * 500),), id="WINDOW_UPDATE"),
        pytest.param(
            (b"\0\0\x01\x01\0\0\0\0\x01\x88", Flood(H2_CONTINUATION * 500)),
            id="CONTINUATION",
        ),
        pytest.param((h2_reset,), id="RST_STREAM at once"),
        pytest.param((h2_goaway,), id="GOAWAY at once"),
        pytest.param((h2_head(status="nonsense"),), id="a status that is no number"),
        pytest.param(
            tuple(h2_head(*[("x", "y" * 8000)] * 50) for _ in range(1)),
            id="a header list above the bound",
        ),
    ],
)
async def test_h2_flood_ends_within_our_patience(
    script: tuple[H2Step, ...], tls_h2: ssl.SSLContext, ca_file: str
) -> None:
    async with H2Server(h2_script=script, tls=tls_h2) as server:
        started = asyncio.get_running_loop().time()
        exchange = await watched(wire_to(server.url, ca_file=ca_file))
        took = asyncio.get_running_loop().time() - started

    assert exchange.failure not in (None, Failure.FAILED)
    assert took < 60.0  # a flood goes on for as long as it is read


async def test_json_reply_is_read_over_h2(tls_h2: ssl.SSLContext, ca_file: str) -> None:
    body = json_answer({"jsonrpc": "2.0", "id": 1, "result": {}}).partition(b"{")[2]

    def answer(peer: h2.connection.H2Connection, stream: int) -> None:
        kind = ("content-type", "application/json")
        peer.send_headers(stream, [(":status", "200"), kind])
        peer.send_data(stream, b"{" + body, end_stream=True)

    async with H2Server(h2_script=(answer,), tls=tls_h2) as server:
        live = await wire_to(server.url, ca_file=ca_file).ask("POST", body={})

    assert live.recorder.reply is not None
