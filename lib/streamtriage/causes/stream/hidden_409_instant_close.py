"""The cause `hidden-409-instant-close`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, broken_promise, flap
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.second_get import NEW_SESSION, ended_at_once
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["hidden_409_instant_close"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("instant-close-flap"),
    reported_as=(
        "half-open-tcp",
        "zombie-stream",
        "zombie-stream-on-reopen",
    ),
    issues=(
        "anthropics/claude-code#31752",
        "Michael-Obele/shadcn-svelte-mcp#2",
    ),
    explains=(
        broken_promise("second-stream-hidden", at=REOPENING),
        flap(REOPENING),
    ),
    fixes=(
        Fix(
            where="a Kotlin server",
            what="Update the SDK: it then says 409, and drops the old stream.",
            paste='implementation("io.modelcontextprotocol:kotlin-sdk:+")',
            verify="second",
        ),
        NEW_SESSION,
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/kotlin-sdk/issues/715"
        ),
    ),
)
def hidden_409_instant_close(case: Case) -> Judgement:
    """A second stream is opened and ended at once while the first is still counted."""
    seen = case.second
    if seen is None:
        if case.reopenings and all(r.recovered for r in case.reopenings):
            return absent(say("hidden-409-instant-close.absent"), "reopen")
        return unknown(say("hidden-409-instant-close.unknown"))
    if seen.first is None or seen.beside is None:
        return unknown(say("hidden-409-instant-close.unknown.no-stream-stayed-open"))
    if not ended_at_once(seen.beside):
        return absent(
            say(
                "hidden-409-instant-close.absent.a-second-get-beside",
                answer=answer(seen.beside),
            ),
            "second",
        )
    if not seen.first_went_on:
        return absent(
            say("hidden-409-instant-close.absent.the-first-stream-ended"), "second"
        )
    if seen.freed_s == 0:
        return absent(
            say("hidden-409-instant-close.absent.once-the-first-was"), "second"
        )
    text = say(
        "hidden-409-instant-close.text",
        answer=answer(seen.beside),
        lived_s=seconds(seen.beside.lived_s),
    )
    if seen.freed_s is None:
        last = seen.tries[-1].after_s if seen.tries else 0
        return suspected(
            say("hidden-409-instant-close.suspected", text=text, last=seconds(last)),
            say("hidden-409-instant-close.suspected.settle"),
            "second",
        )
    return present(
        say(
            "hidden-409-instant-close.present", text=text, freed_s=seconds(seen.freed_s)
        ),
        "second",
        "reopen",
    )
