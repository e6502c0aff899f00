"""The cause `reopening-refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.reopening import is_refused_for_good, retry_after
from streamtriage.causes.second_get import NEW_SESSION
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, listed, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Owner, Reopening
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["reopening_refused"]

# 409 and these words of 400 are causes of their own; 401 speaks of the credential as
# well, 429 of the number of requests, and after a 404 the session may be gone.
_OTHERS = (409, 429)
_WORDS = ("session already exists", "multiple get requests")
_LEAST = 2


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("gateway-refuses-reopening"),
    explains=(refused(204, range(300, 409), range(410, 600), at=REOPENING),),
    fixes=(
        Fix(
            where="the server",
            what="Let a session open its stream again whenever the last one has ended: "
            "forget a stream when its connection is closed, not its session's right "
            "to one.",
            paste="req.on('close', () => streams.delete(sessionId));",
            verify="reopen",
        ),
        Fix(
            where="a server that cannot",
            what="Answer the GET for a lost stream 404, so that clients open a new "
            "session, or offer no stream at all: 405.",
            paste="res.status(405).set('Allow', 'POST, DELETE').end();",
            verify="reopen",
        ),
        NEW_SESSION,
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Resumability and Redelivery: a "
            "client may open the stream again"
        ),
        Citation(
            source="typescript-sdk 1.30.0 src/client/streamableHttp.ts: two tries, and "
            "no more"
        ),
    ),
)
def reopening_refused(case: Case) -> Judgement:
    """A session that has had its stream is refused another one."""
    tried = [r for r in case.reopenings if r.first.is_event_stream and r.attempts]
    if not tried:
        return unknown(say("reopening-refused.unknown"))
    late = [r for r in tried if _refused(r)]
    if len(late) < _LEAST:
        return absent(
            say(
                "reopening-refused.absent",
                streams=counted(len(tried), "stream"),
                n_refused=len(late),
            ),
            "reopen",
        )
    kinds = {a.get.status for r in late for a in r.refused}
    first = late[0].refused[-1].get
    if len(kinds) > 1 or not _its_own(case, first):
        return absent(
            say("reopening-refused.absent.it-is-another", answer=answer(first)),
            "reopen",
        )
    if not all(_lives(r) for r in late if not r.recovered):
        return absent(say("reopening-refused.absent.post-did-not-work"), "reopen")
    moments = dict.fromkeys(a.after_s for r in late for a in r.refused)
    text = say(
        "reopening-refused.text",
        streams=counted(len(late), "stream"),
        answer=answer(first),
        quoted=quoted(first),
        to=_to(first),
        moments=listed([say("half-open-stream-409.times", after_s=m) for m in moments]),
        kept=_kept(case),
    )
    freed_s = case.second.freed_s if case.second is not None else None
    back = next((r for r in late if r.recovered), None)
    if back is not None:
        return present(
            say(
                "reopening-refused.present.back-in-time",
                text=text,
                after_s=back.attempts[-1].after_s,
            ),
            "reopen",
            owner=_owner(first),
            impact="cosmetic",
        )
    said = retry_after(first)
    wait = say("reopening-refused.wait", said=said) if said else ""
    if freed_s is not None:
        return present(
            say(
                "reopening-refused.present.kept",
                text=text,
                freed_s=seconds(freed_s),
                wait=wait,
            ),
            "reopen",
            "second",
            owner=_owner(first),
        )
    return present(
        say(
            "reopening-refused.present",
            text=text,
            wait=wait,
        ),
        "reopen",
        "second",
        owner=_owner(first),
    )


def _refused(seen: Reopening) -> bool:
    """Tell whether the client itself would have met it: not the try at once alone."""
    refused = [a for a in seen.refused if a.after_s > 0]
    return bool(refused) and all(a.get.answered for a in refused)


def _its_own(case: Case, seen: Exchange) -> bool:
    """Tell whether no other cause is there for a refusal of this kind.

    What a hop answers for a server that it does not reach, or for what it forbids, is
    one; but a hop does not speak JSON-RPC, nor of sessions, and does not come back.
    """
    text = f"{seen.jsonrpc_message} {seen.excerpt}".lower()
    if seen.status in _OTHERS or seen.accepted:
        return False
    if seen.status == 400 and any(words in text for words in _WORDS):
        return False
    by_a_hop = seen.status in (403, 404) or (seen.status or 0) in _HOPS
    own_words = seen.jsonrpc_code is not None or "session" in text
    return not by_a_hop or own_words or not is_refused_for_good(case)


_HOPS = (502, 503, 504, *range(520, 531))


def _lives(seen: Reopening) -> bool:
    return bool(seen.posts) and all(post.accepted for post in seen.posts)


def _to(seen: Exchange) -> Text:
    where = seen.headers.get("location", "")
    return say("reopening-refused.to", where=where) if where else ""


def _kept(case: Case) -> Text:
    """Say how long after an end of ours it was still refused, if that was asked."""
    tries = case.second.tries if case.second is not None else ()
    if case.second is not None and case.second.freed_s is not None:
        return ""
    last_s = max((a.after_s for a in tries if not a.get.accepted), default=0.0)
    return say("reopening-refused.kept", last_s=seconds(last_s)) if last_s else ""


def _owner(seen: Exchange) -> Owner:
    return "server" if seen.jsonrpc_code is not None else "server or a hop before it"
