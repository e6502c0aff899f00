"""The cause `config-http-url-as-sse`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import local, malformed, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role
from streamtriage.observations.transport import asks_newer_first, mistaken_entries
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["config_http_url_as_sse"]


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("config-sse-url-as-http"),
    shown_by="machine",
    remedies=("speak-http",),
    explains=(
        local(
            "http-url-as-sse",
            "http-url-as-sse-tried-first",
            "wrong-key",
            "type-missing",
        ),
        refused(range(300, 600), at=(Phase.GREET,)).only(Role.OLD_GET),
        malformed("no-endpoint", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Name the newer transport in that client's own form.",
            paste='"type": "http"',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Backwards Compatibility"),
        Citation(source="anthropics/claude-code-action#813", grade="I"),
    ),
)
def config_http_url_as_sse(case: Case) -> Judgement:
    """The client asks for the older SSE transport, and the server speaks the newer."""
    tried_first = [each for each in mistaken_entries(case) if asks_newer_first(each)]
    if tried_first and not case.speaks_old:
        one = tried_first[0]
        return present(
            say(
                "config-http-url-as-sse.present",
                name=one.name,
                client=one.client,
                path=one.path,
            ),
            "local",
            "handshake",
            impact="cosmetic",
        )
    if not case.speaks_old and case.local is None:
        return unknown(say("config-http-url-as-sse.unknown"))
    if not case.speaks_old:
        return absent(say("config-http-url-as-sse.absent"), "local")
    seen = case.http_sse
    first = case.handshake.initialize if case.handshake else None
    if seen is None or first is None:
        return unknown(say("config-http-url-as-sse.unknown.the-server-was-not"))
    if seen.served:
        return absent(say("config-http-url-as-sse.absent.the-get-names-an"), "http-sse")
    get = seen.refused
    if get is None or not get.answered:
        return unknown(say("config-http-url-as-sse.unknown.the-get-of-http"))
    got = (
        say("config-http-url-as-sse.got")
        if get.is_event_stream
        else say(
            "config-http-url-as-sse.got.was-answered",
            answer=answer(get),
            get=quoted(get),
        )
    )
    entries = mistaken_entries(case)
    says = say("config-http-url-as-sse.says")
    if entries:
        one = entries[0]
        says = say(
            "config-http-url-as-sse.says.the-entry-of-means",
            name=one.name,
            client=one.client,
            path=one.path,
        )
    text = say("config-http-url-as-sse.text", says=says, got=got)
    if not first.worked and get.is_event_stream:
        return absent(
            say("config-http-url-as-sse.absent.the-get-which-is", got=got), "http-sse"
        )
    if not first.worked:
        return suspected(
            say("config-http-url-as-sse.suspected", text=text, answer=answer(first)),
            say("config-http-url-as-sse.suspected.settle"),
            "http-sse",
        )
    return present(
        say(
            "config-http-url-as-sse.present.initialize-was-answered-over",
            text=text,
            answer=answer(first),
        ),
        "http-sse",
        "handshake",
    )
