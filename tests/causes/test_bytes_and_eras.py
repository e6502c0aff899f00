"""Late, foreign and unreadable bytes, and the new era, each beside its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from streamtriage.causes import CAUSES, Case
from streamtriage.model import (
    DelayEvidence,
    End,
    EraEvidence,
    Exchange,
    Failure,
    HandshakeEvidence,
    HoldEvidence,
    Intake,
    ListenEvidence,
    OpenEvidence,
    Signature,
    Watch,
)

MODERN = HandshakeEvidence(
    initialize=Exchange(label="initialize", method="POST", status=400),
    modern_only=True,
)
LEGACY = HandshakeEvidence(
    initialize=Exchange(label="initialize", method="POST", status=200),
    revision="2025-11-25",
)


def status(cause: str, *evidence: Any, client: str = "", error: str = "") -> str:
    case = Case(
        intake=Intake(client=client, error=error),
        signature=Signature(),
        evidence=evidence,
    )
    return str(next(c for c in CAUSES if c.id == cause).find(case).status)


def stream(**facts: Any) -> Exchange:
    normal: dict[str, Any] = {
        "status": 200,
        "content_type": "text/event-stream",
        "headers_s": 0.0,
        "first_byte_s": 0.1,
        "lived_s": 4.0,
        "pieces": 8,
        "comments": 8,
        "body_bytes": 200,
        "end": End.WATCHED,
    }
    return Exchange(label="GET", method="GET", session="live", **(normal | facts))


def held(**facts: Any) -> HoldEvidence:
    return HoldEvidence(watches=(Watch(stream=stream(**facts)),))


def coded(coding: str = "gzip", **facts: Any) -> DelayEvidence:
    return DelayEvidence(compressed=stream(**facts), content_encoding=coding)


@pytest.mark.parametrize(
    ("delay", "hold", "expected"),
    [
        pytest.param(coded(body_bytes=10, pieces=1), held(), "present", id="unflushed"),
        pytest.param(coded(body_bytes=18), held(), "present", id="a coder's header"),
        pytest.param(coded(body_bytes=19), held(), "absent", id="more than a header"),
        pytest.param(coded("", body_bytes=0), held(), "absent", id="not coded"),
        pytest.param(coded("identity", body_bytes=0), held(), "absent", id="identity"),
        pytest.param(
            coded(body_bytes=10), held(pieces=1), "suspected", id="little to compare"
        ),
        pytest.param(
            coded(body_bytes=10), held(first_byte_s=2.1), "suspected", id="late as well"
        ),
        pytest.param(
            coded(body_bytes=0, first_byte_s=None, pieces=0),
            held(body_bytes=0, first_byte_s=None, pieces=0),
            "absent",
            id="neither says a word",
        ),
        pytest.param(
            coded(body_bytes=27, first_byte_s=15.0, lived_s=20.0, pieces=1),
            held(first_byte_s=15.1, lived_s=20.0, pieces=1),
            "absent",
            id="one comment, flushed",
        ),
        pytest.param(
            coded("br", body_bytes=13, first_byte_s=15.0, lived_s=20.0, pieces=1),
            held(first_byte_s=15.1, lived_s=20.0, pieces=1),
            "absent",
            id="one small comment, at its time",
        ),
        pytest.param(
            coded(body_bytes=10, first_byte_s=0.1, lived_s=20.0, pieces=1),
            held(first_byte_s=15.1, lived_s=20.0, pieces=1),
            "suspected",
            id="a header, and no comment at its time",
        ),
        pytest.param(DelayEvidence(), held(), "unknown", id="not asked"),
    ],
)
def test_compression(delay: DelayEvidence, hold: HoldEvidence, expected: str) -> None:
    assert status("compression-buffers-sse", delay, hold) == expected


def clocks(behind_s: float) -> DelayEvidence:
    return DelayEvidence(clock_s=behind_s)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param((held(burst_spread_s=2.0),), "present", id="dated 2.0 s apart"),
        pytest.param((held(burst_spread_s=1.9),), "absent", id="dated 1.9 s apart"),
        pytest.param((held(bursts=2),), "present", id="two bursts"),
        pytest.param((held(bursts=1),), "suspected", id="one burst"),
        pytest.param(
            (held(stamp_lag_s=3.6), clocks(0.0)), "present", id="3.6 s after its date"
        ),
        pytest.param(
            (held(stamp_lag_s=3.4), clocks(0.0)), "absent", id="3.4 s: the clock's own"
        ),
        pytest.param(
            (held(stamp_lag_s=60.0), clocks(59.0)),
            "absent",
            id="a clock that is behind",
        ),
        pytest.param((held(stamp_lag_s=60.0),), "absent", id="clocks not compared"),
        pytest.param((held(comments=0),), "unknown", id="nothing came"),
    ],
)
def test_buffering(evidence: tuple[Any, ...], expected: str) -> None:
    assert status("nginx-buffering", *evidence) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"age": "57"}, "present"),
        ({"age": "2"}, "present"),
        ({"age": "1"}, "absent"),
        ({"age": "0"}, "absent"),
        ({"age": "-1"}, "absent"),
        ({"x-cache": "HIT, MISS"}, "present"),
        ({"x-cache": "Miss from cloudfront"}, "absent"),
        ({"x-cache": "Hit from cloudfront"}, "present"),
        ({"cf-cache-status": "HIT"}, "present"),
        ({"cf-cache-status": "DYNAMIC"}, "absent"),
    ],
)
def test_cached_stream(headers: dict[str, str], expected: str) -> None:
    assert status("cdn-caches-stream", held(headers=headers)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"date_lag_s": 1.5}, "present", id="dated 1.0 s too early"),
        pytest.param({"date_lag_s": 1.4}, "absent", id="dated 0.9 s too early"),
        pytest.param(
            {"date_lag_s": 2.4, "headers_s": 1.0}, "absent", id="waited for an answer"
        ),
        pytest.param({}, "absent", id="not dated"),
    ],
)
def test_age_of_one_second_may_be_rounded(facts: dict[str, Any], expected: str) -> None:
    """A proxy that keeps nothing computes an Age too, from Date's whole seconds."""
    post = Exchange(label="tools/list", method="POST", status=200, date_lag_s=0.5)
    greeted = LEGACY.model_copy(update={"post": post})
    seen = held(headers={"age": "1"}, **facts)

    assert status("cdn-caches-stream", greeted, seen) == expected


def test_age_of_a_slow_answer_is_its_wait() -> None:
    seen = held(headers={"age": "5"}, headers_s=4.5)

    assert status("cdn-caches-stream", seen) == "absent"


REFUSAL: dict[str, Any] = {"status": 404, "content_type": "", "headers": {"age": "9"}}


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        pytest.param({"ended_get": stream(**REFUSAL)}, "present", id="an ended one's"),
        pytest.param({"made_up": stream(**REFUSAL)}, "present", id="a stranger's"),
        pytest.param({"live": stream(**REFUSAL)}, "present", id="given to a live one"),
        pytest.param(
            {"live": stream(**(REFUSAL | {"status": 405}))}, "absent", id="405 for all"
        ),
        pytest.param(
            {"ended_get": stream(**(REFUSAL | {"headers": {"age": "0"}}))},
            "absent",
            id="the server's own",
        ),
    ],
)
def test_kept_refusal(opened: dict[str, Any], expected: str) -> None:
    """A cache that keeps a 404 gives one session's refusal to all the others."""
    seen = (held(), OpenEvidence(**opened))

    assert status("cdn-caches-stream", *seen) == expected


def test_cached_page_is_no_stream() -> None:
    page = held(headers={"age": "57"}, content_type="text/html")

    assert status("cdn-caches-stream", page) == "unknown"


@pytest.mark.parametrize(
    ("greeted", "bad", "begins", "expected"),
    [
        pytest.param(LEGACY, 0, "", "absent", id="all readable"),
        pytest.param(LEGACY, 1, "hello", "present", id="on an MCP server's stream"),
        pytest.param(None, 1, "hello", "unknown", id="of another application"),
        pytest.param(None, 1, '{"jsonrpc":', "present", id="a broken message of MCP"),
    ],
)
def test_unreadable_message(
    greeted: HandshakeEvidence | None, bad: int, begins: str, expected: str
) -> None:
    """Only what an MCP server writes, or means as a message of MCP, is accused."""
    seen = (held(bad_events=bad, bad_event=begins), *((greeted,) if greeted else ()))

    assert status("bad-sse-bytes", *seen) == expected


@pytest.mark.parametrize(
    ("size", "client", "expected"),
    [
        (16 * 1024 * 1024, "Claude Code", "absent"),
        (16 * 1024 * 1024 + 1, "Claude Code", "present"),
        (16 * 1024 * 1024 + 1, "Cursor", "suspected"),
    ],
)
def test_oversize_message(size: int, client: str, expected: str) -> None:
    seen = held(largest_event_bytes=size)

    assert status("oversize-sse-frame", seen, client=client) == expected


@pytest.mark.parametrize(
    ("version", "headers", "expected"),
    [
        ("HTTP/2", {"connection": "keep-alive"}, "present"),
        ("HTTP/2", {}, "absent"),
        ("HTTP/1.1", {"connection": "keep-alive"}, "absent"),
    ],
)
def test_connection_header(
    version: str, headers: dict[str, str], expected: str
) -> None:
    seen = held(http_version=version, headers=headers)

    assert status("connection-header-on-h2", seen) == expected


def listened(*streams: Exchange) -> ListenEvidence:
    return ListenEvidence(streams=streams)


def brief(lived_s: float = 0.2, end: End = End.COMPLETE) -> Exchange:
    return stream(lived_s=lived_s, end=end)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param(listened(brief(), brief()), "present", id="twice at once"),
        pytest.param(listened(brief(0.69), brief()), "present", id="0.69 s"),
        pytest.param(listened(brief(0.7), brief()), "absent", id="0.7 s"),
        pytest.param(listened(brief()), "absent", id="once"),
        pytest.param(
            listened(brief(end=End.RESET), brief()), "absent", id="the network's doing"
        ),
        pytest.param(
            listened(brief(end=End.WATCHED), brief()), "absent", id="our own doing"
        ),
        pytest.param(listened(stream(status=404)), "absent", id="not offered"),
        pytest.param(ListenEvidence(), "unknown", id="not asked"),
    ],
)
def test_listen_flap(evidence: ListenEvidence, expected: str) -> None:
    assert status("listen-flap", MODERN, evidence) == expected


EMPTY = (
    '{"method":"notifications/subscriptions/acknowledged","params":{"notifications":{}'
)


@pytest.mark.parametrize(
    ("promised", "excerpt", "expected"),
    [
        pytest.param(("toolsListChanged",), "", "present", id="promised"),
        pytest.param(("toolsListChanged",), EMPTY, "present", id="promised, not kept"),
        pytest.param((), EMPTY, "absent", id="nothing promised"),
        pytest.param(None, EMPTY, "absent", id="nothing agreed"),
        pytest.param(None, "", "present", id="an older report"),
    ],
)
def test_no_promise_no_breach(
    promised: tuple[str, ...] | None, excerpt: str, expected: str
) -> None:
    modern = EraEvidence(modern=True, promised=promised)
    one = brief().model_copy(update={"excerpt": excerpt})

    assert status("listen-flap", MODERN, modern, listened(one, one)) == expected


def test_listen_causes_need_the_new_era() -> None:
    asked, flaps = EraEvidence(modern=False), listened(brief(), brief())

    assert status("listen-flap", LEGACY, asked, flaps) == "absent"
    assert status("listen-flap", LEGACY) == "unknown"


@pytest.mark.parametrize(
    ("message", "expected"),
    [("Subscription limit reached", "present"), ("Internal error", "absent")],
)
def test_listen_limit(message: str, expected: str) -> None:
    refusal = stream(
        status=500,
        content_type="application/json",
        jsonrpc_code=-32603,
        jsonrpc_message=message,
    )

    assert status("listen-limit", MODERN, listened(refusal)) == expected


def asked(code: int | None, failure: Failure | None = None) -> EraEvidence:
    return EraEvidence(
        discover=Exchange(
            label="server/discover", method="POST", status=code, failure=failure
        )
    )


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (asked(500), "present"),
        (asked(401), "present"),
        (asked(400), "absent"),
        (asked(404), "absent"),
        (asked(429), "absent"),
        (asked(None, Failure.TIMED_OUT), "present"),
        (asked(None, Failure.RESET), "present"),
        (asked(None, Failure.NOT_SENT), "absent"),
        (EraEvidence(), "unknown"),
    ],
)
def test_probe_breaks_legacy(evidence: EraEvidence, expected: str) -> None:
    error = "Version negotiation failed: the server answered the probe with HTTP 500"

    assert (
        status("probe-breaks-legacy-server", evidence, LEGACY, error=error) == expected
    )


def test_probe_breaks_nothing_for_who_does_not_negotiate() -> None:
    """A client of an older revision never asks the question."""
    assert status("probe-breaks-legacy-server", asked(500), LEGACY) == "absent"


def test_server_that_refuses_all_is_not_broken_by_the_probe() -> None:
    refused = HandshakeEvidence(
        initialize=Exchange(label="initialize", method="POST", status=500)
    )

    assert status("probe-breaks-legacy-server", asked(500), refused) == "absent"


def start(code: int, rpc: int | None = None) -> Exchange:
    return Exchange(label="initialize", method="POST", status=code, jsonrpc_code=rpc)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param(
            (LEGACY, HoldEvidence(refused=(start(400, -32022),))), "present", id="both"
        ),
        pytest.param(
            (LEGACY, HoldEvidence(refused=(start(401),))), "absent", id="expired token"
        ),
        pytest.param((LEGACY, held()), "absent", id="all accepted"),
        pytest.param(
            (HandshakeEvidence(initialize=start(400, -32022), modern_only=True),),
            "absent",
            id="all refused",
        ),
        pytest.param(
            (
                HandshakeEvidence(
                    initialize=start(400, -32022),
                    again=(start(400, -32022), start(200)),
                    modern_only=True,
                ),
            ),
            "present",
            id="another one accepted",
        ),
        pytest.param(
            (
                HandshakeEvidence(
                    initialize=start(400, -32022),
                    again=(start(400, -32022),) * 6,
                    modern_only=True,
                ),
            ),
            "absent",
            id="all others refused",
        ),
        pytest.param((OpenEvidence(),), "unknown", id="none sent"),
    ],
)
def test_mixed_eras(evidence: tuple[Any, ...], expected: str) -> None:
    assert status("era-mixed-replicas", *evidence) == expected


OLD_CLIENT = {"client": "client of 2025-11-25"}


@pytest.mark.parametrize(
    ("others", "expected"), [((400,) * 6, "present"), ((400, 200, 400), "absent")]
)
def test_a_server_of_which_some_take_it_is_not_of_one_era(
    others: tuple[int, ...], expected: str
) -> None:
    again = tuple(start(code, None if code == 200 else -32022) for code in others)
    seen = MODERN.model_copy(update={"again": again})

    assert status("modern-only-server", seen, **OLD_CLIENT) == expected
