"""What a server takes beside a stream or a session, each beside what looks like it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from causes.samples import (
    case,
    find,
    handshake,
    hold,
    initialize,
    opened,
    post,
    refusal,
    reopen,
    reopening,
    silence,
    stream,
)
from streamtriage.model import (
    AfterwardsEvidence,
    ConcurrentEvidence,
    ControlEvidence,
    End,
    Failure,
    HoldEvidence,
    Intake,
    ReplicasEvidence,
    RoomTry,
    SilenceEvidence,
    Watch,
)

if TYPE_CHECKING:
    from streamtriage.causes import Case
    from streamtriage.model import Evidence, Exchange

HAPROXY = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to "
HAPROXY += "handle this request.\n</body></html>"


def held(status: int | None = 200, **more: Any) -> Exchange:
    """Return a POST sent 0.3 s after the stream of `beside`."""
    if status is None:
        more = {"failure": Failure.TIMED_OUT, "headers_s": None, "end": None} | more
        more = {"ended_s": 4.0} | more
    return post(status, **({"started_s": 10.3} | more))


def beside(*more: Evidence, without: tuple[str, ...] = (), **facts: Any) -> Case:
    """Return a sound case with what was asked beside a held stream."""
    given: dict[str, Any] = {
        "before": post(started_s=9.9),
        "stream": stream(4.5, started_s=10.0),
        "held": (held(), held(started_s=10.5)),
        "other_session": initialize(started_s=10.4),
        "after": post(started_s=15.0),
    }
    sound = case(*more, without=without)
    known = {each.probe for each in sound.evidence}
    found = (
        *(each for each in more if each.probe not in known),
        ConcurrentEvidence(**(given | facts)),
    )
    return replace(sound, evidence=(*sound.evidence, *found))


def sequence(*statuses: int) -> ReplicasEvidence:
    """Return what one session was answered, each time after the one before."""
    asked = tuple(post(s, started_s=0.1 * n) for n, s in enumerate(statuses))
    return ReplicasEvidence(asked=0, without_cookies=asked)


TURNS = sequence(200, 404, 200, 404)
MUTE = held(None)
AGAIN: dict[str, Any] = {
    "again_stream": stream(2.5, started_s=16.0),
    "again_held": held(None, started_s=16.3),
    "again_after": post(started_s=19.0),
}
WAITS = [
    ("sound", beside(), "absent"),
    ("not asked", case(), "unknown"),
    ("twice no answer", beside(held=(MUTE,), **AGAIN), "present"),
    ("once no answer", beside(held=(MUTE,)), "suspected"),
    (
        "the second time it worked",
        beside(held=(MUTE,), **AGAIN | {"again_held": held()}),
        "suspected",
    ),
    (
        "refused with 500",
        beside(held=(held(500),), **AGAIN | {"again_held": held(500)}),
        "present",
    ),
    (
        "refused with 503",
        beside(held=(held(503),), **AGAIN | {"again_held": held(503)}),
        "absent",
    ),
    (
        "not without it either",
        beside(held=(MUTE,), **AGAIN | {"after": held(None)}),
        "absent",
    ),
    ("one of two worked", beside(held=(held(), held(404)), **AGAIN), "absent"),
    (
        "replicas, by chance as if it waited",
        beside(TURNS, held=(held(404),), **AGAIN | {"again_held": held(404)}),
        "absent",
    ),
]
CUT: dict[str, Any] = {
    "stream": stream(0.31, End.COMPLETE, started_s=10.0),
    "again_stream": stream(0.31, End.COMPLETE, started_s=16.0),
    "again_held": held(started_s=16.3),
    "again_after": post(started_s=19.0),
}
ENDS = [
    ("sound", beside(), "absent"),
    ("twice at a POST", beside(**CUT), "present"),
    ("once", beside(**CUT | {"again_stream": None}), "suspected"),
    (
        "the second one went on",
        beside(**CUT | {"again_stream": stream(2.0)}),
        "suspected",
    ),
    (
        "once, and every stream does",
        beside(
            opened(stream(0.3, End.COMPLETE)),
            hold(stream(0.3, End.COMPLETE), stream(0.3, End.COMPLETE)),
            without=("reopen",),
            **CUT | {"again_stream": None},
        ),
        "absent",
    ),
    (
        "before any POST",
        beside(**CUT | {"stream": stream(0.1, End.COMPLETE, started_s=10.0)}),
        "absent",
    ),
    (
        "every stream does",
        beside(
            opened(stream(0.3, End.COMPLETE)),
            hold(stream(0.3, End.COMPLETE), stream(0.3, End.COMPLETE)),
            without=("reopen",),
            **CUT,
        ),
        "absent",
    ),
]
FULL = held(503, excerpt=HAPROXY, content_type="text/html", headers_s=3.0, ended_s=3.0)
FULL_AGAIN = FULL.model_copy(update={"started_s": 16.3})
OPEN: dict[str, Any] = {
    "held": (FULL,),
    "again_stream": stream(4.0, started_s=16.0),
    "again_held": FULL_AGAIN,
    "again_after": post(started_s=21.0),
}
# Long before any stream.
LONE_503 = ReplicasEvidence(asked=0, without_cookies=(post(503, started_s=-9.0),))
ALL_FULL: dict[str, Any] = {"other_session": FULL}
LIMIT = [
    ("sound", beside(), "absent"),
    ("503 beside it, twice", beside(**OPEN), "present"),
    ("503 once", beside(held=(FULL,)), "suspected"),
    (
        "503 a while longer",
        beside(**OPEN | {"after": held(503, started_s=14.6)}),
        "absent",
    ),
    ("no answer", beside(held=(MUTE,), **AGAIN), "absent"),
    ("each other one", beside(sequence(200, 503, 200, 503), **OPEN), "absent"),
    ("none beside, all else", beside(sequence(200, 200, 200), **OPEN), "present"),
    (
        "taken beside one, refused without",
        beside(LONE_503, **OPEN | {"held": (held(), FULL)}),
        "absent",
    ),
    ("none beside one, nor without", beside(LONE_503, **OPEN | ALL_FULL), "present"),
]


def crowded(*refused_s: float, taken_s: tuple[float, ...], control: bool) -> Case:
    """Return one stream from 40 s on, a second from 60 s, and POSTs at these moments.

    `control` is whether this machine's own stream is open meanwhile, too.
    """
    first, second = (stream(80.0 - at, started_s=at) for at in (40.0, 60.0))
    asked = [post(200, started_s=at) for at in taken_s]
    asked += [post(503, started_s=at) for at in refused_s]
    more: list[Evidence] = [
        HoldEvidence(watches=(Watch(stream=first), Watch(stream=second))),
        ReplicasEvidence(asked=len(asked), without_cookies=tuple(asked)),
    ]
    if control:
        more.append(ControlEvidence(stream=stream(41.0, started_s=39.0)))
    seen = beside(without=("open", "reopen", "hold"))
    return replace(seen, evidence=(*seen.evidence, *more))


BESIDE_ONE = (45.0, 47.0, 49.0)


@pytest.mark.parametrize(
    ("refused_s", "taken_s", "status"),
    [
        pytest.param((62.0, 64.0, 66.0, 68.0), BESIDE_ONE, "present", id="divided"),
        pytest.param((62.0, 64.0), BESIDE_ONE, "suspected", id="two"),
        pytest.param((62.0,), BESIDE_ONE, "absent", id="one, perhaps by chance"),
        pytest.param((62.0, 64.0, 66.0, 68.0), (70.0,), "absent", id="not always"),
        pytest.param((46.0, 62.0, 64.0, 66.0), BESIDE_ONE, "absent", id="beside one"),
        pytest.param((), BESIDE_ONE, "absent", id="none refused"),
    ],
)
@pytest.mark.parametrize("control", [False, True])
def test_the_number_of_our_streams_tells_a_limit(
    refused_s: tuple[float, ...],
    taken_s: tuple[float, ...],
    status: str,
    *,
    control: bool,
) -> None:
    """The stream that this machine holds with itself takes no place of the server's."""
    seen = crowded(*refused_s, taken_s=taken_s, control=control)
    found = find("limit-counts-open-streams", seen)

    assert found.status == status, found.because
    told = "Beside 1 stream of ours everything was taken" in found.because
    assert told == (status != "absent")


SLOW_TO_NOTICE = [
    ("twice, and free between", (15.0,), "present"),
    ("once, for all that is known", (), "suspected"),
    ("free while the stream was open", (12.0, 15.0), "absent"),
]


@pytest.mark.parametrize(
    ("free_s", "status"),
    [pytest.param(free, st, id=words) for words, free, st in SLOW_TO_NOTICE],
)
def test_a_closed_stream_may_be_counted_for_a_while(
    free_s: tuple[float, ...], status: str
) -> None:
    """Where nobody notices a close at once, the times in which all is taken decide."""
    late = FULL.model_copy(update={"started_s": 13.4, "headers_s": 1.0})
    between = tuple(post(started_s=at) for at in free_s)
    other = FULL.model_copy(update={"label": "initialize", "session": "none"})
    seen = beside(
        other_session=other,
        **OPEN | {"held": (FULL, *between), "after": late, "again_after": None},
    )
    last = AfterwardsEvidence(initialize=initialize(started_s=25.0))
    found = find(
        "limit-counts-open-streams", replace(seen, evidence=(*seen.evidence, last))
    )

    assert found.status == status, found.because


OTHER = initialize(500, started_s=10.4)
ONE = [
    ("sound", beside(), "absent"),
    (
        "500, then 200 alone",
        beside(other_session=OTHER, other_alone=initialize()),
        "present",
    ),
    (
        "500, alone too",
        beside(other_session=OTHER, other_alone=initialize(500)),
        "absent",
    ),
    ("500, not asked again", beside(other_session=OTHER), "suspected"),
    (
        "503 as POST",
        beside(other_session=initialize(503), other_alone=initialize(), **OPEN),
        "absent",
    ),
    ("429", beside(other_session=initialize(429)), "unknown"),
    ("not asked", case(), "unknown"),
]
BUSY = refusal(409, "Conflict: Only one SSE stream is allowed per session")
NO_IDS = handshake(session_issued=False)
ALONE = case(
    NO_IDS,
    opened(stream(1.25, started_s=0.2)),
    hold(stream(8.0), BUSY.model_copy(update={"headers_s": 0.9})),
    without=("reopen",),
)
ALL = [
    ("sound", case(), "absent"),
    (
        "each GET is 409, no ids",
        case(
            NO_IDS,
            opened(BUSY),
            hold(BUSY, BUSY),
            reopen(reopening(first=BUSY), after_vanish=None),
        ),
        "present",
    ),
    ("409 beside one of ours, no ids", ALONE, "present"),
    (
        "each GET is 409, with ids",
        case(
            opened(BUSY),
            hold(BUSY, BUSY),
            reopen(reopening(first=BUSY), after_vanish=None),
        ),
        "suspected",
    ),
    (
        "409 while none of ours was open, no ids",
        case(
            NO_IDS,
            opened(BUSY.model_copy(update={"started_s": 50.0})),
            reopen(reopening(stream(0.3)), after_vanish=None),
        ),
        "suspected",
    ),
    ("no GET", case(without=("open", "hold", "reopen")), "unknown"),
]
ASKED = silence(5.0)
SILENT = SilenceEvidence(
    fell_silent_after="GET (main)", fell_silent_s=0.7, asked_again=(ASKED,)
)


def silent(seen: SilenceEvidence, **facts: Any) -> Case:
    sound = beside(**facts)
    return replace(sound, evidence=(*sound.evidence, seen))


MUTED = [
    ("sound", case(), "absent"),
    ("silent", silent(SILENT), "present"),
    ("it answered again", silent(SilenceEvidence(asked_again=(post(),))), "absent"),
    ("our own streams kept the lock", silent(SILENT, held=(MUTE,), **AGAIN), "absent"),
]
NOBODY = initialize(None, failure=Failure.REFUSED, headers_s=None, end=None)


def gone(*at_s: float, back_s: float | None = None, looked: bool = True) -> Case:
    """Return refused connections at these moments, and one look at the end."""
    tries = [NOBODY.model_copy(update={"started_s": at}) for at in at_s]
    last = initialize(started_s=back_s) if back_s is not None else tries[-1]
    found = AfterwardsEvidence(initialize=last, waited_for=tuple(tries))
    sound = case()
    return replace(sound, evidence=(*sound.evidence, found)) if looked else sound


def dropped(*at_s: float, lived_s: float = 8.9, back_s: float | None = None) -> Case:
    """Return connections that end before a byte at these moments, and one stream."""
    closed: dict[str, Any] = {
        "failure": Failure.CLOSED,
        "status": None,
        "headers_s": None,
        "end": None,
    }
    tries = [initialize(**closed, started_s=at) for at in at_s]
    last = initialize(started_s=back_s) if back_s is not None else tries[-1]
    found = AfterwardsEvidence(initialize=last, waited_for=tuple(tries))
    seen = case(opened(stream(lived_s, End.TRUNCATED)), without=("reopen", "hold"))
    return replace(seen, evidence=(*seen.evidence, found))


GONE = [
    ("sound", case(), "absent"),
    ("for ever", gone(10.0, 11.0, 12.5), "present"),
    ("it came back", gone(10.0, 11.0, back_s=12.5), "absent"),
    ("behind what ends TLS", dropped(9.0, 10.0, 12.5), "present"),
    ("shut out, and the stream stays", dropped(5.0, 6.0, 7.5), "absent"),
    ("shut out long after the stream", dropped(15.0, 16.0, 17.5), "absent"),
    ("dropped, and it came back", dropped(9.0, 10.0, back_s=12.5), "absent"),
    ("dropped once", dropped(9.0), "absent"),
]
ROWS = {
    "posts-wait-for-stream": WAITS,
    "post-ends-stream": ENDS,
    "limit-counts-open-streams": LIMIT,
    "one-session-only": ONE,
    "one-transport-for-all": ALL,
    "server-fell-silent": MUTED,
    "server-gone-meanwhile": GONE,
}


@pytest.mark.parametrize(
    ("cause", "seen", "status"),
    [
        pytest.param(cause, seen, status, id=f"{cause}: {words}")
        for cause, rows in ROWS.items()
        for words, seen, status in rows
    ],
)
def test_cause_beside_a_stream(cause: str, seen: Case, status: str) -> None:
    """Each row differs from its neighbour in one fact."""
    finding = find(cause, seen)

    assert finding.status == status, finding.because


def test_the_limiter_owns_the_limit() -> None:
    """A page of a hop is the hop's; without one the server may be meant as well."""
    by_hop = find("limit-counts-open-streams", beside(**OPEN))
    plain = FULL.model_copy(update={"excerpt": "busy"})
    again = plain.model_copy(update={"started_s": 16.3})
    by_none = find(
        "limit-counts-open-streams",
        beside(**OPEN | {"held": (plain,), "again_held": again}),
    )

    assert by_hop.owner == "proxy"
    assert by_none.owner == "server or a hop before it"
    assert "3.0 s" in by_hop.because


def test_a_limit_is_no_window_of_a_deploy() -> None:
    """Requests that wait in vain, each for the same time, are nobody's absence."""
    waits = tuple(FULL.model_copy(update={"started_s": at}) for at in (2.0, 4.0, 6.0))
    seen = beside(**OPEN | {"held": waits})

    assert find("deploy-window-5xx", seen).status == "absent"


def test_a_dead_stream_is_not_one_that_the_server_counts() -> None:
    assert find("stateless-200-dead-stream", ALONE).status == "absent"
    assert find("stateless-200-dead-stream", case(NO_IDS)).status == "present"


LENGTHS = (("Content-Length", "10"), ("content-length", "12"))
SAME = (("Content-Length", "10"), ("content-length", "10"))


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        pytest.param(
            {"framing": "both", "header_list": LENGTHS[:1]}, "present", id="both"
        ),
        pytest.param(
            {"framing": "length", "header_list": LENGTHS}, "present", id="two"
        ),
        pytest.param(
            {"framing": "length", "header_list": SAME}, "absent", id="repeated"
        ),
        pytest.param(
            {"framing": "length", "header_list": (("Content-Length", "10, 12"),)},
            "present",
            id="a list of two",
        ),
        pytest.param({"framing": "chunked"}, "absent", id="chunks alone"),
        pytest.param({}, "unknown", id="no raw head"),
    ],
)
def test_two_framings(facts: dict[str, Any], status: str) -> None:
    seen = case(handshake(initialize=initialize(**facts)))

    assert find("two-framings", seen).status == status


MISFRAMED: dict[str, Any] = {
    "content_type": "text/event-stream",
    "replied": False,
    "events": 1,
    "bad_events": 1,
    "bad_event": 'event: message\n{"result": {}}',
}


@pytest.mark.parametrize(
    ("facts", "status", "impact"),
    [
        pytest.param({"issued_session": True}, "present", "fatal", id="a session id"),
        pytest.param({}, "unknown", "degraded", id="nothing that speaks MCP"),
        pytest.param(
            {"issued_session": True, "bad_event": "hello"},
            "present",
            "fatal",
            id="a word",
        ),
    ],
)
def test_an_answer_without_a_message(
    facts: dict[str, Any], status: str, impact: str
) -> None:
    """Where `initialize` is answered by events that are no message, nothing works."""
    first = initialize(**(MISFRAMED | facts))
    seen = case(
        handshake(initialize=first, revision="", session_issued=False, post=None),
        without=("open", "hold", "reopen"),
    )
    found = find("bad-sse-bytes", seen)

    assert (found.status, found.impact) == (status, impact)
    assert (str(facts.get("bad_event", "data: event: message")) in found.because) or (
        status == "unknown"
    )


def test_text_of_node_is_no_browsers() -> None:
    """Only Node prints the codes of its parser, and it sends no preflight."""
    error = "TypeError: fetch failed\n  code: 'HPE_UNEXPECTED_CONTENT_LENGTH'"
    seen = case(intake=Intake(client="mcp-inspector", error=error))

    assert find("cors-preflight", seen).status != "present"


def one_by_one(*told: tuple[int, int]) -> Case:
    """Return POSTs beside so many streams, each with its status."""
    tries = tuple(
        RoomTry(streams=streams, post=post(status, started_s=20.0 + number))
        for number, (streams, status) in enumerate(told)
    )
    seen = AfterwardsEvidence(
        initialize=initialize(started_s=19.0), post=post(), room_tries=tries
    )
    return beside(seen)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (((1, 200), (2, 503), (1, 200), (2, 503), (1, 200)), "present"),
        (((2, 200), (3, 503), (2, 503), (2, 200), (3, 503), (2, 200)), "absent"),
        (((1, 200), (2, 503), (1, 200)), "absent"),
        (((1, 200), (2, 503), (1, 200), (2, 200), (1, 200)), "absent"),
        (((1, 200), (2, 503), (1, 200), (2, 503)), "absent"),
        (((1, 200), (2, 200), (3, 200)), "absent"),
    ],
)
def test_streams_are_counted_one_by_one(
    told: tuple[tuple[int, int], ...], status: str
) -> None:
    assert find("limit-counts-open-streams", one_by_one(*told)).status == status


def taken_over(*told: tuple[str, float, End]) -> Case:
    """Return streams that each began 0.75 s after the one before."""
    streams = [stream(s, end=end, opened_for=name) for name, s, end in told]
    return case(hold(*streams), without=("open", "reopen"))


CUT_OFF, STAYS = End.TRUNCATED, End.WATCHED
OTHERS = (("a", 0.75, CUT_OFF), ("b", 0.75, CUT_OFF), ("c", 0.75, CUT_OFF))


@pytest.mark.parametrize(
    ("told", "status"),
    [
        pytest.param((*OTHERS, ("d", 3.0, STAYS)), "present", id="by others"),
        pytest.param(
            (*OTHERS, ("d", 0.75, CUT_OFF), ("d", 3.0, STAYS)),
            "present",
            id="by others, once by its own",
        ),
        pytest.param(
            tuple(("a", 0.75, CUT_OFF) for _ in range(4)), "absent", id="by its own"
        ),
        pytest.param((*OTHERS, ("d", 0.75, CUT_OFF)), "absent", id="the last one, too"),
        pytest.param(
            (*OTHERS, ("d", 1.5, STAYS), ("e", 3.0, STAYS)), "absent", id="one outlives"
        ),
    ],
)
def test_a_stream_is_taken_over_by_another_session(
    told: tuple[tuple[str, float, End], ...], status: str
) -> None:
    seen = taken_over(*told)

    assert find("one-transport-for-all", seen).status == status
    flap = find("instant-close-flap", seen).status
    assert (flap == "absent") or status == "absent"
