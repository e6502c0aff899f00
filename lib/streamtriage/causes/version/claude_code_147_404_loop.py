"""The cause `claude-code-147-404-loop`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.client_versions import UPDATE_CLAUDE_CODE, refused_after_stream
from streamtriage.causes.explains import STREAM_GETS, local, refused, text
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.knowledge.versions import between
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.this_machine import (
    claude_version,
    log_of,
)
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["claude_code_147_404_loop"]


def _refused_ever(case: Case) -> list[Exchange]:
    """Return every GET that was refused in a live session, the first one too."""
    first = (get for get in case.live_gets if not get.accepted and get.status != 405)
    return [*refused_after_stream(case), *first]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    look_alike=CauseId("server-restart-session-lost"),
    shown_by="machine",
    reported_as=("client-misreads-404",),
    issues=("anthropics/claude-code#62198",),
    explains=(
        refused(404, at=STREAM_GETS),
        local("log-404-loop"),
        text("not-seen"),
    ),
    basis="inferred",
    fixes=(
        UPDATE_CLAUDE_CODE,
        Fix(
            where="the server",
            what="Answer 405 to GET where there is no stream.",
            paste="HTTP/1.1 405 Method Not Allowed\nAllow: POST, DELETE",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="https://github.com/anthropics/claude-code/issues/62198"),
        Citation(source="claude-code CHANGELOG 2.1.153"),
        Citation(source="lab, Claude Code 2.1.147, 2026-11-22", grade="L"),
    ),
)
def claude_code_147_404_loop(case: Case) -> Judgement:
    """This Claude Code takes a 404 on the optional stream for an expired session."""
    version, log = claude_version(case), log_of(case)
    in_range = between(version, "2.1.147", "2.1.152")
    if version and not in_range:
        return absent(say("claude-code-147-404-loop.absent", version=version), "local")
    if any(r.posts and r.posts[0].status == 404 for r in case.reopenings):
        return absent(
            say("claude-code-147-404-loop.absent.post-is-answered-404"), "reopen"
        )
    loops = log.session_expired_any_404 if log else 0
    if loops:
        more = log.tools_not_connected if log else 0
        return present(
            say("claude-code-147-404-loop.present.the-log-says", loops=loops)
            + (
                say("claude-code-147-404-loop.present.and-times-that-the", more=more)
                if more
                else ""
            )
            + say("claude-code-147-404-loop.present.only-2-1-147"),
            "local",
        )
    if not version:
        return unknown(say("claude-code-147-404-loop.unknown"))
    refused = [get for get in _refused_ever(case) if get.status == 404]
    if refused and case.posts_work:
        return present(
            say(
                "claude-code-147-404-loop.present",
                answer=answer(refused[0]),
                version=version,
            ),
            "local",
            "open",
        )
    if case.signature.statuses == (404,):
        return suspected(
            say("claude-code-147-404-loop.suspected", version=version),
            say("claude-code-147-404-loop.suspected.settle"),
            "local",
        )
    return absent(say("claude-code-147-404-loop.absent.no-get-was-answered"), "open")
