"""Causes in what a GET or a notification is answered, from the first one on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import STREAM_GETS, refused, unanswered
from streamtriage.causes.gateway import gateway_of
from streamtriage.causes.gets import first_gets
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, counted, quoted, seconds
from streamtriage.model import Citation, Exchange, Failure, Fix
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "get_4xx_instead_of_405",
    "get_200_html_or_json",
    "get_not_implemented_404",
    "initialized_not_202",
]

_SPEC_GET = Citation(
    source="MCP 2025-11-25, basic/transports, Listening for Messages from the Server"
)
_ONLY_405 = Citation(
    source="https://github.com/modelcontextprotocol/typescript-sdk/issues/1635"
)
_EXPRESS_405 = (
    "app.get('/mcp', (req, res) => {\n"
    "  res.status(405).set('Allow', 'POST, DELETE').end();\n"
    "});"
)
_STARLETTE_405 = (
    "from starlette.responses import Response\n"
    "from starlette.routing import Route\n\n"
    "async def no_stream(request):\n"
    "    return Response(status_code=405, headers={'Allow': 'POST, DELETE'})\n\n"
    "# First in the list: the SDK's own route takes every method.\n"
    "app.router.routes.insert(0, Route('/mcp', no_stream, methods=['GET']))"
)
_NO_ANSWER = (Failure.TIMED_OUT, Failure.CLOSED, Failure.RESET)
_ANSWER_405 = (
    Fix(
        where="a TypeScript server (Express)",
        what="Answer GET with 405: every client takes that for `no stream offered`.",
        paste=_EXPRESS_405,
        verify="open",
    ),
    Fix(
        where="a Python server (Starlette, or the app of the MCP SDK)",
        what="Answer GET with 405.",
        paste=_STARLETTE_405,
        verify="open",
    ),
)


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="server-restart-session-lost",
    explains=(refused(404, at=STREAM_GETS),),
    fixes=_ANSWER_405,
    citations=(
        _SPEC_GET,
        _ONLY_405,
        Citation(source="https://github.com/anthropics/claude-code/issues/62198"),
    ),
)
def get_not_implemented_404(case: Case) -> Judgement:
    """The server has no route for GET: it answers 404 where 405 is meant."""
    gets = first_gets(case)
    if isinstance(gets, Judgement):
        return gets
    if any(seen.status != 404 for seen in gets):
        odd = next(seen for seen in gets if seen.status != 404)
        return absent(f"A GET was answered {answer(odd)}, not 404.", "open")
    first = gets[0]
    if first.jsonrpc_code is not None or _speaks_of_sessions(first):
        return suspected(
            f"Every GET in a new session is answered 404{quoted(first)}: there is a "
            "route, and it does not know the session in which POST works.",
            "Look in the server's log whether GET and POST reach the same process.",
            "open",
        )
    without = case.opened.none if case.opened else None
    if without is not None and without.answered and without.status not in (404, 405):
        return suspected(
            f"A GET with a new session is answered 404, one without a session "
            f"{answer(without)}, so there is a route for GET.",
            "Look in the server's log what becomes of the GET.",
            "open",
        )
    who = gateway_of(first)
    by = f" The page is {who}'s, so look at its configuration first." if who else ""
    return present(
        f"{counted(len(gets), 'GET')} in new sessions got {answer(first)}, while POST "
        f"works in the same sessions.{by} A server without a stream must say 405, or "
        "clients report an error.",
        "open",
        "handshake",
        owner="proxy" if who else None,
    )


def _speaks_of_sessions(seen: Exchange) -> bool:
    return "session" in f"{seen.jsonrpc_message} {seen.excerpt}".lower()


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="session-400-instead-of-404",
    explains=(refused(400, 406, 415, 422, 501, at=STREAM_GETS),),
    fixes=_ANSWER_405,
    citations=(
        _SPEC_GET,
        _ONLY_405,
        Citation(source="https://github.com/punkpeye/mcp-proxy/pull/62"),
    ),
)
def get_4xx_instead_of_405(case: Case) -> Judgement:
    """The server offers no GET stream but says so with another status than 405."""
    gets = first_gets(case)
    if isinstance(gets, Judgement):
        return gets
    first = gets[0]
    if any(seen.accepted for seen in gets):
        return absent("A GET was accepted, so a stream is offered.", "open")
    if first.status not in (400, 406, 415, 422, 501):
        return absent(f"The GET was answered {answer(first)}.", "open")
    if len({seen.status for seen in gets}) > 1:
        return absent("The refusals differ from each other.", "open")
    any_type = case.guard.any_accept if case.guard else None
    if first.status == 406 and any_type is not None and any_type.accepted:
        return absent("The refusal is about the Accept header.", "open", "guard")
    typed = case.guard.typed_get if case.guard else None
    if first.status == 415 and typed is not None and typed.status != 415:
        return absent("The GET is refused only for lack of a body type.", "guard")
    issued = case.handshake is not None and case.handshake.session_issued
    named = _condition(first, issued=issued)
    if named:
        return suspected(
            f"Every GET is answered {answer(first)}{quoted(first)}, which names a "
            f"condition: {named}.",
            "Meet that condition and send the GET again; the server's log says what "
            "reached it.",
            "open",
        )
    both = case.opened.accept_both if case.opened else None
    if both is not None and both.answered and both.status not in (first.status, 405):
        return suspected(
            f"The GET is answered {answer(first)}, but {answer(both)} when it accepts "
            "JSON too.",
            "Compare the Accept header that reaches the server with the one sent.",
            "open",
        )
    why = "" if issued else " The server issues no sessions, so none can be missing."
    return present(
        f"{counted(len(gets), 'GET')} in new sessions got {answer(first)}, while POST "
        f"works in the same sessions.{why} Only 405 means `no stream offered`; "
        "clients report any other refusal as an error.",
        "open",
        "handshake",
    )


def _condition(seen: Exchange, *, issued: bool) -> str:
    """Return the condition of a refusal that another GET could meet, if one is named.

    The texts are those of the official SDKs (TypeScript, Python, C#, Go) and mcp-go.
    Where no session is ever issued, nobody can meet a condition on sessions.
    """
    text = f"{seen.jsonrpc_message} {seen.excerpt}".lower()
    always = (
        ("unsupported protocol version", "the protocol version header"),
        ("mcp-protocol-version", "the protocol version header"),
        ("last-event-id", "the last event id"),
        ("must accept", "the Accept header, though it was sent as the text demands"),
    )
    with_sessions = (
        ("session already exists", "an older stream of this session"),
        ("multiple get requests", "an earlier GET in this session"),
        ("not initialized", "a server that was initialized"),
        ("session", "the session"),
    )
    asked = (*always, *with_sessions) if issued else always
    return next((name for words, name in asked if words in text), "")


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="instant-close-flap",
    explains=(refused(200, at=STREAM_GETS),),
    fixes=_ANSWER_405,
    citations=(
        _SPEC_GET,
        Citation(
            source="TypeScript SDK 1.32.2: no content-type check on GET", grade="L"
        ),
    ),
)
def get_200_html_or_json(case: Case) -> Judgement:
    """A GET is answered 200 with a document instead of an event stream."""
    gets = case.gets
    if not gets:
        return unknown("No GET was answered in a live session.")
    wrong = [s for s in gets if s.status == 200 and s.media_type != "text/event-stream"]
    if not wrong:
        return absent(
            f"No GET was answered 200 with anything but an event stream; the first got "
            f"{answer(gets[0])}.",
            *case.probes_of(gets, "open"),
        )
    one = wrong[0]
    kind = one.media_type or "no content type"
    when = "" if one in case.live_gets else " when the stream was opened again"
    text = f"The GET was answered 200 with {kind} ({one.body_bytes} bytes){when}"
    rests = "open" if not when else "reopen"
    if _stays_open(one):
        return present(
            f"{text}, and its body stayed open for {seconds(one.lived_s)}. Clients "
            "look at no content type: they hold it as a silent stream, so nothing "
            "that the server pushes arrives, and write no error.",
            rests,
        )
    return present(
        f"{text}. Clients take it for a stream that ended and ask again every second, "
        "for ever, without writing an error.",
        rests,
    )


def _stays_open(seen: Exchange) -> bool:
    """True when we ended a body that had not ended by itself while we read it."""
    return seen.end is not None and not seen.end.natural and (seen.lived_s or 0) >= 1.0


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="healthy-get-405",
    explains=(
        refused(range(200, 300), at=(Phase.NOTIFY,)),
        unanswered(at=(Phase.NOTIFY,)),
    ),
    fixes=(
        Fix(
            where="the server's POST handler",
            what="Answer notifications and responses with 202 and no body.",
            paste="if (!('id' in message)) { res.status(202).end(); return; }",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Sending Messages, item 4"),
        Citation(source="typescript-sdk 1.30.0 src/client/streamableHttp.ts:556-569"),
    ),
)
def initialized_not_202(case: Case) -> Judgement:
    """The notification after `initialize` is not answered 202, so no stream opens."""
    seen = case.handshake.initialized if case.handshake else None
    if seen is not None and seen.failure in _NO_ANSWER and case.posts_work:
        return present(
            "`notifications/initialized` got no answer at all "
            f"({answer(seen)}, {seconds(seen.age_s)}), while POST is answered in the "
            "same session. A client waits for its 202 before it goes on: it does not "
            "connect, or never asks for the stream.",
            "handshake",
            impact="fatal",
        )
    if seen is None or not seen.answered:
        return unknown("`notifications/initialized` was not answered.")
    if seen.status == 202:
        return absent("`notifications/initialized` was answered 202.", "handshake")
    if not seen.accepted:
        return absent(
            f"`notifications/initialized` was refused ({answer(seen)}), which is "
            "another matter.",
            "handshake",
        )
    text = (
        f"`notifications/initialized` was answered {answer(seen)} after "
        f"{seconds(seen.headers_s)} instead of 202"
    )
    gets = case.live_gets
    if gets and all(get.status == 405 for get in gets):
        return present(
            f"{text}. It does no harm here, because the server offers no stream.",
            "handshake",
            "open",
            impact="none",
        )
    return present(
        f"{text}. Clients of the TypeScript SDK then never ask for the stream, so "
        "nothing that the server sends on its own arrives, and no error is written.",
        "handshake",
    )
