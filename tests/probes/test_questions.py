"""What each probe asks, what it makes of the answers, and what it never does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from byte_server import (
    HOLD,
    MCP_RESULT,
    SSE_HEAD,
    ByteServer,
    McpBytes,
    Question,
    Received,
    Route,
    Script,
    chunk,
    json_answer,
    response,
)
from streamtriage.model import End, Failure, Intake, Target
from streamtriage.probes import (
    era,
    get_variants,
    handshake,
    idle_watch,
    reconnect,
)
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.requester import Wire
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.anyio

LAST = b"0\r\n\r\n"
TOO_MANY = response(429, "Too Many Requests", b"", "retry-after: 30")


def wire_to(server: ByteServer, **facts: Any) -> Wire:
    target = Target(url=server.url, **facts)
    return Wire(target, answer_patience_s=1.0, head_patience_s=0.5)


def mcp_server(answers: Mapping[Question, Script | Route] | None = None) -> ByteServer:
    return ByteServer(route=McpBytes(answers or {}))


def rpc_error(code: int, **data: Any) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": "no"}
    return {
        "jsonrpc": "2.0",
        "id": 1,
        "error": error | ({"data": data} if data else {}),
    }


def result(**content: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "result": content}


# --- era ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "modern", "supported"),
    [
        pytest.param(
            json_answer(result(supportedVersions=["2026-07-28"])),
            True,
            ("2026-07-28",),
            id="a result",
        ),
        pytest.param(
            json_answer(rpc_error(-32022, supported=["2027-01-01"]), status=400),
            True,
            ("2027-01-01",),
            id="-32022",
        ),
        pytest.param(
            json_answer(rpc_error(-32601), status=404), True, (), id="404 and -32601"
        ),
        pytest.param(json_answer(rpc_error(-32601)), False, (), id="200 and -32601"),
        pytest.param(response(404, "Not Found"), False, (), id="404 alone"),
        pytest.param(
            json_answer(rpc_error(-32000), status=400), False, (), id="400 of the past"
        ),
        pytest.param(json_answer(result()), False, (), id="a result without versions"),
        pytest.param(json_answer([]), False, (), id="an empty batch"),
        pytest.param(response(200, "OK", b"<html>"), False, (), id="a page"),
        pytest.param(response(401, "Unauthorized"), None, (), id="401"),
        pytest.param(response(403, "Forbidden"), None, (), id="403"),
        pytest.param(response(500, "Oops"), None, (), id="500"),
        pytest.param(TOO_MANY, None, (), id="429"),
    ],
)
async def test_era_by_the_answer_to_discover(
    answer: bytes, modern: object, supported: tuple[str, ...]
) -> None:
    async with ByteServer((answer,)) as server:
        found = await era.run(wire_to(server))

    assert (found.modern, found.supported) == (modern, supported)
    assert server.requests[0].headers["mcp-protocol-version"] == "2026-07-28"
    assert server.requests[0].headers["mcp-method"] == "server/discover"


async def test_era_is_unknown_where_nothing_is_answered() -> None:
    async with ByteServer() as server:
        found = await era.run(wire_to(server), patience_s=0.2)

    assert (found.modern, found.failure) == (None, Failure.TIMED_OUT)


# --- handshake ------------------------------------------------------------------------


SSE_RESULT = (
    b'event: message\ndata: {"jsonrpc":"2.0","id":1,"result":'
    b'{"protocolVersion":"2025-06-18","serverInfo":{"name":"s"}}}\n\n'
)


@pytest.mark.parametrize(
    ("answer", "revision"),
    [
        pytest.param((json_answer(MCP_RESULT),), "2025-11-25", id="JSON"),
        pytest.param((SSE_HEAD, chunk(SSE_RESULT), LAST), "2025-06-18", id="a stream"),
        pytest.param((SSE_HEAD, chunk(SSE_RESULT)), "2025-06-18", id="an open stream"),
        pytest.param((json_answer([MCP_RESULT]),), "2025-11-25", id="a batch"),
        pytest.param((json_answer(rpc_error(-32602)),), "", id="an error in 200"),
        pytest.param((json_answer(MCP_RESULT, status=401),), "", id="a result in 401"),
        pytest.param((response(200, "OK", b"<html>"),), "", id="a page"),
    ],
)
async def test_session_opens_only_with_a_result(answer: Script, revision: str) -> None:
    async with mcp_server({"initialize": answer}) as server:
        wire = wire_to(server)
        session = Session(wire, "main")
        found = await handshake.run(wire, session, modern=False)

    assert found.revision == revision
    assert session.opened is bool(revision)
    assert (found.initialized is not None) is bool(revision)


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_answer_to_initialized_is_kept(status: int) -> None:
    body = b"" if status == 204 else b"{}"
    note = response(status, "Odd", body)
    async with mcp_server({"initialized": (note,)}) as server:
        wire = wire_to(server)
        found = await handshake.run(wire, Session(wire, "main"), modern=False)

    assert found.initialized is not None
    assert (found.initialized.status, found.initialized.reason) == (status, "Odd")
    assert found.post is not None
    assert found.post.status == 200


async def test_negotiated_revision_and_session_are_sent_back() -> None:
    async with mcp_server() as server:
        wire = wire_to(server)
        await handshake.run(wire, Session(wire, "main"), modern=False)
    first, *later = server.requests

    assert "mcp-session-id" not in first.headers
    assert {r.headers["mcp-session-id"] for r in later} == {
        "00000000-5e55-4e5e-8b1e-0123456789ab"
    }
    assert {r.headers["mcp-protocol-version"] for r in later} == {"2025-11-25"}


async def test_modern_only_server_is_recognised() -> None:
    refusal = json_answer(rpc_error(-32022, supported=["2026-07-28"]), status=400)
    async with mcp_server({"initialize": (refusal,)}) as server:
        wire = wire_to(server)
        found = await handshake.run(wire, Session(wire, "main"), modern=True)

    assert found.modern_only
    assert found.supported == ("2026-07-28",)
    assert [seen.jsonrpc_code for seen in found.again] == [-32022] * 6


async def test_a_modern_server_that_falls_silent_is_greeted_once_more() -> None:
    """It is asked one by one until others behind its address have answered, too."""
    refusal = json_answer(rpc_error(-32022, supported=["2026-07-28"]), status=400)
    greeted = 0

    def once(_asked: Received) -> Script:
        nonlocal greeted
        greeted += 1
        return (refusal,) if greeted == 1 else HOLD

    async with mcp_server({"initialize": once}) as server:
        wire = wire_to(server)
        found = await handshake.run(wire, Session(wire, "main"), modern=True)

    assert greeted == 2
    assert [seen.failure for seen in found.again] == [Failure.TIMED_OUT]


# --- open -----------------------------------------------------------------------------


async def test_open_tells_the_sessions_apart() -> None:
    async with mcp_server() as server:
        wire = wire_to(server)
        session = Session(wire, "main")
        await session.open()
        found = await get_variants.run(wire, session, glance_s=0.1)
    statuses = [
        None if seen is None else seen.status
        for seen in (
            found.live,
            found.none,
            found.made_up,
            found.made_up_post,
            found.post,
            found.delete,
            found.ended_get,
            found.ended_post,
        )
    ]

    assert statuses == [200, 400, 404, 404, 200, 200, 404, 404]


async def test_open_repeats_a_406_with_both_types() -> None:
    def picky(request: Received) -> Script:
        both = "application/json" in request.headers["accept"]
        return (SSE_HEAD,) if both else (response(406, "Not Acceptable"),)

    async with mcp_server({"get": picky}) as server:
        wire = wire_to(server)
        session = Session(wire, "main")
        await session.open()
        found = await get_variants.run(wire, session, glance_s=0.1)

    assert found.live is not None
    assert found.live.status == 406
    assert found.accept_both is not None
    assert found.accept_both.is_event_stream


# --- reopen ---------------------------------------------------------------------------


async def test_conflict_at_once_and_success_later_are_both_recorded() -> None:
    """A server that needs half a second to notice that the first client has gone."""
    loop = asyncio.get_running_loop()
    opened: dict[str, float] = {}

    def busy(request: Received) -> Script:
        session = request.headers["mcp-session-id"]
        since = loop.time() - opened.setdefault(session, loop.time())
        if 0 < since < 1.0:
            return (response(409, "Conflict", b"only one stream"),)
        return (SSE_HEAD, chunk(b": here\n\n"))

    async with mcp_server({"get": busy}) as server:
        found = await reconnect.run(wire_to(server))

    for followed in (found.after_close, found.after_vanish):
        assert followed is not None
        tried = [(a.after_s, a.get.status) for a in followed.attempts]
        assert tried == [(0.0, 409), (1.0, 200)]
        assert followed.recovered


async def test_vanished_client_sends_rst_and_closed_one_fin() -> None:
    async with mcp_server() as server:
        found = await reconnect.run(wire_to(server))
        await server.wait_ended(len(server.requests))

    assert server.ended.count("rst") == 1
    assert found.after_close is not None
    assert found.after_close.ended_by == "client-fin"


async def test_refused_reopening_asks_whether_the_session_lives() -> None:
    """Four POSTs and a new session tell a lost session from one replica of several."""
    gone = (json_answer(rpc_error(-32001), status=404),)
    opened: set[str] = set()

    def once(request: Received) -> Script:
        session = request.headers["mcp-session-id"]
        if session in opened:
            return gone
        opened.add(session)
        return (SSE_HEAD, chunk(b": here\n\n"))

    async with mcp_server({"get": once, "post": gone}) as server:
        found = await reconnect.run(wire_to(server))

    for followed in (found.after_close, found.after_vanish):
        assert followed is not None
        assert not followed.recovered
        assert [a.after_s for a in followed.attempts] == [0.0, 1.0, 2.5]
        assert [post.status for post in followed.posts] == [404] * 4
        assert followed.fresh is not None
        assert followed.fresh.status == 200


# --- hold -----------------------------------------------------------------------------


async def held(server: ByteServer, hold_s: float, cancel_s: float | None = None) -> Any:
    stop = asyncio.Event()
    if cancel_s is not None:
        asyncio.get_running_loop().call_later(cancel_s, stop.set)
    return await idle_watch.run(
        wire_to(server), hold_s=hold_s, cancel=stop, least_s=0.1
    )


async def test_natural_end_is_recorded_with_its_age() -> None:
    cut: Script = (SSE_HEAD, chunk(b": here\n\n"), 0.3, "rst")
    async with mcp_server({"get": cut}) as server:
        found = await held(server, 1.2)
    streams = [watch.stream for watch in found.watches]

    assert [stream.end for stream in streams] == [End.RESET] * 3
    assert all(0.25 < (stream.lived_s or 0) < 1.0 for stream in streams)
    assert all(watch.reopening.ended_by == "server" for watch in found.watches[:2])
    assert found.watches[2].reopening is None


async def test_watches_start_apart_in_sessions_of_their_own() -> None:
    """A limit ends both at the same age, one event at the same moment."""
    async with mcp_server() as server:
        found = await held(server, 0.3)
    first, second, third = (watch.stream.started_s for watch in found.watches)
    sessions = {
        r.headers["mcp-session-id"] for r in server.requests if r.method == "GET"
    }

    assert second - third > 0.3
    assert third - first > 0.3
    assert len(sessions) == 3


async def test_watches_that_nobody_asked_for_end_with_the_first() -> None:
    """It was open to its end, so there is no age with which theirs could agree."""
    async with mcp_server() as server:
        found = await idle_watch.run(
            wire_to(server), hold_s=0, cancel=asyncio.Event(), least_s=2.0
        )
    first, second, third = (watch.stream for watch in found.watches)

    assert [each.end for each in (first, second, third)] == [End.WATCHED] * 3
    assert (first.lived_s or 0) >= 1.5
    assert (second.lived_s or 0) < (first.lived_s or 0) - 0.5
    assert all(watch.reopening is not None for watch in found.watches[:2])


async def test_watches_that_nobody_asked_for_outlive_a_first_that_was_cut() -> None:
    """A limit ends each of them at the same age, and so each is watched in full."""
    cut: Script = (SSE_HEAD, chunk(b": here\n\n"), 0.6, "rst")
    async with mcp_server({"get": cut}) as server:
        found = await idle_watch.run(
            wire_to(server), hold_s=0, cancel=asyncio.Event(), least_s=1.2
        )

    assert [watch.stream.end for watch in found.watches] == [End.RESET] * 3


async def test_second_watch_follows_at_once_where_no_stream_is_offered() -> None:
    """Nobody asked for a watch, and a third one would be told the same."""
    none: Script = (response(404, "Not Found"),)
    async with mcp_server({"get": none}) as server:
        found = await idle_watch.run(wire_to(server), hold_s=0, cancel=asyncio.Event())

    assert [watch.stream.status for watch in found.watches] == [404, 404]


async def test_third_watch_is_left_out_where_there_is_no_room() -> None:
    """What was refused for want of room is not asked for once more than needed."""
    async with mcp_server() as server:
        found = await idle_watch.run(
            wire_to(server),
            hold_s=0.3,
            cancel=asyncio.Event(),
            least_s=0.1,
            crowded=lambda: True,
        )

    assert len(found.watches) == 2
    assert len({r.headers.get("mcp-session-id") for r in server.requests} - {None}) == 2


async def test_cancelled_watch_keeps_what_was_seen() -> None:
    async with mcp_server() as server:
        started = asyncio.get_running_loop().time()
        found = await held(server, 20.0, cancel_s=4.0)
        took = asyncio.get_running_loop().time() - started
    streams = [watch.stream for watch in found.watches]

    assert took < 20.0  # the hold
    assert [stream.end for stream in streams] == [End.CANCELLED] * 3
    assert all((stream.lived_s or 0) > 0 for stream in streams)
    assert isinstance(server.route, McpBytes)
    assert sorted(server.route.deleted) == sorted(server.route.issued)


async def test_cancel_interrupts_the_wait_before_a_reopening() -> None:
    """Once all three watches have their stream, and so the wait that it asks for."""
    ended = (SSE_HEAD, chunk(b"retry: 9000\n\n"), LAST)
    stop = asyncio.Event()

    async def cancel_when_all_are_served() -> None:
        while sum(each.method == "GET" for each in server.requests) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        stop.set()

    async with mcp_server({"get": ended}) as server, asyncio.TaskGroup() as tasks:
        tasks.create_task(cancel_when_all_are_served())
        started = asyncio.get_running_loop().time()
        found = await idle_watch.run(
            wire_to(server), hold_s=1.0, cancel=stop, least_s=0.1
        )
        took = asyncio.get_running_loop().time() - started

    assert took < 9.0  # the wait that the server asked for
    assert all(watch.stream.retry_ms == 9000 for watch in found.watches)


# --- what is never done ---------------------------------------------------------------


async def test_session_of_a_refused_initialize_is_deleted_too() -> None:
    """The server made a session, even though its answer was no result."""
    error = json_answer(rpc_error(-32603), "mcp-session-id: half-made")
    mcp = McpBytes({"initialize": (error,), "delete": (response(),)})
    async with ByteServer(route=mcp) as server:
        await triage(
            Intake(url=server.url, hold_s=0), environ={}, answer_patience_s=1.0
        )

    assert mcp.deleted == ["half-made"]


@pytest.mark.parametrize(
    "question", ["discover", "initialize", "initialized", "post", "get"]
)
async def test_after_the_first_429_nothing_more_is_sent(question: Question) -> None:
    """What the server reads after its first 429 had left before that arrived.

    At most three requests are in flight at once while the probes greet and ask: the
    three GETs of `open`, beside the handshakes of three other sessions.
    """
    mcp = McpBytes({question: (TOO_MANY,)})
    async with ByteServer(route=mcp) as server:
        report = (await triage(Intake(url=server.url, hold_s=0), environ={})).shown
    limited = mcp.asked.index(question)
    after = mcp.asked[limited + 1 :]

    in_flight = {"discover": 0, "initialize": 0, "initialized": 0, "post": 0, "get": 6}
    assert len(after) <= in_flight[question]
    assert report.verdict.outcome != "healthy"


async def test_secret_goes_to_the_target_and_follows_no_redirect() -> None:
    secret = {"Authorization": SecretStr("Bearer canary-0451")}
    async with ByteServer() as other:
        away = response(307, "Away", b"", f"location: {other.url}")
        async with ByteServer((away,)) as server:
            wire = wire_to(server, headers=secret)
            live = await wire.ask("POST", body={})

    assert live.exchange().status == 307
    assert server.requests[0].headers["authorization"] == "Bearer canary-0451"
    assert other.connections == 0


# --- no harm --------------------------------------------------------------------------


async def test_bolder_get_goes_into_a_session_of_its_own() -> None:
    """A server may bear one refused GET in a session, and be stopped by another."""
    refusal = response(406, "Not Acceptable")
    async with mcp_server({"get": (refusal,)}) as server:
        wire = wire_to(server)
        session = Session(wire, "main")
        await session.open()
        await get_variants.run(wire, session, glance_s=0.1)
        gets = [each for each in server.requests if each.method == "GET"]

    both = [each for each in gets if "application/json" in each.headers["accept"]]
    plain = [each for each in gets if each not in both]
    assert len(both) == 1
    assert both[0].headers["mcp-session-id"] not in {
        each.headers.get("mcp-session-id") for each in plain
    }


async def test_nothing_bolder_is_sent_to_a_server_that_a_refusal_stopped() -> None:
    sound = McpBytes({"get": (response(406, "Not Acceptable"),)})

    def route(request: Received) -> Script:
        stopped = sound.asked.count("get") > 2
        answer = sound(request)
        return () if stopped else answer

    async with ByteServer(route=route) as server:
        target = Target(url=server.url)
        wire = Wire(
            target, answer_patience_s=0.5, head_patience_s=0.5, alive_patience_s=0.3
        )
        session = Session(wire, "main")
        await session.open()
        await get_variants.run(wire, session, glance_s=0.1)
        gets = [each for each in server.requests if each.method == "GET"]

    assert wire.silent
    assert not any("application/json" in each.headers["accept"] for each in gets)


async def test_guard_asks_each_variant_in_a_session_of_its_own() -> None:
    def refuse(request: Received) -> Script:
        accepts = "application/json" in request.headers["accept"]
        text = b"Bad Request: unsupported protocol version"
        return (response(406) if accepts else response(400, "Bad Request", text),)

    async with mcp_server({"get": refuse}) as server:
        intake = Intake(url=server.url)
        report = (await triage(intake, environ={}, only=("guard",))).shown
        gets = [each for each in server.requests if each.method == "GET"]

    guarded = next(e for e in report.evidence if e.probe == "guard")
    assert {"unversioned", "any_accept"} <= {
        name for name in ("unversioned", "any_accept") if getattr(guarded, name)
    }
    odd = [
        each.headers["mcp-session-id"]
        for each in gets
        if each.headers["accept"] == "*/*" or "mcp-protocol-version" not in each.headers
    ]
    assert len(odd) == len(set(odd)) == 2


@pytest.mark.parametrize("answered", [2, 3, 5])
async def test_server_that_falls_silent_is_asked_at_most_twice_more(
    answered: int,
) -> None:
    """Of a whole triage, whichever request it was that stopped the server."""
    sound = McpBytes()

    def route(request: Received) -> Script:
        return sound(request) if len(server.requests) <= answered else HOLD

    async with ByteServer(route=route) as server:
        report = await triage(
            Intake(url=server.url, hold_s=0),
            environ={},
            answer_patience_s=1.0,
            head_patience_s=1.0,
        )
        asked = [each.rpc_method or each.method for each in server.requests]

    # The one that was left open, and the two that ask whether it still answers.
    assert len(asked) <= answered + 1 + 2
    assert set(asked[answered + 1 :]) <= {"ping"}
    assert report.shown.verdict.outcome != "healthy"
