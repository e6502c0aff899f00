"""The cause `wrong-path`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamtriage.causes.asked_again import flips, pair, questions
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["wrong_path"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("no-route"),
    explains=(
        refused(range(300, 600), at=(Phase.GREET,)),
        malformed("no-reply", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Write the path at which the server answers, to the last slash.",
            paste='"url": "https://HOST/mcp"',
            verify="follow-up",
        ),
        Fix(
            where="Starlette or FastAPI",
            what="Serve both spellings: redirect the one to the other.",
            paste="app.router.redirect_slashes = True",
            verify="follow-up",
        ),
        Fix(
            where="nginx",
            what="Pass both spellings on to the server's own path.",
            paste="location = /mcp/ { proxy_pass http://mcp_backend/mcp; }",
            verify="follow-up",
        ),
    ),
    citations=(
        Citation(source="RFC 3986, 6.2.4: paths with and without a slash differ"),
        Citation(source="https://github.com/open-webui/mcpo/issues/209", grade="I"),
    ),
)
def wrong_path(case: Case) -> Judgement:
    """The server answers at another path of the same host than the URL's."""
    asked = [each for each in questions(case) if each.request == "initialize"]
    if not asked:
        return unknown(say("wrong-path.unknown"))
    for question, flip in flips(case, "slash", "path"):
        return present(
            say(
                "wrong-path.present",
                path=_path(case),
                pair=pair(question, flip),
                told=_told(flip.id, flip.says),
            ),
            "follow-up",
        )
    tried = [c for each in asked for c in each.changes if c.kind in ("slash", "path")]
    if not tried:
        return unknown(say("wrong-path.unknown"))
    return absent(say("wrong-path.absent", n_tried=len(tried)), "follow-up")


def _path(case: Case) -> str:
    return urlsplit(case.intake.url).path or "/"


def _told(change: str, says: str) -> Text:
    if change == "slash-off":
        return say("wrong-path.told")
    if change == "slash-on":
        return say("wrong-path.told.the-server-listens-with")
    return say("wrong-path.told.the-server-is-served", says=says)
