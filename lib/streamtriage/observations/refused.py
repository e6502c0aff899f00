"""Answers outside of the set that a request's role allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import STREAM_GETS, is_natural, own, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.causes.case import Case
    from streamtriage.model import Exchange
    from streamtriage.model.observation import Observation
    from streamtriage.model.roles import Asked

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
                phase_of(each),
                natural=is_natural(case, each.exchange),
                after_s=each.exchange.head_wait_s,
                detail=detail,
            )
    yield from _later(case)
    yield from _in_a_browser(case)


def _outside(case: Case, each: Asked) -> str | None:
    """Return None where the answer is allowed, else the detail, often empty."""
    seen, role = each.exchange, each.role
    if seen.status is None:
        return None
    if role is Role.REDIRECT:
        return _redirected(case, seen)
    if role is Role.DELETE:
        return "delete" if seen.status >= 500 else None
    if role is Role.LISTEN:
        return _not_listening(seen)
    if role in STREAM_GETS or role is Role.RESUME:
        return _no_stream(case, each)
    if role is Role.INITIALIZED and seen.accepted and seen.status != 202:
        gets = case.live_gets
        quiet = bool(gets) and all(get.status == 405 for get in gets)
        return "no-stream-wanted" if quiet else "not-202"
    return None if seen.accepted else ""


def _no_stream(case: Case, each: Asked) -> str | None:
    """A GET may be answered with an event stream, or 405 from the first one on."""
    seen = each.exchange
    if seen.is_event_stream:
        return None
    if seen.status == 405:
        offered = any(get.is_event_stream for get in case.live_gets)
        return "stream-withdrawn" if offered else None
    return ""


def _redirected(case: Case, seen: Exchange) -> str | None:
    """Only the redirects that were seen matter; the last hop is the server's answer."""
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
        elif each.role is Role.OTHER_CREDENTIAL and each.path == "other_post":
            own_right = case.left_alone is not None and case.left_alone.other_fresh
            if wrong and own_right and own_right.worked:
                yield _latent(each, "other-credential")


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
