"""The cause `accepted-with-text`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.explains import malformed
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.knowledge.strict_clients import Met, met_by, strict_clients
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.malformed import has_text
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["accepted_with_text"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=LEGACY,
    look_alike=CauseId("initialized-not-202"),
    explains=(malformed("202-with-text", "202-with-text-refused", at=(Phase.NOTIFY,)),),
    fixes=(
        Fix(
            where="Express",
            what="End the answer without a body: sendStatus writes its own text.",
            paste="res.status(202).end();",
            verify="handshake",
        ),
        Fix(
            where="Starlette or FastAPI",
            what="Answer without a body and without a content type.",
            paste="return Response(status_code=202)",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Sending Messages to the Server: "
            "202 Accepted with no body"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/java-sdk/issues/748",
            grade="I",
        ),
    ),
)
def accepted_with_text(case: Case) -> Judgement:
    """A notification is answered 202 with a body of a type that no client asked for."""
    note = case.handshake.initialized if case.handshake else None
    if note is None or not note.answered:
        return unknown(say("accepted-with-text.unknown"))
    if not has_text(note):
        kind = (
            say("accepted-with-text.kind", media_type=note.media_type)
            if note.media_type
            else say("accepted-with-text.kind.without-a-body")
        )
        return absent(
            say("accepted-with-text.absent", answer=answer(note), kind=kind),
            "handshake",
        )
    text = say(
        "accepted-with-text.text.notifications-initialized-was-answered",
        answer=answer(note),
        body_bytes=note.body_bytes,
        media_type=note.media_type or say("accepted-with-text.text"),
    )
    met = met_by(Met("202-with-text"), case.intake.client, case.intake.error)
    if met is None:
        others = [row for row in strict_clients() if row.meets == "202-with-text"]
        stops = next(row for row in others if row.effect == "fatal")
        return suspected(
            say("accepted-with-text.suspected", text=text, says=stops.says),
            say("accepted-with-text.suspected.settle"),
            "handshake",
        )
    if met.effect == "none":
        return absent(
            say("accepted-with-text.absent.but-it-does-no", text=text, says=met.says),
            "handshake",
        )
    return present(
        say("accepted-with-text.present", text=text, says=met.says),
        "handshake",
        impact=met.effect,
    )
