"""The cause `instant-close-flap`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.displaced import displaced_streams
from streamtriage.causes.explains import (
    STREAM_GETS,
    flap,
    local,
    malformed,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.log_agreement import with_flap
from streamtriage.causes.shared_sessions import told_by_sharing
from streamtriage.causes.stream_ages import ended_together, over, times
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.observations.altered import cache_sign
from streamtriage.observations.cut import FLAP_S
from streamtriage.wording import counted, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["instant_close_flap"]


@with_flap
@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("get-200-html-or-json"),
    reported_as=("reconnect-storm",),
    issues=(
        "anthropics/claude-code#19594",
        "anthropics/claude-code#34272",
    ),
    explains=(
        flap(STREAM_GETS),
        malformed("retry-overflows", at=STREAM_GETS),
        local("log-flap"),
    ),
    fixes=(
        Fix(
            where="the server's GET handler (Express shown)",
            what="Hold the stream open and write a comment at once and every 15 s, or "
            "answer 405.",
            paste="res.write(': open\\n\\n');\n"
            "const beat = setInterval(() => res.write(': keepalive\\n\\n'), 15000);\n"
            "res.on('close', () => clearInterval(beat));",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2682"
        ),
        Citation(source="TypeScript SDK 1.32.2, 1 GET a second for ever", grade="L"),
    ),
)
def instant_close_flap(case: Case) -> Judgement:
    """Every GET stream opens and ends at once, so the client asks once a second."""
    # What one event ended is not brief by itself: it happened to be young. So did what
    # another client's stream took the place of.
    by_one = [*ended_together(case), *displaced_streams(case)]
    told = [s for s in case.live_gets if s.is_event_stream and _told(s)]
    streams = [s for s in told if s not in by_one]
    if not told:
        return unknown(say("instant-close-flap.unknown"))
    usual_s = _usual_s(case)
    brief = [s for s in streams if _brief(s, usual_s)]
    late = [s for s in streams if over(s) and s not in brief and not _lived(s)]
    if late:
        return absent(
            say(
                "instant-close-flap.absent",
                heads=counted(len(late), "head"),
                times=times([s.head_wait_s or 0.0 for s in late]),
            ),
            *case.probes_of(late, "hold"),
        )
    if any(cache_sign(case, s) for s in brief):
        return absent(
            say("instant-close-flap.absent.they-are-recordings-from"),
            *case.probes_of(brief, "open"),
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    if any(s.ended_to_be_polled for s in brief):
        return absent(
            say("instant-close-flap.absent.the-stream-sends-an"),
            "open",
        )
    polite = [s for s in brief if s.end is not None and s.end.clean]
    if len(brief) < 2 or (len(brief) < len(streams) and len(polite) < 2):
        rests = [*case.probes_of(told, "open"), *case.probes_of(told, "hold")]
        return absent(
            say("instant-close-flap.absent.streams-are-not-ended"),
            *dict.fromkeys(rests),
        )
    if len(brief) < len(streams):
        return suspected(
            say(
                "instant-close-flap.suspected",
                n_brief=len(brief),
                streams=counted(len(streams), "stream"),
            ),
            say("instant-close-flap.suspected.settle"),
            "open",
            "hold",
        )
    longest = max(s.lived_s or 0.0 for s in brief)
    how = (
        say("word.politely")
        if len(polite) == len(brief)
        else say("instant-close-flap.how")
    )
    carried = sum(s.events for s in brief)
    held = (
        say("instant-close-flap.held", events=counted(carried, "event"))
        if carried
        else say("instant-close-flap.held.nothing-on-them")
    )
    overflown = next((s.retry_ms for s in brief if s.retry_overflows), None)
    often = say("instant-close-flap.often")
    if overflown is not None:
        often = say("instant-close-flap.often.after-1-ms-each", overflown=overflown)
    return present(
        say(
            "instant-close-flap.present",
            n_brief=len(brief),
            how=how,
            longest=seconds(longest),
            held=held,
            often=often,
        ),
        "open",
        "hold",
    )


def _told(seen: Exchange) -> bool:
    """True unless we ended it ourselves before it could show how long it lives."""
    natural = seen.end is not None and seen.end.natural
    return natural or (seen.lived_s or 0.0) >= FLAP_S


def _lived(seen: Exchange) -> bool:
    return seen.lived_s is None or seen.lived_s >= FLAP_S


def _brief(seen: Exchange, usual_s: float) -> bool:
    """True when a stream ended as soon as its request could be answered at all."""
    if not over(seen) or _lived(seen):
        return False
    late_s = (seen.head_wait_s or 0.0) - usual_s - seen.late_s
    return late_s < FLAP_S


def _usual_s(case: Case) -> float:
    """Return how long the server, or the way to it, takes for any answer."""
    waits = [s.head_wait_s for s in case.posts if s.head_wait_s is not None]
    return max(waits, default=0.0)
