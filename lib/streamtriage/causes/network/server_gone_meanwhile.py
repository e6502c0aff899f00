"""The cause `server-gone-meanwhile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.deploys import LEAST_REFUSALS, LEAST_SPAN_S
from streamtriage.causes.displaced import end_s
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    cut,
    flap,
    not_reached,
    unanswered,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import over
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import counted, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["server_gone_meanwhile"]

_DROPPED = (Failure.CLOSED, Failure.RESET)
# From the end of a process to the next request of ours that meets nobody.
_NEAR_S = 1.0


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("deploy-window-5xx"),
    explains=(
        not_reached(Failure.REFUSED, Failure.UNREACHABLE, at=EVERY_ANSWER),
        unanswered(at=EVERY_ANSWER),
        cut(),
        flap((Phase.OPEN, Phase.LISTEN)),
    ),
    eras=ANY,
    fixes=(
        Fix(
            where="the server's host",
            what="See whether the process lives, and why it ended: its log, the log of "
            "whoever starts it, memory.",
            paste="systemctl status mcp-server; journalctl -u mcp-server -n 50",
            verify="reach",
        ),
        Fix(
            where="the deployment",
            what="Have it started again when it ends.",
            paste="Restart=always  # systemd, [Service]",
            verify="reach",
        ),
    ),
    citations=(Citation(source="RFC 9293, 3.5.3: RST to a SYN where nobody listens"),),
)
def server_gone_meanwhile(case: Case) -> Judgement:
    """The server answered, then took no connection any more: its process ended."""
    asked = sorted(case.exchanges, key=lambda seen: seen.started_s)
    took = [seen for seen in asked if seen.answered]
    refused = [seen for seen in asked if seen.failure is Failure.REFUSED]
    if not took:
        return unknown(say("server-gone-meanwhile.unknown"))
    if not refused and (behind := _gone_behind_a_hop(case, asked)) is not None:
        return behind
    if not refused:
        return absent(
            say("server-gone-meanwhile.absent"), *case.probes_of(case.exchanges, "hold")
        )
    since = [seen for seen in refused if seen.started_s > took[-1].started_s]
    text = say(
        "server-gone-meanwhile.text",
        n_took=len(took),
        started_s=seconds(refused[0].started_s),
        n_refused=len(refused),
    )
    if not since:
        return absent(
            say(
                "server-gone-meanwhile.absent.but-at-it-answered",
                text=text,
                started_s=seconds(took[-1].started_s),
            ),
            *case.probes_of(took, "afterwards"),
        )
    last = case.afterwards.initialize if case.afterwards is not None else None
    span_s = since[-1].started_s - since[0].started_s
    if last is None or len(since) < LEAST_REFUSALS or span_s < LEAST_SPAN_S:
        return suspected(
            say("server-gone-meanwhile.suspected", text=text),
            say("server-gone-meanwhile.suspected.settle"),
            *case.probes_of(since, "hold"),
        )
    return present(
        say("server-gone-meanwhile.present", text=text, span_s=seconds(span_s)),
        *case.probes_of(since, "hold"),
        "afterwards",
    )


def _gone_behind_a_hop(case: Case, asked: Sequence[Exchange]) -> Judgement | None:
    """Judge connections that are taken and ended before a byte, from one moment on.

    What ends TLS before a server goes on listening when the server is gone. A guard
    that has shut a client out does the same to new requests, but it leaves what is open
    as it is; so every stream that was open has to have been cut at that moment. None
    where some were not, or where anything was answered since.
    """
    took = [seen for seen in asked if seen.answered]
    since = [seen for seen in asked if seen.started_s > took[-1].started_s]
    dropped = [seen for seen in since if not seen.answered and seen.failure in _DROPPED]
    last = case.afterwards.initialize if case.afterwards is not None else None
    if last is None or len(dropped) < LEAST_REFUSALS or len(dropped) < len(since):
        return None
    at_s, span_s = dropped[0].started_s, dropped[-1].started_s - dropped[0].started_s
    streams = [seen for seen in took if seen.is_event_stream]
    cut_by_it = [s for s in streams if over(s) and abs(end_s(s) - at_s) <= _NEAR_S]
    if any(end_s(seen) > at_s + _NEAR_S for seen in streams):
        return None
    if not cut_by_it or span_s < LEAST_SPAN_S:
        return None
    return present(
        say(
            "server-gone-meanwhile.present.behind-a-hop",
            n_took=len(took),
            started_s=seconds(at_s),
            n_dropped=len(dropped),
            span_s=seconds(span_s),
            streams=counted(len(cut_by_it), "stream"),
        ),
        *case.probes_of(dropped, "hold"),
        "afterwards",
    )
