"""The cause `posts-wait-for-stream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    late_head,
    refused,
    unanswered,
)
from streamtriage.causes.held_streams import has_failed, is_limited, stream_decides
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import times
from streamtriage.causes.waits import waited_s
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.inconsistent import in_turns
from streamtriage.wording import answer, counted, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model import ConcurrentEvidence
    from streamtriage.observations.case import Case

__all__ = ["posts_wait_for_stream"]

_NO_STREAM = Fix(
    where="the server's GET handler (Express shown)",
    what="Until it is mended, offer no stream: answer GET with 405.",
    paste="app.get('/mcp', (req, res) => {\n"
    "  res.status(405).set('Allow', 'POST, DELETE').end();\n});",
    verify="concurrent",
)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("limit-counts-open-streams"),
    explains=(
        unanswered(at=EVERY_ANSWER),
        refused(range(400, 600), at=(Phase.HELD,)),
        late_head((Phase.OPEN, Phase.HELD)),
    ),
    fixes=(
        Fix(
            where="the server",
            what="Let go of the lock, the worker or the connection before the stream "
            "is held: a stream may stay open for hours.",
            paste="async with lock:\n    stream = await open_stream(request)\n"
            "return stream  # held outside of the lock",
            verify="concurrent",
        ),
        Fix(
            where="a Python server with synchronous workers (gunicorn shown)",
            what="Serve it by asynchronous workers: each open stream keeps one.",
            paste="gunicorn app:app --worker-class uvicorn.workers.UvicornWorker",
            verify="concurrent",
        ),
        _NO_STREAM,
    ),
    citations=(
        Citation(
            source="https://github.com/aplaceforallmystuff/mcp-arr/issues/24", grade="I"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/inspector/issues/2187",
            grade="I",
        ),
    ),
)
def posts_wait_for_stream(case: Case) -> Judgement:
    """Requests wait in vain, or too long, while a GET stream is held."""
    found = case.concurrent
    if found is None or not found.held or found.before is None:
        return unknown(say("posts-wait-for-stream.unknown"))
    if found.slowed:
        return _slowed(found)
    bad = [seen for seen in found.held if has_failed(seen)]
    if not bad:
        return absent(
            say(
                "posts-wait-for-stream.absent",
                posts=counted(len(found.held), "POST"),
                waited_s=seconds(waited_s(found.held[-1])),
            ),
            "concurrent",
        )
    if in_turns(case):
        return absent(
            say("posts-wait-for-stream.absent.the-session-is-refused"),
            "concurrent",
            "replicas",
        )
    if len(bad) < len(found.held):
        return absent(
            say(
                "posts-wait-for-stream.absent.beside-a-held-stream",
                n_held=len(found.held) - len(bad),
                posts=counted(len(found.held), "POST"),
            ),
            "concurrent",
        )
    if any(is_limited(seen) for seen in bad):
        return absent(
            say(
                "posts-wait-for-stream.absent.beside-a-held-stream-post-was-2",
                answer=answer(bad[0]),
            ),
            "concurrent",
        )
    if not found.before.worked or found.after is None or not found.after.worked:
        return absent(
            say("posts-wait-for-stream.absent.post-did-not-work"),
            "concurrent",
        )
    how = (
        say("posts-wait-for-stream.how", times=times([waited_s(seen) for seen in bad]))
        if not bad[0].answered
        else say(
            "posts-wait-for-stream.how.was-answered",
            answer=answer(bad[0]),
            bad=quoted(bad[0]),
        )
    )
    text = say(
        "posts-wait-for-stream.text",
        waited_s=seconds(waited_s(found.before)),
        how=how,
        waited_s_2=seconds(waited_s(found.after)),
    )
    if not stream_decides(found):
        return suspected(
            say("posts-wait-for-stream.suspected", text=text),
            say("posts-wait-for-stream.suspected.settle"),
            "concurrent",
        )
    return present(
        say("posts-wait-for-stream.present", text=text),
        "concurrent",
    )


def _slowed(found: ConcurrentEvidence) -> Judgement:
    """Judge POSTs that were answered, and each of them late, beside a stream alone."""
    before, after = found.before, found.after
    held = (*found.held, *((found.again_held,) if found.slowed_again else ()))
    waits = [waited_s(seen) for seen in held if seen is not None]
    text = say(
        "posts-wait-for-stream.text",
        waited_s=seconds(waited_s(before) if before is not None else None),
        how=say("posts-wait-for-stream.how.late", times=times(waits)),
        waited_s_2=seconds(waited_s(after) if after is not None else None),
    )
    if not found.slowed_again:
        return suspected(
            say("posts-wait-for-stream.suspected", text=text),
            say("posts-wait-for-stream.suspected.settle"),
            "concurrent",
        )
    return present(
        say("posts-wait-for-stream.present.late", text=text),
        "concurrent",
        impact="degraded",
    )
