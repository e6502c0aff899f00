"""A wire that speaks a client's dialect sends that client's own bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from real_clients.reading import differences, requests
from real_clients.server import Fault, RecordingServer
from real_clients.trial import Trial
from streamtriage.knowledge.client_folders import client_names
from streamtriage.knowledge.client_requests import (
    AskedRequest,
    Dialect,
    RequestRole,
    dialect_of,
    dialects_of,
)
from streamtriage.model import Target
from streamtriage.protocol import messages
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.requester import Wire
from streamtriage.transport.sockets import with_host_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from real_clients.server import Asked

pytestmark = pytest.mark.anyio

DIALECTS = {
    each.key: each
    for each in (row for name in client_names() for row in dialects_of(name))
}
OWN = {"X-Own": SecretStr("given")}


def wire_to(server: RecordingServer, dialect: Dialect | None, **facts: Any) -> Wire:
    target = Target(url=server.url, **{"headers": OWN, **facts})
    return Wire(target, answer_patience_s=5.0, head_patience_s=5.0, dialect=dialect)


async def asked_as(dialect: Dialect | None, **facts: Any) -> list[Asked]:
    """Ask what a client asks of a sound server, and return what came in."""
    async with RecordingServer("sound") as server:
        wire = wire_to(server, dialect, **facts)
        session = Session(wire, "test")
        await wire.ask(
            "discover",
            body=messages.discover(),
            extra=messages.modern_headers("server/discover"),
        )
        await session.open()
        stream = await session.get("GET")
        await stream.head(5.0)
        await session.post()
        await stream.close()
        await session.end()
        return server.asked


def seen_in(asked: list[Asked]) -> Mapping[RequestRole, AskedRequest]:
    fault: Fault = "sound"
    return requests([Trial("", fault, tuple(asked), "", (), 1.0)])


def as_sent(row: Mapping[RequestRole, AskedRequest]) -> dict[RequestRole, AskedRequest]:
    """Return a row with the one line that is ours in place of the client's."""
    found = {}
    for role, request in row.items():
        lines = [
            f"{line.partition(':')[0]}: identity"
            if line.lower().startswith("accept-encoding:")
            else line
            for line in request.headers
            if not line.endswith("{varies}")
        ]
        found[role] = request.model_copy(update={"headers": tuple(lines)})
    return found


@pytest.mark.parametrize("key", DIALECTS)
async def test_wire_sends_the_rows_bytes(key: str) -> None:
    """Names, spelling, order, framing and values are the measured client's."""
    dialect = DIALECTS[key]

    seen = seen_in(await asked_as(dialect))

    assert {"initialize", "initialized", "get", "list"} <= set(seen)
    also_its = {role: q for role, q in seen.items() if role in dialect.requests}
    assert differences(as_sent(dialect.requests), also_its) == []


async def test_dropped_header_is_seen() -> None:
    """The comparison above can fail: one line less in a row is a difference."""
    dialect = dialect_of("mcp-typescript")
    seen = seen_in(await asked_as(dialect))
    row = as_sent(dialect.requests)
    get = row["get"]
    row["get"] = get.model_copy(update={"headers": get.headers[:-1]})

    whole = {role: q for role, q in seen.items() if role in row}
    assert [each.split()[0] for each in differences(row, whole)] == ["get"]


async def test_no_dialect_is_nobody() -> None:
    """Without one, the bytes are this tool's own, as they were."""
    asked = await asked_as(None)
    get = next(each for each in asked if each.method == "GET")
    post = next(each for each in asked if each.rpc == "tools/list")

    names = [line.partition(":")[0] for line in get.headers]
    assert names == [
        "Host",
        "user-agent",
        "accept-encoding",
        "connection",
        "mcp-session-id",
        "mcp-protocol-version",
        "x-own",
        "accept",
    ]
    assert post.header("user-agent") == get.header("user-agent")
    assert str(get.header("user-agent")).startswith("streamtriage/")
    assert '"jsonrpc": "2.0"' in post.body


async def test_initialize_is_the_clients_own() -> None:
    dialect = dialect_of("gemini-cli")

    asked = await asked_as(dialect)

    params = next(a for a in asked if a.rpc == "initialize").message["params"]
    assert params["protocolVersion"] == dialect.opening_revision == "2025-06-18"
    assert params["capabilities"] == dialect.capabilities
    own = [a for a in asked if a.rpc != "server/discover"]
    assert all(a.header("mcp-protocol-version") is None for a in own)


async def test_what_a_client_never_asks_is_asked_as_it_would() -> None:
    """Gemini CLI sends neither a DELETE nor a `server/discover`."""
    dialect = dialect_of("gemini-cli")
    assert not {"delete", "discover"} & set(dialect.requests)

    asked = await asked_as(dialect)

    get, delete = (
        next(a for a in asked if a.method == method) for method in ("GET", "DELETE")
    )
    discover, initialize = (
        next(a for a in asked if a.rpc == rpc)
        for rpc in ("server/discover", "initialize")
    )
    assert delete.headers == get.headers
    added = [h for h in discover.headers if h not in initialize.headers]
    assert [h.partition(":")[0] for h in added] == [
        "mcp-protocol-version",
        "mcp-method",
        "content-length",
    ]


async def test_one_thing_is_changed_in_its_place() -> None:
    """A probe's own header replaces the client's line; nothing else moves."""
    dialect = dialect_of("mcp-typescript@1.32.2")
    async with RecordingServer("sound") as server:
        session = Session(wire_to(server, dialect), "test")
        await session.open()
        first = await session.post()
        other = await session.post(
            extra={"Accept": "*/*"}, without=frozenset({"sec-fetch-mode"})
        )
        added = await session.post(extra={"Last-Event-ID": "7"})
        plain, changed, more = server.asked[-3:]
    assert first.recorder.status == other.recorder.status == added.recorder.status

    expected = [
        "accept: */*" if line.startswith("accept:") else line
        for line in plain.headers
        if not line.startswith("sec-fetch-mode")
    ]
    assert changed.headers == expected
    assert [h for h in more.headers if h not in plain.headers] == ["last-event-id: 7"]


async def test_person_header_replaces_the_clients() -> None:
    """A configured User-Agent stands once, where the client writes its own."""
    dialect = dialect_of("claude-code")
    own = {"User-Agent": SecretStr("mine")}

    asked = await asked_as(dialect, headers=own)

    post = next(a for a in asked if a.rpc == "tools/list")
    agents = [h for h in post.headers if h.lower().startswith("user-agent")]
    assert agents == ["User-Agent: mine"]


async def test_other_servers_hear_no_dialect() -> None:
    """What is asked of a provider of metadata is asked as nobody in particular."""
    async with RecordingServer("sound") as server, RecordingServer("sound") as other:
        wire = wire_to(server, dialect_of("gemini-cli"))
        away = wire.elsewhere(other.url)
        await away.ask("initialize", body=messages.initialize())

    assert len(other.asked) == 1
    for each in other.asked:
        assert str(each.header("user-agent")).startswith("streamtriage/")
        assert each.header("x-own") is None


async def test_body_is_sent_in_chunks_where_the_client_does() -> None:
    """No measured client does, so a row is changed: the framing is the row's."""
    dialect = dialect_of("mcp-typescript@1.32.2")
    rows = dict(dialect.requests)
    lines = [
        "transfer-encoding: chunked" if line.endswith("{length}") else line
        for line in rows["list"].headers
    ]
    change = {"headers": tuple(lines), "framing": "chunked"}
    rows["list"] = rows["list"].model_copy(update=change)
    changed = dialect.model_copy(update={"requests": rows})

    post = next(a for a in await asked_as(changed) if a.rpc == "tools/list")

    assert post.framing == "chunked"
    assert post.header("content-length") is None
    assert post.message["method"] == "tools/list"


async def test_charset_is_sent_where_the_client_does() -> None:
    dialect = dialect_of("mcp-typescript@1.32.2")
    rows = dict(dialect.requests)
    told = "content-type: application/json; charset=utf-8"
    lines = [
        told if line.startswith("content-type") else line
        for line in rows["list"].headers
    ]
    rows["list"] = rows["list"].model_copy(update={"headers": tuple(lines)})
    changed = dialect.model_copy(update={"requests": rows})

    post = next(a for a in await asked_as(changed) if a.rpc == "tools/list")

    assert rows["list"].charset == "utf-8"
    assert told in post.headers


HEAD = b"GET /mcp HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "after", "moved"),
    [
        (HEAD, "connection", True),
        (HEAD, "Accept", True),
        (HEAD, "cookie", False),
        (HEAD.replace(b"GET /mcp", b"CONNECT h:1"), "accept", False),
        (b'{"method":"GET"}', "accept", False),
        (b"", "accept", False),
    ],
    ids=["last", "any spelling", "no such line", "a tunnel", "a body", "nothing"],
)
async def test_host_moves_behind_a_line(
    head: bytes, after: str, *, moved: bool
) -> None:
    arranged = with_host_after(head, after)

    assert sorted(arranged.split(b"\r\n")) == sorted(head.split(b"\r\n"))
    assert (arranged != head) is moved
    if moved:
        names = [line.partition(b":")[0].lower() for line in arranged.split(b"\r\n")]
        assert names.index(b"host") == names.index(after.lower().encode()) + 1
