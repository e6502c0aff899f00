"""What is kept of a head: order, spelling, repeats, framing, and heads that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from byte_server import ByteServer, H2Server, Script, chunk, connect_proxy, response
from streamtriage.model import Exchange, Failure, Framing, Target
from streamtriage.transport.raw_head import RawHead, fields_of, framing_of
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    import ssl

pytestmark = pytest.mark.anyio

REPLY = b'{"jsonrpc":"2.0","id":1,"result":{}}'


async def got(script: Script, method: str = "GET") -> Exchange:
    async with ByteServer(script) as server:
        wire = Wire(Target(url=server.url), answer_patience_s=0.3, head_patience_s=0.3)
        live = await wire.ask("the question", method=method)
    return wire.wall.let_in(live.exchange()).shown


async def test_fields_keep_order_spelling_and_repeats() -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nX-B: 1\r\nx-a:  2 \r\nX-B: 3\r\n"
        b"Set-Cookie: a=secret\r\ncontent-length: 0\r\n\r\n"
    )
    seen = await got((head,))

    assert [name for name, _ in seen.header_list] == [
        *("X-B", "x-a", "X-B", "Set-Cookie", "content-length")
    ]
    assert seen.header_list[0][1] == "<hidden: 1 characters>"
    assert "secret" not in seen.model_dump_json()


@pytest.mark.parametrize(
    ("fields", "body", "framing"),
    [
        pytest.param("Content-Length: 2", b"ok", "length", id="length"),
        pytest.param(
            "Transfer-Encoding: chunked", b"0\r\n\r\n", "chunked", id="chunks"
        ),
        pytest.param(
            "Content-Length: 2\r\nTransfer-Encoding: chunked",
            chunk(b"ok") + b"0\r\n\r\n",
            "both",
            id="both",
        ),
        pytest.param("X-Nothing: 1", b"ok", "close", id="neither"),
    ],
)
async def test_framing_is_what_the_head_says(
    fields: str, body: bytes, framing: Framing
) -> None:
    """An answer with both is read, as Python's clients read it, and recorded."""
    head = f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n".encode()
    seen = await got((head + body, "fin"))

    assert (seen.status, seen.framing) == (200, framing)
    assert seen.excerpt in ("ok", "")


async def test_answer_that_can_have_no_body_has_no_framing() -> None:
    seen = await got((b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",))

    assert seen.framing == "none"


async def test_two_different_lengths_are_kept_though_no_library_reads_them() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"
    seen = await got((head, "fin"))

    assert (seen.status, seen.failure) == (None, Failure.PROTOCOL)
    assert seen.header_list == (("Content-Length", "2"), ("Content-Length", "3"))
    assert seen.framing == "length"
    assert seen.raw_head.startswith("HTTP/1.1 200 OK")


async def test_equal_lengths_are_read_and_both_are_kept() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nok"
    seen = await got((head,))

    assert (seen.status, seen.excerpt) == (200, "ok")
    assert seen.header_list == (("Content-Length", "2"), ("content-length", "2"))


async def test_name_that_is_no_token_is_kept_as_it_was_spelled() -> None:
    head = b"HTTP/1.1 200 OK\r\nbad name : 1\r\nno colon at all\r\n\r\n"
    seen = await got((head, "fin"))

    assert seen.failure is Failure.PROTOCOL
    assert [name for name, _ in seen.header_list] == ["bad name ", "no colon at all"]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 2", id="half a head"),
    ],
)
async def test_what_is_no_head_is_quoted(said: bytes) -> None:
    seen = await got((said, "fin"))

    assert (seen.status, seen.framing, seen.header_list) == (None, "", ())
    assert seen.raw_head.split() == said.decode().split()


async def test_interim_answer_is_passed_over() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
    seen = await got((interim, response(200, "OK", b"ok")))

    assert [name for name, _ in seen.header_list] == ["content-type", "content-length"]


async def test_http2_has_its_own_framing(tls_h2: ssl.SSLContext, ca_file: str) -> None:
    def answer(peer: object, stream: int) -> None:
        peer.send_headers(stream, [(":status", "204"), ("x-a", "1"), ("x-a", "2")])  # type: ignore[attr-defined]
        peer.end_stream(stream)  # type: ignore[attr-defined]

    async with H2Server(tls=tls_h2, h2_script=(answer,)) as server:
        wire = Wire(Target(url=server.url, ca_file=ca_file))
        seen = (await wire.ask("the question", method="GET")).exchange()

    assert (seen.http_version, seen.framing, seen.raw_head) == ("HTTP/2", "h2", "")
    assert [name for name, _ in seen.header_list] == ["x-a", "x-a"]


async def test_head_inside_a_tunnel_is_the_servers(
    tls: ssl.SSLContext, ca_file: str
) -> None:
    async with (
        ByteServer((response(200, "OK", b"ok", "X-Server: 1"),), tls=tls) as server,
        connect_proxy() as (proxy, _),
    ):
        wire = Wire(Target(url=server.url, ca_file=ca_file, proxy=proxy))
        seen = (await wire.ask("the question", method="GET")).exchange()

    assert "X-Server" in dict(seen.header_list)


async def test_what_a_proxy_said_is_no_head_of_the_server(ca_file: str) -> None:
    refusal = response(403, "Forbidden", b"", "X-Proxy: 1")
    async with connect_proxy(refusal) as (proxy, _):
        url = "https://127.0.0.1:9/mcp"
        wire = Wire(Target(url=url, ca_file=ca_file, proxy=proxy))
        seen = (await wire.ask("the question", method="GET")).exchange()

    assert seen.failure is Failure.PROXY_REFUSED
    assert (seen.header_list, seen.framing, seen.raw_head) == ((), "", "")


async def test_secrets_in_a_broken_head_are_hidden() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: x\r\nX-Echo: Bearer abcdef-123\r\n\r\n"
    async with ByteServer((head, "fin")) as server:
        headers = {"Authorization": SecretStr("Bearer abcdef-123")}
        wire = Wire(Target(url=server.url, headers=headers))
        raw = (await wire.ask("the question", method="GET")).exchange()
        seen = wire.wall.let_in(raw).shown

    assert seen.failure is Failure.PROTOCOL
    assert "abcdef" not in seen.model_dump_json()


# --- when it was sent, and on what ----------------------------------------------------


async def test_time_counts_from_the_last_byte_of_the_request() -> None:
    async with ByteServer((0.2, response(200, "OK", REPLY))) as server:
        wire = Wire(Target(url=server.url))
        seen = (
            await wire.ask("the question", body={"id": 1, "method": "m"})
        ).exchange()

    assert seen.sent_s is not None
    assert seen.headers_s is not None
    assert seen.head_wait_s == pytest.approx(seen.headers_s - seen.sent_s, abs=1e-4)
    assert (seen.head_wait_s or 0.0) >= 0.2
    assert seen.request_content_type == "application/json"


async def test_request_that_was_never_sent_has_no_such_moment() -> None:
    wire = Wire(Target(url="http://127.0.0.1:9/mcp"))
    seen = (await wire.ask("the question", method="GET")).exchange()

    assert (seen.failure, seen.sent_s, seen.connection) == (Failure.REFUSED, None, "")


async def test_each_request_has_a_connection_of_its_own() -> None:
    async with ByteServer((response(200, "OK", b"ok"),)) as server:
        wire = Wire(Target(url=server.url))
        seen = [(await wire.ask("q", method="GET")).exchange() for _ in range(3)]

    assert [each.connection for each in seen] == ["c1", "c2", "c3"]
    assert not any(each.reused for each in seen)


def test_ages_of_an_old_report_count_from_the_beginning() -> None:
    old = Exchange(label="old", method="GET", started_s=2.0, headers_s=0.5, ended_s=3.0)

    assert (old.sent_at_s, old.head_wait_s, old.age_s) == (2.0, 0.5, 3.0)


def test_silences_hold_the_wait_for_the_head() -> None:
    late = Exchange(
        label="late", method="GET", sent_s=0.5, headers_s=4.0, ended_s=9.0, silent_s=5.0
    )
    cut = Exchange(label="no head", method="GET", sent_s=0.5, ended_s=4.0)

    assert (late.survived_silence_s, late.last_silence_s) == (3.5, 5.0)
    assert (cut.survived_silence_s, cut.last_silence_s) == (0.0, 3.5)


# --- the parts ------------------------------------------------------------------------


def test_second_head_on_a_connection_takes_the_place_of_the_first() -> None:
    head = RawHead()
    head.feed(b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\nbody")
    head.next()
    head.feed(b"HTTP/1.1 201 Created\r\nB: 2\r\n")
    head.next()
    head.feed(b"\r\n")

    assert head.content == b"HTTP/1.1 201 Created\r\nB: 2\r\n\r\n"


def test_head_without_end_is_read_only_so_far() -> None:
    head = RawHead()
    for _ in range(100):
        head.feed(b"x" * 65536)

    assert len(head.content) == 100 * 1024


def test_folded_line_belongs_to_the_one_before() -> None:
    head = b"HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\nB: 3\r\n\r\n"

    assert fields_of(head, 10) == [("A", "1 2"), ("B", "3")]
    assert fields_of(head, 1) == [("A", "1 2")]


def test_answer_to_head_has_no_body() -> None:
    framing = framing_of(
        [("content-length", "5")], method="HEAD", status=200, http_version="HTTP/1.1"
    )

    assert framing == "none"
