"""What is asked again: one thing changed at a time, in turn, within bounds."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from byte_server import ByteServer, McpBytes, Received, Script, json_answer, response
from streamtriage.model import (
    FollowUpEvidence,
    HandshakeEvidence,
    Intake,
    Kind,
    Observation,
    ObservationId,
    Phase,
    ReachEvidence,
    Role,
    Target,
    Weight,
)
from streamtriage.probes import Visit, follow_up
from streamtriage.probes.follow_up import MOST_REQUESTS, MOST_S, claims_strictness
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.model import Exchange

pytestmark = pytest.mark.anyio

NOT_FOUND: Script = (response(404, "Not Found", b"nothing here"),)
BLOCKS = Observation(
    id=ObservationId("refused:handshake.initialize"),
    kind=Kind.REFUSED,
    weight=Weight.BLOCKING,
    phase=Phase.GREET,
    role=Role.INITIALIZE,
    probe="handshake",
    status=404,
)


async def visiting(server: ByteServer, *seen: Observation, **intake: str) -> Visit:
    """Return a visit in which these are not explained."""
    target = Target(
        url=server.url, headers={"Authorization": SecretStr("Bearer own-secret")}
    )
    wire = Wire(target, answer_patience_s=0.5, alive_patience_s=0.3)
    visit = Visit(wire, Intake(url=server.url, **intake), asyncio.Event())  # type: ignore[arg-type]
    visit.seen["reach"] = ReachEvidence(host="127.0.0.1", port=1, scheme="http")
    start = await visit.session.initialize()
    visit.seen["handshake"] = HandshakeEvidence(initialize=start.exchange())
    visit.unexplained = seen
    server.requests.clear()
    return visit


async def asked(
    server: ByteServer, *seen: Observation, **intake: str
) -> FollowUpEvidence:
    visit = await visiting(server, *(seen or (BLOCKS,)), **intake)
    assert follow_up.needed(visit)
    return await follow_up.run(visit)


def refuses(
    wrong: Callable[[Received], bool], refusal: Script = NOT_FOUND
) -> ByteServer:
    """Return a server that refuses the POSTs that are wrong, and is sound else."""
    sound = McpBytes()

    def route(request: Received) -> Script:
        return refusal if wrong(request) else sound(request)

    server = ByteServer(route=route)
    server.sound = sound  # type: ignore[attr-defined]
    return server


def exchanges_of(found: FollowUpEvidence) -> tuple[Exchange, ...]:
    return found.exchanges


def media(request: Received) -> str:
    return request.headers.get("content-type", "")


async def test_slash_is_found_and_its_sessions_are_deleted() -> None:
    async with refuses(lambda r: r.target == "/mcp") as server:
        found = await asked(server)

        sound = server.sound  # type: ignore[attr-defined]
        flip = found.questions[0].flip
        assert flip is not None
        assert (flip.id, flip.kind) == ("slash-on", "slash")
        assert sound.issued == sound.deleted
        assert len(sound.issued) == 2
        # fails, works, fails, works; the two that work are deleted.
        methods = [(r.method, r.target) for r in server.requests]
        works, ends = ("POST", "/mcp/"), ("DELETE", "/mcp/")
        fails = ("POST", "/mcp")
        assert methods == [fails, works, ends, fails, works, ends]
        assert found.sent == 6


async def test_nothing_but_the_one_thing_changes() -> None:
    async with refuses(lambda r: r.method == "POST") as server:
        await asked(server)

        posts = [r for r in server.requests if r.method == "POST"]
        first = posts[0]
        for each in posts[1:]:
            changed = [
                name
                for name in {*first.headers, *each.headers} - {"content-length"}
                if first.headers.get(name) != each.headers.get(name)
            ]
            bodies = json.loads(first.body) != json.loads(each.body or first.body)
            if each.headers.get("transfer-encoding"):
                changed = ["transfer-encoding"]
            assert len(changed) + (first.target != each.target) + bodies == 1
        assert {r.headers["authorization"] for r in posts} == {"Bearer own-secret"}
        assert {r.headers["host"] for r in posts} == {first.headers["host"]}
        named = {json.loads(r.body)["method"] for r in posts if r.body}
        assert named == {"initialize"}


async def test_it_is_bounded() -> None:
    async with refuses(lambda r: r.method == "POST") as server:
        found = await asked(server)

        assert len(server.requests) == found.sent <= MOST_REQUESTS
        assert found.questions[0].flip is None


async def test_it_is_bounded_in_time() -> None:
    """No request begins after its seconds; one that had begun is waited for."""
    slow_s = 1.7

    def route(request: Received) -> Script:
        sound = server.sound  # type: ignore[attr-defined]
        return (slow_s, *NOT_FOUND) if request.method == "POST" else sound(request)

    async with refuses(lambda _: True) as server:
        visit = await visiting(server, BLOCKS)
        visit.wire.answer_patience_s = 3.0
        server.route = route
        began_s = visit.wire.now()
        found = await follow_up.run(visit)
        sent_s = [each.started_s - began_s for each in exchanges_of(found)]

    assert found.stopped == "seconds"
    assert 3 <= len(sent_s) < MOST_REQUESTS
    assert max(sent_s) < MOST_S


async def test_what_comes_and_goes_is_no_flip() -> None:
    """Works once, and then never again: the order was not kept."""
    spent: list[str] = []

    def wrong(request: Received) -> bool:
        if request.target == "/mcp/" and not spent:
            spent.append(request.target)
            return False
        return request.method == "POST"

    async with refuses(wrong) as server:
        found = await asked(server)

    question = found.questions[0]
    assert question.flip is None
    assert question.wavers
    assert question.turn(question.changes[0]) == "wavers"


async def test_what_works_unchanged_is_not_changed() -> None:
    async with ByteServer(route=McpBytes()) as server:
        found = await asked(server)

    assert found.questions[0].wavers
    assert found.questions[0].changes == ()


async def test_a_challenge_is_answer_enough() -> None:
    """No form of a request mends what a credential is lacking for."""
    challenged: Script = (
        response(401, "Unauthorized", b"", "www-authenticate: Bearer"),
    )
    async with refuses(lambda _: True, challenged) as server:
        visit = await visiting(server, BLOCKS.model_copy(update={"status": 401}))

        assert not follow_up.needed(visit)


async def test_after_429_nothing_more() -> None:
    async with ByteServer(script=(response(429, "Too Many Requests"),)) as server:
        visit = await visiting(server, BLOCKS)

    assert not follow_up.needed(visit)


async def test_429_in_between_stops_it() -> None:
    async with refuses(
        lambda r: r.target == "/mcp/", (response(429, "Too Many Requests"),)
    ) as server:
        inner = server.route
        assert inner is not None
        server.route = lambda r: inner(r) if r.target == "/mcp/" else NOT_FOUND
        found = await asked(server)

        assert [urlsplit(r.target).path for r in server.requests] == ["/mcp", "/mcp/"]
        assert found.stopped == "braked"


async def test_server_that_falls_silent_is_left_alone() -> None:
    """After the third request nothing is answered any more."""
    answered: list[str] = []

    def route(request: Received) -> Script:
        answered.append(request.target)
        return NOT_FOUND if len(answered) <= 3 else ()

    async with ByteServer(route=route) as server:
        found = await asked(server)

        assert len(server.requests) <= 5
        assert found.stopped == "braked"


async def test_charset_of_the_text_is_tried() -> None:
    refusal: Script = (response(415, "Unsupported Media Type", b"bad content type"),)
    async with refuses(lambda r: "charset" in media(r), refusal) as server:
        visit = await visiting(server, error="HTTP 415: unsupported content type")
        assert follow_up.needed(visit)
        found = await follow_up.run(visit)

    question = found.questions[0]
    assert question.direction == "break"
    assert question.flip is not None
    assert question.flip.kind == "charset"


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Error POSTing to endpoint (HTTP 400): Invalid content type", True),
        ("415 Unsupported Media Type", True),
        ("HTTP 411: Length Required", True),
        ("HTTP 400: no session", False),
        ("Unexpected content type: text/html", False),
        ("Unknown media type returned: text/plain", False),
        ("Failed to open SSE stream: Not Found", False),
    ],
)
async def test_texts_that_claim_a_refused_form(text: str, *, claims: bool) -> None:
    assert claims_strictness(text) is claims


async def test_refused_post_is_asked_in_sessions_of_its_own() -> None:
    """A tools/list that is refused unless it comes without a charset-less type."""
    blocks = BLOCKS.model_copy(update={"role": Role.POST, "phase": Phase.POST})

    def wrong(request: Received) -> bool:
        return request.rpc_method == "tools/list" and (
            request.headers["accept"] != "*/*"
        )

    refusal: Script = (json_answer({"error": "accept"}, status=406),)
    async with refuses(wrong, refusal) as server:
        found = await asked(server, blocks)

        sound = server.sound  # type: ignore[attr-defined]
        flip = found.questions[0].flip
        assert flip is not None
        assert flip.id == "accept-any"
        # The main session is the visit's own to end.
        assert sound.issued[1:] == sound.deleted
        assert "tools/call" not in {r.rpc_method for r in server.requests}


async def test_a_header_of_newer_revisions_is_left_out() -> None:
    """What is refused may be the header by which the revision is repeated."""
    blocks = BLOCKS.model_copy(
        update={"role": Role.INITIALIZED, "phase": Phase.GREET, "status": 400}
    )

    def wrong(request: Received) -> bool:
        named = "mcp-protocol-version" in request.headers
        return named and request.rpc_method == "notifications/initialized"

    refusal: Script = (response(400, "Bad Request", b"unsupported header"),)
    async with refuses(wrong, refusal) as server:
        found = await asked(server, blocks)

        sound = server.sound  # type: ignore[attr-defined]
        flip = found.questions[0].flip
        assert flip is not None
        assert flip.id == "version-none"
        assert sound.issued[1:] == sound.deleted
