"""The cause `protocol-version-header-400`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.spec import TRANSPORTS
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, quoted, text_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["protocol_version_header_400"]


def _refusal(case: Case, *statuses: int) -> Exchange | Judgement:
    """Return the first live request answered so, else why there is none."""
    greeted, opened = case.handshake, case.opened
    asked = [greeted.initialized, greeted.post] if greeted else []
    asked += [opened.live, opened.post] if opened else []
    seen = [each for each in asked if each is not None and each.answered]
    if not seen:
        return unknown(say("negotiation.refusal.unknown"))
    found = next((each for each in seen if each.status in statuses), None)
    return found or absent(
        say("negotiation.refusal.absent"), *case.probes_of(seen, "open")
    )


_SHOWN = refused(400, at=ANSWERS)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("session-400-instead-of-404"),
    issues=("anthropics/claude-code#92835",),
    explains=(_SHOWN,),
    fixes=(
        Fix(
            where="the server",
            what="Accept on later requests every revision that initialize agrees on.",
            paste="npm install @modelcontextprotocol/sdk@latest  # or: "
            'pip install -U "mcp"',
            verify="guard",
        ),
    ),
    citations=(
        Citation(source=f"{TRANSPORTS}, Protocol Version Header"),
        Citation(source="https://github.com/vercel/ai/issues/14413", grade="I"),
    ),
)
def protocol_version_header_400(case: Case) -> Judgement:
    """The server refuses the protocol version header that it agreed on itself."""
    seen = _refusal(case, 400)
    if isinstance(seen, Judgement):
        return seen
    if "protocol version" not in text_of(seen):
        return absent(
            say("protocol-version-header-400.absent", seen=quoted(seen)), "open"
        )
    agreed = case.handshake.revision if case.handshake else ""
    text = say(
        "protocol-version-header-400.text.initialize-agreed-on-and",
        agreed=agreed or say("protocol-version-header-400.text"),
        label=seen.label,
        answer=answer(seen),
        seen=quoted(seen),
    )
    control = case.guard.unversioned if case.guard else None
    if control is not None and control.accepted:
        return present(
            say(
                "protocol-version-header-400.present", text=text, answer=answer(control)
            ),
            "guard",
        )
    return suspected(
        say("protocol-version-header-400.suspected", text=text),
        say("protocol-version-header-400.suspected.settle"),
        "guard",
    )
