"""The cause `reply-cut-short`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import ANSWERS, malformed
from streamtriage.causes.intermediaries import unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.malformed import (
    cut_by_itself,
    cut_short,
)
from streamtriage.wording import counted, ended_words

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["reply_cut_short"]


@cause(
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("two-framings"),
    explains=(malformed("reply-cut", at=(Phase.GREET, *ANSWERS)),),
    fixes=(
        Fix(
            where="a server that sets Content-Length by hand",
            what="Count bytes and not characters, after everything that changes the "
            "body; best leave the header to the framework.",
            paste="body = json.dumps(message).encode()\n"
            'headers["Content-Length"] = str(len(body))',
            verify="handshake",
        ),
        Fix(
            where="a hop that changes bodies (compression, injected text)",
            what="Leave the MCP path alone, or let it set the length anew.",
            paste="location /mcp {\n    sub_filter_once off;  # no sub_filter here\n"
            "    gzip off;\n}",
            verify="handshake",
        ),
        Fix(
            where="nginx that keeps answers in files",
            what="Give its workers room to write: a full disk or wrong rights end an "
            "answer where its buffers end.",
            paste="ls -ld /var/lib/nginx/proxy; df -h /var/lib/nginx",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 9112, 8: an incomplete message"),
        Citation(source="undici: TypeError: terminated, other side closed"),
        Citation(source="httpx: RemoteProtocolError: peer closed connection"),
    ),
)
def reply_cut_short(case: Case) -> Judgement:
    """A response ends before its announced end, so no client reads it."""
    asked = [s for s in case.exchanges if s.method == "POST" and s.replied is not None]
    if not asked:
        return unknown(say("reply-cut-short.unknown"))
    cut = [seen for seen in asked if cut_by_itself(case, seen)]
    if not cut and any(map(cut_short, asked)):
        return absent(
            say("reply-cut-short.absent.with-all-else"),
            *case.probes_of(asked, "handshake"),
        )
    if not cut:
        return absent(
            say("reply-cut-short.absent"),
            *case.probes_of(asked, "handshake"),
        )
    one = cut[0]
    how = ended_words(one.end, many=len(cut) > 1)
    text = say(
        "reply-cut-short.text",
        n_cut=len(cut),
        responses=counted(len(asked), "response"),
        how=how,
        label=one.label,
        bytes=counted(one.body_bytes, "byte"),
    )
    rests = case.probes_of(cut, "handshake")
    if len(cut) == 1:
        return suspected(
            say("reply-cut-short.suspected", text=text),
            say("reply-cut-short.suspected.settle"),
            *rests,
            owner=whose(case),
        )
    return present(
        say(
            "reply-cut-short.present",
            text=text,
            unseen=unseen(case, say("reply-cut-short.present.a-wrong-content")),
        ),
        *rests,
        owner=whose(case),
    )
