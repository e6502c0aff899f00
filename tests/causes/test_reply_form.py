"""Responses that no client takes, each beside one that it takes."""

from __future__ import annotations

from typing import Any

import pytest

from causes.samples import case, find, handshake, initialize, post, stream
from streamtriage.causes import Case, conclude, judge
from streamtriage.model import ConcurrentEvidence

JSON = "application/json"


def answered(kind: str, **more: Any) -> Case:
    told = {"content_type": kind, "replied": True, **more}
    return case(
        handshake(
            initialize=initialize(**told, label="initialize (main)"),
            post=post(**told, started_s=0.1),
        )
    )


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/html; charset=utf-8", "present"),
        ("text/plain", "present"),
        ("", "present"),
        ("application/octet-stream", "present"),
        (JSON, "absent"),
        ("Application/JSON; charset=utf-8", "absent"),
        ("text/event-stream", "absent"),
        # The reference clients look for the name anywhere in the value.
        ("application/json-rpc", "absent"),
    ],
)
def test_a_response_is_read_by_its_type(kind: str, status: str) -> None:
    seen = answered(kind)
    finding = find("reply-content-type", seen)

    assert finding.status == status, finding.because
    verdict = conclude(seen, judge(seen))
    assert verdict.causes == (("reply-content-type",) if status == "present" else ())


def test_a_page_that_is_no_response_is_another_matter() -> None:
    seen = answered("text/html", replied=False)

    assert find("reply-content-type", seen).status == "unknown"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"reply_id_matches": False, "replied": True}, "present"),
        ({"reply_id_matches": True, "replied": True}, "absent"),
        ({"reply_id_matches": None, "replied": True}, "unknown"),
        # An error need not know for which request it is.
        (
            {"reply_id_matches": False, "replied": True, "jsonrpc_code": -32600},
            "unknown",
        ),
        ({"reply_id_matches": False, "replied": True, "status": 400}, "unknown"),
    ],
)
def test_a_response_is_for_its_request(more: dict[str, Any], status: str) -> None:
    seen = answered(JSON, **more)
    finding = find("response-id-mismatch", seen)

    assert finding.status == status, finding.because
    named = "response-id-mismatch" in conclude(seen, judge(seen)).causes
    assert named is (status == "present")


ACKNOWLEDGED = post(202, replied=False, started_s=0.1, content_type="")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (ACKNOWLEDGED, "present"),
        (post(202, replied=None, started_s=0.1), "absent"),
        (post(200, replied=True, content_type=JSON, started_s=0.1), "absent"),
        (post(200, replied=False, started_s=0.1), "absent"),
    ],
)
def test_a_call_is_not_only_acknowledged(told: Any, status: str) -> None:
    seen = case(handshake(post=told))

    assert find("request-answered-202", seen).status == status


@pytest.mark.parametrize(("events", "status"), [(0, "present"), (1, "suspected")])
def test_a_response_on_the_get_stream_is_looked_for(events: int, status: str) -> None:
    sound = case(handshake(post=ACKNOWLEDGED))
    beside = ConcurrentEvidence(
        before=ACKNOWLEDGED, stream=stream(2.0, events=events), held=(ACKNOWLEDGED,)
    )
    seen = Case(sound.intake, sound.signature, (*sound.evidence, beside))

    assert find("request-answered-202", seen).status == status
