"""Causes in the client's version, told from its logs and the probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, STREAM_GETS, local, refused, text
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer
from streamtriage.knowledge.versions import between
from streamtriage.model import Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.this_machine import (
    claude_version,
    log_of,
)

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "claude_code_147_404_loop",
    "claude_code_disconnects_on_optional_stream",
    "h2_empty_reason",
    "sdk_exhausted_silent",
]

_CLOSES = "Closing transport (SSE reconnection exhausted)"
_STAYS = "SSE GET-stream reconnection exhausted"
_UPDATE = Fix(
    where="Claude Code",
    what="Update: from 2.1.153 on neither behaviour is left.",
    paste="claude update",
    verify="open",
)


def _refused_later(case: Case) -> list[Exchange]:
    """Return the GETs that were refused after a stream had been open."""
    tries = [
        attempt.get
        for each in case.reopenings
        if each.first.is_event_stream
        for attempt in each.refused
    ]
    return [get for get in tries if get.status not in (None, 405)]


def _refused_ever(case: Case) -> list[Exchange]:
    """Return every GET that was refused in a live session, the first one too."""
    first = (get for get in case.live_gets if not get.accepted and get.status != 405)
    return [*_refused_later(case), *first]


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="fatal",
    look_alike="server-restart-session-lost",
    explains=(
        refused(range(400, 600), at=REOPENING),
        local("log-closing"),
        text("not-seen"),
    ),
    basis="inferred",
    fixes=(_UPDATE,),
    citations=(
        Citation(source="claude-code CHANGELOG 2.1.141"),
        Citation(source="https://github.com/anthropics/claude-code/issues/38631"),
        Citation(source="lab, 12 versions of Claude Code, 2026-11-22", grade="L"),
    ),
)
def claude_code_disconnects_on_optional_stream(case: Case) -> Judgement:
    """This Claude Code drops the whole server when an optional stream fails."""
    version, log = claude_version(case), log_of(case)
    closed = log.closing.get(_CLOSES, 0) if log else 0
    in_range = between(version, "2.1.83", "2.1.140")
    if closed and (in_range or not version):
        return present(
            say(
                "claude-code-disconnects-on-optional-stream.present",
                version=version or say("claude-code-disconnects.unknown-version"),
                closes=_CLOSES,
                closed=closed,
            ),
            "local",
        )
    if not version:
        return unknown(say("claude-code-disconnects-on-optional-stream.unknown"))
    if not in_range:
        later = not between(version, "", "2.1.140")
        return absent(
            say(
                "claude-code-disconnects.keeps",
                version=version,
            )
            + (
                say("claude-code-disconnects.as-long-as") if later else say("full-stop")
            ),
            "local",
        )
    # Measured: a first GET that is refused is never tried again, and closes nothing.
    refused = _refused_later(case) if case.posts_work else []
    if refused:
        return present(
            say(
                "claude-code-disconnects-on-optional-stream.present.a-stream-that-was",
                answer=answer(refused[0]),
                version=version,
            ),
            "local",
            "reopen",
        )
    if case.signature.half in ("reopen", "exhausted"):
        return suspected(
            say(
                "claude-code-disconnects-on-optional-stream.suspected", version=version
            ),
            say(
                "claude-code-disconnects-on-optional-stream.suspected.settle",
                closes=_CLOSES,
            ),
            "local",
        )
    if not case.reopenings:
        first = case.opened.live if case.opened else None
        if first and first.answered and not first.is_event_stream:
            return absent(
                say(
                    "claude-code-disconnects-on-optional-stream.absent.the-stream-was-refused"
                ),
                "open",
            )
        return unknown(
            say(
                "claude-code-disconnects-on-optional-stream.unknown.no-stream-was-opened"
            )
        )
    return absent(
        say("claude-code-disconnects-on-optional-stream.absent.no-stream-that-had"),
        "reopen",
        "hold",
    )


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="fatal",
    look_alike="server-restart-session-lost",
    explains=(
        refused(404, at=STREAM_GETS),
        local("log-404-loop"),
        text("not-seen"),
    ),
    basis="inferred",
    fixes=(
        _UPDATE,
        Fix(
            where="the server",
            what="Answer 405 to GET where there is no stream.",
            paste="HTTP/1.1 405 Method Not Allowed\nAllow: POST, DELETE",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="https://github.com/anthropics/claude-code/issues/62198"),
        Citation(source="claude-code CHANGELOG 2.1.153"),
        Citation(source="lab, Claude Code 2.1.147, 2026-11-22", grade="L"),
    ),
)
def claude_code_147_404_loop(case: Case) -> Judgement:
    """This Claude Code takes a 404 on the optional stream for an expired session."""
    version, log = claude_version(case), log_of(case)
    in_range = between(version, "2.1.147", "2.1.152")
    if version and not in_range:
        return absent(say("claude-code-147-404-loop.absent", version=version), "local")
    if any(r.posts and r.posts[0].status == 404 for r in case.reopenings):
        return absent(
            say("claude-code-147-404-loop.absent.post-is-answered-404"), "reopen"
        )
    loops = log.session_expired_any_404 if log else 0
    if loops:
        more = log.tools_not_connected if log else 0
        return present(
            say("claude-code-147-404-loop.present.the-log-says", loops=loops)
            + (
                say("claude-code-147-404-loop.present.and-times-that-the", more=more)
                if more
                else ""
            )
            + say("claude-code-147-404-loop.present.only-2-1-147"),
            "local",
        )
    if not version:
        return unknown(say("claude-code-147-404-loop.unknown"))
    refused = [get for get in _refused_ever(case) if get.status == 404]
    if refused and case.posts_work:
        return present(
            say(
                "claude-code-147-404-loop.present",
                answer=answer(refused[0]),
                version=version,
            ),
            "local",
            "open",
        )
    if case.signature.statuses == (404,):
        return suspected(
            say("claude-code-147-404-loop.suspected", version=version),
            say("claude-code-147-404-loop.suspected.settle"),
            "local",
        )
    return absent(say("claude-code-147-404-loop.absent.no-get-was-answered"), "open")


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="degraded",
    look_alike="token-expired-no-provider",
    explains=(local("log-exhausted"),),
    basis="inferred",
    fixes=(
        Fix(
            where="the client, now",
            what="Connect the server again: a new session opens a new stream.",
            paste="/mcp reconnect NAME",
            verify="open",
        ),
        Fix(
            where="the server",
            what="Send the answer to a request on the stream of its own POST, not on "
            "the GET stream.",
            paste="server.tool('x', schema, async (args, { sendNotification }) => {\n"
            "  // not server.server.notification(): that goes to the GET stream\n"
            "  await sendNotification(note);\n});",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2098"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/pull/2517"
        ),
    ),
)
def sdk_exhausted_silent(case: Case) -> Judgement:
    """The client gave the stream up, and answers that come over it are lost."""
    log = log_of(case)
    if log is None:
        return unknown(say("sdk-exhausted-silent.unknown"))
    if not log.exhausted:
        return absent(say("sdk-exhausted-silent.absent"), "local")
    stays = sum(n for text, n in log.closing.items() if text.startswith(_STAYS))
    if not log.unanswered_calls:
        return absent(
            say(
                "sdk-exhausted-silent.absent.the-stream-was-given",
                exhausted=log.exhausted,
            ),
            "local",
        )
    text = (
        say("sdk-exhausted-silent.text", exhausted=log.exhausted)
        + (
            say("sdk-exhausted-silent.text.times-with-the-server", stays=stays)
            if stays
            else ""
        )
        + say(
            "sdk-exhausted-silent.text.and-tool-calls-then",
            unanswered_calls=log.unanswered_calls,
        )
    )
    if case.posts_work:
        return present(
            say("sdk-exhausted-silent.present", text=text), "local", "handshake"
        )
    return suspected(
        say("sdk-exhausted-silent.suspected", text=text),
        say("sdk-exhausted-silent.suspected.settle"),
        "local",
    )


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="cosmetic",
    look_alike="gateway-blocks-get",
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
