"""A 202 with a text, gateways without a server, refused keys, loops, late pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from causes.samples import case, find, handshake, hold, initialize, opened, post, stream
from streamtriage.causes import Case, conclude, judge
from streamtriage.model import (
    CredentialEvidence,
    Exchange,
    HandshakeEvidence,
    Intake,
    LifetimeEvidence,
)

TEXT: dict[str, Any] = {
    "label": "notifications/initialized",
    "content_type": "text/plain; charset=utf-8",
    "body_bytes": 8,
}


def accepted(client: str = "", error: str = "", **more: Any) -> Case:
    note = post(202, **(TEXT | more))
    intake = Intake(client=client, error=error)
    return case(handshake(initialized=note), intake=intake)


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (accepted("java-sdk"), "present"),
        (accepted("Spring AI"), "present"),
        (accepted(error="Unknown media type returned: text/plain"), "present"),
        (accepted("typescript sdk"), "absent"),
        (accepted("open-webui"), "absent"),
        (accepted(), "suspected"),
        (accepted("a client of nobody"), "suspected"),
        (accepted("java-sdk", body_bytes=0), "absent"),
        (accepted("java-sdk", content_type="application/json"), "absent"),
    ],
)
def test_accepted_with_text(seen: Case, status: str) -> None:
    assert find("accepted-with-text", seen).status == status


def test_text_on_a_202_leaves_other_clients_healthy() -> None:
    for client in ("", "typescript sdk"):
        seen = accepted(client)
        assert conclude(seen, judge(seen)).outcome == "healthy"
    java = accepted("java-sdk")
    assert conclude(java, judge(java)).impact == "fatal"


def listed(result: dict[str, Any], *, as_event: bool = False) -> Case:
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result})
    body = f"event: message\ndata: {text}\n\n" if as_event else text
    kind = "text/event-stream" if as_event else "application/json"
    told = post(started_s=0.1, excerpt=body, replied=True, content_type=kind)
    return case(handshake(post=told))


DOWN = {"litellm.ai/server_outcomes": {"up": {"status": "unreachable"}}}


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"tools": [], "_meta": DOWN}, "present"),
        (
            {"tools": [], "_meta": {"upstreams": [{"name": "a", "state": "down"}]}},
            "present",
        ),
        ({"tools": [], "_meta": {"up": {"status": "ok"}}}, "absent"),
        ({"tools": []}, "absent"),
        ({"tools": [{"name": "a"}], "_meta": DOWN}, "absent"),
        ({"tools": [], "_meta": {"note": "an error is possible"}}, "absent"),
    ],
)
@pytest.mark.parametrize("as_event", [False, True])
def test_gateway_without_upstream(
    result: dict[str, Any], status: str, *, as_event: bool
) -> None:
    seen = listed(result, as_event=as_event)

    assert find("gateway-without-upstream", seen).status == status


def test_gateway_without_a_server_is_not_healthy() -> None:
    seen = listed({"tools": [], "_meta": DOWN})
    verdict = conclude(seen, judge(seen))

    assert verdict.causes == ("gateway-without-upstream",)
    assert verdict.impact == "fatal"


def keyed(status: int, words: str, without: Exchange | None = None) -> Case:
    first = initialize(status, excerpt=words)
    evidence = [HandshakeEvidence(initialize=first)]
    compared = [CredentialEvidence(without=without)] if without is not None else []
    return Case(
        intake=Intake(auth_env="KEY"),
        signature=case().signature,
        evidence=(*evidence, *compared),
    )


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (keyed(400, '{"detail":"No connected db."}'), "present"),
        (keyed(500, "No module named 'prisma'"), "present"),
        (keyed(400, "no", initialize(401)), "present"),
        (keyed(403, "invalid api key", initialize(403, excerpt="missing")), "present"),
        (keyed(404, "no", initialize(200)), "present"),
        (keyed(400, "no", initialize(500, excerpt="other")), "suspected"),
        (keyed(404, "no", initialize(404, excerpt="no")), "absent"),
        (keyed(404, "no"), "unknown"),
        (keyed(401, "no", initialize(400)), "absent"),
    ],
)
def test_key_refused_otherwise(seen: Case, status: str) -> None:
    assert find("key-refused-otherwise", seen).status == status


# --- 429 ------------------------------------------------------------------------------

LOOP = (
    'INFO HTTP Request: GET https://host/mcp "HTTP/1.1 405 Method Not Allowed"\n'
    'INFO HTTP Request: GET https://host/mcp "HTTP/1.1 405 Method Not Allowed"\n'
    'INFO HTTP Request: GET https://host/mcp "HTTP/1.1 429 Too Many Requests"\n'
)


def limited(error: str = "", **more: Any) -> Case:
    get = post(429, method="GET", started_s=2.0, **more)
    return case(opened(get), intake=Intake(error=error))


def test_loop_after_405_is_the_clients() -> None:
    found = find("rate-limit-429", limited(LOOP))

    assert (found.status, found.owner) == ("present", "client")
    assert "asked again 2 times until it was answered 429" in found.because


@pytest.mark.parametrize(
    "text",
    [
        "",
        'GET /mcp "HTTP/1.1 429"',
        "GET /mcp 429\nGET /mcp 405\n",
        "POST /mcp 405\nPOST /mcp 429",
    ],
)
def test_no_loop_no_word_of_it(text: str) -> None:
    found = find("rate-limit-429", limited(text))

    assert (found.status, found.owner) == ("present", "server")
    assert "loop" not in found.because


def test_own_requests_are_counted_against_the_announced_limit() -> None:
    found = find("rate-limit-429", limited(headers={"x-ratelimit-limit": "100"}))

    assert "had sent" in found.because
    assert "requests of the announced 100 before" in found.because


def test_the_wait_that_is_asked_for_is_told_where_it_is() -> None:
    asked = find("rate-limit-429", limited(headers={"retry-after": "17"}))
    not_asked = find("rate-limit-429", limited())

    assert "with Retry-After: 17" in asked.because
    assert "Retry-After" not in not_asked.because


def test_429_on_initialize_leaves_nothing() -> None:
    first = initialize(429)
    seen = Case(
        intake=Intake(),
        signature=case().signature,
        evidence=(HandshakeEvidence(initialize=first),),
    )

    assert conclude(seen, judge(seen)).impact == "fatal"


# --- one piece behind -----------------------------------------------------------------


def late(first_s: float = 4.0, **more: Any) -> Exchange:
    given: dict[str, Any] = {"first_byte_s": 0.005 + first_s, "pieces": 2, **more}
    return stream(14.0, **given)


def watched(seen: Exchange, *more: Any) -> Case:
    given = case(opened(seen), hold(seen, seen), without=("reopen",))
    return Case(given.intake, given.signature, (*given.evidence, *more))


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (watched(late()), True),
        (watched(late(0.01)), False),
        (watched(late(stamp_lag_s=0.1)), False),
        (watched(late(stamp_lag_s=4.1)), True),
        (watched(late(pieces=0, first_byte_s=None)), False),
        (watched(late(), LifetimeEvidence(provoked=True, noises=2)), False),
        (watched(late(), LifetimeEvidence(provoked=False)), True),
    ],
    ids=[
        "late",
        "at once",
        "fresh date",
        "old date",
        "silent",
        "provoked",
        "not asked",
    ],
)
def test_hop_that_keeps_the_last_piece(seen: Case, *, told: bool) -> None:
    verdict = conclude(seen, judge(seen))

    assert ("last-piece" in {gap.kind for gap in verdict.gaps}) is told
