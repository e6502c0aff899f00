"""The cause `h2-empty-reason`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import text
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["h2_empty_reason"]


@cause(
    owner="client",
    scope="local runtime",
    impact="cosmetic",
    look_alike=CauseId("gateway-blocks-get"),
    shown_by="machine",
    reported_as=("empty-error",),
    explains=(text("empty-reason"),),
    basis="wording",
    fixes=(
        Fix(
            where="the client's log",
            what="Look for the number: `code` of a v1 error, `data.status` of v2.",
            paste="transport.onerror = (e) =>\n"
            "  console.error(e.code ?? e.data?.status, e.message);",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9113, 8.3.2: HTTP/2 has no reason phrase"),
        Citation(source="lab, Node 26.10 and Claude Code, 2026-11-22", grade="L"),
    ),
)
def h2_empty_reason(case: Case) -> Judgement:
    """The answer has no reason phrase, so the error text ends at the colon."""
    if not case.signature.is_this_error:
        return _no_text(case)
    if case.signature.reason != "":
        return absent(say("h2-empty-reason.absent"))
    refused = [a for r in case.reopenings for a in r.refused]
    tries = [a.get for a in refused]
    gets = [g for g in (*tries, *case.live_gets) if g.answered and not g.accepted]
    empty = [g for g in gets if not g.reason]
    if empty:
        one = empty[0]
        how = "HTTP/2" if one.http_version.endswith("2") else one.http_version
        why = (
            say("h2-empty-reason.why")
            if how == "HTTP/2"
            else say("h2-empty-reason.why.may-leave-the-reason")
        )
        return present(
            say(
                "h2-empty-reason.present",
                status=one.status,
                how=how or "HTTP",
                why=why,
                in_words=_in_words(case, one),
            ),
            "open",
            "reopen",
        )
    if gets:
        return absent(
            say("h2-empty-reason.absent.the-refusal-has-a", answer=answer(gets[0])),
            "open",
        )
    return suspected(
        say("h2-empty-reason.suspected"),
        say("h2-empty-reason.suspected.settle"),
    )


def _no_text(case: Case) -> Judgement:
    answered = [seen for seen in case.exchanges if seen.answered]
    if not answered or not all(seen.reason for seen in answered):
        return unknown(say("client.no-text.unknown"))
    return absent(say("client.no-text.absent"), *case.probes_of(answered, "open"))


def _in_words(case: Case, refused: Exchange) -> Text:
    """Return what the same refusal is over HTTP/1.1, if it was asked for there."""
    again = [a.http1 for r in case.reopenings for a in r.refused]
    again.append(case.opened.live_http1 if case.opened else None)
    worded = (g for g in again if g is not None and g.status == refused.status)
    one = next((get for get in worded if get.reason), None)
    return say("client.in-words", answer=answer(one)) if one else ""
