"""The cause `waf-bot-403`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.authorship import gateway_of
from streamtriage.causes.cause import ANY, ComesAndGoes, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.header_guards import answered_greeting
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["waf_bot_403"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("gateway-blocks-get"),
    comes_and_goes=ComesAndGoes(
        "by lot", "a firewall weighs the address and the moment"
    ),
    explains=(refused(403, 503, at=(Phase.GREET,)),),
    fixes=(
        Fix(
            where="Cloudflare",
            what="Skip bot checks on the MCP path.",
            paste='(http.request.uri.path eq "/mcp")  # WAF custom rule, action: Skip '
            "(Bot Fight Mode, Super Bot Fight Mode, Browser Integrity Check)",
            verify="handshake",
        ),
        Fix(
            where="any other WAF",
            what="Allow the MCP path, whatever the User-Agent.",
            paste='SecRule REQUEST_URI "@beginsWith /mcp" "id:1,phase:1,pass,'
            'ctl:ruleEngine=Off"  # ModSecurity',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="https://developers.cloudflare.com/cloudflare-challenges/"
            "challenge-types/challenge-pages/detect-response/: cf-mitigated"
        ),
        Citation(
            source="https://github.com/anthropics/claude-ai-mcp/issues/49", grade="I"
        ),
    ),
)
def waf_bot_403(case: Case) -> Judgement:
    """A firewall before the server takes the client for a bot."""
    seen = answered_greeting(case)
    if isinstance(seen, Judgement):
        return seen
    if seen.status not in (403, 503):
        return absent(say("waf-bot-403.absent", answer=answer(seen)), "handshake")
    guard = case.guard
    client = guard.client_agent if guard else None
    like_browser = guard.browser_agent if guard else None
    if client is None or not client.answered:
        return unknown(say("waf-bot-403.unknown"))
    if client.status != seen.status:
        return absent(
            say("waf-bot-403.absent.only-this-tool-s", answer=answer(client)),
            "guard",
        )
    text = say("waf-bot-403.text", answer=answer(seen))
    if client.headers.get("cf-mitigated", "").lower() == "challenge":
        return present(
            say("waf-bot-403.present", text=text),
            "handshake",
            "guard",
        )
    if (
        like_browser is not None
        and like_browser.answered
        and like_browser.status != client.status
        and like_browser.jsonrpc_code is not None
    ):
        return present(
            say(
                "waf-bot-403.present.with-a-browser-s",
                text=text,
                seen=quoted(seen),
                answer=answer(like_browser),
            ),
            "handshake",
            "guard",
        )
    who = gateway_of(seen)
    # A gateway's plain 503 means that it is busy or has no server, for any client.
    page = seen.jsonrpc_code is None and seen.media_type == "text/html"
    if seen.status == 403 and page and who:
        return suspected(
            say("waf-bot-403.suspected", text=text, who=who),
            say("waf-bot-403.suspected.settle", who=who),
            "handshake",
            "guard",
        )
    return absent(say("waf-bot-403.absent.whatever-the-user-agent", text=text), "guard")
