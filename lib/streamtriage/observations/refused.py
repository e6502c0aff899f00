"""Answers outside of the set that a request's role allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Failure
from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import STREAM_GETS, is_natural, own, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.model.observation import Observation
    from streamtriage.model.roles import Asked
    from streamtriage.observations.case import Case

__all__ = ["failed_within", "speaks_legacy"]

_METHOD_NOT_FOUND = -32601


@finds(Kind.REFUSED)
def find_refused(case: Case) -> Iterator[Observation]:
    """Yield every answer of the own sequence that its role does not allow.

    And those comparisons that show what a later event would bring: what a session is
    answered that the server no longer knows, or another credential in ours.
    """
    for each in own(case):
        detail = _outside(case, each)
        if detail is not None:
            yield observe_exchange(
                Kind.REFUSED,
                each,
                phase_of(case, each),
                natural=is_natural(case, each.exchange),
                after_s=each.exchange.head_wait_s,
                detail=detail,
            )
    yield from _limited(case)
    yield from _later(case)
    yield from _of_other_eras(case)
    yield from _in_a_browser(case)
    yield from _in_another_form(case)


def _outside(case: Case, each: Asked) -> str | None:
    """Return None where the answer is allowed, else the detail, often empty."""
    seen, role = each.exchange, each.role
    found: str | None
    if seen.status is None:
        found = None
    elif role is Role.DISCOVER and seen.status != 429:
        # An error in JSON-RPC is an answer: the client goes on with `initialize`.
        found = None if seen.accepted or seen.jsonrpc_code is not None else "discover"
    elif role is Role.REDIRECT:
        found = _redirected(case, seen)
    elif role is Role.DELETE:
        found = "delete" if seen.status >= 500 else None
    elif role is Role.LISTEN:
        found = _not_listening(seen)
    elif role in STREAM_GETS or role is Role.RESUME:
        found = _no_stream(case, each)
    elif each.probe == "http-sse" and role is Role.OLD_GET:
        found = None if seen.accepted else ""
    elif each.probe == "http-sse" and role is Role.INITIALIZED:
        # The transport of 2024-11-05 does not say with which status.
        found = None if seen.accepted else ""
    elif role is Role.INITIALIZED and seen.accepted and seen.status != 202:
        gets = case.live_gets
        quiet = bool(gets) and all(get.status == 405 for get in gets)
        found = "no-stream-wanted" if quiet else "not-202"
    else:
        failed = "rpc-error" if failed_within(each) else None
        found = failed if seen.accepted else ""
    return found


def failed_within(each: Asked) -> bool:
    """Tell an error in JSON-RPC within a 200: no session is opened, or no list comes.

    A server without tools does not know `tools/list`, and is sound.
    """
    code, role = each.exchange.jsonrpc_code, each.role
    if code is None or not each.exchange.accepted or each.probe == "http-sse":
        return False
    return role.greets or (role.lists and code != _METHOD_NOT_FOUND)


def _no_stream(case: Case, each: Asked) -> str | None:
    """Say what is wrong with an answer that is no event stream, nor 405 throughout."""
    seen = each.exchange
    if seen.is_event_stream:
        return None
    if seen.status == 405:
        offered = any(get.is_event_stream for get in case.live_gets)
        return "stream-withdrawn" if offered else None
    return ""


def _redirected(case: Case, seen: Exchange) -> str | None:
    """Tell a redirect that was followed from one that leads nowhere."""
    moved = seen.status is not None and 300 <= seen.status < 400
    if not moved:
        return None
    followed = case.redirect is not None and bool(case.redirect.final_url)
    return "followed-redirect" if followed else ""


def _not_listening(seen: Exchange) -> str | None:
    if seen.accepted and seen.jsonrpc_code is None:
        return None
    # A server that does not offer the stream says so in these words, or in this status.
    no_offer = seen.jsonrpc_code == _METHOD_NOT_FOUND or seen.status in (404, 405)
    return None if no_offer else ""


def _limited(case: Case) -> Iterator[Observation]:
    """Yield a 429 that no client would have met too, for nothing is sent after it."""
    beside = case.not_on_schedule
    for each in case.asked:
        compared = not each.role.own and not each.role.elsewhere
        early = (each.probe, each.path) in beside
        if each.exchange.status == 429 and (compared or early):
            phase = Phase.REOPEN if early else Phase.GREET
            yield observe_exchange(Kind.REFUSED, each, phase, detail="rate-limited")


def _later(case: Case) -> Iterator[Observation]:
    """Yield what a client would meet after its session or credential has changed."""
    opened = case.opened
    issued = case.handshake is not None and case.handshake.session_issued
    ended = opened.ended_post if opened else None
    right = ended is not None and ended.status == 404
    for each in case.asked:
        seen = each.exchange
        if seen.status is None or seen.method != "POST":
            continue
        wrong = seen.status != 404 and (
            not seen.accepted or seen.jsonrpc_code is not None
        )
        unknown = each.role in (Role.ENDED_SESSION, Role.MADE_UP_SESSION)
        if unknown and each.path == "adopted_post" and not seen.accepted:
            yield _latent(each, "stray-id")
        elif unknown and issued and wrong and (not right or _of_sessions(seen)):
            yield _latent(each, "unknown-session")
        elif each.path == "other_post" and not seen.accepted and _let_in(case):
            yield _latent(each, "other-credential")


def _let_in(case: Case) -> bool:
    """Tell whether the other credential opens sessions, and ours keeps its own."""
    seen = case.left_alone
    fresh, after = (seen.other_fresh, seen.own_after) if seen else (None, None)
    return fresh is not None and fresh.worked and after is not None and after.worked


def _of_other_eras(case: Case) -> Iterator[Observation]:
    """Yield where a client of one era meets a server of the other."""
    greeted = case.handshake
    news = [each.exchange for each in case.asked if each.role is Role.NEW_INITIALIZE]
    # A roll-out is at fault whoever asks: what is taken depends on who answers.
    counts = speaks_legacy(case) is not False or any(seen.accepted for seen in news)
    for each in case.asked:
        seen = each.exchange
        if each.role is Role.NEW_INITIALIZE and counts and not seen.accepted:
            yield observe_exchange(
                Kind.REFUSED, each, Phase.GREET, detail="modern-only"
            )
        if (
            each.role is not Role.OLD_DISCOVER
            or greeted is None
            or not greeted.revision
        ):
            continue
        if seen.status in (401, 403) or (seen.status or 0) >= 500:
            yield observe_exchange(Kind.REFUSED, each, Phase.GREET, detail="discover")
        elif seen.status is None and seen.failure is not Failure.NOT_SENT:
            yield observe_exchange(
                Kind.UNANSWERED, each, Phase.GREET, detail="discover"
            )


def speaks_legacy(case: Case) -> bool | None:
    """Return what the person's text or words say; None when they leave it open.

    Nothing said and nothing pasted means that nobody claims an old client: a server of
    the new revision is then simply healthy.
    """
    signature = case.signature
    if signature.runtime.startswith("v1") and signature.legacy_session:
        return True
    words = f"{case.intake.client} {case.intake.client_version}".lower()
    if "2026-07-28" in words:
        return False
    old = ("legacy", "2025-11-25", "2025-06-18", "2025-03-26", "sdk v1")
    # The 1.x package never learned the new revision; 2.x has another name.
    if any(each in words for each in old) or "@modelcontextprotocol/sdk" in words:
        return True
    return None if signature.legacy_session else False


def _latent(each: Asked, detail: str) -> Observation:
    return observe_exchange(Kind.REFUSED, each, Phase.SESSION, detail=detail)


def _of_sessions(seen: Exchange) -> bool:
    """Tell whether the refusal speaks of a session, and not of the id's form."""
    text = f"{seen.jsonrpc_message} {seen.excerpt}".lower()
    form = any(word in text for word in ("malformed", "format"))
    return not form and ("session" in text or "not initialized" in text)


def _in_a_browser(case: Case) -> Iterator[Observation]:
    """Yield what stops a client in a browser, where `guard` asked as one."""
    guard = case.guard
    for each in case.asked:
        if each.probe != "guard" or guard is None or each.exchange.status is None:
            continue
        seen = each.exchange
        if each.path == "preflight" and (not seen.accepted or guard.preflight_lacks):
            yield observe_exchange(Kind.REFUSED, each, Phase.GREET, detail="browser")
        if each.path == "origin" and guard.origin_from and seen.status == 403:
            without = guard.without_origin
            if without is not None and without.answered and without.status != 403:
                yield observe_exchange(
                    Kind.REFUSED, each, Phase.GREET, detail="browser"
                )


def _in_another_form(case: Case) -> Iterator[Observation]:
    """Yield the request that works here, and is refused as the text says it was sent.

    Its detail is the kind of the change, and it counts only if it came again in turn.
    """
    asked = case.follow_up.questions if case.follow_up is not None else ()
    breaking = [q.flip for q in asked if q.direction == "break"]
    for each in case.asked:
        for flip in breaking:
            if flip is not None and each.exchange is flip.tried:
                yield observe_exchange(
                    Kind.REFUSED, each, Phase.GREET, detail=flip.kind
                )
