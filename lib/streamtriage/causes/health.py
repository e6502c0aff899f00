"""Whether everything that was asked went well, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.causes.intermediaries import suspects
from streamtriage.causes.over_http_sse import health_told
from streamtriage.causes.overload import capacity_told
from streamtriage.causes.refusals import refusal_told
from streamtriage.causes.stream_ages import at_one_age
from streamtriage.model.message import say
from streamtriage.observations.cut import FLAP_S
from streamtriage.observations.refused import failed_within
from streamtriage.wording import answer, ended, listed, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Reopening
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["Health", "health_of", "tries"]


@dataclass(frozen=True)
class Health:
    """Whether all went well, what was seen, and the test that would tell more.

    `streams` is False where the server offers no stream, so that nothing can be held.
    `ran` is False where the client's own sequence was not run to its end.
    """

    good: bool
    text: Text
    hint: Text = ""
    streams: bool = True
    ran: bool = True


def health_of(case: Case) -> Health:
    """Return what the probes saw of a working server, and what is unexplained."""
    handshake = case.handshake
    if handshake is None or handshake.initialize is None:
        return _not_reached(case)
    over_old = health_told(case)
    if over_old is not None:
        good, text, ran = over_old
        return Health(good, text, ran=ran)
    if handshake.modern_only:
        good = handshake.post is not None and handshake.post.accepted
        text = say("health.health-of.text")
        if not good:
            post = (
                answer(handshake.post)
                if handshake.post
                else say("health.health-of.post")
            )
            text += say("health.health-of", post=post)
        return Health(good, text, streams=False)
    if not handshake.revision:
        return _refused_handshake(case, handshake.initialize)
    told = capacity_told(case)
    if told is not None and case.wavering is None:
        return Health(good=False, text=told.means, hint=told.test)
    return _posts(case) or _left_alone(case) or _streams(case)


def tries(reopening: Reopening) -> Text:
    """Return what each try to open a stream again was answered, and when."""
    parts = [
        say("health.tries.each", answer=answer(a.get), after_s=a.after_s)
        for a in reopening.attempts
    ]
    last = quoted(reopening.attempts[-1].get) if reopening.attempts else ""
    return say("health.tries", parts=tuple(parts), last=last)


def _not_reached(case: Case) -> Health:
    reach = case.reach
    if reach is None:
        return Health(good=False, text=say("health.not-reached"), ran=False)
    why = (
        say(
            "health.not-reached.why",
            failure_detail=reach.failure_detail or reach.failure,
        )
        if reach.failure
        else ""
    )
    if reach.proxy:
        return Health(
            good=False,
            text=say(
                "health.not-reached.the-proxy-was-not", proxy=reach.proxy, why=why
            ),
            hint=say("health.not-reached.unset-the-proxy-variables"),
        )
    text = say("health.not-reached.text", why=why)
    return Health(good=False, text=text, ran=reach.failure is not None)


def _refused_handshake(case: Case, seen: Exchange) -> Health:
    location = _redirect(seen)
    if location:
        return Health(
            good=False,
            text=say(
                "health.refused-handshake", answer=answer(seen), location=location
            ),
            hint=say(
                "health.refused-handshake.run-the-triage-against", location=location
            ),
        )
    if seen.accepted:
        return _not_mcp(seen)
    means, hint = refusal_told(case, seen)
    means = say("health.refused-handshake.means", means=means) if means else ""
    if not seen.answered:
        text = say("health.refused-handshake.text", answer=answer(seen), means=means)
        return Health(good=False, text=text, hint=hint)
    text = say(
        "health.refused-handshake.text.initialize-is-answered",
        answer=answer(seen),
        seen=quoted(seen),
        means=means,
    )
    return Health(good=False, text=text, hint=hint)


def _not_mcp(seen: Exchange) -> Health:
    """Tell what stands in an answer that says that all went well, and is no session."""
    if not seen.body_bytes:
        what = say("health.not-mcp.empty")
    elif seen.media_type == "application/json":
        what = say("health.not-mcp.json", seen=quoted(seen))
    else:
        kind = seen.media_type or say("health.no-reply.kind")
        what = say("health.not-mcp.other", kind=kind, seen=quoted(seen))
    return Health(
        good=False,
        text=say("health.not-mcp", answer=answer(seen), what=what),
        hint=say("health.no-reply.find-out-who-answers"),
    )


def _redirect(seen: Exchange) -> str:
    moved = seen.status is not None and 300 <= seen.status < 400
    return seen.headers.get("location", "") if moved else ""


def _posts(case: Case) -> Health | None:
    """Return what is wrong with POST in a new session, or None."""
    turn = case.wavering
    if turn is not None:
        refused, taken = turn
        return Health(
            good=False,
            text=say("health.posts", answer=answer(refused), answer_2=answer(taken)),
            hint=say("health.posts.run-the-server-as"),
        )
    handshake = case.handshake
    note = handshake.initialized if handshake else None
    if note is not None and note.answered and not note.accepted:
        return Health(
            good=False,
            text=say(
                "health.posts.notifications-initialized-is-refused",
                answer=answer(note),
                note=quoted(note),
            ),
            hint=_new_session(note),
        )
    bad = next((seen for seen in case.posts if not seen.worked), None)
    if bad is None and (failed := _failed(case)) is not None:
        return Health(
            good=False,
            text=say(
                "health.posts.a-harmless-post-in",
                jsonrpc_code=failed.jsonrpc_code,
                failed=quoted(failed),
            ),
            hint=say("health.posts.look-in-the-server"),
        )
    if bad is not None and bad.accepted:
        return _no_reply(bad)
    if bad is not None:
        how = (
            answer(bad) + quoted(bad)
            if bad.answered
            else say("health.posts.how", answer=answer(bad))
        )
        text = say("health.posts.text", how=how)
        return Health(good=False, text=text, hint=_new_session(bad))
    return None


def _failed(case: Case) -> Exchange | None:
    """Return a POST whose method the server knows, and on which it failed."""
    lists = (each for each in case.asked if each.role.lists)
    return next((each.exchange for each in lists if failed_within(each)), None)


def _no_reply(seen: Exchange) -> Health:
    kind = seen.media_type or say("health.no-reply.kind")
    what = say(
        "health.no-reply.what", kind=kind, body_bytes=seen.body_bytes, seen=quoted(seen)
    )
    clients = say("health.no-reply.clients")
    if seen.media_type not in ("application/json", "text/event-stream"):
        clients = say(
            "health.no-reply.clients.clients-print-unexpected-content",
            content_type=seen.content_type,
        )
    return Health(
        good=False,
        text=say("health.no-reply", status=seen.status, what=what, clients=clients),
        hint=say("health.no-reply.find-out-who-answers"),
    )


def _new_session(refused: Exchange) -> Text:
    """Return where to look when what `initialize` has just issued is not known."""
    if refused.status not in (400, 404):
        return ""
    return say("health.new-session")


def _left_alone(case: Case) -> Health | None:
    """Return what became of a session that nobody used for a while, if it was lost."""
    seen = case.left_alone
    after = seen.after if seen else None
    if seen is None or after is None or not after.answered or after.accepted:
        return None
    return Health(
        good=False,
        text=say(
            "health.left-alone",
            idle_s=seconds(seen.idle_s),
            answer=answer(after),
            after=quoted(after),
        ),
        hint=say("health.left-alone.look-in-the-server"),
    )


def _streams(case: Case) -> Health:
    gets = case.live_gets
    if not gets:
        failed = [seen for seen in case.sent_gets if not seen.answered]
        why = say("health.streams.why", answer=answer(failed[0])) if failed else ""
        text = say("health.streams.text", why=why)
        return Health(good=False, text=text, ran=bool(failed))
    if case.opened is None or case.opened.live is None:
        text = say("health.streams.text.the-get-in-a")
        return Health(good=False, text=text, ran=False)
    if all(seen.status == 405 for seen in gets):
        return Health(
            good=True,
            text=say("health.streams"),
            streams=False,
        )
    odd = next((seen for seen in gets if not seen.is_event_stream), None)
    if odd is not None:
        return _odd(odd, gets)
    failed = [seen for seen in case.sent_gets if not seen.answered]
    if failed:
        return Health(
            good=False,
            text=say(
                "health.streams.of-gets-in-live",
                n_sent_gets=len(case.sent_gets),
                n_failed=len(failed),
                answer=answer(failed[0]),
            ),
        )
    return _reopened(case) or _cuts(case) or _fine(gets)


def _odd(odd: Exchange, gets: tuple[Exchange, ...]) -> Health:
    if odd.status == 204:
        return Health(
            good=False,
            text=say("health.odd"),
            streams=False,
        )
    location = _redirect(odd)
    to = say("health.odd.to", location=location) if location else ""
    some = (
        say("word.every") if len({seen.status for seen in gets}) == 1 else say("word.a")
    )
    return Health(
        good=False,
        text=say(
            "health.odd.get-in-a-live",
            some=some,
            answer=answer(odd),
            to=to,
            odd=quoted(odd),
        ),
        hint=say("health.odd.ask-who-answered-that"),
    )


def _reopened(case: Case) -> Health | None:
    """Return what is wrong with streams that were asked for again, or None."""
    tried = [r for r in case.reopenings if r.attempts]
    if not tried:
        text = say("health.reopened.text")
        return Health(good=False, text=text, ran=False)
    for each in tried:
        if not each.recovered:
            post = (
                say("health.reopened.post", answer=answer(each.posts[0]))
                if each.posts
                else ""
            )
            return Health(
                good=False,
                text=say("health.reopened", tries=tries(each), post=post),
                hint=say("health.reopened.look-in-the-server"),
            )
        if _dead_again(each):
            return Health(
                good=False,
                text=say("health.reopened.a-stream-that-had"),
                hint=say("health.reopened.look-in-the-server"),
            )
    return None


def _dead_again(reopening: Reopening) -> bool:
    """True when the new stream ended at once, though the first one had lived."""
    new = reopening.attempts[-1].get
    over = new.end is not None and new.end.natural and (new.lived_s or 0.0) < FLAP_S
    lived = (reopening.first.lived_s or 0.0) >= FLAP_S or (
        reopening.first.end is not None and not reopening.first.end.natural
    )
    return over and lived and not (new.events or new.polls)


def _cuts(case: Case) -> Health | None:
    """Return what is unexplained in the ends of watched streams, or None."""
    others = (
        case.lifetime.noisy if case.lifetime else None,
        case.delay.compressed if case.delay else None,
    )
    held = (*(w.stream for w in case.watches), *others)
    streams = [s for s in held if s is not None and s.is_event_stream]
    cut = [s for s in streams if s.end and s.end.natural and not s.end.clean]
    if not cut:
        return None
    ages = listed([seconds(s.lived_s) for s in cut])
    text = say("health.cuts.text", ended=ended(cut[0]), ages=ages)
    if len(cut) < 2 or not at_one_age(cut[0], cut[1], "lived_s"):
        return Health(
            good=False,
            text=say("health.cuts", text=text),
            hint=say("health.cuts.run-again-with-a"),
        )
    age = cut[0].lived_s or 0.0
    return Health(
        good=False,
        text=say(
            "health.cuts.bytes-were-still-travelling",
            text=text,
            suspects=suspects(case, age),
        ),
        hint=say("health.cuts.ask-who-runs-the"),
    )


def _fine(gets: tuple[Exchange, ...]) -> Health:
    longest = max(seen.lived_s or 0.0 for seen in gets)
    return Health(
        good=True,
        text=say("health.fine", longest=seconds(longest)),
    )
