"""A whole triage against servers that mean harm: bounded, honest, never a crash."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from byte_server import (
    MCP_RESULT,
    SSE_HEAD,
    ByteServer,
    Flood,
    H2Server,
    McpBytes,
    Question,
    Received,
    Route,
    Script,
    chunk,
    chunked,
    json_answer,
    response,
)
from streamtriage.model import BugEvidence, Failure, HoldEvidence, Intake, Report
from streamtriage.triage import judge_again, triage

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    import h2.connection

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.anyio]

ANSWER_PATIENCE_S = 0.6
HEAD_PATIENCE_S = 0.4
BOUND_S = 30.0
MEMORY_BOUND_BYTES = 64 << 20

LIMITLESS = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n"
NESTED = b"[" * 100_000
ENDLESS_SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
GIGABYTE_LENGTH = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n"
EVENT = b'id: 1\nevent: message\ndata: {"jsonrpc":"2.0","method":"x"}\n\n'
BOMB = gzip.compress(b"\0" * (64 << 20))
EVIL = "\x1b]0;owned\x07\x1b[31m"


async def run(url: str, ca_file: str = "") -> Report:
    """Triage within the bound; the report must survive JSON and judging again."""
    intake = Intake(url=url, hold_s=0, ca_file=ca_file)
    report = (
        await asyncio.wait_for(
            triage(
                intake,
                environ={},
                answer_patience_s=ANSWER_PATIENCE_S,
                head_patience_s=HEAD_PATIENCE_S,
            ),
            BOUND_S,
        )
    ).shown
    crashed = [e.traceback for e in report.evidence if isinstance(e, BugEvidence)]
    assert not crashed, crashed[0]
    text = report.model_dump_json()
    assert Report.model_validate_json(text) == report
    assert judge_again(report).findings == report.findings
    assert "\\u001b" not in text
    assert len(text) < 2_000_000
    return report


def answers(status: str, *fields: str, body: bytes = b"") -> Script:
    head = "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""])
    return (head.encode("latin-1") + body,)


# --- every request gets the same hostile answer ---------------------------------------


SCRIPTS: dict[str, Script] = {
    "accepts and never answers": (),
    "headers": (b"HTTP/1.1 200 OK\r\n", Flood(b"a: b\r\n" * 99)),
    "one endless header": (b"HTTP/1.1 200 OK\r\na: ", Flood(b"b" * 4096)),
    "slow loris in the head": (b"HTTP/1.1 200 OK\r\n", Flood(b"x", 0.1)),
    "slow loris in a body": (LIMITLESS, Flood(b"x", 0.1)),
    "slow loris in a stream": (ENDLESS_SSE, Flood(b":", 0.1)),
    "an endless body": (LIMITLESS, Flood(b"\0" * 65536)),
    "an endless line": (ENDLESS_SSE, Flood(b"x" * 65536)),
    "endless line ends": (ENDLESS_SSE, Flood(b"\r" * 65536)),
    "endless events": (ENDLESS_SSE, Flood(EVENT * 500)),
    "chunk extensions": (SSE_HEAD, Flood(b"1;x=y\r\na\r\n" * 500)),
    "1xx for ever": (Flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 50),),
    "a length that lies": (GIGABYTE_LENGTH, b"short", "fin"),
    "a length never reached": (GIGABYTE_LENGTH, b"short"),
    "a gzip bomb": answers(
        "200 OK",
        "content-encoding: gzip",
        f"content-length: {len(BOMB)}",
        "content-type: application/json",
        body=BOMB,
    ),
    "a redirect to itself": answers("302 Found", "location: /mcp", "content-length: 0"),
    "a redirect to nowhere": answers(
        "308 \xff\xfe", "location: http://[\xff", "content-length: 0"
    ),
    "JSON nested too deep": (json_answer(NESTED),),
    "an error nested deep": (
        json_answer(
            b'{"jsonrpc":"2.0","error":{"message":' + b"[" * 900 + b"]" * 900 + b"}}"
        ),
    ),
    "an error code of 4000 digits": (
        json_answer(b'{"jsonrpc":"2.0","error":{"code":1' + b"0" * 4000 + b"}}"),
    ),
    "a number of 9000 digits": (json_answer(b"9" * 9000),),
    "NUL bytes": (response(200, "OK", b"\0" * 5000),),
    "NUL bytes in place of a head": (b"\0" * 5000, "fin"),
    "ANSI everywhere": answers(
        f"404 {EVIL}",
        f"server: {EVIL}",
        f"x-a: {EVIL}",
        f"{EVIL}: b",
        "content-length: 4",
        body=b"\xff\xfe\x1b[",
    ),
    "bytes that are not UTF-8": answers(
        "404 No\xff\xfe",
        "content-type: \xff",
        "date: \xff",
        "retry-after: \xff",
        "content-length: 2",
        body=b"\xff\xfe",
    ),
    "16 000 header fields": answers("404 a", *["x: y"] * 16_000, "content-length: 0"),
    "a long reason": answers("404 " + "a" * 90_000, "content-length: 0"),
    "a date that is none": answers(
        "404 a",
        "date: Mon, 99 Foo 99999999999 99:99:99 +9999",
        "content-length: 0",
    ),
    "101": answers("101 Switching", "upgrade: x"),
    "a challenge that never ends": answers(
        "401 x",
        'www-authenticate: Bearer a="' + "\\" * 5000,
        "content-length: 0",
    ),
}


def batches(names: Iterable[str], size: int) -> list[Any]:
    """Group what mostly waits, so that it waits at the same time."""
    every = list(names)
    groups = [every[start : start + size] for start in range(0, len(every), size)]
    return [pytest.param(group, id=", ".join(group)) for group in groups]


async def outcome(script: Script) -> str:
    async with ByteServer(script) as server:
        return (await run(server.url)).verdict.outcome


@pytest.mark.parametrize("names", batches(SCRIPTS, 10))
async def test_hostile_answer_to_everything(names: list[str]) -> None:
    """Whatever all requests are answered, nothing healthy is seen and nothing fails."""
    outcomes = await asyncio.gather(*(outcome(SCRIPTS[name]) for name in names))

    told = dict(zip(names, outcomes, strict=True))
    assert not {n: o for n, o in told.items() if o in ("healthy", "tool-fault")}


# --- a sound server with one hostile answer -------------------------------------------


@dataclass(frozen=True)
class Turn:
    """A sound server but for these answers, and whether that is still healthy."""

    answers: Mapping[Question, Script | Route]
    healthy: bool = False


def initialize(fields: str = "", **result: Any) -> Turn:
    """Return a server that answers `initialize` oddly."""
    body = {**MCP_RESULT, "result": {**MCP_RESULT["result"], **result}}
    return Turn({"initialize": (json_answer(body, *([fields] if fields else [])),)})


TURNS: dict[str, Turn] = {
    "gigabytes on the stream": Turn(
        {"get": (ENDLESS_SSE, Flood(b"y" * 65536))}, healthy=True
    ),
    "10 000 events": Turn({"get": (SSE_HEAD, chunk(EVENT * 10_000))}, healthy=True),
    "retry of eleven days": Turn(
        {"get": (SSE_HEAD, chunk(b"retry: 999999999\nid: 1\n\n"), b"0\r\n\r\n")}
    ),
    "retry that overflows a timer": Turn(
        {"get": (SSE_HEAD, chunk(b"retry: " + b"9" * 999 + b"\n\n"), b"0\r\n\r\n")},
        healthy=True,
    ),
    "invalid UTF-8 on the stream": Turn(
        {"get": (SSE_HEAD, chunk(b": \xff\n\ndata: \xfe\xc3\n\nid: \xff\n\n"))},
        healthy=True,
    ),
    "ANSI in comments and names": Turn(
        {"get": (SSE_HEAD, chunk(f": {EVIL}\n\nevent: {EVIL}\ndata: x\n\n".encode()))},
        healthy=True,
    ),
    "events nested too deep": Turn(
        {"get": (SSE_HEAD, chunk(b"data: " + NESTED + b"\n\n"))}, healthy=True
    ),
    "session id of 90 kB": initialize("mcp-session-id: " + "s" * 90_000),
    "session id with control characters": initialize("mcp-session-id: a\x01\x1b[31mb"),
    "session id in Latin-1": initialize("mcp-session-id: caf\xe9\xff"),
    "session id with a tab": initialize("mcp-session-id: a\tb c"),
    "huge revision": initialize(protocolVersion="9" * 200_000),
    "revision that injects a header": initialize(protocolVersion="2025\r\nx-evil: 1"),
    "revision that is no text": initialize(protocolVersion={"a": [1]}),
    "revision of lone surrogates": initialize(protocolVersion="\ud800"),
    "server name of lone surrogates": initialize(
        serverInfo={"name": "\ud800" * 999, "version": {"deep": []}}
    ),
    "server info that is a list": initialize(serverInfo=[1]),
    "supported versions of all kinds": Turn(
        {
            "discover": (
                json_answer(
                    {
                        "jsonrpc": "2.0",
                        "id": 1,
                        "result": {"supportedVersions": ["\ud800", 1, None, "x" * 999]},
                    }
                ),
            ),
            "initialize": (response(500, "No"),),
        }
    ),
    "gigabytes in answer to every POST": Turn(
        {"post": (GIGABYTE_LENGTH, Flood(b"z" * 65536))}, healthy=True
    ),
    "stream behind 1xx for ever": Turn(
        {"get": (Flood(b"HTTP/1.1 102 Processing\r\n\r\n" * 50),)}
    ),
    "stream in gzip": Turn(
        {"get": (chunked("content-encoding: gzip"), chunk(BOMB))}, healthy=True
    ),
    "DELETE that never answers": Turn({"delete": ()}, healthy=True),
}


async def outcome_of(turn: Turn) -> str:
    async with ByteServer(route=McpBytes(turn.answers)) as server:
        report = await run(server.url)
    assert not any("x-evil" in request.headers for request in server.requests)
    return report.verdict.outcome


@pytest.mark.parametrize("names", batches(TURNS, 11))
async def test_one_hostile_answer_of_a_sound_server(names: list[str]) -> None:
    outcomes = await asyncio.gather(*(outcome_of(TURNS[name]) for name in names))

    told = dict(zip(names, outcomes, strict=True))
    assert "tool-fault" not in outcomes, told
    assert not [n for n in names if told[n] == "healthy" and not TURNS[n].healthy]


async def test_retry_of_eleven_days_is_reported_and_not_waited_for() -> None:
    """The try is recorded as not sent, with what the server asked for."""
    stream = (SSE_HEAD, chunk(b"retry: 999999999\n\n"), 0.05, b"0\r\n\r\n")
    async with ByteServer(route=McpBytes({"get": stream})) as server:
        report = await run(server.url)
    hold = next(e for e in report.evidence if isinstance(e, HoldEvidence))
    followed = [watch.reopening for watch in hold.watches if watch.reopening]

    assert followed
    assert {watch.stream.retry_ms for watch in hold.watches} == {999999999}
    for reopening in followed:
        (attempt,) = reopening.attempts
        assert attempt.after_s > 999_999
        assert attempt.get.failure is Failure.NOT_SENT
        assert "asks a client to wait" in attempt.get.failure_detail


async def test_flood_takes_bounded_memory() -> None:
    """Gigabytes on offer on every stream at once, and we hold on to none of them."""
    flood = (ENDLESS_SSE, Flood(b"data: " + b"x" * 65529 + b"\n"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    async with ByteServer(route=McpBytes({"get": flood})) as server:
        await run(server.url)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    assert after - before < MEMORY_BOUND_BYTES


# --- HTTP/2 ---------------------------------------------------------------------------


SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
PING = b"\0\0\x08\x06\0\0\0\0\0" + b"p" * 8


def endless_headers(peer: h2.connection.H2Connection, stream: int) -> None:
    fields = [("x", "y" * 4000)] * 60
    peer.send_headers(stream, [(":status", "200"), *fields])


@pytest.mark.parametrize(
    "script",
    [
        pytest.param((Flood(SETTINGS * 500),), id="SETTINGS"),
        pytest.param((Flood(PING * 500),), id="PING"),
        pytest.param((endless_headers,), id="headers"),
        pytest.param((Flood(b"\xff" * 4096),), id="no frames at all"),
    ],
)
async def test_hostile_http2_server(
    script: Any, tls_h2: ssl.SSLContext, ca_file: str
) -> None:
    async with H2Server(h2_script=script, tls=tls_h2) as server:
        report = await run(server.url, ca_file)

    assert report.verdict.outcome not in ("healthy", "tool-fault")


async def test_echo_of_everything_we_send_leaks_nothing() -> None:
    """A server that repeats our secret in every place must not get it into a report."""

    def echo(request: Received) -> Script:
        secret = request.headers.get("authorization", "none was sent")
        body = json.dumps({"jsonrpc": "2.0", "error": {"code": 1, "message": secret}})
        long = "x" * 2030 + secret
        return (
            json_answer(
                (body if request.method == "POST" else long).encode(),
                f"server: {secret}",
                f"x-echo: {secret}",
                f"location: /{secret}",
                status=400,
            ),
        )

    async with ByteServer(route=echo) as server:
        report = (
            await triage(
                Intake(url=server.url, hold_s=0, auth_env="TOKEN"),
                environ={"TOKEN": "canary-0451-canary"},
            )
        ).shown

    assert "canary" not in report.model_dump_json()
