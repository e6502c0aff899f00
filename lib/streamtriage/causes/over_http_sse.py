"""What was seen over HTTP+SSE of revision 2024-11-05, in the words of a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.words import answer, ended, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model import OldSession
    from streamtriage.observations.case import Case

__all__ = ["health_told", "told_of_transport"]


def health_told(case: Case) -> tuple[bool, str, bool] | None:
    """Return whether all went well over that transport, the words, and if it was run.

    None where the client does not speak it.
    """
    seen = case.http_sse
    if not case.speaks_old:
        return None
    if seen is None:
        return False, "The server was not asked as a client of HTTP+SSE does.", False
    if not seen.served:
        got = answer(seen.refused) if seen.refused is not None else "not sent"
        return False, f"The GET of HTTP+SSE named no endpoint ({got}).", True
    first = seen.sessions[0]
    if not seen.worked:
        return False, _not_greeted(first), True
    lived = max((w.stream.lived_s or 0.0 for w in seen.watches), default=0.0)
    cut = [
        w.stream
        for w in seen.watches
        if w.stream.end is not None and w.stream.end.natural
    ]
    if cut:
        text = f"A stream of HTTP+SSE {ended(cut[0])} after {seconds(cut[0].lived_s)}."
        return False, text, True
    text = (
        "The server speaks HTTP+SSE, the transport of revision 2024-11-05: the stream "
        "named its endpoint, a request was answered on it, and it was open for "
        f"{seconds(lived)}."
    )
    return True, text, True


def _not_greeted(session: OldSession) -> str:
    if session.other_origin:
        return "The stream names an endpoint at another origin, which clients refuse."
    sent = session.initialize
    if sent is None:
        return "`initialize` was not sent over HTTP+SSE."
    if not sent.accepted:
        return (
            "`initialize`, sent to the endpoint that the stream named, was answered "
            f"{answer(sent)}{quoted(sent)}."
        )
    return (
        f"`initialize` was taken ({answer(sent)}), but its response did not come on "
        "the stream."
    )


def told_of_transport(case: Case) -> str:
    """Return what to know of a session of that transport, to follow a verdict.

    Empty where the client does not speak it, or no stream of it ended by itself.
    """
    seen = case.http_sse
    if not case.speaks_old or seen is None:
        return ""
    after = [
        each.after
        for each in seen.sessions
        if each.ended_by == "server" and each.after is not None and each.after.answered
    ]
    if not after:
        return ""
    old = after[0]
    refused = "refused" if not old.accepted else "not answered on any stream"
    return (
        " This was measured over HTTP+SSE, where a session lives as long as its "
        f"stream: a POST to the old endpoint is {refused} then "
        f"({answer(old)}{quoted(old)}). The client must open a new stream and "
        "initialize again; an old session id never works again."
    )
