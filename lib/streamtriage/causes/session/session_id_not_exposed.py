"""The cause `session-id-not-exposed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, altered, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.session_ids import (
    SESSION_MANAGEMENT,
    drops_every_id,
    misses_id,
)
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, counted, quoted, text_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["session_id_not_exposed"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("stateless-200-dead-stream"),
    explains=(
        refused(400, 404, at=ANSWERS),
        altered("session-hidden", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the hop before the server",
            what="Pass the Mcp-Session-Id response header on.",
            paste="proxy_pass_header Mcp-Session-Id;  # nginx; no proxy_hide_header",
            verify="handshake",
        ),
        Fix(
            where="a gateway that lets only named request headers through",
            what="Add Mcp-Session-Id, Mcp-Protocol-Version and Last-Event-ID to them.",
            paste="proxy_set_header Mcp-Session-Id $http_mcp_session_id;  # nginx",
            verify="handshake",
        ),
        Fix(
            where="a server whose clients run in browsers",
            what="Expose the header to scripts.",
            paste="Access-Control-Expose-Headers: Mcp-Session-Id",
            verify="guard",
        ),
    ),
    citations=(
        SESSION_MANAGEMENT,
        Citation(source="WHATWG Fetch, 3.3.3: Access-Control-Expose-Headers"),
    ),
)
def session_id_not_exposed(case: Case) -> Judgement:
    """The session id is lost on its way between the server and the client."""
    greeted = case.handshake
    if greeted is None or not greeted.revision:
        return unknown(say("session-id-not-exposed.unknown"))
    if greeted.session_issued:
        dropped = _dropped_on_the_way_in(case)
        if dropped is not None:
            return dropped
        guard = case.guard
        hidden = guard is not None and guard.exposes_session is False
        if guard is None or not guard.origin_from or not hidden:
            return absent(say("session-id-not-exposed.absent"), "handshake")
        if guard.preflight is None or not guard.preflight.accepted:
            return absent(
                say("session-id-not-exposed.absent.a-browser-may-not"), "guard"
            )
        return present(
            say("session-id-not-exposed.present"),
            "guard",
        )
    post = greeted.post
    if post is None or not post.answered:
        return unknown(say("session-id-not-exposed.unknown.no-post-was-answered"))
    if post.status == 400 and _wants_session(post):
        return present(
            say(
                "session-id-not-exposed.present.initialize-brought-no-session",
                answer=answer(post),
                post=quoted(post),
            ),
            "handshake",
        )
    return absent(
        say("session-id-not-exposed.absent.requests-without-a-session"), "handshake"
    )


def _dropped_on_the_way_in(case: Case) -> Judgement | None:
    """Judge refusals that miss an id which was sent: nobody but a hop removes it."""
    missed = [seen for seen in case.posts if seen.answered]
    if not drops_every_id(case):
        gets = case.live_gets
        if case.posts_work and gets and all(misses_id(seen) for seen in gets):
            # A server may say so of every GET, whatever it bears.
            return suspected(
                say(
                    "session-id-not-exposed.on-get",
                    gets=counted(len(gets), "GET"),
                    answer=answer(gets[0]),
                    quote=quoted(gets[0]),
                ),
                say("session-id-not-exposed.on-get.settle"),
                "handshake",
                "open",
                owner="server or a hop before it",
            )
        return None
    return present(
        say(
            "identifiers.dropped-on-the-way-in.present",
            answer=answer(missed[0]),
            missed=quoted(missed[0]),
        ),
        "handshake",
        "open",
    )


def _wants_session(seen: Exchange) -> bool:
    text = text_of(seen)
    wants = any(
        word in text
        for word in (
            "missing",
            "required",
            "requires",
            "no valid",
        )
    )
    return wants and ("session id" in text or "session-id" in text)
