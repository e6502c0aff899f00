"""The cause `session-id-changes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, inconsistent, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.session_ids import SESSION_MANAGEMENT
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["session_id_changes"]

_HEADER = "mcp-session-id"
# What servers answer for a session that they do not know.
_LOST = (400, 404, 410)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("issued-session-unknown"),
    explains=(refused(*_LOST, at=ANSWERS), inconsistent(*_LOST, at=ANSWERS)),
    fixes=(
        Fix(
            where="the server",
            what="Issue the session id with the answer to initialize alone, and keep "
            "it until the session ends.",
            paste="if (method === 'initialize') "
            "res.setHeader('Mcp-Session-Id', session.id);",
            verify="handshake",
        ),
        Fix(
            where="a web framework's session middleware",
            what="Turn the rotation of ids off for the MCP path, or keep its ids out "
            "of Mcp-Session-Id.",
            paste="rolling: false  // express-session, say",
            verify="handshake",
        ),
    ),
    citations=(
        SESSION_MANAGEMENT,
        Citation(
            source="typescript-sdk 1.30.0 src/client/streamableHttp.ts: takes an id "
            "from every response; 2.x and the Python SDK from initialize alone"
        ),
    ),
)
def session_id_changes(case: Case) -> Judgement:
    """The server gives another session id with each response, and forgets the last."""
    greeted = case.handshake
    if greeted is None or not greeted.session_issued:
        return unknown(say("session-id-changes.unknown"))
    changed = list(_changed(case))
    if not changed:
        return absent(say("session-id-changes.absent"), "handshake")
    first = changed[0]
    lost = [
        each.exchange
        for each in case.asked
        if each.role.own
        and each.exchange.session == "live"
        and each.exchange.status in _LOST
        and each.exchange.sent_at_s >= first.sent_at_s
    ]
    if not lost:
        return absent(say("session-id-changes.absent.but-the-first"), "handshake")
    return present(
        say(
            "session-id-changes.present",
            label=first.label,
            answer=answer(first),
            label_2=lost[0].label,
            answer_2=answer(lost[0]),
            quoted=quoted(lost[0]),
            responses=counted(len(changed), "response"),
        ),
        "handshake",
        "open",
    )


def _changed(case: Case) -> Iterator[Exchange]:
    """Yield the responses within a session that bear another id than it has.

    Many servers repeat the id on each of them; that is the same one.
    """
    issued: dict[str, str] = {}
    for each in case.asked:
        seen = each.exchange
        named = seen.headers.get(_HEADER, "")
        if each.role.opens:
            issued[seen.opened_for] = named
            continue
        own = issued.get(seen.opened_for, named)
        if seen.session == "live" and seen.accepted and named and named != own:
            yield seen
