"""Causes in the client's version, told from its logs and the probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, STREAM_GETS, local, refused, text
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer
from streamtriage.knowledge.versions import between
from streamtriage.model import Citation, Fix
from streamtriage.observations.this_machine import (
    claude_version,
    log_of,
)

if TYPE_CHECKING:
    from streamtriage.model import Exchange
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
            f"Claude Code {version or 'of an unknown version'} logged "
            f'"{_CLOSES}" {closed} times; 2.1.141 and later leave the server '
            "connected.",
            "local",
        )
    if not version:
        return unknown("The version of Claude Code is not known.")
    if not in_range:
        later = not between(version, "", "2.1.140")
        return absent(
            f"Claude Code {version} keeps the server when the stream fails"
            + (": as long as POST works, the error is cosmetic." if later else "."),
            "local",
        )
    # Measured: a first GET that is refused is never tried again, and closes nothing.
    refused = _refused_later(case) if case.posts_work else []
    if refused:
        return present(
            f"A stream that was open is then refused ({answer(refused[0])}) while POST "
            f"works, and Claude Code {version} closes the whole server for that; "
            "2.1.141 and later do not.",
            "local",
            "reopen",
        )
    if case.signature.half in ("reopen", "exhausted"):
        return suspected(
            f"Claude Code {version} closes the whole server when the stream cannot be "
            "reopened, and the pasted text says that it could not.",
            f'Look for "{_CLOSES}" in the MCP log, or update and try again.',
            "local",
        )
    if not case.reopenings:
        first = case.opened.live if case.opened else None
        if first and first.answered and not first.is_event_stream:
            return absent(
                "The stream was refused from the start, so none that had been open "
                "could be refused later.",
                "open",
            )
        return unknown("No stream was opened again.")
    return absent(
        "No stream that had been open was refused, so that version's defect did not "
        "show.",
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
        return absent(
            f"Claude Code {version} is not one of 2.1.147 to 2.1.152.", "local"
        )
    if any(r.posts and r.posts[0].status == 404 for r in case.reopenings):
        return absent("POST is answered 404 too: the session is really lost.", "reopen")
    loops = log.session_expired_any_404 if log else 0
    if loops:
        more = log.tools_not_connected if log else 0
        return present(
            f'The log says "MCP session expired (server returned 404)" {loops} times'
            + (
                f", and {more} times that the tools could not be fetched"
                if more
                else ""
            )
            + "; only 2.1.147 to 2.1.152 say so, and any 404 on GET makes them.",
            "local",
        )
    if not version:
        return unknown("The version of Claude Code is not known.")
    refused = [get for get in _refused_ever(case) if get.status == 404]
    if refused and case.posts_work:
        return present(
            f"GET is answered {answer(refused[0])} while POST works, and Claude Code "
            f"{version} takes that for an expired session.",
            "local",
            "open",
        )
    if case.signature.statuses == (404,):
        return suspected(
            f"The text stands for a 404, which Claude Code {version} takes for an "
            "expired session.",
            "Update Claude Code and connect again: /mcp reconnect NAME.",
            "local",
        )
    return absent("No GET was answered 404.", "open")


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
        return unknown("No log of this server was found.")
    if not log.exhausted:
        return absent("The log never says that the stream was given up.", "local")
    stays = sum(n for text, n in log.closing.items() if text.startswith(_STAYS))
    if not log.unanswered_calls:
        return absent(
            f"The stream was given up {log.exhausted} times, and no tool call timed "
            "out after that.",
            "local",
        )
    text = (
        f"The stream was given up {log.exhausted} times"
        + (f", {stays} times with the server left connected" if stays else "")
        + f", and {log.unanswered_calls} tool calls then got no answer"
    )
    if case.posts_work:
        return present(f"{text}, although POST works.", "local", "handshake")
    return suspected(
        f"{text}.",
        "Reconnect the server and run the same tool: /mcp reconnect NAME.",
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
        return absent("The text does not end at the colon.")
    refused = [a for r in case.reopenings for a in r.refused]
    tries = [a.get for a in refused]
    gets = [g for g in (*tries, *case.live_gets) if g.answered and not g.accepted]
    empty = [g for g in gets if not g.reason]
    if empty:
        one = empty[0]
        how = "HTTP/2" if one.http_version.endswith("2") else one.http_version
        why = (
            "has no reason phrase"
            if how == "HTTP/2"
            else "may leave the reason phrase out, and this hop does"
        )
        return present(
            f"The refused GET is {one.status} over {how or 'HTTP'}, which {why}; "
            f"{_in_words(case, one)}the status itself is what counts.",
            "open",
            "reopen",
        )
    if gets:
        return absent(f"The refusal has a reason phrase: {answer(gets[0])}.", "open")
    return suspected(
        "The text has no reason, as over HTTP/2 or behind a proxy that drops it. "
        "Claude Code itself was only seen to speak HTTP/1.1.",
        "Run the triage while the error shows: it sees the status.",
    )


def _no_text(case: Case) -> Judgement:
    answered = [seen for seen in case.exchanges if seen.answered]
    if not answered or not all(seen.reason for seen in answered):
        return unknown("No text of this error was given.")
    return absent(
        "Every answer has a reason phrase.", *case.probes_of(answered, "open")
    )


def _in_words(case: Case, refused: Exchange) -> str:
    """Return what the same refusal is over HTTP/1.1, if it was asked for there."""
    again = [a.http1 for r in case.reopenings for a in r.refused]
    again.append(case.opened.live_http1 if case.opened else None)
    worded = (g for g in again if g is not None and g.status == refused.status)
    one = next((get for get in worded if get.reason), None)
    return f"over HTTP/1.1 the same is {answer(one)}; " if one else ""
