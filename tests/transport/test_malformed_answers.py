"""An answer to a POST that holds no JSON-RPC response says enough to be named."""

from __future__ import annotations

import json

import pytest

from byte_server import SSE_HEAD, ByteServer, Script, chunk, json_answer, response
from streamtriage.model import Exchange, Target
from streamtriage.protocol.messages import tools_list
from streamtriage.transport.requester import Wire

pytestmark = pytest.mark.anyio

LAST = b"0\r\n\r\n"
REPLY = {"result": {"tools": []}, "jsonrpc": "2.0", "id": 1}
TEXT = json.dumps(REPLY)


async def posted(script: Script) -> Exchange:
    async with ByteServer(script) as server:
        wire = Wire(Target(url=server.url), answer_patience_s=2.0)
        live = await wire.ask("tools/list", body=tools_list())
    return live.exchange()


def stream(text: str) -> Script:
    return (SSE_HEAD, chunk(text.encode()), LAST)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        pytest.param(
            f"data: event: message\ndata: data: {TEXT}\n\n",
            "event: message",
            id="framed",
        ),
        pytest.param(
            f"data: event: message\ndata: {TEXT}\n\n\n\n", "event: message", id="half"
        ),
        pytest.param('data: {"result": {}}\n\n', '{"result"', id="not JSON-RPC"),
        pytest.param("data: ok\n\n", "ok", id="not JSON"),
        pytest.param("data: [DONE]\n\n", "[DONE]", id="another protocol"),
    ],
)
async def test_event_without_a_message_is_kept(text: str, begins: str) -> None:
    seen = await posted(stream(text))

    assert (seen.status, seen.replied, seen.worked) == (200, False, False)
    assert seen.bad_events == 1
    assert seen.bad_event.startswith(begins)


async def test_a_call_that_is_only_acknowledged_has_no_reply() -> None:
    """But where it was sent to the endpoint of HTTP+SSE, that says nothing."""
    script: Script = (response(202, "Accepted"),)
    here = await posted(script)
    async with ByteServer(script) as server:
        wire = Wire(Target(url=server.url), answer_patience_s=2.0)
        there = await wire.ask("call", body=tools_list())
        there.recorder.replied_elsewhere = True
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    async with ByteServer(script) as server:
        wire = Wire(Target(url=server.url), answer_patience_s=2.0)
        told = await wire.ask("note", body=note)

    assert (here.status, here.replied, here.worked) == (202, False, False)
    assert (there.exchange().replied, there.exchange().worked) == (None, True)
    assert (told.exchange().replied, told.exchange().worked) == (None, True)


@pytest.mark.parametrize("kind", ["response", "result", "endpoint"])
async def test_event_of_another_type_is_no_message(kind: str) -> None:
    """Clients of both SDKs read `message` only, and wait for ever."""
    seen = await posted(stream(f"event: {kind}\ndata: {TEXT}\n\n"))

    assert (seen.replied, seen.bad_events) == (False, 0)
    assert (seen.other_events, seen.other_event) == (1, kind)


@pytest.mark.parametrize(
    "text", [f"data: {TEXT}\n\n", f"event: message\ndata: {TEXT}\n\n"]
)
async def test_sound_answer_is_one(text: str) -> None:
    seen = await posted(stream(text))

    assert (seen.replied, seen.bad_events, seen.other_events) == (True, 0, 0)
    assert seen.reply_id_matches is True


@pytest.mark.parametrize(
    ("number", "matches"),
    [(1, True), ("1", True), (2, False), (None, False), ("x", False)],
)
async def test_response_to_another_request_is_told_apart(
    number: object, matches: object
) -> None:
    """The reference client makes a number of it, so "1" will do."""
    seen = await posted((json_answer(REPLY | {"id": number}),))

    assert seen.replied is True
    assert seen.reply_id_matches is matches


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"<html></html>", b"", b'{"result": {}, "id": 1}']
)
async def test_body_without_a_response_is_quoted(body: bytes) -> None:
    seen = await posted((response(200, "OK", body, kind="application/json"),))

    assert (seen.replied, seen.excerpt) == (False, body.decode())
    assert seen.reply_id_matches is None
