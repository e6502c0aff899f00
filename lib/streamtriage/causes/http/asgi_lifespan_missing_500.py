"""The cause `asgi-lifespan-missing-500`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, cause
from streamtriage.causes.explains import EVERY_ANSWER, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.sdk_wiring import LEAST_FAILURES
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, quoted, text_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["asgi_lifespan_missing_500"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=("legacy", "dual", "modern"),
    look_alike=CauseId("stateless-transport-reused-500"),
    comes_and_goes=ComesAndGoes("by lot", "workers start apart from each other"),
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
    if plain and all(s.status == 500 for s in asked) and len(asked) >= LEAST_FAILURES:
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
