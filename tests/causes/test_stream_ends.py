"""Totals, HTTP/2 ends, drains, Cloudflare and outages, each beside its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from streamtriage.causes import CAUSES, Case
from streamtriage.causes.stream_ages import agreement
from streamtriage.model import (
    Attempt,
    End,
    Exchange,
    Failure,
    HoldEvidence,
    Intake,
    LifetimeEvidence,
    OpenEvidence,
    Reopening,
    Signature,
    Watch,
)

CLOUDFLARE = {"cf-ray": "8f-FRA", "server": "cloudflare"}


def status(cause: str, *evidence: Any) -> str:
    case = Case(intake=Intake(), signature=Signature(), evidence=evidence)
    return str(next(c for c in CAUSES if c.id == cause).find(case).status)


def stream(lived_s: float = 30.0, started_s: float = 0.0, **facts: Any) -> Exchange:
    """Return a busy stream that its platform ended cleanly."""
    normal: dict[str, Any] = {
        "status": 200,
        "content_type": "text/event-stream",
        "http_version": "HTTP/1.1",
        "headers_s": 0.0,
        "ended_s": lived_s,
        "comments": 10,
        "pieces": 10,
        "body_bytes": 100,
        "silent_s": 1.0,
        "longest_silence_s": 3.0,
        "end": End.COMPLETE,
    }
    return Exchange(
        label="GET",
        method="GET",
        session="live",
        started_s=started_s,
        lived_s=lived_s,
        **(normal | facts),
    )


SILENT: dict[str, Any] = {
    "comments": 0,
    "pieces": 0,
    "body_bytes": 0,
    "silent_s": 30.0,
    "longest_silence_s": 0.0,
}


def again(stream: Exchange, *answers: Exchange, first_s: float = 1.0) -> Reopening:
    tries = tuple(
        Attempt(after_s=after_s, get=get)
        for after_s, get in zip((first_s, 2.5), answers, strict=False)
    )
    return Reopening(ended_by="server", first=stream, attempts=tries)


def hold(*streams: Exchange) -> HoldEvidence:
    opened = [again(each, stream(0.3)) for each in streams]
    watches = [
        Watch(stream=s, reopening=r) for s, r in zip(streams, opened, strict=True)
    ]
    return HoldEvidence(watches=tuple(watches))


def pair(second_age_s: float = 30.0, **facts: Any) -> HoldEvidence:
    first = stream(30.0, 0.0, **facts)
    return hold(first, stream(second_age_s, 3.0, **facts))


def three(second_age_s: float, third_age_s: float, **facts: Any) -> HoldEvidence:
    """Return three watches; the third one began between the others."""
    return hold(
        stream(30.0, 0.0, **facts),
        stream(second_age_s, 3.0, **facts),
        stream(third_age_s, 1.5, **facts),
    )


def late_one(second_s: float, third_s: float, late_s: float) -> HoldEvidence:
    """Return three watches; this program read the end of the third one late."""
    return hold(
        stream(30.0, 0.0),
        stream(second_s, 3.0),
        stream(third_s, 1.5, end_late_s=late_s),
    )


TOTAL = "platform-max-request-300s"


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param(pair(), "present", id="busy, one age"),
        pytest.param(pair(30.29), "present", id="two, just within 1 %"),
        pytest.param(pair(30.31), "suspected", id="two that are only near"),
        pytest.param(pair(31.1), "absent", id="two that are not even near"),
        pytest.param(three(30.3, 30.9), "present", id="three, near each other"),
        pytest.param(three(30.3, 31.1), "absent", id="three, one of another age"),
        pytest.param(three(30.0, 12.0), "absent", id="two alike and another age"),
        pytest.param(
            late_one(30.1, 31.9, 2.0), "present", id="two alike, one that we read late"
        ),
        pytest.param(
            late_one(30.1, 31.9, 1.0), "unknown", id="one later than we were late"
        ),
        pytest.param(late_one(30.9, 31.9, 2.0), "unknown", id="the others not alike"),
        pytest.param(three(30.0, 28.5), "absent", id="two alike, all at one moment"),
        pytest.param(
            hold(stream(30.0), stream(30.0, 0.02)), "unknown", id="begun together"
        ),
        pytest.param(pair(27.0), "absent", id="one moment, not one age"),
        pytest.param(pair(end=End.RESET), "present", id="cut hard, still busy"),
        pytest.param(pair(end=End.WATCHED), "absent", id="our own patience"),
        pytest.param(pair(silent_s=3.2), "present", id="silence no longer than jitter"),
        pytest.param(pair(silent_s=3.4), "absent", id="the longest silence of all"),
        pytest.param(pair(**SILENT), "unknown", id="never a byte"),
        pytest.param(pair(retry_ms=500), "absent", id="polling"),
        pytest.param(pair(event_ids=1), "absent", id="polling by ids"),
        pytest.param(
            pair(retry_ms=500, end=End.RESET), "present", id="no polling: it was cut"
        ),
        pytest.param(pair(end=End.STREAM_RESET), "absent", id="HTTP/2 has its own"),
        pytest.param(hold(stream()), "unknown", id="one stream alone"),
    ],
)
def test_total_limit(evidence: HoldEvidence, expected: str) -> None:
    assert status(TOTAL, evidence) == expected


@pytest.mark.parametrize(
    ("second_age_s", "apart_s", "expected"),
    [
        pytest.param(300.9, 3.0, "present", id="off by a small part of the stagger"),
        pytest.param(301.1, 3.0, "suspected", id="off by more"),
        pytest.param(297.0, 3.0, "absent", id="a restart: one moment"),
        pytest.param(302.9, 15.0, "present", id="within 1 %"),
        pytest.param(303.1, 15.0, "suspected", id="beyond 1 %"),
        pytest.param(306.2, 15.0, "absent", id="beyond one part in fifty"),
        pytest.param(285.0, 15.0, "absent", id="a restart, started farther apart"),
    ],
)
def test_a_restart_after_minutes_is_no_limit(
    second_age_s: float, apart_s: float, expected: str
) -> None:
    """Long timers are off by more, but never by the distance between the starts."""
    streams = hold(stream(300.0, 0.0), stream(second_age_s, apart_s))

    assert status(TOTAL, streams) == expected


@pytest.mark.parametrize(
    ("second_age_s", "late", "expected"),
    [
        pytest.param(31.2, {"end_late_s": 1.0}, "unknown", id="late at the end"),
        pytest.param(31.2, {"late_s": 1.0}, "unknown", id="late at the head"),
        pytest.param(32.4, {"end_late_s": 0.3}, "absent", id="by more than that"),
        pytest.param(30.7, {"end_late_s": 0.5}, "present", id="late, and alike"),
        pytest.param(27.0, {"end_late_s": 0.5}, "absent", id="one moment"),
    ],
)
@pytest.mark.parametrize("cause", [TOTAL, "lb-idle-60s"])
def test_a_difference_that_may_be_ours_excludes_nothing(
    second_age_s: float, late: dict[str, float], expected: str, cause: str
) -> None:
    """Where this machine was busy, ages that differ a little are no two ages."""
    silent = SILENT | {"end": End.TRUNCATED} if cause == "lb-idle-60s" else {}
    ages = {"silent_s": second_age_s} if silent else {}
    first = stream(30.0, 0.0, **silent)
    second = stream(second_age_s, 3.0, **(silent | late | ages))

    assert status(cause, hold(first, second)) == expected


@pytest.mark.parametrize(
    ("age_s", "is_limit"), [(0.69, False), (0.71, True), (0.99, True), (1.01, True)]
)
def test_total_limit_is_not_a_flap(age_s: float, *, is_limit: bool) -> None:
    """The border lies at no round number, so a timer of 1 s has one verdict."""
    streams = hold(stream(age_s, 0.0), stream(age_s, 3.0))

    assert status(TOTAL, streams) == ("present" if is_limit else "absent")
    flap = status("instant-close-flap", streams)
    assert flap == ("absent" if is_limit else "present")


def noisy(lived_s: float, **facts: Any) -> LifetimeEvidence:
    seen = stream(lived_s, 0.1, **({"events": 10, "comments": 0} | facts))
    return LifetimeEvidence(noisy=seen, provoked=True, noises=10)


@pytest.mark.parametrize(
    ("third", "total", "idle"),
    [
        pytest.param(noisy(30.2), "present", "absent", id="noise did not help"),
        pytest.param(noisy(60.0), "absent", "present", id="noise kept it open"),
        pytest.param(noisy(15.0), "unknown", "present", id="ended for itself"),
        pytest.param(
            noisy(30.2, silent_s=29.0), "unknown", "present", id="not that noisy"
        ),
        pytest.param(
            LifetimeEvidence(provoked=False), "unknown", "present", id="no noise"
        ),
    ],
)
def test_noise_tells_age_from_silence(
    third: LifetimeEvidence, total: str, idle: str
) -> None:
    silent = pair(**SILENT, end=End.TRUNCATED)

    assert status(TOTAL, silent, third) == total
    assert status("lb-idle-60s", silent, third) == idle


H2: dict[str, Any] = {"http_version": "HTTP/2", "end": End.STREAM_RESET}


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param(pair(**H2), "present", id="RST_STREAM at one age"),
        pytest.param(pair(**H2 | {"end": End.GOAWAY}), "present", id="GOAWAY"),
        pytest.param(pair(20.0, **H2), "suspected", id="at two ages"),
        pytest.param(pair(**H2 | SILENT), "suspected", id="never a byte"),
        pytest.param(pair(**H2, silent_s=9.0), "absent", id="after long silence"),
        pytest.param(pair(**H2 | {"end": End.COMPLETE}), "absent", id="END_STREAM"),
        pytest.param(pair(end=End.RESET), "absent", id="RST of TCP"),
    ],
)
def test_http2_age_limit(evidence: HoldEvidence, expected: str) -> None:
    assert status("h2-stream-reset", evidence) == expected


def refused_again() -> HoldEvidence:
    streams = stream(30.0, 0.0), stream(27.0, 3.0)
    gone = Exchange(label="GET", method="GET", session="live", status=404)
    return HoldEvidence(
        watches=tuple(Watch(stream=s, reopening=again(s, gone)) for s in streams)
    )


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param(pair(27.0), "present", id="one moment, politely"),
        pytest.param(pair(27.2), "present", id="nearly one moment"),
        pytest.param(pair(27.9), "absent", id="moments that differ"),
        pytest.param(three(27.0, 28.5), "present", id="three at one moment"),
        pytest.param(three(40.0, 28.5), "absent", id="one of three lived on"),
        pytest.param(
            hold(stream(2.0), stream(0.4, 1.6)), "present", id="one was hardly open"
        ),
        pytest.param(pair(28.1), "absent", id="neither moment nor age"),
        pytest.param(pair(30.0), "absent", id="one age"),
        pytest.param(pair(27.0, end=End.RESET), "unknown", id="as a network break"),
        pytest.param(refused_again(), "absent", id="and then refused: a restart"),
    ],
)
def test_drain(evidence: HoldEvidence, expected: str) -> None:
    assert status("drain-at-deploy", evidence) == expected


def cut_at(silent_s: float, **headers: str) -> HoldEvidence:
    facts = SILENT | {"silent_s": silent_s, "end": End.TRUNCATED, "headers": headers}
    return hold(stream(silent_s, 0.0, **facts), stream(silent_s, 3.0, **facts))


@pytest.mark.parametrize(
    ("silent_s", "headers", "expected"),
    [
        (125.4, CLOUDFLARE, "present"),
        (98.1, CLOUDFLARE, "present"),
        (97.9, CLOUDFLARE, "absent"),
        (127.9, CLOUDFLARE, "present"),
        (128.1, CLOUDFLARE, "absent"),
        (60.0, CLOUDFLARE, "absent"),
        (125.4, {}, "suspected"),
    ],
)
def test_cloudflare_idle(
    silent_s: float, headers: dict[str, str], expected: str
) -> None:
    assert status("cloudflare-100-125s", cut_at(silent_s, **headers)) == expected


@pytest.mark.parametrize(
    ("code", "headers", "expected"),
    [(524, CLOUDFLARE, "present"), (524, {}, "absent"), (522, CLOUDFLARE, "absent")],
)
def test_cloudflare_524(code: int, headers: dict[str, str], expected: str) -> None:
    get = Exchange(
        label="GET", method="GET", session="live", status=code, headers=headers
    )

    assert status("cloudflare-100-125s", OpenEvidence(live=get)) == expected


def ask(at_s: float, code: int | None = 200, **facts: Any) -> Exchange:
    return Exchange(
        label="GET",
        method="GET",
        session="live",
        status=code,
        started_s=at_s,
        **facts,
    )


def outage(*answers: Exchange, recovered: bool = True) -> HoldEvidence:
    """Return what was asked in this order, and one reopening that was refused first."""
    refused = [each for each in answers if not each.accepted]
    last = [stream(1.0, 9.0)] if recovered else []
    first = Watch(
        stream=stream(2.0, 0.0), reopening=again(stream(2.0, 0.0), *refused[:1], *last)
    )
    rest = tuple(Watch(stream=each) for each in answers if each not in refused[:1])
    return HoldEvidence(watches=(first, *rest))


GOOD = ask(0.1), ask(0.2)


def restarted(*refused_s: float, clean: bool = False) -> HoldEvidence:
    """Return two streams that ended at 8 s, what was refused then, and the return."""
    end = End.COMPLETE if clean else End.TRUNCATED
    streams = stream(8.0, 0.0, end=end), stream(5.0, 3.0, end=end)
    tries = [ask(at, None, failure=Failure.REFUSED) for at in refused_s]
    back = stream(0.3, 10.5)
    one = [again(each, *tries, back, first_s=1.0) for each in streams]
    pairs = zip(streams, one, strict=True)
    return HoldEvidence(watches=tuple(Watch(stream=s, reopening=r) for s, r in pairs))


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param(restarted(9.0), "present", id="cut, and refused once"),
        pytest.param(restarted(8.2), "absent", id="for 0.2 s"),
        pytest.param(restarted(9.0, clean=True), "absent", id="ended politely"),
        pytest.param(restarted(), "absent", id="never refused"),
    ],
)
def test_a_restart_begins_with_the_cut(evidence: HoldEvidence, expected: str) -> None:
    """The first thing to be seen of a server that goes away is what it cut."""
    assert status("deploy-window-5xx", evidence) == expected


PAGE: dict[str, Any] = {"excerpt": "404 page not found"}


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param(
            outage(*GOOD, ask(2, 503), ask(3, 502), ask(5)), "present", id="came back"
        ),
        pytest.param(
            outage(*GOOD, ask(2, 503), ask(2.31, 503), ask(5)), "present", id="0.31 s"
        ),
        pytest.param(
            outage(*GOOD, ask(2, 503), ask(2.29, 503), ask(5)), "absent", id="0.29 s"
        ),
        pytest.param(
            outage(*GOOD, ask(2, None, failure=Failure.REFUSED), ask(3, 503), ask(5)),
            "present",
            id="nothing listened",
        ),
        pytest.param(
            outage(*GOOD, ask(2, 503), ask(2.5), ask(3, 503), ask(5)),
            "absent",
            id="some were accepted meanwhile",
        ),
        pytest.param(
            outage(*GOOD, ask(2, 503), ask(3, 503), recovered=False),
            "absent",
            id="never came back",
        ),
        pytest.param(outage(*GOOD, ask(2, 503), ask(5)), "absent", id="one hiccup"),
        pytest.param(
            outage(*GOOD, ask(2, 500), ask(3, 500), ask(5)), "absent", id="its own 500"
        ),
    ],
)
def test_deploy_window(evidence: HoldEvidence, expected: str) -> None:
    assert status("deploy-window-5xx", evidence) == expected


@pytest.mark.parametrize(
    ("facts", "recovered", "expected"),
    [
        pytest.param(PAGE, True, "present", id="the proxy's page, same session back"),
        pytest.param(PAGE, False, "absent", id="the session never came back"),
        pytest.param({"excerpt": "gone"}, True, "suspected", id="an unknown page"),
        pytest.param(
            {"excerpt": "session not found"}, True, "absent", id="a session's own 404"
        ),
        pytest.param({"jsonrpc_code": -32001}, True, "absent", id="JSON-RPC"),
    ],
)
def test_proxy_404(facts: dict[str, Any], expected: str, *, recovered: bool) -> None:
    bad = ask(2, 404, **facts), ask(3, 404, **facts)

    found = status(
        "proxy-404-during-recreate", outage(*GOOD, *bad, ask(5), recovered=recovered)
    )

    assert found == expected


def silent(head_s: float, ended_s: float, started_s: float, **facts: Any) -> Exchange:
    """Return a stream on which nothing came between its head and its cut."""
    nothing: dict[str, Any] = {"comments": 0, "body_bytes": 0, "end": End.TRUNCATED}
    lived_s = ended_s - head_s
    given = {"headers_s": head_s, "ended_s": ended_s, "silent_s": lived_s}
    return stream(lived_s, started_s, **(nothing | given | facts))


@pytest.mark.parametrize(
    ("streams", "agree"),
    [
        pytest.param(
            (
                silent(0.006, 1.55, 0.0),
                silent(0.092, 1.52, 0.65),
                silent(0.002, 1.51, 1.5),
            ),
            "one",
            id="a head that was read late",
        ),
        pytest.param(
            (
                silent(0.002, 1.55, 0.0),
                silent(0.002, 1.25, 0.65),
                silent(0.002, 1.51, 1.5),
            ),
            "differ",
            id="heads in time, and other ages",
        ),
        pytest.param(
            (
                silent(0.006, 1.55, 0.0, body_bytes=9),
                silent(0.3, 1.52, 0.65, body_bytes=9),
                silent(0.002, 1.51, 1.5, body_bytes=9),
            ),
            "one",
            id="what came with a head was read late with it",
        ),
        pytest.param(
            (
                silent(0.006, 1.55, 0.0, body_bytes=9, silent_s=1.24),
                silent(0.3, 1.52, 0.65, body_bytes=9, silent_s=0.92),
                silent(0.002, 1.51, 1.5, body_bytes=9, silent_s=1.21),
            ),
            "differ",
            id="bytes came after the head",
        ),
    ],
)
def test_one_silence_may_begin_before_the_head_was_read(
    streams: tuple[Exchange, ...], agree: str
) -> None:
    assert agreement(streams, "silence") == agree
