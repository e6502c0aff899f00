"""The fault `waf-bot-403`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header
from streamtriage.lab.refusing import refuse_if
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope


__all__ = ["waf_bot_403"]


_CHALLENGE_PAGE = (
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>'
    "<body>Enable JavaScript and cookies to continue</body></html>"
)


@fault
def waf_bot_403() -> Setup:
    """A firewall challenges whoever does not look like a browser.

    Cloudflare's managed challenge.
    """

    def robot(scope: Scope) -> bool:
        return not (header(scope, "user-agent") or "").startswith("Mozilla/")

    def challenge(_scope: Scope) -> Response:
        return answer(
            403,
            _CHALLENGE_PAGE,
            "text/html",
            Server="cloudflare",
            Cf_Mitigated="challenge",
        )

    return Setup(wrap=refuse_if(robot, challenge))
