"""The cause `server-gone-meanwhile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.deploys import LEAST_REFUSALS, LEAST_SPAN_S
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    cut,
    flap,
    not_reached,
    unanswered,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import seconds
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["server_gone_meanwhile"]


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
