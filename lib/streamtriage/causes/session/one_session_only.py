"""The cause `one-session-only`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import Predicts, refused
from streamtriage.causes.held_streams import TRANSPORT_PER_SESSION, is_limited
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["one_session_only"]

_SHOWN = refused(range(400, 600), at=(Phase.GREET, Phase.SESSION, Phase.REOPEN))


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("max-sessions-503"),
    explains=(_SHOWN,),
    predicts=(Predicts((Role.SECOND_SESSION,), _SHOWN),),
    fixes=(
        TRANSPORT_PER_SESSION,
        Fix(
            where="the server",
            what="Make a server object for each session: one that is connected to a "
            "transport takes no second.",
            paste="const makeServer = () => new McpServer({ name, version });",
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/rps321321/obsidian-mcp-pro/issues/8", grade="I"
        ),
        Citation(
            source="https://github.com/confluentinc/mcp-confluent/issues/122",
            grade="I",
        ),
        Citation(source="TypeScript SDK 1.26.0, one McpServer for all", grade="L"),
    ),
)
def one_session_only(case: Case) -> Judgement:
    """The server takes one session at a time: a second client is refused."""
    found = case.concurrent
    other = found.other_session if found is not None else None
    if found is None or other is None:
        return unknown(say("one-session-only.unknown"))
    if other.accepted:
        return absent(
            say("one-session-only.absent", answer=answer(other)),
            "concurrent",
        )
    if not other.answered or other.status == 429:
        return unknown(
            say(
                "one-session-only.unknown.a-second-initialize-got", answer=answer(other)
            )
        )
    if found.held and any(is_limited(seen) for seen in found.held):
        return absent(
            say("one-session-only.absent.post-in-the-first"),
            "concurrent",
        )
    if case.afterwards is not None and case.afterwards.paced:
        return absent(say("one-session-only.absent.pace"), "concurrent", "afterwards")
    text = say("one-session-only.text", answer=answer(other), other=quoted(other))
    if _lived_together(case):
        return absent(
            say("one-session-only.absent.but-at-another-time", text=text),
            "concurrent",
            "hold",
        )
    alone = found.other_alone
    if alone is None or not alone.answered:
        return suspected(
            say("one-session-only.suspected", text=text),
            say("one-session-only.suspected.settle"),
            "concurrent",
        )
    if not alone.accepted:
        return absent(
            say(
                "one-session-only.absent.and-after-the-first",
                text=text,
                answer=answer(alone),
            ),
            "concurrent",
        )
    return present(
        say("one-session-only.present", text=text, answer=answer(alone)),
        "concurrent",
    )


def _lived_together(case: Case) -> bool:
    """Tell whether a session of ours worked before and after another one had worked."""
    worked = [
        each.exchange.opened_for
        for each in case.asked
        if each.exchange.session == "live"
        and each.exchange.worked
        and each.exchange.opened_for
    ]
    ended = {purpose: len(worked) - worked[::-1].index(purpose) for purpose in worked}
    began = {purpose: worked.index(purpose) for purpose in worked}
    return any(
        began[one] < began[other] < ended[one] - 1
        for one in ended
        for other in ended
        if one != other
    )
