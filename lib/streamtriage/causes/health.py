"""Whether everything that was asked went well, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.causes.ages import at_one_age
from streamtriage.causes.capacity import capacity_told
from streamtriage.causes.over_http_sse import health_told
from streamtriage.causes.refusals import refusal_told
from streamtriage.causes.stream_life import suspects
from streamtriage.causes.words import answer, ended, listed, quoted, seconds
from streamtriage.observations.cut import FLAP_S
from streamtriage.observations.refused import failed_within

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Reopening
    from streamtriage.observations.case import Case

__all__ = ["Health", "health_of", "tries"]


@dataclass(frozen=True)
class Health:
    """Whether all went well, what was seen, and the test that would tell more.

    `streams` is False where the server offers no stream, so that nothing can be held.
    `ran` is False where the client's own sequence was not run to its end.
    """

    good: bool
    text: str
    hint: str = ""
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
        text = (
            "The server speaks only revision 2026-07-28, which has no sessions and no "
            "GET stream; a client of that revision never prints this error."
        )
        if not good:
            post = answer(handshake.post) if handshake.post else "not sent"
            text += f" But a harmless POST is {post}."
        return Health(good, text, streams=False)
    if not handshake.revision:
        return _refused_handshake(case, handshake.initialize)
    told = capacity_told(case)
    if told is not None and case.wavering is None:
        return Health(good=False, text=told.means, hint=told.test)
    return _posts(case) or _left_alone(case) or _streams(case)


def tries(reopening: Reopening) -> str:
    """Return what each try to open a stream again was answered, and when."""
    parts = [f"{answer(a.get)} at +{a.after_s:g} s" for a in reopening.attempts]
    last = quoted(reopening.attempts[-1].get) if reopening.attempts else ""
    return "GET in the same session: " + ", ".join(parts) + last


def _not_reached(case: Case) -> Health:
    reach = case.reach
    if reach is None:
        return Health(good=False, text="The server was not asked anything.", ran=False)
    why = f" ({reach.failure_detail or reach.failure})" if reach.failure else ""
    if reach.proxy:
        return Health(
            good=False,
            text=f"The proxy {reach.proxy} was not reached{why}, so the server was not "
            "asked.",
            hint="Unset the proxy variables, or add the host to NO_PROXY; run again.",
        )
    text = f"The server was not reached{why}."
    return Health(good=False, text=text, ran=reach.failure is not None)


def _refused_handshake(case: Case, seen: Exchange) -> Health:
    location = _redirect(seen)
    if location:
        return Health(
            good=False,
            text=f"`initialize` is answered {answer(seen)}, a redirect to {location}.",
            hint=f"Run the triage against {location}, and put that into the client.",
        )
    means, hint = refusal_told(case, seen)
    means = f" {means}." if means else ""
    if not seen.answered:
        text = f"`initialize` got no answer ({answer(seen)}).{means}"
        return Health(good=False, text=text, hint=hint)
    text = f"`initialize` is answered {answer(seen)}{quoted(seen)}.{means}"
    return Health(good=False, text=text, hint=hint)


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
            text=f"The same session is refused ({answer(refused)}) and accepted "
            f"({answer(taken)}) in turn, as where several processes answer and each "
            "knows only its own sessions.",
            hint="Run the server as one process, or route each session to one process, "
            "and run the triage again.",
        )
    handshake = case.handshake
    note = handshake.initialized if handshake else None
    if note is not None and note.answered and not note.accepted:
        return Health(
            good=False,
            text="`notifications/initialized` is refused: "
            f"{answer(note)}{quoted(note)}.",
            hint=_new_session(note),
        )
    bad = next((seen for seen in case.posts if not seen.worked), None)
    if bad is None and (failed := _failed(case)) is not None:
        return Health(
            good=False,
            text=f"A harmless POST in a new session is answered with an error in "
            f"JSON-RPC, {failed.jsonrpc_code}{quoted(failed)}: the server took the "
            "request and failed on it.",
            hint="Look in the server's own log at the moment of that POST.",
        )
    if bad is not None and bad.accepted:
        return _no_reply(bad)
    if bad is not None:
        how = (
            answer(bad) + quoted(bad)
            if bad.answered
            else f"not answered ({answer(bad)})"
        )
        text = f"A harmless POST in a new session is {how}."
        return Health(good=False, text=text, hint=_new_session(bad))
    return None


def _failed(case: Case) -> Exchange | None:
    """Return a POST whose method the server knows, and on which it failed."""
    lists = (each for each in case.asked if each.role.lists)
    return next((each.exchange for each in lists if failed_within(each)), None)


def _no_reply(seen: Exchange) -> Health:
    kind = seen.media_type or "no content type"
    what = f"{kind}, {seen.body_bytes} bytes{quoted(seen)}"
    clients = "A client waits for its answer until it gives up."
    if seen.media_type not in ("application/json", "text/event-stream"):
        clients = f"Clients print `Unexpected content type: {seen.content_type}`."
    return Health(
        good=False,
        text=f"A harmless POST in a new session is answered {seen.status}, but without "
        f"a JSON-RPC response ({what}). {clients}",
        hint="Find out who answers that POST: a login page, a front end and a cache "
        "answer 200 in the server's place.",
    )


def _new_session(refused: Exchange) -> str:
    """Return where to look when what `initialize` has just issued is not known."""
    if refused.status not in (400, 404):
        return ""
    return (
        "Look whether Mcp-Session-Id reaches the server, and whether the process that "
        "answers is the one that issued the session."
    )


def _left_alone(case: Case) -> Health | None:
    """Return what became of a session that nobody used for a while, if it was lost."""
    seen = case.left_alone
    after = seen.after if seen else None
    if seen is None or after is None or not after.answered or after.accepted:
        return None
    return Health(
        good=False,
        text=f"A session left alone for {seconds(seen.idle_s)} was then answered "
        f"{answer(after)}{quoted(after)}.",
        hint="Look in the server's log at that moment: did it restart, or does every "
        "session end at some age?",
    )


def _streams(case: Case) -> Health:
    gets = case.live_gets
    if not gets:
        failed = [seen for seen in case.sent_gets if not seen.answered]
        why = f" ({answer(failed[0])})" if failed else ""
        text = f"No GET was answered in a live session{why}."
        return Health(good=False, text=text, ran=bool(failed))
    if case.opened is None or case.opened.live is None:
        text = "The GET in a live session was not tried."
        return Health(good=False, text=text, ran=False)
    if all(seen.status == 405 for seen in gets):
        return Health(
            good=True,
            text="The server offers no GET stream and says so with 405, which every "
            "client takes quietly; POST works.",
            streams=False,
        )
    odd = next((seen for seen in gets if not seen.is_event_stream), None)
    if odd is not None:
        return _odd(odd, gets)
    failed = [seen for seen in case.sent_gets if not seen.answered]
    if failed:
        return Health(
            good=False,
            text=f"Of {len(case.sent_gets)} GETs in live sessions, {len(failed)} got "
            f"no answer ({answer(failed[0])}).",
        )
    return _reopened(case) or _cuts(case) or _fine(gets)


def _odd(odd: Exchange, gets: tuple[Exchange, ...]) -> Health:
    if odd.status == 204:
        return Health(
            good=False,
            text="A GET in a live session was answered 204, which clients take quietly "
            "for no stream, though only 405 says so.",
            streams=False,
        )
    location = _redirect(odd)
    to = f", a redirect to {location}" if location else ""
    some = "Every" if len({seen.status for seen in gets}) == 1 else "A"
    return Health(
        good=False,
        text=f"{some} GET in a live session was answered {answer(odd)}{to}"
        f"{quoted(odd)}, while POST works; this tool does not know why.",
        hint="Ask who answered that GET: look for it in the server's own log.",
    )


def _reopened(case: Case) -> Health | None:
    """Return what is wrong with streams that were asked for again, or None."""
    tried = [r for r in case.reopenings if r.attempts]
    if not tried:
        text = "Opening the stream again was not tried."
        return Health(good=False, text=text, ran=False)
    for each in tried:
        if not each.recovered:
            post = f"; POST then: {answer(each.posts[0])}" if each.posts else ""
            return Health(
                good=False,
                text="A stream could not be opened again, for a reason that this tool "
                f"does not know. {tries(each)}{post}.",
                hint="Look in the server's log at the moment of that second GET.",
            )
        if _dead_again(each):
            return Health(
                good=False,
                text="A stream that had lived was opened again with 200, but the new "
                "one ended at once, with nothing on it.",
                hint="Look in the server's log at the moment of that second GET.",
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
    text = f"A stream {ended(cut[0])} after {ages}; it could be opened again."
    if len(cut) < 2 or not at_one_age(cut[0], cut[1], "lived_s"):
        return Health(
            good=False,
            text=f"{text} That happened once, not at a fixed age.",
            hint="Run again with a longer hold: what comes back is no accident.",
        )
    age = cut[0].lived_s or 0.0
    return Health(
        good=False,
        text=f"{text} Bytes were still travelling, so it is a limit on the whole life "
        f"of a stream, which keep-alives do not lift.{suspects(case, age)}",
        hint="Ask who runs the way to the server for a limit on the length of one "
        "response.",
    )


def _fine(gets: tuple[Exchange, ...]) -> Health:
    longest = max(seen.lived_s or 0.0 for seen in gets)
    return Health(
        good=True,
        text=f"The stream opens, was open for {seconds(longest)}, and can be opened "
        "again after it ends.",
    )
