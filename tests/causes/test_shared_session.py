"""One session for all clients, beside sessions that are lost for other reasons."""

from __future__ import annotations

import pytest

from causes.samples import case, find, handshake, hold, initialize, post, stream
from streamtriage.causes import Case, conclude, judge
from streamtriage.model import ConcurrentEvidence, Exchange

A, B = {"mcp-session-id": "session-0a"}, {"mcp-session-id": "session-0b"}


def opened(headers: dict[str, str], at_s: float, status: int = 200) -> Exchange:
    return initialize(status, headers=headers, started_s=at_s)


def two(one: Exchange, other: Exchange) -> Case:
    sound = case(handshake(initialize=one), hold(stream(3.0), stream(3.0)))
    beside = ConcurrentEvidence(
        before=post(started_s=9.0),
        stream=stream(2.0, started_s=9.1),
        held=(post(started_s=9.2),),
        other_session=other,
        after=post(started_s=12.0),
    )
    return Case(sound.intake, sound.signature, (*sound.evidence, beside))


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (two(opened(A, 0.1), opened(A, 9.3)), "present"),
        (two(opened(A, 0.1), opened(B, 9.3)), "absent"),
        (two(opened(A, 0.1), opened({}, 9.3)), "unknown"),
        (two(opened(A, 0.1), opened(A, 9.3, 400)), "unknown"),
        (case(handshake(initialize=opened(A, 0.1))), "unknown"),
    ],
    ids=["one", "each its own", "without any", "refused", "only one asked"],
)
def test_two_clients_get_two_sessions(seen: Case, status: str) -> None:
    finding = find("one-session-for-all", seen)

    assert finding.status == status, finding.because


def test_it_explains_itself_and_leads() -> None:
    seen = two(opened(A, 0.1), opened(A, 9.3))
    verdict = conclude(seen, judge(seen))

    assert verdict.causes == ("one-session-for-all",)
    assert verdict.unexplained == ()
    assert verdict.impact == "fatal"
