"""The cause `session-id-hijacked-by-error`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.session_ids import ANSWER_404
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["session_id_hijacked_by_error"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("server-restart-session-lost"),
    explains=(refused(range(400, 500), at=(Phase.SESSION,), details=("stray-id",)),),
    fixes=(
        Fix(
            where="the server",
            what="Send Mcp-Session-Id only with the answer to initialize.",
            paste=ANSWER_404,
            verify="open",
        ),
        Fix(
            where="the client",
            what="Use one built on the TypeScript SDK 2.x: it takes an id from "
            "initialize alone.",
            paste="claude update",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2469"
        ),
    ),
)
def session_id_hijacked_by_error(case: Case) -> Judgement:
    """A refusal brings a new session id, which older clients take and cannot use."""
    opened = case.opened
    if opened is None or opened.made_up_post is None:
        return unknown(say("session-id-hijacked-by-error.unknown"))
    adopted = opened.adopted_post
    if adopted is None:
        return absent(say("session-id-hijacked-by-error.absent"), "open")
    if opened.post is not None and not opened.post.accepted:
        return absent(
            say("session-id-hijacked-by-error.absent.the-live-session-is"), "open"
        )
    if adopted.accepted or not adopted.answered:
        return absent(
            say(
                "session-id-hijacked-by-error.absent.the-id-that-comes",
                answer=answer(adopted),
            ),
            "open",
        )
    text = say(
        "session-id-hijacked-by-error.text",
        answer=answer(opened.made_up_post),
        answer_2=answer(adopted),
    )
    if case.signature.runtime.startswith("v2"):
        return absent(
            say("session-id-hijacked-by-error.absent.but-the-client-is", text=text),
            "open",
        )
    if not case.signature.runtime.startswith("v1"):
        return suspected(
            say("session-id-hijacked-by-error.suspected", text=text),
            say("session-id-hijacked-by-error.suspected.settle"),
            "open",
        )
    return present(
        say("session-id-hijacked-by-error.present", text=text),
        "open",
    )
