"""The cause `session-needs-cookie`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, Predicts, refused
from streamtriage.causes.intermediaries import whose
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.session_ids import SESSION_MANAGEMENT
from streamtriage.model import CauseId, Fix
from streamtriage.model.message import say
from streamtriage.model.roles import Role
from streamtriage.wording import answer, counted, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["session_needs_cookie"]

_SHOWN = refused(range(400, 500), at=ANSWERS)


@cause(
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("multi-replica-no-affinity"),
    explains=(_SHOWN,),
    predicts=(Predicts((Role.POST,), _SHOWN),),
    fixes=(
        Fix(
            where="the server",
            what="Tell a session by Mcp-Session-Id alone.",
            paste="session = sessions.get(request.headers['Mcp-Session-Id'])",
            verify="replicas",
        ),
        Fix(
            where="a balancer that leads back by a cookie",
            what="Choose the server by the session id instead.",
            paste="balance hdr(Mcp-Session-Id)  # HAProxy\n"
            "hash $http_mcp_session_id consistent;  # nginx, in upstream",
            verify="replicas",
        ),
    ),
    citations=(SESSION_MANAGEMENT,),
)
def session_needs_cookie(case: Case) -> Judgement:
    """A session works only with the cookie that came with it, which clients drop."""
    seen = case.replicas
    if seen is None or not seen.without_cookies or not seen.with_cookies:
        return unknown(say("session-needs-cookie.unknown"))
    taken = [each for each in seen.without_cookies if each.accepted]
    if taken:
        return absent(
            say(
                "session-needs-cookie.absent",
                n_taken=len(taken),
                requests=counted(len(seen.without_cookies), "request"),
            ),
            "replicas",
        )
    if not all(each.accepted for each in seen.with_cookies):
        return absent(
            say("session-needs-cookie.absent.with-its-cookies-the"), "replicas"
        )
    one = seen.without_cookies[0]
    return present(
        say(
            "session-needs-cookie.present",
            requests=counted(len(seen.without_cookies), "request"),
            answer=answer(one),
            one=quoted(one),
            n_with_cookies=len(seen.with_cookies),
            join=", ".join(seen.cookies),
        ),
        "replicas",
        "handshake",
        owner=whose(case),
    )
