"""How streams open, live and open again: the smallest change flips the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from causes.samples import (
    case,
    find,
    handshake,
    hold,
    opened,
    post,
    refusal,
    refused_everywhere,
    reopen,
    reopening,
    silence,
    stream,
)
from streamtriage.causes import judge
from streamtriage.model import (
    Attempt,
    End,
    Exchange,
    Failure,
    Finding,
    ListenEvidence,
    Reopening,
    SecondEvidence,
)

if TYPE_CHECKING:
    from streamtriage.causes import Case
    from streamtriage.model import Evidence


def brief(lived_s: float = 0.002, end: End = End.COMPLETE, **more: Any) -> Exchange:
    return stream(lived_s, end, **more)


def streams(*seen: Exchange) -> Case:
    """Return a case whose only GETs are a first one and two watches."""
    return case(opened(seen[0]), hold(*seen[1:]), without=("reopen",))


FLAP = [
    ("sound", case(), "absent"),
    ("all at once", streams(brief(), brief(), brief()), "present"),
    ("all by reset", streams(*[brief(end=End.RESET)] * 3), "present"),
    ("for 0.69 s", streams(*[brief(0.69)] * 3), "present"),
    ("for 0.71 s", streams(*[brief(0.71)] * 3), "absent"),
    ("heads that came late", streams(*[brief(headers_s=8.0)] * 3), "absent"),
    (
        "a way that is slow for all",
        case(
            handshake(post=post(headers_s=1.5)),
            opened(brief(headers_s=1.6)),
            hold(brief(headers_s=1.6), brief(headers_s=1.4)),
            without=("reopen",),
        ),
        "present",
    ),
    ("an event without an id", streams(*[brief(events=1)] * 3), "present"),
    ("an id", streams(*[brief(events=1, event_ids=1)] * 3), "absent"),
    ("retry", streams(*[brief(retry_ms=500)] * 3), "absent"),
    ("once", streams(brief(), stream(), stream()), "absent"),
    ("twice of three", streams(brief(), brief(), stream()), "suspected"),
    ("cut twice of three", streams(*[brief(end=End.RESET)] * 2, stream()), "absent"),
    ("our glance was too short", streams(brief(), brief(), stream(0.3)), "present"),
    ("our glances were too short", streams(*[stream(0.3)] * 3), "unknown"),
    ("no stream", refused_everywhere(refusal(405)), "unknown"),
    ("document", refused_everywhere(refusal(200, content_type="text/html")), "unknown"),
]
SLOW = post(headers_s=1.0)


def heads(*gets: Exchange, answered: Exchange | None = None) -> Case:
    """Return a case whose GETs had these heads, and whose POST took 5 ms."""
    first, *watched = gets
    return case(
        handshake(post=answered or post()),
        opened(first),
        hold(*watched) if watched else hold(first, first),
        without=("reopen",),
    )


def unheard(after_s: float) -> Exchange:
    """Return a GET whose connection was closed before a head came."""
    return silence(after_s, after_s).model_copy(update={"failure": Failure.CLOSED})


def held(wait_s: float, gap_s: float | None = 0.0, **more: Any) -> Exchange:
    """Return a stream whose head came late; `gap_s` later came the first byte."""
    byte = None if gap_s is None else wait_s + gap_s
    lived_s = more.pop("lived_s", 3.0)
    more = {"ended_s": wait_s + lived_s, "silent_s": lived_s} | more
    return stream(lived_s, headers_s=wait_s, first_byte_s=byte, **more)


T, R, C, W = End.TRUNCATED, End.RESET, End.COMPLETE, End.WATCHED
LIMITED = refusal(None, failure=Failure.NOT_SENT, headers_s=None, end=None)
HELD = [
    ("sound", case(), "absent"),
    ("no head", heads(silence(), silence(), silence()), "present"),
    ("no head for 1.9 s", heads(silence(patience_s=1.9)), "suspected"),
    ("no head for 2.1 s", heads(silence(patience_s=2.1)), "present"),
    ("no head, POST 1.0 s", heads(silence(), answered=SLOW), "present"),
    (
        "no head for 2.9 s, POST 1.0 s",
        heads(silence(patience_s=2.9), answered=SLOW),
        "suspected",
    ),
    (
        "no head for 3.1 s, POST 1.0 s",
        heads(silence(patience_s=3.1), answered=SLOW),
        "present",
    ),
    (
        "no head for 5.9 s, POST 2.0 s",
        heads(silence(patience_s=5.9), answered=post(headers_s=2.0)),
        "suspected",
    ),
    (
        "no head for 6.1 s, POST 2.0 s",
        heads(silence(patience_s=6.1), answered=post(headers_s=2.0)),
        "present",
    ),
    ("one head came at once", heads(silence(), stream(), silence()), "absent"),
    ("1.9 s, with a byte", heads(held(1.9)), "absent"),
    ("2.1 s, with a byte", heads(held(2.1)), "suspected"),
    ("2.1 s, no byte", heads(held(2.1, None)), "absent"),
    ("3.0 s, a byte 1.1 s later", heads(held(3.0, 1.1)), "absent"),
    ("3.0 s, dated 2.5 s before", heads(held(3.0, date_lag_s=2.9)), "present"),
    ("3.0 s, dated 1.9 s before", heads(held(3.0, date_lag_s=2.3)), "suspected"),
    (
        "3.0 s, clock 2.9 s off",
        heads(held(3.0, date_lag_s=3.3), answered=post(date_lag_s=2.9)),
        "suspected",
    ),
    ("15 s, comments each 15 s", heads(held(15.0, comment_interval_s=15.1)), "present"),
    (
        "15 s, comments each 11 s",
        heads(held(15.0, comment_interval_s=11.0)),
        "suspected",
    ),
    (
        "15 s, comments each 12.6 s",
        heads(held(15.0, comment_interval_s=12.6)),
        "present",
    ),
    (
        "15 s, comments each 12.4 s",
        heads(held(15.0, comment_interval_s=12.4)),
        "suspected",
    ),
    ("504 after 4 s, each time", heads(refusal(504, headers_s=4.0)), "present"),
    (
        "504 after 4 s and after 5 s",
        heads(*[refusal(504, headers_s=wait) for wait in (4.0, 4.0, 5.0)]),
        "absent",
    ),
    ("504 at once", heads(refusal(504)), "absent"),
    ("404 after 4 s", heads(refusal(404, headers_s=4.0)), "absent"),
    (
        "504 after 4 s, POST too",
        heads(refusal(504, headers_s=4.0), answered=post(headers_s=3.9)),
        "absent",
    ),
    ("cut after 6 s, each time", heads(*[unheard(6.0)] * 3), "present"),
    ("cut at once, each time", heads(*[unheard(0.01)] * 3), "unknown"),
    (
        "8 s, and the cut with it",
        heads(*[held(8.0, end=T, lived_s=0.01)] * 3),
        "present",
    ),
    (
        "8 s, and the end with it",
        heads(*[held(8.0, end=C, lived_s=0.01)] * 3),
        "suspected",
    ),
    ("refused at once", refused_everywhere(refusal(404)), "absent"),
    ("held back by us after a 429", heads(LIMITED), "unknown"),
    (
        "closed without an answer",
        heads(refusal(None, failure=Failure.CLOSED, end=None)),
        "unknown",
    ),
    ("no POST timed", case(handshake(post=None)), "unknown"),
]
NO_SESSION = handshake(session_issued=False)
DEAD = [
    ("sound", case(), "absent"),
    ("no session", case(NO_SESSION), "present"),
    (
        "no session, an event",
        case(NO_SESSION, hold(stream(events=1), stream())),
        "absent",
    ),
    (
        "no session, 405",
        case(NO_SESSION, opened(refusal(405)), without=("hold", "reopen")),
        "absent",
    ),
    (
        "no session, streams end at once",
        case(NO_SESSION, opened(brief()), hold(brief(), brief()), without=("reopen",)),
        "absent",
    ),
    ("never greeted", case(handshake(revision="")), "unknown"),
]


def ages(*seen: tuple[float, float, End], **more: Any) -> Case:
    """Return two watches that lived so long and were silent for so long at the end."""
    return case(
        hold(*(stream(life, end, silent_s=quiet, **more) for life, quiet, end in seen))
    )


def listening(
    *lived: float, end: End = End.TRUNCATED, silent_s: float = 0.4, get: int = 200
) -> Case:
    """Return streams of `subscriptions/listen` beside GETs that live on."""
    beside = stream(8.0, silent_s=silent_s, comments=20, longest_silence_s=0.5)
    sound = case(hold(beside, beside) if get == 200 else hold(*[refusal(get)] * 2))
    streams = tuple(
        stream(age, end, label=f"subscriptions/listen {n}", started_s=1.0 + 3.0 * n)
        for n, age in enumerate(lived)
    )
    found = ListenEvidence(streams=streams)
    return replace(sound, evidence=(*sound.evidence, found))


IDLE = [
    (
        "heads that came with the cut",
        case(hold(*[held(8.0, end=T, lived_s=0.01)] * 2)),
        "present",
    ),
    ("sound", case(), "absent"),
    ("both at 1.5 s", ages((1.5, 1.5, T), (1.5, 1.5, T)), "present"),
    ("by reset", ages((1.5, 1.5, R), (1.5, 1.5, R)), "present"),
    ("two, 0.04 s apart", ages((1.5, 1.5, T), (1.54, 1.54, T)), "present"),
    ("two, 0.06 s apart", ages((1.5, 1.5, T), (1.56, 1.56, T)), "suspected"),
    ("two, 0.2 s apart", ages((1.5, 1.5, T), (1.7, 1.7, T)), "absent"),
    ("three, one of 2.1 s", ages(*[(1.5, 1.5, T)] * 2, (2.1, 2.1, T)), "absent"),
    ("three, one lived on", ages(*[(1.5, 1.5, T)] * 2, (3.0, 3.0, W)), "absent"),
    ("three alike", ages((8.0, 8.0, T), (8.1, 8.1, T), (8.2, 8.2, T)), "present"),
    ("60 and 60.18 s", ages((60.0, 60.0, T), (60.18, 60.18, T)), "present"),
    ("one moment after minutes", ages((60.0, 60.0, T), (59.25, 59.25, T)), "absent"),
    ("one moment, two ages", ages((2.0, 2.0, T), (1.25, 1.25, T)), "absent"),
    ("0.6 s", ages((0.6, 0.6, T), (0.6, 0.6, T)), "absent"),
    ("0.9 s", ages((0.9, 0.9, T), (0.9, 0.9, T)), "present"),
    ("1.1 s", ages((1.1, 1.1, T), (1.1, 1.1, T)), "present"),
    (
        "keep-alives travelled",
        ages((2.0, 0.2, T), (2.0, 0.2, T), longest_silence_s=0.3),
        "absent",
    ),
    (
        "no longer than before",
        ages((9.0, 3.2, T), (9.0, 3.2, T), longest_silence_s=3.0),
        "absent",
    ),
    (
        "longer than before",
        ages((9.0, 3.4, T), (9.0, 3.4, T), longest_silence_s=3.0),
        "present",
    ),
    (
        "polite, after bytes",
        ages((5.0, 2.0, C), (5.0, 2.0, C), longest_silence_s=1.0),
        "present",
    ),
    ("polite, silent from the start", ages((2.0, 2.0, C), (2.0, 2.0, C)), "suspected"),
    ("polite, with retry", ages((2.0, 2.0, C), (2.0, 2.0, C), retry_ms=500), "absent"),
    ("one cut, one lived longer", ages((2.0, 2.0, T), (5.0, 5.0, W)), "absent"),
    ("one cut, one watched less", ages((2.0, 2.0, T), (1.5, 1.5, W)), "suspected"),
    (
        "one cut after bytes",
        ages((2.0, 0.2, T), (1.5, 1.5, W), longest_silence_s=0.3),
        "absent",
    ),
    ("no stream", case(hold(refusal(405), refusal(405))), "unknown"),
    ("two while listening", listening(2.0, 2.02), "present"),
    ("one while listening", listening(2.0), "absent"),
    ("two ages while listening", listening(2.0, 3.0), "absent"),
    ("politely while listening", listening(2.0, 2.02, end=C), "absent"),
    ("a GET was silent for longer", listening(2.0, 2.02, silent_s=2.5), "absent"),
    ("listening alone", listening(2.0, 2.02, get=405), "present"),
    ("not watched", case(without=("hold",)), "unknown"),
]
BUSY = refusal(409, "Conflict: Only one SSE stream is allowed per session")


def again(
    *tries: Exchange, posts: tuple[Exchange, ...] = (post(),), **more: Any
) -> Case:
    """Return what followed a cut, or an end of our own where `more` says so."""
    given = {"ended_by": "server"} | more
    return case(reopen(reopening(*tries, posts=posts, **given)))


def kept(last_s: float) -> SecondEvidence:
    """Return a place that was refused until then, after our own stream vanished."""
    tries = tuple(Attempt(after_s=at, get=BUSY) for at in (0.0, 1.0, last_s))
    return SecondEvidence(first=stream(), beside=BUSY, tries=tries)


def ours(last_s: float = 2.5, *more: Evidence) -> Case:
    """Return a conflict that followed ends of our own only."""
    seen = reopen(reopening(BUSY, BUSY, BUSY, posts=(post(),)))
    sound = case(seen, *more)
    return replace(sound, evidence=(*sound.evidence, kept(last_s)))


CUT = stream(8.0, End.TRUNCATED)
FREED = reopening(stream(0.3), moments=(1.0,), ended_by="server", first=CUT)
HALF_OPEN = [
    ("after our own close, for 2.5 s", ours(), "suspected"),
    ("after our own close, for 2.9 s", ours(2.9), "suspected"),
    ("after our own close, for 5 s", ours(5.0), "present"),
    (
        "a cut frees the place",
        ours(5.0, hold(CUT, CUT, reopenings=(FREED, FREED))),
        "suspected",
    ),
    (
        "no session ids",
        case(
            handshake(session_issued=False),
            reopen(reopening(BUSY, BUSY, BUSY, posts=(post(),), ended_by="server")),
        ),
        "suspected",
    ),
    ("sound", case(), "absent"),
    ("409 for ever", again(BUSY, BUSY, BUSY), "present"),
    ("409 at once only", again(BUSY, stream(0.3)), "absent"),
    ("409 at +1 s", again(BUSY, BUSY, stream(0.3), posts=()), "present"),
    ("404 for ever", again(*[refusal(404)] * 3), "absent"),
    (
        "400 already exists",
        again(*[refusal(400, "session already exists")] * 3),
        "absent",
    ),
    ("400 for life", again(*[refusal(400, "multiple GET requests")] * 3), "absent"),
    ("POST refused too", again(BUSY, BUSY, BUSY, posts=(post(409),)), "suspected"),
    ("never had a stream", again(BUSY, BUSY, first=BUSY), "absent"),
    (
        "first GETs of others too",
        case(
            reopen(reopening(BUSY, BUSY, BUSY, posts=(post(),))), hold(BUSY, stream())
        ),
        "suspected",
    ),
    ("nothing reopened", case(without=("reopen",)), "unknown"),
]
ROWS = {
    "instant-close-flap": FLAP,
    "headers-never-flushed": HELD,
    "stateless-200-dead-stream": DEAD,
    "lb-idle-60s": IDLE,
    "half-open-stream-409": HALF_OPEN,
}


@pytest.mark.parametrize(
    ("cause", "seen", "status"),
    [
        pytest.param(cause, seen, status, id=f"{cause}: {words}")
        for cause, rows in ROWS.items()
        for words, seen, status in rows
    ],
)
def test_stream_cause_follows_the_evidence(cause: str, seen: Case, status: str) -> None:
    """Each row differs from its neighbour in one fact."""
    finding = find(cause, seen)

    assert finding.status == status, finding.because


EITHER = "server or a hop before it"
BY_NGINX: dict[str, Any] = {"headers": {"server": "nginx"}}
ALIKE = ((60.0, 60.0, T), (60.1, 60.1, T))
ONE_CUT = ((60.0, 60.0, T), (50.0, 50.0, W))


@pytest.mark.parametrize(
    ("cause", "seen", "owner"),
    [
        pytest.param("lb-idle-60s", ages(*ALIKE), EITHER, id="idle, no trace"),
        pytest.param("lb-idle-60s", ages(*ALIKE, **BY_NGINX), "proxy", id="by nginx"),
        pytest.param("lb-idle-60s", ages(*ONE_CUT), EITHER, id="once, no trace"),
        pytest.param("headers-never-flushed", heads(silence()), EITHER, id="held"),
        pytest.param(
            "headers-never-flushed",
            heads(silence(), answered=post(**BY_NGINX)),
            "proxy",
            id="held, nginx",
        ),
    ],
)
def test_server_is_an_owner_too_where_no_hop_is_seen(
    cause: str, seen: Case, owner: str
) -> None:
    """Without a trace of a hop, the words and the first change name the server too."""
    found = find(cause, seen)

    assert found.owner == owner, found.because
    assert found.fixes[0].where.startswith("the server")
    if found.status == "present":
        assert ("the server's own doing" in found.because) is (owner == EITHER)


BEHIND = {
    "lb-idle-60s": (hold(CUT, CUT, CUT),),
    "headers-never-flushed": (opened(silence()), hold(silence(), silence())),
}


@pytest.mark.parametrize("name", BEHIND)
def test_recognised_hop_is_changed_first(name: str) -> None:
    """The change of the product that was seen stands before those of the server."""
    by_nginx = handshake(post=post(**BY_NGINX))
    seen = judge(case(by_nginx, *BEHIND[name], without=("reopen",)))
    found: dict[str, Finding] = {each.cause: each for each in seen.findings}

    assert found[name].status in ("present", "suspected"), found[name].because
    assert found[name].fixes[0].where.startswith("nginx")


def test_idle_limit_names_its_suspects() -> None:
    """The length of a limit and the headers on the way name who may have set it."""
    by_header = {"headers": {"server": "awselb/2.0"}}
    because = find(
        "lb-idle-60s", ages((60.0, 60.0, T), (60.1, 60.1, T), **by_header)
    ).because

    assert "Known for this limit: nginx" in because
    assert "The headers show AWS ALB" in because


@pytest.mark.parametrize(("life_s", "told"), [(2.0, True), (4.0, False)])
def test_whole_life_limit_is_not_excluded(life_s: float, told: bool) -> None:  # noqa: FBT001
    """Only bytes in between tell an idle limit from one on the whole life."""
    seen = ages((life_s, 2.0, T), (life_s, 2.0, T))

    assert ("whole life" in find("lb-idle-60s", seen).because) is told


def test_recovered_conflict_is_cosmetic() -> None:
    """A client that gets its stream back at +2.5 s has lost nothing but a line."""
    recovered = find("half-open-stream-409", again(BUSY, BUSY, stream(0.3), posts=()))
    lost = find("half-open-stream-409", again(BUSY, BUSY, BUSY))

    assert (recovered.impact, lost.impact) == ("cosmetic", "degraded")


def test_unrecovered_conflict_is_told_first() -> None:
    """Of two sessions, the one that never got its stream back is described."""
    kind: Reopening = reopening(BUSY, BUSY, stream(0.3), ended_by="server")
    worst = reopening(BUSY, BUSY, BUSY, posts=(post(),), ended_by="server")
    finding = find("half-open-stream-409", case(reopen(kind, after_vanish=worst)))

    assert "+2.5 s" in finding.because
    assert finding.impact == "degraded"
