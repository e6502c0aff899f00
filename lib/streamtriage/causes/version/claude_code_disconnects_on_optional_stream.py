"""The cause `claude-code-disconnects-on-optional-stream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.client_versions import UPDATE_CLAUDE_CODE, refused_after_stream
from streamtriage.causes.explains import REOPENING, local, refused, text
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.knowledge.versions import between
from streamtriage.model import CauseId, Citation
from streamtriage.model.message import say
from streamtriage.observations.this_machine import (
    claude_version,
    log_of,
)
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["claude_code_disconnects_on_optional_stream"]

_CLOSES = "Closing transport (SSE reconnection exhausted)"


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    look_alike=CauseId("server-restart-session-lost"),
    shown_by="machine",
    issues=("anthropics/claude-code#38631",),
    explains=(
        refused(range(400, 600), at=REOPENING),
        local("log-closing"),
        text("not-seen"),
    ),
    basis="inferred",
    fixes=(UPDATE_CLAUDE_CODE,),
    citations=(
        Citation(source="claude-code CHANGELOG 2.1.141"),
        Citation(source="https://github.com/anthropics/claude-code/issues/38631"),
        Citation(source="lab, 12 versions of Claude Code, 2026-11-22", grade="L"),
    ),
)
def claude_code_disconnects_on_optional_stream(case: Case) -> Judgement:
    """This Claude Code drops the whole server when an optional stream fails."""
    version, log = claude_version(case), log_of(case)
    closed = log.closing.get(_CLOSES, 0) if log else 0
    in_range = between(version, "2.1.83", "2.1.140")
    if closed and (in_range or not version):
        return present(
            say(
                "claude-code-disconnects-on-optional-stream.present",
                version=version or say("claude-code-disconnects.unknown-version"),
                closes=_CLOSES,
                closed=closed,
            ),
            "local",
        )
    if not version:
        return unknown(say("claude-code-disconnects-on-optional-stream.unknown"))
    if not in_range:
        later = not between(version, "", "2.1.140")
        return absent(
            say(
                "claude-code-disconnects.keeps",
                version=version,
            )
            + (
                say("claude-code-disconnects.as-long-as") if later else say("full-stop")
            ),
            "local",
        )
    # Measured: a first GET that is refused is never tried again, and closes nothing.
    refused = refused_after_stream(case) if case.posts_work else []
    if refused:
        return present(
            say(
                "claude-code-disconnects-on-optional-stream.present.a-stream-that-was",
                answer=answer(refused[0]),
                version=version,
            ),
            "local",
            "reopen",
        )
    if case.signature.half in ("reopen", "exhausted"):
        return suspected(
            say(
                "claude-code-disconnects-on-optional-stream.suspected", version=version
            ),
            say(
                "claude-code-disconnects-on-optional-stream.suspected.settle",
                closes=_CLOSES,
            ),
            "local",
        )
    if not case.reopenings:
        first = case.opened.live if case.opened else None
        if first and first.answered and not first.is_event_stream:
            return absent(
                say(
                    "claude-code-disconnects-on-optional-stream.absent.the-stream-was-refused"
                ),
                "open",
            )
        return unknown(
            say(
                "claude-code-disconnects-on-optional-stream.unknown.no-stream-was-opened"
            )
        )
    return absent(
        say("claude-code-disconnects-on-optional-stream.absent.no-stream-that-had"),
        "reopen",
        "hold",
    )
