"""The one table of weights: what a kind of observation means in a role."""

from __future__ import annotations

from streamtriage.model.observation import Kind, Phase, Weight
from streamtriage.model.roles import Role

__all__ = ["weight_of"]

# Without these a client has no session, or none that answers.
_NEEDED = frozenset(
    (
        Role.REACH,
        Role.REDIRECT,
        Role.INITIALIZE,
        Role.INITIALIZED,
        Role.POST,
        Role.HELD_POST,
        Role.PARALLEL_POST,
        Role.FRESH_SESSION,
        Role.LAST_POST,
        Role.DISCOVER,
        # In HTTP+SSE the stream is the session: without it nothing is answered.
        Role.OLD_GET,
        Role.OLD_STREAM,
    )
)
# Where an unreadable message is the whole answer.
_GREETS = frozenset((Role.INITIALIZE, Role.FRESH_SESSION, Role.DISCOVER))
# Without these it goes on, and what the server sends by itself is lost, or a session.
_OPTIONAL = frozenset(
    (
        Role.GET,
        Role.GET_AGAIN,
        Role.CODED_GET,
        Role.HOLD_GET,
        Role.REOPEN_GET,
        Role.RESUME,
        Role.LISTEN,
        Role.IDLE_POST,
        Role.SECOND_SESSION,
    )
)
# What a comparison shows can only matter after an event that did not happen now.
_LATER = frozenset((Role.ENDED_SESSION, Role.MADE_UP_SESSION, Role.OTHER_CREDENTIAL))
# Details that weigh otherwise than their kind and role say.
_BY_DETAIL: dict[str, Weight] = {
    # Only one client is known to have such a limit, and it is judged with its name.
    "oversize": Weight.LATENT,
    # A reader of the header notices; strict clients of HTTP/2 do more.
    "connection-header": Weight.LOSING,
    "followed-redirect": Weight.ODD,
    "polite-once": Weight.ODD,
    "no-stream-wanted": Weight.ODD,
    "delete": Weight.ODD,
    # Who asks for a stream that is not there, politely, loses nothing by it.
    "empty-reason": Weight.ODD,
    "not-seen": Weight.ODD,
    # What keeps a client in a browser out keeps it out of everything.
    "browser": Weight.BLOCKING,
    "session-hidden": Weight.BLOCKING,
    # A client of an older revision can do nothing here.
    "modern-only": Weight.BLOCKING,
    # Only a client that asks for the new revision first minds.
    "discover": Weight.ODD,
    # A first stream that outlives it shows no harm to who opens one at a time.
    "second-stream-hidden": Weight.LATENT,
    # What ends a session for one client ends it for all.
    "shared-session": Weight.BLOCKING,
    # Every request is answered, and each of them late.
    "beside-stream": Weight.LOSING,
    # Nobody is answered any more.
    "fell-silent": Weight.BLOCKING,
    "rate-limited": Weight.LOSING,
    # Mistakes of other entries, and what a log tells of the past.
    "elsewhere": Weight.ODD,
    "log-limit": Weight.ODD,
    "log-flap": Weight.ODD,
    "log-wakes": Weight.ODD,
    "log-closing": Weight.ODD,
    "log-exhausted": Weight.ODD,
    "log-404-loop": Weight.ODD,
    "log-error": Weight.ODD,
    # Most clients do not read the body of a 202.
    "202-with-text": Weight.ODD,
    # It goes on, and there is nothing to use.
    "no-upstream": Weight.LOSING,
    # The person's client sends it in that form, as its text says.
    "charset": Weight.BLOCKING,
    "framing": Weight.BLOCKING,
    "accept": Weight.BLOCKING,
    # The entry names a transport that the server does not speak.
    "http-url-as-sse": Weight.BLOCKING,
    "http-url-as-sse-tried-first": Weight.ODD,
    # The client that failed loses all its tools by it.
    "priming-event": Weight.BLOCKING,
    # The session goes on; only the stream, which is optional, never opens.
    "not-202": Weight.LOSING,
    # The client takes it for 1 ms and asks in a loop.
    "retry-overflows": Weight.LOSING,
}


def weight_of(kind: Kind, role: Role, phase: Phase, detail: str = "") -> Weight:
    """Return the weight of an observation; the only place that decides it.

    No cause and no probe sets a weight. A role that is no part of the own sequence
    weighs as *latent* where it stands for a later event, and as *odd* else.
    """
    if detail in _BY_DETAIL:
        return _BY_DETAIL[detail]
    if kind is Kind.LOCAL:
        return Weight.BLOCKING if phase is Phase.LOCAL else Weight.LATENT
    unread = kind is Kind.MALFORMED and detail == "bad-event" and role not in _GREETS
    if role in _OPTIONAL or (unread and role in _NEEDED):
        return Weight.LOSING
    if role in _NEEDED:
        return Weight.BLOCKING
    return Weight.LATENT if role in _LATER else Weight.ODD
