"""Each kind of observation beside what looks like it and is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from causes.samples import (
    case,
    handshake,
    hold,
    initialize,
    opened,
    post,
    reach,
    refusal,
    refused_everywhere,
    reopen,
    reopening,
    silence,
    stream,
    tls,
)
from streamtriage.model import (
    ConcurrentEvidence,
    DelayEvidence,
    End,
    EraEvidence,
    Exchange,
    Failure,
    HoldEvidence,
    Kind,
    ListenEvidence,
    OpenEvidence,
    ResumeEvidence,
    SecondEvidence,
    Signature,
    SilenceEvidence,
    Weight,
)
from streamtriage.observations import observe
from streamtriage.observations.finder import FINDERS, finds

if TYPE_CHECKING:
    from streamtriage.model import Evidence, Observation
    from streamtriage.observations.case import Case


def beside(seen: Case, *more: Evidence) -> Case:
    """Return the case with evidence that the sound one has not."""
    return type(seen)(seen.intake, seen.signature, (*seen.evidence, *more))


def weights(seen: Case) -> dict[Kind, set[Weight]]:
    found: dict[Kind, set[Weight]] = {}
    for each in observe(seen):
        found.setdefault(each.kind, set()).add(each.weight)
    return found


def cut(lived_s: float, end: End = End.RESET, **more: Any) -> Exchange:
    return stream(lived_s, end, **more)


TIMED_OUT = post(None, failure=Failure.TIMED_OUT, ended_s=4.0, headers_s=None)
BOTH = (("Content-Length", "5"), ("Transfer-Encoding", "chunked"))
TWO_LENGTHS = (("Content-Length", "5"), ("content-length", "6"))
BURSTS = stream(10.0, bursts=2, burst_bytes=4096, longest_silence_s=4.0)
CODED = stream(10.0, body_bytes=10, pieces=1)
CHATTY = stream(10.0, pieces=4, body_bytes=60, headers_s=0.01, first_byte_s=0.02)
LATE = stream(8.0, headers_s=7.0, first_byte_s=7.0)
EARLY_HEAD = stream(8.0, headers_s=0.01, first_byte_s=7.0)

# A POST whose answer had not begun when its stream was ended politely, at 5.0 s.
EMPTY = post(
    replied=False,
    started_s=4.95,
    ended_s=0.05,
    content_type="text/event-stream",
    body_bytes=0,
)

# What was seen, the kind that it is, and the weights of that kind.
SEEN: dict[str, tuple[Case, Kind, set[Weight]]] = {
    "name not found": (
        case(
            reach(failure=Failure.DNS_NOT_FOUND, addresses=()),
            without=("era", "handshake", "open", "hold", "reopen"),
        ),
        Kind.NOT_REACHED,
        {Weight.BLOCKING},
    ),
    "certificate not trusted": (
        case(reach(tls=tls(trusted=False), failure=Failure.TLS_UNTRUSTED)),
        Kind.NOT_REACHED,
        {Weight.BLOCKING},
    ),
    "connection refused while it is asked": (
        case(hold(stream(), refusal(None, failure=Failure.REFUSED, end=None))),
        Kind.NOT_REACHED,
        {Weight.LOSING},
    ),
    "initialize refused": (
        case(handshake(initialize=initialize(500), revision="")),
        Kind.REFUSED,
        {Weight.BLOCKING},
    ),
    "POST refused": (case(opened(post=post(500))), Kind.REFUSED, {Weight.BLOCKING}),
    "GET refused": (
        refused_everywhere(refusal(404)),
        Kind.REFUSED,
        {Weight.LOSING},
    ),
    "GET answered by a page": (
        refused_everywhere(refusal(200, content_type="text/html")),
        Kind.REFUSED,
        {Weight.LOSING},
    ),
    "a stream that is withdrawn": (
        case(hold(stream(), refusal(405))),
        Kind.REFUSED,
        {Weight.LOSING},
    ),
    "reopening refused": (
        case(reopen(reopening(refusal(409), refusal(409), refusal(409)))),
        Kind.REFUSED,
        {Weight.LOSING},
    ),
    "notification answered 200": (
        case(handshake(initialized=post(200))),
        Kind.REFUSED,
        {Weight.LOSING},
    ),
    "notification answered 200 where no stream is offered": (
        case(
            handshake(initialized=post(200)),
            opened(refusal(405), again=refusal(405)),
            hold(refusal(405), refusal(405)),
            without=("reopen",),
        ),
        Kind.REFUSED,
        {Weight.ODD},
    ),
    "an ended session answered 400": (
        case(opened(ended_post=post(400, session="ended"))),
        Kind.REFUSED,
        {Weight.LATENT},
    ),
    "POST not answered": (
        case(opened(post=TIMED_OUT)),
        Kind.UNANSWERED,
        {Weight.BLOCKING},
    ),
    "POST not answered beside a stream": (
        beside(case(), ConcurrentEvidence(stream=stream(), held=(TIMED_OUT,))),
        Kind.UNANSWERED,
        {Weight.BLOCKING},
    ),
    "silent for good": (
        beside(
            case(),
            SilenceEvidence(
                fell_silent_after="GET", fell_silent_s=1.0, asked_again=(TIMED_OUT,)
            ),
        ),
        Kind.UNANSWERED,
        {Weight.BLOCKING},
    ),
    "no head": (case(hold(silence(), silence())), Kind.LATE_HEAD, {Weight.LOSING}),
    "a head with the first byte": (
        case(hold(LATE, LATE)),
        Kind.LATE_HEAD,
        {Weight.LOSING},
    ),
    "comments in bursts": (
        case(hold(BURSTS, BURSTS)),
        Kind.LATE_BODY,
        {Weight.LOSING},
    ),
    "a coder that is not flushed": (
        beside(
            case(hold(CHATTY, CHATTY)),
            DelayEvidence(compressed=CODED, content_encoding="gzip"),
        ),
        Kind.LATE_BODY,
        {Weight.LOSING},
    ),
    "a cut": (case(hold(cut(8.0), stream(9.0))), Kind.CUT, {Weight.LOSING}),
    "one polite end that came back": (
        case(hold(cut(8.0, End.COMPLETE), stream(9.0))),
        Kind.CUT,
        {Weight.ODD},
    ),
    "two polite ends": (
        case(hold(cut(8.0, End.COMPLETE), cut(8.0, End.COMPLETE))),
        Kind.CUT,
        {Weight.LOSING},
    ),
    "a stream that ends at once": (
        case(hold(cut(0.01, End.COMPLETE), stream(3.0))),
        Kind.FLAP,
        {Weight.LOSING},
    ),
    "two framings": (
        case(
            handshake(initialize=initialize(framing="both", header_list=BOTH)),
        ),
        Kind.MALFORMED,
        {Weight.BLOCKING},
    ),
    "two lengths": (
        case(opened(stream(1.25, header_list=TWO_LENGTHS))),
        Kind.MALFORMED,
        {Weight.LOSING},
    ),
    "no JSON-RPC reply": (
        case(opened(post=post(replied=False))),
        Kind.MALFORMED,
        {Weight.BLOCKING},
    ),
    "an answer that one stream of another age ends with": (
        case(opened(post=EMPTY), hold(cut(5.0, End.COMPLETE), stream(8.0))),
        Kind.MALFORMED,
        {Weight.BLOCKING},
    ),
    "an event that is no message": (
        case(hold(stream(bad_events=1, bad_event="hello"), stream())),
        Kind.MALFORMED,
        {Weight.LOSING},
    ),
    "a session that comes and goes": (
        case(handshake(initialized=post(404))),
        Kind.INCONSISTENT,
        {Weight.BLOCKING},
    ),
    "a stream from a cache": (
        case(hold(stream(headers={"x-cache": "HIT"}), stream())),
        Kind.ALTERED,
        {Weight.LOSING},
    ),
    "a resume that brings nothing": (
        beside(
            case(),
            ResumeEvidence(
                source="get",
                plain=stream(),
                resumed=(stream(0.01, End.COMPLETE, comments=0, body_bytes=0),),
            ),
        ),
        Kind.BROKEN_PROMISE,
        {Weight.LOSING},
    ),
    "a stream without anybody to write to": (
        case(handshake(session_issued=False)),
        Kind.BROKEN_PROMISE,
        {Weight.LOSING},
    ),
    "a second stream that is hidden": (
        beside(
            case(),
            SecondEvidence(
                first=stream(),
                beside=stream(0.01, End.COMPLETE),
                first_went_on=True,
                freed_s=2.0,
            ),
        ),
        Kind.BROKEN_PROMISE,
        {Weight.LATENT},
    ),
    "the pasted error, not seen": (
        case(signature=Signature(half="reopen", statuses=(502,))),
        Kind.TEXT_NOT_SEEN,
        {Weight.ODD},
    ),
}


@pytest.mark.parametrize("name", SEEN)
def test_what_a_sound_server_would_not_show_is_observed(name: str) -> None:
    seen, kind, expected = SEEN[name]

    assert weights(seen).get(kind) == expected, observe(seen)


# What looks like an observation, and the kind that it must not be.
NONE: dict[str, tuple[Case, Kind]] = {
    "an answer that was ended with streams of all ages": (
        case(opened(post=EMPTY), hold(cut(5.0, End.COMPLETE), cut(4.25, End.COMPLETE))),
        Kind.MALFORMED,
    ),
    "405 from the first GET on": (refused_everywhere(refusal(405)), Kind.REFUSED),
    "a made-up session refused": (
        case(opened(made_up_post=post(404, session="made-up"))),
        Kind.REFUSED,
    ),
    "a refused try at once after our own close": (
        case(reopen(reopening(refusal(409), stream(0.3)))),
        Kind.REFUSED,
    ),
    "a second GET refused beside an open stream": (
        beside(
            case(),
            SecondEvidence(
                first=stream(), beside=refusal(409), first_went_on=True, freed_s=0.5
            ),
        ),
        Kind.REFUSED,
    ),
    "discover unknown to an old server": (
        case(EraEvidence(discover=post(400, session="none"), modern=False)),
        Kind.REFUSED,
    ),
    "discover unknown to a server of two eras": (
        case(
            EraEvidence(
                discover=post(404, session="none", jsonrpc_code=-32601), modern=True
            )
        ),
        Kind.REFUSED,
    ),
    "DELETE not allowed": (
        case(opened(delete=post(405, method="DELETE"))),
        Kind.REFUSED,
    ),
    "listening not offered": (
        beside(case(), ListenEvidence(streams=(post(404, jsonrpc_code=-32601),))),
        Kind.REFUSED,
    ),
    "a silent stream": (
        case(hold(stream(30.0, comments=0, first_byte_s=None), stream(30.0))),
        Kind.LATE_HEAD,
    ),
    "a head long before the first byte": (
        case(hold(EARLY_HEAD, EARLY_HEAD)),
        Kind.LATE_HEAD,
    ),
    "a late head by itself, on a stream that we ended soon": (
        case(hold(*[stream(0.2, headers_s=6.0, first_byte_s=None)] * 2)),
        Kind.LATE_HEAD,
    ),
    "what this program itself was late by": (
        case(hold(LATE.model_copy(update={"late_s": 6.5}), stream())),
        Kind.LATE_HEAD,
    ),
    "a server that is slow at everything": (
        case(
            handshake(post=post(headers_s=6.0, started_s=0.1)),
            opened(stream(8.0), post=post(headers_s=6.0)),
            hold(LATE, LATE),
        ),
        Kind.LATE_HEAD,
    ),
    "polling": (
        case(
            hold(
                cut(2.0, End.COMPLETE, event_ids=1),
                cut(2.0, End.COMPLETE, retry_ms=3000),
            )
        ),
        Kind.CUT,
    ),
    "our own end": (case(hold(stream(3.0), stream(3.0))), Kind.CUT),
    "a coded stream that is flushed": (
        beside(
            case(hold(CHATTY, CHATTY)),
            DelayEvidence(
                compressed=stream(10.0, body_bytes=90, pieces=4),
                content_encoding="gzip",
            ),
        ),
        Kind.LATE_BODY,
    ),
    "a coded stream where nothing is written": (
        beside(
            case(hold(stream(10.0, pieces=0), stream(10.0, pieces=0))),
            DelayEvidence(compressed=CODED, content_encoding="gzip"),
        ),
        Kind.LATE_BODY,
    ),
    "repeated fields that are equal": (
        case(
            opened(
                stream(1.25, header_list=(("Vary", "a"), ("Vary", "b"), *BOTH[:1] * 2))
            )
        ),
        Kind.MALFORMED,
    ),
    "an `Age` that the wait explains": (
        case(hold(stream(headers={"age": "1"}), stream())),
        Kind.ALTERED,
    ),
    "a reopened stream that brings what was missed": (
        case(reopen(reopening(stream(0.01, End.COMPLETE, events=1)))),
        Kind.FLAP,
    ),
}


@pytest.mark.parametrize("name", NONE)
def test_what_a_sound_server_may_show_is_none(name: str) -> None:
    seen, kind = NONE[name]

    assert kind not in weights(seen), observe(seen)


def test_sound_server_shows_nothing() -> None:
    assert observe(case()) == ()


def test_what_followed_our_own_close_is_not_natural() -> None:
    """Both halves are told apart: what the server did, and what we brought about."""
    ours = case(reopen(reopening(refusal(409), refusal(409), refusal(409))))
    theirs = case(
        hold(
            cut(5.0),
            stream(6.0),
            reopenings=[
                reopening(
                    refusal(409),
                    refusal(409),
                    moments=(1.0, 2.5),
                    ended_by="server",
                    first=cut(5.0),
                )
            ],
        )
    )

    assert {o.natural for o in observe(ours) if o.kind is Kind.REFUSED} == {False}
    assert {o.natural for o in observe(theirs) if o.kind is Kind.REFUSED} == {True}


def test_silence_includes_the_wait_for_the_head() -> None:
    """A head that was held until the cut hides no stream that ended at once."""
    late = cut(0.01, headers_s=8.0, first_byte_s=8.0, ended_s=8.01, sent_s=0.5)
    (seen,) = [o for o in observe(case(hold(late, stream()))) if o.kind is Kind.CUT]

    assert seen.after_s == pytest.approx(7.51)
    assert Kind.FLAP not in weights(case(hold(late, stream())))


def test_every_observation_has_an_id_of_its_own() -> None:
    seen: list[Observation] = list(observe(refused_everywhere(refusal(404))))

    assert len({each.id for each in seen}) == len(seen)
    assert all(each.label and each.probe for each in seen)


def test_every_kind_has_one_finder_and_a_second_is_an_error() -> None:
    assert set(FINDERS) == set(Kind)
    with pytest.raises(ValueError, match="Two functions"):
        finds(Kind.CUT)(lambda _case: ())


def test_evidence_that_is_missing_is_no_observation() -> None:
    """What was not asked is unknown, never something that was seen."""
    nothing = case(without=("reach", "era", "handshake", "open", "hold", "reopen"))

    assert observe(nothing) == ()
    assert observe(beside(nothing, HoldEvidence(), OpenEvidence())) == ()
