"""Each measured server is one cited row, and its words are those that name it."""

from __future__ import annotations

import pytest

from streamtriage.knowledge.dialects import spoken
from streamtriage.knowledge.servers import (
    Answer,
    KnownServer,
    ServerId,
    known_servers,
    server_of,
)
from streamtriage.model import Exchange

SERVERS = {each.id: each for each in known_servers()}


def test_every_row_is_its_own() -> None:
    assert len(SERVERS) == len(known_servers()) >= 36
    assert all(each.version or each.id == "gradio" for each in known_servers())


def test_unknown_server_is_told_the_known_ones() -> None:
    assert server_of(ServerId("litellm")).gateway

    with pytest.raises(LookupError, match=r"nobody.*litellm"):
        server_of(ServerId("nobody"))


def exchange(answer: Answer) -> Exchange:
    return Exchange(
        label="POST",
        method="POST",
        status=answer.status,
        excerpt=answer.text,
        jsonrpc_code=answer.code,
    )


@pytest.mark.parametrize("server", known_servers(), ids=lambda each: each.id)
def test_own_words_name_no_other_family(server: KnownServer) -> None:
    """What a server was seen to say is never taken for a stranger's, if it is told."""
    said = (
        server.get_without_session,
        server.get_unknown_session,
        server.post_unknown_session,
        server.get_after_delete,
    )
    seen = [exchange(each) for each in said if each.status is not None]

    found = spoken(seen, server.server_name)

    if found is not None and found.certainty == "decisive":
        mine = {server.family, server.id.partition("-")[0]}
        assert found.server in mine | {"nestjs" if server.id == "mcp-nest" else ""}


@pytest.mark.parametrize("server", known_servers(), ids=lambda each: each.id)
def test_row_agrees_with_itself(server: KnownServer) -> None:
    streams = server.get.says == "a stream"

    assert (server.keep_alive is not None) is streams
    assert (server.keep_alive_s is not None) is bool(server.keep_alive)
    assert streams or (server.second_get is None and not server.after_reset)
    assert (server.sigterm_stream_ends is not None) <= streams
