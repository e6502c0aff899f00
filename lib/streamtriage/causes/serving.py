"""Causes in how the server process is put together, and how much it takes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import EVERY_ANSWER, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted, text_of
from streamtriage.model import Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "asgi_lifespan_missing_500",
    "max_sessions_503",
    "stateless_transport_reused_500",
]

# One answer and then nothing but failures: fewer would fit any crash.
_REPEATS = 3


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="asgi-lifespan-missing-500",
    explains=(refused(500, at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="a TypeScript server without sessions",
            what="Make a new transport, and a new server, for each request.",
            paste="app.post('/mcp', async (req, res) => {\n"
            "  const transport = new StreamableHTTPServerTransport({\n"
            "    sessionIdGenerator: undefined });\n"
            "  await makeServer().connect(transport);\n"
            "  await transport.handleRequest(req, res, req.body);\n});",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/1994"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2704"
        ),
        Citation(source="TypeScript SDK 1.29.0 and 1.32.2", grade="L"),
    ),
)
def stateless_transport_reused_500(case: Case) -> Judgement:
    """The server answers one request and then fails: one transport serves them all."""
    seen = sorted(
        (s for s in case.exchanges if s.answered), key=lambda each: each.started_s
    )
    if not seen:
        return unknown(say("stateless-transport-reused-500.unknown"))
    failed = [each for each in seen if _empty_500(each)]
    if not failed:
        return absent(
            say("stateless-transport-reused-500.absent"),
            *case.probes_of(seen, "handshake"),
        )
    last = failed[0]
    text = say(
        "stateless-transport-reused-500.text.of-requests-were-answered",
        n_failed=len(failed),
        n_seen=len(seen),
        answer=answer(last),
        media_type=last.media_type or say("stateless-transport-reused-500.text"),
    )
    once = not _empty_500(seen[0]) and len(failed) == len(seen) - 1
    if once and len(failed) >= _REPEATS:
        return present(
            say(
                "stateless-transport-reused-500.present",
                label=seen[0].label,
                answer=answer(seen[0]),
                text=text,
            ),
            "era",
            "handshake",
        )
    if len(failed) == len(seen) and len(failed) >= _REPEATS:
        return suspected(
            say("stateless-transport-reused-500.suspected", text=text),
            say("stateless-transport-reused-500.suspected.settle"),
            "handshake",
        )
    return absent(
        say("stateless-transport-reused-500.absent.not-all-but-the", text=text),
        "handshake",
    )


def _empty_500(seen: Exchange) -> bool:
    plain = seen.media_type in ("text/plain", "")
    return seen.status == 500 and seen.body_bytes == 0 and plain


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=("legacy", "dual", "modern"),
    look_alike="stateless-transport-reused-500",
    explains=(refused(500, at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="FastMCP inside FastAPI or Starlette",
            what="Hand the MCP app's lifespan to the outer app.",
            paste="mcp_app = mcp.http_app(path='/mcp')\n"
            "app = FastAPI(lifespan=mcp_app.lifespan)\napp.mount('/', mcp_app)",
            verify="handshake",
        ),
        Fix(
            where="the Python SDK inside Starlette",
            what="Run the session manager for as long as the outer app runs.",
            paste="@contextlib.asynccontextmanager\nasync def lifespan(app):\n"
            "    async with mcp.session_manager.run():\n        yield",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="mcp 2.3.0 server/streamable_http_manager.py: Task group is not "
            "initialized. Make sure to use run()."
        ),
        Citation(source="Starlette: lifespan of mounted apps is not run"),
    ),
)
def asgi_lifespan_missing_500(case: Case) -> Judgement:
    """A mounted MCP app was never started, so every request to it fails."""
    seen = case.handshake.initialize if case.handshake else None
    if seen is None or not seen.answered:
        return unknown(say("asgi-lifespan-missing-500.unknown"))
    if seen.status != 500:
        return absent(
            say("asgi-lifespan-missing-500.absent", answer=answer(seen)), "handshake"
        )
    told = next(
        (s for s in case.exchanges if "task group is not initialized" in text_of(s)),
        None,
    )
    if told is not None:
        return present(
            say("asgi-lifespan-missing-500.present", answer=answer(seen)),
            "handshake",
        )
    asked = [s for s in case.exchanges if s.answered]
    plain = seen.excerpt.strip() == "Internal Server Error"
    if plain and all(s.status == 500 for s in asked) and len(asked) >= _REPEATS:
        return suspected(
            say(
                "asgi-lifespan-missing-500.suspected",
                n_asked=len(asked),
                answer=answer(seen),
            ),
            say("asgi-lifespan-missing-500.suspected.settle"),
            "handshake",
            "open",
        )
    return absent(
        say(
            "asgi-lifespan-missing-500.absent.initialize-was-answered",
            answer=answer(seen),
            seen=quoted(seen),
        ),
        "handshake",
    )


@cause(
    layer="rate",
    owner="server",
    scope="quota/rate",
    impact="fatal",
    look_alike="gateway-blocks-get",
    explains=(refused(range(400, 600), at=(Phase.GREET, Phase.REOPEN, Phase.SESSION)),),
    fixes=(
        Fix(
            where="a Python server",
            what="Allow more sessions, and give up idle ones sooner.",
            paste="server.streamable_http_app(max_sessions=50_000,\n"
            "                           session_idle_timeout=600)",
            verify="handshake",
        ),
        Fix(
            where="the clients",
            what="End sessions that are no longer needed.",
            paste="await transport.terminateSession()  // DELETE",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="mcp 2.3.0 streamable_http_manager.py:297: max_sessions"),
    ),
)
def max_sessions_503(case: Case) -> Judgement:
    """The server has as many sessions as it allows, and opens no other."""
    if case.handshake is None or case.handshake.initialize is None:
        return unknown(say("max-sessions-503.unknown"))
    full = [seen for seen in case.exchanges if _full(seen)]
    if not full:
        return absent(say("max-sessions-503.absent"), "handshake")
    first = full[0]
    alone = case.concurrent.other_alone if case.concurrent is not None else None
    if alone is not None and alone.accepted and "too many open" not in text_of(first):
        return absent(say("max-sessions-503.absent.there-is-room-for"), "concurrent")
    greeting = case.handshake.initialize
    if not greeting.accepted:
        return present(
            say("max-sessions-503.present", answer=answer(first), first=quoted(first)),
            "handshake",
        )
    return present(
        say(
            "max-sessions-503.present.the-first-session-could",
            label=first.label,
            answer=answer(first),
            first=quoted(first),
        ),
        "handshake",
        "hold",
    )


_FULL = ("too many", "maximum", "max_sessions", "max sessions", "limit", "capacity")


def _full(seen: Exchange) -> bool:
    """Tell whether an `initialize` was refused because of how many sessions there are.

    A 429 counts requests, whatever its words.
    """
    if seen.accepted or seen.status in (None, 401, 403, 429):
        return False
    text = text_of(seen)
    if seen.status == 503 and "too many open" in text:
        return True
    greets = seen.label.startswith("initialize")
    return greets and "session" in text and any(word in text for word in _FULL)
