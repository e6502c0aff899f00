"""The cause `limit-counts-open-streams`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.causes.authorship import foreign_writer, gateway_of
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.displaced import end_s
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    late_head,
    refused,
    unanswered,
)
from streamtriage.causes.held_streams import (
    Starved,
    is_limited,
    starved,
    stream_decides,
)
from streamtriage.causes.intermediaries import HOP_STATUSES, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import TOGETHER_S, times
from streamtriage.causes.waits import LATE_S, waited_s
from streamtriage.model import CauseId, Citation, Fix, streams_open
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, quoted, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import ConcurrentEvidence, Exchange, Owner
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["limit_counts_open_streams"]

# So many refusals beside streams that were surely open are no chance.
_ENOUGH = 3
_TWICE = 2
_CHANCE = 0.05
# So long an end of ours may be on its way to whoever counts.
_NOTICED_S = 0.05


@cause(
    owner="proxy",
    scope="quota/rate",
    impact="degraded",
    eras=ANY,
    look_alike=CauseId("deploy-window-5xx"),
    explains=(
        refused(503, at=EVERY_ANSWER),
        unanswered(at=EVERY_ANSWER),
        late_head(),
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
    if case.afterwards is not None and case.afterwards.paced:
        return absent(say("limit-counts-open-streams.absent.pace"), "afterwards")
    if (counted_out := _one_by_one(case)) is not None:
        return counted_out
    full = [s for s in _beside(found) if is_limited(s) and s.status == 503]
    if not full:
        return _beside_ours(case)
    if _changes_its_mind(case):
        return absent(
            say("limit-counts-open-streams.absent.of-requests-sent-one"),
            "concurrent",
            "replicas",
        )
    if (alone := _refused_alone(case, found)) is not None:
        return absent(
            say(
                "limit-counts-open-streams.absent.with-and-without",
                label=alone.label,
                answer=answer(alone),
            ),
            "concurrent",
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
    if (freed and stream_decides(found)) or len(times_full) > 1:
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


def _beside_ours(case: Case) -> Judgement:
    """Judge by the streams of ours that were open, where no POST was refused."""
    room = _room(case)
    if room is not None:
        return _more_than(case, room)
    waited = starved(case)
    if waited is not None:
        return _waited(case, waited)
    heads = _came_with_an_end(case)
    if heads:
        return suspected(
            say(
                "limit-counts-open-streams.heads",
                gets=counted(len(heads), "GET"),
                waits=times([waited_s(seen) for seen in heads]),
            ),
            say("limit-counts-open-streams.suspected.settle"),
            *case.probes_of(heads, "open"),
            owner=whose(case),
        )
    return absent(say("limit-counts-open-streams.absent"), "concurrent")


def _came_with_an_end(case: Case) -> tuple[Exchange, ...]:
    """Return the late heads, if each came at the moment when another stream ended.

    None where one came at any other moment: then it is not a place that is waited for.
    """
    own = [each.exchange for each in case.asked if not each.role.elsewhere]
    streams = [seen for seen in own if seen.method == "GET" and seen.is_event_stream]
    late = [seen for seen in streams if waited_s(seen) - seen.late_s >= LATE_S]

    def freed(seen: Exchange) -> bool:
        at_s = seen.headers_at_s or 0.0
        return any(
            other is not seen
            and other.headers_at_s is not None
            and other.headers_at_s < at_s
            and 0 <= at_s - end_s(other) <= TOGETHER_S
            for other in streams
        )

    several = len(late) >= _TWICE and all(map(freed, late))
    return tuple(late) if several else ()


def _waited(case: Case, seen: Starved) -> Judgement:
    """Judge requests that got no answer until streams of ours were closed."""
    return suspected(
        say(
            "limit-counts-open-streams.waited",
            streams=counted(seen.streams, "stream"),
            waited_s=seconds(waited_s(seen.waited)),
            answer=answer(seen.freed),
        ),
        say("limit-counts-open-streams.suspected.settle"),
        "silence",
        owner=whose(case),
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
    """Return what this server was asked; other servers have streams of their own.

    What was asked to see the pace was chosen to be refused, or not to be.
    """
    return [
        each.exchange
        for each in case.asked
        if not each.role.elsewhere and not each.path.startswith("pace")
    ]


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


def _refused_alone(case: Case, found: ConcurrentEvidence) -> Exchange | None:
    """Return what was refused without a stream, if others were taken beside one.

    Then streams decide nothing: who refuses each third request refuses some beside a
    stream, too, and those come as regularly as our own questions.
    """
    if not any(seen.worked for seen in _beside(found)):
        return None
    refused = [seen for seen in _asked_here(case) if seen.status == 503]
    return next((s for s in refused if not _crowded(case, s)), None)


def _changes_its_mind(case: Case) -> bool:
    """Tell whether the same number of streams was too much at one time only.

    Requests that overlapped are left out: they, too, take places.
    """
    if case.replicas is None:
        return False
    said: dict[int, set[bool]] = {}
    for seen in case.replicas.without_cookies[case.replicas.asked :]:
        if seen.answered and (seen.accepted or is_limited(seen)):
            held = len(streams_open(case.evidence, seen.sent_at_s))
            said.setdefault(held, set()).add(seen.accepted)
    return any(len(each) > 1 for each in said.values())


def _kept(found: ConcurrentEvidence) -> Text:
    """Say where a stream was still counted when we had closed it."""
    after = found.after
    if after is None or not is_limited(after):
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
