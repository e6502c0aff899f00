"""Sessions that another client's start or end takes away, beside those that go on."""

from __future__ import annotations

from typing import Any

import pytest

from causes.samples import case, find, handshake, hold, post, stream
from streamtriage.causes import Case
from streamtriage.model import ConcurrentEvidence, End, Exchange


def beside(**more: Any) -> Case:
    """Return two sessions: 10.2 s the POST alone, 10.4 s the other's start, 10.6 s."""
    sound = case(handshake(), hold(stream(3.0), stream(3.0)))
    given: dict[str, Any] = {
        "before": post(started_s=9.0),
        "stream": stream(0.5, started_s=9.1),
        "held": (post(started_s=9.2), post(started_s=9.3)),
        "other_session": post(label="initialize", session="none", started_s=9.4),
        "other_delete": post(method="DELETE", started_s=9.5),
        "after": post(404, started_s=9.9),
        "bystander_stream": stream(2.0, started_s=10.0),
        "bystander_first": post(started_s=10.2),
        "bystander_held": post(started_s=10.4),
        "bystander_delete": post(method="DELETE", started_s=10.6),
        "bystander_after": post(started_s=10.8),
    }
    found = ConcurrentEvidence(**(given | more))
    return Case(sound.intake, sound.signature, (*sound.evidence, found))


def cut(at_s: float) -> Exchange:
    lived_s = at_s - 10.0
    return stream(lived_s, End.CLOSED, started_s=10.0)


@pytest.mark.parametrize(
    ("seen", "at_end", "at_start"),
    [
        (beside(), "absent", "absent"),
        (beside(bystander_after=post(404, started_s=10.8)), "present", "absent"),
        (beside(bystander_stream=cut(10.62)), "present", "absent"),
        (beside(bystander_held=post(404, started_s=10.4)), "absent", "present"),
        (beside(bystander_stream=cut(10.41)), "absent", "present"),
        # It had ended before anything was done beside it.
        (beside(bystander_stream=cut(10.1)), "absent", "absent"),
        # It was refused from the beginning, or for another reason.
        (
            beside(
                bystander_first=post(404, started_s=10.2),
                bystander_held=post(404, started_s=10.4),
            ),
            "absent",
            "absent",
        ),
        (beside(bystander_after=post(503, started_s=10.8)), "absent", "absent"),
        # Nothing was ended, so the end can be laid to nobody.
        (
            beside(
                bystander_delete=post(405, method="DELETE", started_s=10.6),
                bystander_after=post(404, started_s=10.8),
            ),
            "absent",
            "absent",
        ),
        (beside(bystander_first=None), "unknown", "unknown"),
        (beside(bystander_first=None, after=post()), "absent", "absent"),
        (case(handshake()), "unknown", "unknown"),
    ],
)
def test_who_ended_it_is_told(seen: Case, at_end: str, at_start: str) -> None:
    assert find("delete-ends-all-sessions", seen).status == at_end
    assert find("new-session-ends-others", seen).status == at_start


def test_what_happened_once_is_only_suspected() -> None:
    seen = beside(after=post(), bystander_held=post(404, started_s=10.4))

    assert find("new-session-ends-others", seen).status == "suspected"


def test_a_session_that_another_ends_was_not_forgotten() -> None:
    seen = beside(bystander_after=post(404, started_s=10.8))

    assert find("server-restart-session-lost", seen).status != "present"
    assert find("instant-close-flap", seen).status != "present"
