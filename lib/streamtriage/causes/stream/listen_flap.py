"""The cause `listen-flap`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import flap
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.cut import FLAP_S
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.observations.case import Case

__all__ = ["listen_flap"]

_NOTHING = re.compile(r'"notifications"\s*:\s*\{\s*\}')
_SUBSCRIPTIONS = Citation(source="MCP 2026-07-28, basic/patterns/subscriptions")


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=("dual", "modern"),
    look_alike=CauseId("instant-close-flap"),
    issues=("haru/redmine_ai_helper#410",),
    explains=(flap((Phase.LISTEN,)),),
    fixes=(
        Fix(
            where="the server's handler of subscriptions/listen",
            what="Acknowledge, then hold the response open and write a comment every "
            "15 s; its result is sent only when the subscription ends.",
            paste="server = Server(..., on_subscriptions_listen=ListenHandler(bus))",
            verify="listen",
        ),
        Fix(
            where="Claude Code",
            what="From 2.1.233 it does not listen again without end: update.",
            paste="claude update",
            verify="listen",
        ),
    ),
    citations=(_SUBSCRIPTIONS, Citation(source="claude-code CHANGELOG 2.1.233")),
)
def listen_flap(case: Case) -> Judgement:
    """Every `subscriptions/listen` ends at once, so the client never stops asking."""
    streams = case.listen.streams if case.listen is not None else ()
    opened = [seen for seen in streams if seen.is_event_stream]
    if case.era_probe is not None and case.era_probe.promised == ():
        return absent(say("listen-flap.absent"), "era")
    if not streams:
        return unknown(say("listen-flap.unknown"))
    if _agreed_on_nothing(case, opened):
        return absent(
            say("listen-flap.absent.the-server-acknowledged-an"),
            "listen",
        )
    if not opened:
        return absent(
            say(
                "listen-flap.absent.subscriptions-listen-was-answered",
                answer=answer(streams[0]),
            ),
            "listen",
        )
    brief = [seen for seen in opened if _brief(seen)]
    if len(brief) < 2 or len(brief) < len(opened):
        longest = max(seen.lived_s or 0.0 for seen in opened)
        return absent(
            say("listen-flap.absent.a-listen-stream-was", longest=seconds(longest)),
            "listen",
        )
    longest = max(seen.lived_s or 0.0 for seen in brief)
    return present(
        say("listen-flap.present", n_brief=len(brief), longest=seconds(longest)),
        "listen",
    )


def _agreed_on_nothing(case: Case, opened: Sequence[Exchange]) -> bool:
    """Tell whether the acknowledgement names nothing, where nobody knows the promise.

    A server that promises changes and acknowledges none breaks what it promised.
    """
    unknown_promise = case.era_probe is None or case.era_probe.promised is None
    empty = [seen for seen in opened if _NOTHING.search(seen.excerpt)]
    return unknown_promise and bool(opened) and len(empty) == len(opened)


def _brief(seen: Exchange) -> bool:
    ended = seen.end is not None and seen.end.natural and seen.end.clean
    return ended and (seen.lived_s or 0.0) < FLAP_S
