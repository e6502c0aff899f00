"""The cause `sdk-exhausted-silent`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import local
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.this_machine import (
    log_of,
)

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["sdk_exhausted_silent"]

_STAYS = "SSE GET-stream reconnection exhausted"


@cause(
    owner="client",
    scope="local runtime",
    impact="degraded",
    look_alike=CauseId("token-expired-no-provider"),
    shown_by="machine",
    reported_as=("client-no-reconnect",),
    explains=(local("log-exhausted"),),
    basis="inferred",
    fixes=(
        Fix(
            where="the client, now",
            what="Connect the server again: a new session opens a new stream.",
            paste="/mcp reconnect NAME",
            verify="open",
        ),
        Fix(
            where="the server",
            what="Send the answer to a request on the stream of its own POST, not on "
            "the GET stream.",
            paste="server.tool('x', schema, async (args, { sendNotification }) => {\n"
            "  // not server.server.notification(): that goes to the GET stream\n"
            "  await sendNotification(note);\n});",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2098"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/pull/2517"
        ),
    ),
)
def sdk_exhausted_silent(case: Case) -> Judgement:
    """The client gave the stream up, and answers that come over it are lost."""
    log = log_of(case)
    if log is None:
        return unknown(say("sdk-exhausted-silent.unknown"))
    if not log.exhausted:
        return absent(say("sdk-exhausted-silent.absent"), "local")
    stays = sum(n for text, n in log.closing.items() if text.startswith(_STAYS))
    if not log.unanswered_calls:
        return absent(
            say(
                "sdk-exhausted-silent.absent.the-stream-was-given",
                exhausted=log.exhausted,
            ),
            "local",
        )
    text = (
        say("sdk-exhausted-silent.text", exhausted=log.exhausted)
        + (
            say("sdk-exhausted-silent.text.times-with-the-server", stays=stays)
            if stays
            else ""
        )
        + say(
            "sdk-exhausted-silent.text.and-tool-calls-then",
            unanswered_calls=log.unanswered_calls,
        )
    )
    if case.posts_work:
        return present(
            say("sdk-exhausted-silent.present", text=text), "local", "handshake"
        )
    return suspected(
        say("sdk-exhausted-silent.suspected", text=text),
        say("sdk-exhausted-silent.suspected.settle"),
        "local",
    )
