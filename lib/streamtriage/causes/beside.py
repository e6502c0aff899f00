"""Causes in what a server takes beside a stream, or a session, that is held."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.causes.ages import TOGETHER_S, age_s, over, times
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.displaced import displaced_streams, end_s, own_streams
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    STREAM_GETS,
    broken_promise,
    cut,
    flap,
    late_head,
    refused,
    unanswered,
)
from streamtriage.causes.gateway import foreign_writer, gateway_of
from streamtriage.causes.hops import whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.limits import HOP_STATUSES
from streamtriage.causes.shared_session import told_by_sharing
from streamtriage.causes.waits import waited_s
from streamtriage.causes.words import answer, counted, quoted, seconds
from streamtriage.model import Citation, Fix, streams_open
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.inconsistent import in_turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import ConcurrentEvidence, Exchange, Owner
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "limit_counts_open_streams",
    "one_session_only",
    "one_transport_for_all",
    "post_ends_stream",
    "posts_wait_for_stream",
    "server_fell_silent",
]

_PER_SESSION = Fix(
    where="a TypeScript server",
    what="Make a transport and a server object for each session.",
    paste="app.post('/mcp', async (req, res) => {\n"
    "  const id = req.headers['mcp-session-id'];\n"
    "  let transport = id && transports[id];\n"
    "  if (!transport) {\n"
    "    transport = new StreamableHTTPServerTransport({\n"
    "      sessionIdGenerator: () => randomUUID(),\n"
    "      onsessioninitialized: (sid) => { transports[sid] = transport; } });\n"
    "    await makeServer().connect(transport);\n"
    "  }\n"
    "  await transport.handleRequest(req, res, req.body);\n});",
    verify="concurrent",
)
# So many refusals beside streams that were surely open are no chance.
_ENOUGH = 3
_TWICE = 2
_CHANCE = 0.05
# So long an end of ours may be on its way to whoever counts.
_NOTICED_S = 0.05
_NO_STREAM = Fix(
    where="the server's GET handler (Express shown)",
    what="Until it is mended, offer no stream: answer GET with 405.",
    paste="app.get('/mcp', (req, res) => {\n"
    "  res.status(405).set('Allow', 'POST, DELETE').end();\n});",
    verify="concurrent",
)


def _limited(seen: Exchange) -> bool:
    """True where a refusal means that there is no room, or too many were asked."""
    return seen.status in (429, 503)


def _failed(seen: Exchange) -> bool:
    return not seen.worked


def _flips(found: ConcurrentEvidence) -> bool:
    """Tell whether POST failed beside the stream, and worked without it, twice each."""
    again, after = found.again_held, found.again_after
    return again is not None and _failed(again) and after is not None and after.worked


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="limit-counts-open-streams",
    explains=(
        unanswered(at=EVERY_ANSWER),
        refused(range(400, 600), at=(Phase.HELD,)),
        late_head(),
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
    """No request is answered while a GET stream is held."""
    found = case.concurrent
    if found is None or not found.held or found.before is None:
        return unknown(say("posts-wait-for-stream.unknown"))
    bad = [seen for seen in found.held if _failed(seen)]
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
    if any(_limited(seen) for seen in bad):
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
    if not _flips(found):
        return suspected(
            say("posts-wait-for-stream.suspected", text=text),
            say("posts-wait-for-stream.suspected.settle"),
            "concurrent",
        )
    return present(
        say("posts-wait-for-stream.present", text=text),
        "concurrent",
    )


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="instant-close-flap",
    explains=(
        cut(),
        flap((Phase.OPEN, Phase.REOPEN)),
    ),
    fixes=(
        _PER_SESSION,
        Fix(
            where="the server",
            what="Keep the transport that carries the session's stream; let a POST use "
            "it instead of making another and closing the old one.",
            paste="transport = sessions[session_id]  # not: Transport(session_id)",
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/nevermined-io/payments/issues/423", grade="I"
        ),
    ),
)
def post_ends_stream(case: Case) -> Judgement:
    """Each POST ends the session's GET stream."""
    found = case.concurrent
    stream = found.stream if found is not None else None
    if found is None or stream is None or not found.held:
        return unknown(say("post-ends-stream.unknown"))
    if not over(stream):
        return absent(
            say("post-ends-stream.absent", posts=counted(len(found.held), "POST")),
            "concurrent",
        )
    post = _ended_by(stream, found.held)
    if post is None:
        return absent(
            say(
                "post-ends-stream.absent.the-stream-ended-after",
                age_s=seconds(age_s(stream)),
            ),
            "concurrent",
        )
    gap_s = max((stream.ended_at_s or 0.0) - post.sent_at_s, 0.0)
    text = say(
        "post-ends-stream.text", gap_s=seconds(gap_s), age_s=seconds(age_s(stream))
    )
    longer = _longest_s(case)
    if longer and longer <= age_s(stream) + TOGETHER_S:
        return absent(
            say("post-ends-stream.absent.but-streams-on-which", text=text),
            "concurrent",
            "hold",
        )
    again, held = found.again_stream, found.again_held
    if not longer or again is None or held is None or not over(again):
        return suspected(
            say("post-ends-stream.suspected", text=text),
            say("post-ends-stream.suspected.settle"),
            "concurrent",
        )
    if _ended_by(again, (held,)) is None:
        return absent(
            say("post-ends-stream.absent.a-second-one-at", text=text), "concurrent"
        )
    return present(
        say("post-ends-stream.present", text=text, longer=seconds(longer)),
        "concurrent",
        "hold",
    )


def _ended_by(stream: Exchange, posts: tuple[Exchange, ...]) -> Exchange | None:
    """Return the POST during which, or right after which, a stream ended."""
    ended_s = stream.ended_at_s or 0.0
    for post in posts:
        until_s = (post.ended_at_s or post.sent_at_s) + TOGETHER_S
        if post.sent_at_s <= ended_s <= until_s:
            return post
    return None


def _longest_s(case: Case) -> float:
    own = case.concurrent.exchanges if case.concurrent is not None else ()
    others = (s for s in case.sent_gets if s.is_event_stream and s not in own)
    return max((age_s(seen) for seen in others), default=0.0)


@cause(
    layer="rate",
    owner="proxy",
    scope="quota/rate",
    impact="degraded",
    eras=ANY,
    look_alike="deploy-window-5xx",
    explains=(
        refused(503, at=EVERY_ANSWER),
        unanswered(at=EVERY_ANSWER),
    ),
    fixes=(
        Fix(
            where="HAProxy",
            what="Each open stream counts as one connection of the server: allow more.",
            paste="server mcp1 127.0.0.1:8000 maxconn 5000\n"
            "timeout queue 30s  # how long a request waits for a free one",
            verify="concurrent",
        ),
        Fix(
            where="nginx",
            what="Allow more connections at a time, for each stream keeps one.",
            paste="limit_conn mcp 100;        # or none for this location\n"
            "worker_connections 10240;  # in events",
            verify="concurrent",
        ),
        Fix(
            where="Envoy, Istio",
            what="Raise the circuit breaker: each stream is one of its requests.",
            paste="circuit_breakers:\n  thresholds:\n"
            "    - {max_connections: 10240, max_requests: 10240}",
            verify="concurrent",
        ),
        Fix(
            where="the server",
            what="Offer no stream where nothing is pushed: answer GET with 405.",
            paste="res.status(405).set('Allow', 'POST, DELETE').end();",
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/opentargets/platform-mcp/issues/22", grade="I"
        ),
        Citation(source="HAProxy 2.6.12 with `maxconn 3`", grade="L"),
    ),
)
def limit_counts_open_streams(case: Case) -> Judgement:
    """Open streams use up a limit on connections, and other requests are refused."""
    found = case.concurrent
    if found is None or found.before is None or found.stream is None:
        return unknown(say("limit-counts-open-streams.unknown"))
    if (counted_out := _one_by_one(case)) is not None:
        return counted_out
    full = [s for s in _beside(found) if _limited(s) and s.status == 503]
    if not full:
        room = _room(case)
        if room is not None:
            return _more_than(case, room)
        return absent(say("limit-counts-open-streams.absent"), "concurrent")
    if _changes_its_mind(case):
        return absent(
            say("limit-counts-open-streams.absent.of-requests-sent-one"),
            "concurrent",
            "replicas",
        )
    times_full = _times_full(case)
    after = found.after
    freed = found.before.worked and after is not None and after.worked
    if not freed and not times_full:
        return absent(
            say(
                "limit-counts-open-streams.absent.post-was-answered-without",
                answer=answer(full[0]),
            ),
            "concurrent",
        )
    waits = times([waited_s(seen) for seen in full])
    by, owner = _limiter(case, full[0])
    text = say(
        "limit-counts-open-streams.text.while-a-stream-of",
        other_requests=counted(len(full), "other request"),
        answer=answer(full[0]),
        full=quoted(full[0]),
        waits=waits,
        say=say("limit-counts-open-streams.text") if freed else say("word.later"),
        by=by,
    )
    if (freed and _flips(found)) or len(times_full) > 1:
        kept = "" if freed else _kept(found)
        return present(
            say("limit-counts-open-streams.present", text=text, kept=kept),
            "concurrent",
            owner=owner,
            impact="fatal",
        )
    own = found.letting_go
    refused = [s for s in case.exchanges if s.status == 503 and s not in own]
    if not all(_crowded(case, s) for s in refused):
        text += say("limit-counts-open-streams")
    return suspected(
        say("limit-counts-open-streams.suspected", text=text),
        say("limit-counts-open-streams.suspected.settle"),
        "concurrent",
        owner=owner,
    )


def _one_by_one(case: Case) -> Judgement | None:
    """Judge by the streams that were opened one by one; None where that showed none.

    POST has to work, fail, work, fail and work, with one stream more each time it
    fails, and never otherwise.
    """
    tries = case.afterwards.room_tries if case.afterwards is not None else ()
    full = [each for each in tries if each.post.status == 503]
    took = [each.streams for each in tries if each.post.worked]
    if len(full) < _TWICE or not took:
        return None
    least = min(each.streams for each in full)
    turns = [each.post.worked for each in tries if each.streams >= least - 1]
    changes = sum(a != b for a, b in pairwise(turns))
    if max(took) >= least or changes < 2 * _TWICE - 1 or not tries[-1].post.worked:
        return None
    first = full[0].post
    by, owner = _limiter(case, first)
    return present(
        say(
            "beside.one-by-one.present",
            least=least - 1,
            least_2=least,
            answer=answer(first),
            first=quoted(first),
            by=by,
        ),
        "afterwards",
        "concurrent",
        owner=owner,
        impact="fatal",
    )


class _Room(NamedTuple):
    """Beside how many streams of ours everything was taken; beside more `full` was not.

    `sure` where enough was refused beside streams that were open all the time.
    """

    streams: int
    full: tuple[Exchange, ...]
    sure: bool


def _room(case: Case) -> _Room | None:
    """Return the number of streams that divides what was taken from what was refused.

    A limit fits if each request that was taken had surely fewer streams beside it than
    each refused one had perhaps. None where none fits, or where as few refusals might
    fall so by chance.
    """
    asked = [seen for seen in _asked_here(case) if seen.answered]
    full = tuple(seen for seen in asked if seen.status == 503)
    taken = [seen for seen in asked if seen.accepted]
    if not full or not taken:
        return None
    streams = [seen for seen in asked if seen.is_event_stream and seen.method == "GET"]
    room = max(_surely_beside(seen, streams) for seen in taken)
    crowded = [seen for seen in asked if _perhaps_beside(seen, streams) > room]
    fits = room > 0 and all(seen in crowded for seen in full)
    if not fits or (len(crowded) / len(asked)) ** len(full) > _CHANCE:
        return None
    sure = [seen for seen in full if _surely_beside(seen, streams) > room]
    return _Room(room, full, len(sure) >= _ENOUGH)


def _asked_here(case: Case) -> list[Exchange]:
    """Return what this server was asked; other servers have streams of their own."""
    return [each.exchange for each in case.asked if not each.role.elsewhere]


def _surely_beside(seen: Exchange, streams: Sequence[Exchange]) -> int:
    """Count the streams that were open from its sending until it was answered."""
    answered_s = seen.headers_at_s or seen.sent_at_s
    return sum(
        (each.headers_at_s or 0.0) < seen.sent_at_s and end_s(each) > answered_s
        for each in streams
        if each is not seen
    )


def _perhaps_beside(seen: Exchange, streams: Sequence[Exchange]) -> int:
    """Count the streams whose time overlaps at all, for whoever notices ends late."""
    answered_s = seen.headers_at_s or seen.sent_at_s
    return sum(
        each.sent_at_s < answered_s and end_s(each) + _NOTICED_S > seen.sent_at_s
        for each in streams
        if each is not seen
    )


def _more_than(case: Case, room: _Room) -> Judgement:
    first = room.full[0]
    by, owner = _limiter(case, first)
    text = say(
        "beside.more-than.text",
        streams=counted(room.streams, "stream"),
        requests=counted(len(room.full), "request"),
        answer=answer(first),
        first=quoted(first),
        by=by,
    )
    rests = case.probes_of(room.full, "concurrent")
    if room.sure:
        return present(
            say("beside.more-than.present", text=text),
            *rests,
            owner=owner,
            impact="fatal",
        )
    return suspected(
        say("beside.more-than.suspected", text=text),
        say("beside.more-than.suspected.settle"),
        *rests,
        owner=owner,
    )


def _changes_its_mind(case: Case) -> bool:
    """Tell whether the same number of streams was too much at one time only.

    Requests that overlapped are left out: they, too, take places.
    """
    if case.replicas is None:
        return False
    said: dict[int, set[bool]] = {}
    for seen in case.replicas.without_cookies[case.replicas.asked :]:
        if seen.answered and (seen.accepted or _limited(seen)):
            held = len(streams_open(case.evidence, seen.sent_at_s))
            said.setdefault(held, set()).add(seen.accepted)
    return any(len(each) > 1 for each in said.values())


def _kept(found: ConcurrentEvidence) -> Text:
    """Say where a stream was still counted when we had closed it."""
    after = found.after
    if after is None or not _limited(after):
        return ""
    return say("beside.kept", answer=answer(after))


def _times_full(case: Case) -> tuple[Exchange, ...]:
    """Return the streams of ours that each began a time in which all was refused.

    A stream that is closed may be counted for a while longer, so its own end says
    nothing: between its head and each refusal after it nothing else was taken, and
    before and after that time everything was. Empty where one refusal does not fit.
    """
    asked = sorted(_asked_here(case), key=lambda seen: seen.sent_at_s)
    full = [seen for seen in asked if seen.status == 503]
    free = [s for s in asked if s.answered and s not in full and not s.is_event_stream]
    openers: list[Exchange] = []
    last_s = 0.0
    for seen in full:
        at_s = seen.headers_at_s or 0.0
        before = [
            s for s in asked if s.is_event_stream and (s.headers_at_s or 0.0) < at_s
        ]
        if not before:
            return ()
        one = max(before, key=lambda s: s.headers_at_s or 0.0)
        since_s = (one.headers_at_s or 0.0) + TOGETHER_S
        if any(since_s < s.sent_at_s < seen.sent_at_s for s in free):
            return ()
        anew = any(last_s < s.sent_at_s < (one.headers_at_s or 0.0) for s in free)
        if anew or not openers:
            openers.append(one)
        last_s = max(last_s, at_s)
    ends = [s.sent_at_s for s in free]
    closed = bool(ends) and max(ends) > last_s
    return tuple(openers) if closed else tuple(openers[:-1])


def _beside(found: ConcurrentEvidence) -> tuple[Exchange, ...]:
    beside = (*found.held, found.other_session, found.again_held)
    return tuple(seen for seen in beside if seen is not None)


def _crowded(case: Case, seen: Exchange) -> bool:
    """Tell whether a stream of ours was open, or just closed, when it was refused.

    A hop keeps the place of a client that is gone until it notices: as long as was
    measured beside the stream that we closed ourselves.
    """
    found = case.concurrent
    stream, after = (found.stream, found.after) if found else (None, None)
    lag_s = 0.0
    if stream is not None and after is not None:
        lag_s = max(after.sent_at_s - (stream.ended_at_s or after.sent_at_s), 0.0)
    from_s, until_s = seen.sent_at_s - lag_s, seen.headers_at_s or seen.sent_at_s
    return any(
        each.exchange is not seen
        and each.exchange.is_event_stream
        and each.exchange.sent_at_s <= until_s
        and (each.exchange.ended_at_s or until_s) >= from_s
        for each in case.asked
    )


def _while_open(case: Case, seen: Exchange) -> bool:
    """Tell whether another request for a stream was open when this one was refused."""
    at_s = seen.headers_at_s or seen.sent_at_s
    moments = (seen.sent_at_s, at_s)
    return any(
        each.exchange != seen
        for moment in moments
        for each in streams_open(case.evidence, moment)
    )


def _limiter(case: Case, seen: Exchange) -> tuple[Text, Owner]:
    """Return who said so, as the end of a sentence, and whose the limit is."""
    who = gateway_of(seen)
    if who:
        return say("beside.limiter", who=who), "proxy"
    writer = foreign_writer(seen, case.posts)
    if writer:
        return say("beside.limiter.and-another-than-the", writer=writer), "proxy"
    if seen.status in HOP_STATUSES:
        return say("beside.limiter.and-only-a-gateway"), "proxy"
    return "", whose(case)


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="max-sessions-503",
    explains=(refused(range(400, 600), at=(Phase.GREET, Phase.SESSION, Phase.REOPEN)),),
    fixes=(
        _PER_SESSION,
        Fix(
            where="the server",
            what="Make a server object for each session: one that is connected to a "
            "transport takes no second.",
            paste="const makeServer = () => new McpServer({ name, version });",
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/rps321321/obsidian-mcp-pro/issues/8", grade="I"
        ),
        Citation(
            source="https://github.com/confluentinc/mcp-confluent/issues/122",
            grade="I",
        ),
        Citation(source="TypeScript SDK 1.26.0, one McpServer for all", grade="L"),
    ),
)
def one_session_only(case: Case) -> Judgement:
    """The server takes one session at a time: a second client is refused."""
    found = case.concurrent
    other = found.other_session if found is not None else None
    if found is None or other is None:
        return unknown(say("one-session-only.unknown"))
    if other.accepted:
        return absent(
            say("one-session-only.absent", answer=answer(other)),
            "concurrent",
        )
    if not other.answered or other.status == 429:
        return unknown(
            say(
                "one-session-only.unknown.a-second-initialize-got", answer=answer(other)
            )
        )
    if found.held and any(_limited(seen) for seen in found.held):
        return absent(
            say("one-session-only.absent.post-in-the-first"),
            "concurrent",
        )
    text = say("one-session-only.text", answer=answer(other), other=quoted(other))
    if _lived_together(case):
        return absent(
            say("one-session-only.absent.but-at-another-time", text=text),
            "concurrent",
            "hold",
        )
    alone = found.other_alone
    if alone is None or not alone.answered:
        return suspected(
            say("one-session-only.suspected", text=text),
            say("one-session-only.suspected.settle"),
            "concurrent",
        )
    if not alone.accepted:
        return absent(
            say(
                "one-session-only.absent.and-after-the-first",
                text=text,
                answer=answer(alone),
            ),
            "concurrent",
        )
    return present(
        say("one-session-only.present", text=text, answer=answer(alone)),
        "concurrent",
    )


def _lived_together(case: Case) -> bool:
    """Tell whether a session of ours worked before and after another one had worked."""
    worked = [
        each.exchange.opened_for
        for each in case.asked
        if each.exchange.session == "live"
        and each.exchange.worked
        and each.exchange.opened_for
    ]
    ended = {purpose: len(worked) - worked[::-1].index(purpose) for purpose in worked}
    began = {purpose: worked.index(purpose) for purpose in worked}
    return any(
        began[one] < began[other] < ended[one] - 1
        for one in ended
        for other in ended
        if one != other
    )


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="half-open-stream-409",
    explains=(
        refused(range(400, 600), at=(*STREAM_GETS, Phase.SESSION, Phase.LISTEN)),
        broken_promise("nobody-to-write-to", at=(Phase.HELD,)),
        late_head(),
        flap(STREAM_GETS),
        cut(),
    ),
    fixes=(
        _PER_SESSION,
        Fix(
            where="a server that needs no stream",
            what="Answer GET with 405, so that no client waits for one.",
            paste="res.status(405).set('Allow', 'POST').end();",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="@hono/mcp 0.3.2 as its README shows it", grade="L"),
        Citation(
            source="typescript-sdk 1.30.0 src/server/webStandardStreamableHttp.ts: "
            "Conflict: Only one SSE stream is allowed per session"
        ),
    ),
)
def one_transport_for_all(case: Case) -> Judgement:
    """One transport, with one stream, serves all clients together."""
    gets = case.live_gets
    if not gets or case.handshake is None or not case.handshake.revision:
        return unknown(say("one-transport-for-all.unknown"))
    refused = [seen for seen in gets if seen.status == 409]
    if not refused and (displaced := _displaced(case)) is not None:
        return displaced
    if not refused:
        return absent(
            say("one-transport-for-all.absent"),
            *case.probes_of(gets, "open"),
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    issued = case.handshake.session_issued
    ids = (
        say("one-transport-for-all.ids")
        if issued
        else say("one-transport-for-all.ids.without-any-session-id")
    )
    streams = [seen for seen in gets if seen.is_event_stream]
    beside = [seen for seen in refused if _while_open(case, seen)]
    if not streams and len(refused) == len(gets) and not issued:
        return present(
            say(
                "one-transport-for-all.present",
                n_gets=len(gets),
                answer=answer(refused[0]),
                refused=quoted(refused[0]),
            ),
            "handshake",
            "open",
        )
    if streams and len(beside) == len(refused):
        return present(
            say(
                "one-transport-for-all.present.got-while-another-stream",
                first_gets=counted(len(refused), "first GET"),
                ids=ids,
                answer=answer(refused[0]),
                refused=quoted(refused[0]),
                others=counted(len(streams), "other"),
            ),
            "handshake",
            "open",
            "hold",
        )
    return suspected(
        say(
            "one-transport-for-all.suspected",
            n_refused=len(refused),
            first_gets=counted(len(gets), "first GET"),
            ids=ids,
            answer=answer(refused[0]),
            refused=quoted(refused[0]),
        ),
        say("one-transport-for-all.suspected.settle"),
        "open",
    )


def _displaced(case: Case) -> Judgement | None:
    """Judge streams that end when one is opened in another session; None without."""
    gone = displaced_streams(case)
    if not gone:
        return None
    return present(
        say(
            "beside.displaced.present",
            n_gone=len(gone),
            streams=counted(len(own_streams(case)), "stream"),
        ),
        *case.probes_of(gone, "hold"),
    )


@cause(
    layer="http",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="tcp-blackhole-timeout",
    explains=(
        unanswered(at=EVERY_ANSWER),
        late_head(),
    ),
    fixes=(
        Fix(
            where="the server",
            what="Start it again; then find what that request waits for: a lock that "
            "is never let go, a call that blocks the only thread.",
            paste="py-spy dump --pid PID   # Python\n"
            "kill -USR1 PID && node inspect -p PID  # Node",
            verify="silence",
        ),
        Fix(
            where="the deployment",
            what="Have it started again when it no longer answers.",
            paste="livenessProbe:\n  httpGet: {path: /health, port: 8000}\n"
            "  timeoutSeconds: 5",
            verify="silence",
        ),
    ),
    citations=(
        Citation(
            source="a Python web framework's MCP package under an ASGI server: a GET "
            "that was never answered, and nothing after it",
            grade="L",
        ),
    ),
)
def server_fell_silent(case: Case) -> Judgement:
    """The server stopped answering while it was asked, and answers nobody."""
    seen = case.silence
    if seen is None:
        if not case.exchanges:
            return unknown(say("server-fell-silent.unknown"))
        return absent(
            say("server-fell-silent.absent"),
            *case.probes_of(case.exchanges, "open"),
        )
    if not seen.fell_silent_after and not seen.asked_again:
        return unknown(say("server-fell-silent.unknown.it-was-not-asked"))
    if not seen.fell_silent_after:
        return absent(
            say("server-fell-silent.absent.after-a-request-without"), "silence"
        )
    found = case.concurrent
    if found is not None and _flips(found):
        return absent(
            say("server-fell-silent.absent.streams-of-our-own"),
            "silence",
            "concurrent",
        )
    answered = [each for each in case.exchanges if each.answered]
    asked = [each for each in seen.asked_again if not each.answered]
    waits = (
        times([waited_s(each) for each in asked])
        if asked
        else say("server-fell-silent.waits")
    )
    return present(
        say(
            "server-fell-silent.present",
            requests=counted(len(answered), "request"),
            fell_silent_after=seen.fell_silent_after,
            fell_silent_s=seconds(seen.fell_silent_s),
            harmless_requests=counted(len(asked), "harmless request"),
            waits=waits,
        ),
        "silence",
    )
