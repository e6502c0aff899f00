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
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.model.message import Text
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
        return absent(say("get-not-implemented-404.absent", answer=answer(odd)), "open")
    first = gets[0]
    if first.jsonrpc_code is not None or _speaks_of_sessions(first):
        return suspected(
            say("get-not-implemented-404.suspected", first=quoted(first)),
            say("get-not-implemented-404.suspected.settle"),
            "open",
        )
    without = case.opened.none if case.opened else None
    if without is not None and without.answered and without.status not in (404, 405):
        return suspected(
            say(
                "get-not-implemented-404.suspected.a-get-with-a", answer=answer(without)
            ),
            say("get-not-implemented-404.suspected.settle.look-in-the-server"),
            "open",
        )
    who = gateway_of(first)
    by = say("get-not-implemented-404.by", who=who) if who else ""
    return present(
        say(
            "get-not-implemented-404.present",
            gets=counted(len(gets), "GET"),
            answer=answer(first),
            by=by,
        ),
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
        return absent(say("get-4xx-instead-of-405.absent"), "open")
    if first.status not in (400, 406, 415, 422, 501):
        return absent(
            say(
                "get-4xx-instead-of-405.absent.the-get-was-answered",
                answer=answer(first),
            ),
            "open",
        )
    if len({seen.status for seen in gets}) > 1:
        return absent(
            say("get-4xx-instead-of-405.absent.the-refusals-differ-from"), "open"
        )
    any_type = case.guard.any_accept if case.guard else None
    if first.status == 406 and any_type is not None and any_type.accepted:
        return absent(
            say("get-4xx-instead-of-405.absent.the-refusal-is-about"), "open", "guard"
        )
    typed = case.guard.typed_get if case.guard else None
    if first.status == 415 and typed is not None and typed.status != 415:
        return absent(say("get-4xx-instead-of-405.absent.the-get-is-refused"), "guard")
    issued = case.handshake is not None and case.handshake.session_issued
    named = _condition(first, issued=issued)
    if named:
        return suspected(
            say(
                "get-4xx-instead-of-405.suspected",
                answer=answer(first),
                first=quoted(first),
                named=named,
            ),
            say("get-4xx-instead-of-405.suspected.settle"),
            "open",
        )
    both = case.opened.accept_both if case.opened else None
    if both is not None and both.answered and both.status not in (first.status, 405):
        return suspected(
            say(
                "get-4xx-instead-of-405.suspected.the-get-is-answered",
                answer=answer(first),
                answer_2=answer(both),
            ),
            say("get-4xx-instead-of-405.suspected.settle.compare-the-accept-header"),
            "open",
        )
    why = "" if issued else say("get-4xx-instead-of-405.why")
    return present(
        say(
            "get-4xx-instead-of-405.present",
            gets=counted(len(gets), "GET"),
            answer=answer(first),
            why=why,
        ),
        "open",
        "handshake",
    )


def _condition(seen: Exchange, *, issued: bool) -> Text:
    """Return the condition of a refusal that another GET could meet, if one is named.

    The texts are those of the official SDKs (TypeScript, Python, C#, Go) and mcp-go.
    Where no session is ever issued, nobody can meet a condition on sessions.
    """
    text = f"{seen.jsonrpc_message} {seen.excerpt}".lower()
    always = (
        (
            "unsupported protocol version",
            say("http.condition.always.the-protocol-version-header"),
        ),
        (
            "mcp-protocol-version",
            say("http.condition.always.the-protocol-version-header"),
        ),
        ("last-event-id", say("http.condition.always.the-last-event-id")),
        (
            "must accept",
            say("http.condition.always.the-accept-header-though"),
        ),
    )
    with_sessions = (
        (
            "session already exists",
            say("http.condition.with-sessions.an-older-stream-of"),
        ),
        (
            "multiple get requests",
            say("http.condition.with-sessions.an-earlier-get-in"),
        ),
        (
            "not initialized",
            say("http.condition.with-sessions.a-server-that-was"),
        ),
        ("session", say("http.condition.with-sessions.the-session")),
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
        return unknown(say("get-200-html-or-json.unknown"))
    wrong = [s for s in gets if s.status == 200 and s.media_type != "text/event-stream"]
    if not wrong:
        return absent(
            say("get-200-html-or-json.absent", answer=answer(gets[0])),
            *case.probes_of(gets, "open"),
        )
    one = wrong[0]
    kind = one.media_type or say("get-200-html-or-json.kind")
    when = "" if one in case.live_gets else say("get-200-html-or-json.when")
    text = say(
        "get-200-html-or-json.text", kind=kind, body_bytes=one.body_bytes, when=when
    )
    rests = "open" if not when else "reopen"
    if _stays_open(one):
        return present(
            say(
                "get-200-html-or-json.present", text=text, lived_s=seconds(one.lived_s)
            ),
            rests,
        )
    return present(
        say("get-200-html-or-json.present.clients-take-it-for", text=text),
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
            say(
                "initialized-not-202.present.notifications-initialized-got-no",
                answer=answer(seen),
                age_s=seconds(seen.age_s),
            ),
            "handshake",
            impact="fatal",
        )
    if seen is None or not seen.answered:
        return unknown(say("initialized-not-202.unknown"))
    if seen.status == 202:
        return absent(say("initialized-not-202.absent"), "handshake")
    if not seen.accepted:
        return absent(
            say(
                "initialized-not-202.absent.notifications-initialized-was-refused",
                answer=answer(seen),
            ),
            "handshake",
        )
    text = say(
        "initialized-not-202.text",
        answer=answer(seen),
        headers_s=seconds(seen.headers_s),
    )
    gets = case.live_gets
    if gets and all(get.status == 405 for get in gets):
        return present(
            say("initialized-not-202.present", text=text),
            "handshake",
            "open",
            impact="none",
        )
    return present(
        say("initialized-not-202.present.clients-of-the-typescript", text=text),
        "handshake",
    )
