"""The cause `proxy-404-during-recreate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, cause
from streamtriage.causes.deploys import find_window, session_came_back
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    cut,
    flap,
    refused,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.knowledge.fingerprints import pages
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["proxy_404_during_recreate"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("server-restart-session-lost"),
    comes_and_goes=ComesAndGoes("event", "it happened while a backend was replaced"),
    explains=(
        refused(404, at=EVERY_ANSWER),
        cut(),
        flap((Phase.OPEN, Phase.LISTEN)),
    ),
    fixes=(
        Fix(
            where="the proxy, while it has no backend",
            what="Answer 503, never 404: clients take 404 for the end of the session, "
            "and Claude Code gives the server up after the second one.",
            paste="http:\n  routers:\n    maintenance:  # Traefik, lowest priority\n"
            "      rule: PathPrefix(`/mcp`)\n      priority: 1\n"
            "      service: answers-503",
            verify="hold",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/anthropics/claude-code/issues/94273", grade="I"
        ),
    ),
)
def proxy_404_during_recreate(case: Case) -> Judgement:
    """A proxy without a backend says 404, which clients take for a lost session."""
    if not case.exchanges:
        return unknown(say("proxy-404-during-recreate.unknown"))
    window = find_window(case, _is_a_proxys_404)
    if window is None:
        return absent(
            say("proxy-404-during-recreate.absent"),
            *case.probes_of(case.exchanges, "hold"),
        )
    first = window.refused[0]
    text = say(
        "proxy-404-during-recreate.text",
        span_s=seconds(window.span_s),
        n_refused=len(window.refused),
        answer=answer(first),
    )
    if not session_came_back(case):
        return absent(
            say("proxy-404-during-recreate.absent.but-no-refused-session", text=text),
            "hold",
            "reopen",
        )
    known = pages(first)
    if not known:
        return suspected(
            say("proxy-404-during-recreate.suspected", text=text),
            say("proxy-404-during-recreate.suspected.settle"),
            "hold",
        )
    return present(
        say("proxy-404-during-recreate.present", text=text, says=known[0].says),
        "hold",
        "reopen",
    )


def _is_a_proxys_404(seen: Exchange) -> bool:
    return (
        seen.status == 404
        and seen.jsonrpc_code is None
        and "session" not in seen.excerpt.lower()
    )
