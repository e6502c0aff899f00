"""What fails a build, what is put up with, and what cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from report.samples import crashed, finding, half_open, healthy, unknown
from streamtriage.apps.preflight import PolicyError, concluded, policy_of, server_of
from streamtriage.model import Report, Status

if TYPE_CHECKING:
    from streamtriage.model import Impact

CAUSE = "half-open-stream-409"
OTHER = "lb-idle-60s"


def judged(*findings: Any, base: Report | None = None) -> Report:
    return (base or healthy()).model_copy(update={"findings": findings})


def found(status: Status, impact: Impact = "degraded", cause: str = CAUSE) -> Any:
    return finding(cause, status, "It was seen.").model_copy(update={"impact": impact})


def result(report: Report, *words: str, **policy: Any) -> str:
    given = policy_of(",".join(words) or "present", **policy)
    return server_of(report, given).result


def test_a_sound_server_passes_with_every_check_seen() -> None:
    server = server_of(healthy(), policy_of())

    assert server.result == "pass"
    assert {c.result for c in server.checks} <= {"pass", "not asked", "unknown"}
    assert server.report is not None


@pytest.mark.parametrize(
    ("status", "impact", "fail_on", "expected"),
    [
        (Status.PRESENT, "degraded", "present", "fail"),
        (Status.PRESENT, "fatal", "present", "fail"),
        (Status.PRESENT, "unknown", "present", "fail"),
        (Status.PRESENT, "cosmetic", "present", "pass"),
        (Status.PRESENT, "cosmetic", "cosmetic", "fail"),
        (Status.PRESENT, "cosmetic", CAUSE, "fail"),
        (Status.PRESENT, "degraded", CAUSE, "fail"),
        (Status.PRESENT, "degraded", OTHER, "pass"),
        (Status.SUSPECTED, "degraded", "present", "unknown"),
        (Status.SUSPECTED, "degraded", "suspected", "fail"),
        (Status.SUSPECTED, "degraded", CAUSE, "unknown"),
        (Status.SUSPECTED, "degraded", OTHER, "pass"),
        (Status.SUSPECTED, "cosmetic", "present", "pass"),
        (Status.ABSENT, "fatal", "suspected", "pass"),
        (Status.UNKNOWN, "fatal", "present", "pass"),
        (Status.UNKNOWN, "fatal", CAUSE, "unknown"),
    ],
)
def test_fail_on_decides(
    status: Status, impact: Impact, fail_on: str, expected: str
) -> None:
    """A suspicion is no pass, and a cause that is asked for by name must be judged."""
    assert result(judged(found(status, impact)), fail_on) == expected


def test_what_is_allowed_passes_with_its_reason() -> None:
    report = judged(found(Status.PRESENT, "fatal"))
    server = server_of(report, policy_of(allow=[f"{CAUSE}=ticket 123"]))

    assert server.result == "pass"
    (kept,) = server.decided("allowed")
    assert kept.reason == "ticket 123"
    assert [c.result for c in server.checks if c.causes] == ["warn"]


def test_one_allowed_cause_does_not_excuse_another() -> None:
    two = judged(found(Status.PRESENT), found(Status.PRESENT, cause=OTHER))

    assert result(two, allow={CAUSE: "known"}) == "fail"


def test_the_unknown_is_never_a_pass_by_itself() -> None:
    """Nothing was asked: exit code 3, unless the policy says otherwise."""
    codes = {}
    for word in ("report", "pass", "fail"):
        policy = policy_of(unknown=word)
        server = server_of(unknown(), policy)
        assert server.result == "unknown"
        codes[word] = concluded([server], policy).exit_code

    assert codes == {"report": 3, "pass": 0, "fail": 1}


def test_a_crash_of_ours_is_no_verdict_on_the_server() -> None:
    for policy in (policy_of(), policy_of(unknown="pass"), policy_of(CAUSE)):
        server = server_of(crashed(), policy)

        assert server.result == "tool-fault"
        assert concluded([server], policy).exit_code == 4


def test_the_worst_server_speaks_for_all() -> None:
    policy = policy_of()
    sound, bad, dark = (server_of(r(), policy) for r in (healthy, half_open, unknown))

    assert concluded([sound], policy).exit_code == 0
    assert concluded([sound, dark], policy).exit_code == 3
    assert concluded([sound, dark, bad], policy).exit_code == 1
    assert concluded([], policy).exit_code == 3


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"fail_on": "half-open-stream-49"}, f"Did you mean {CAUSE}"),
        ({"fail_on": " , "}, "fail_on is empty"),
        ({"allow": [CAUSE]}, "give the reason"),
        ({"allow": [f"{CAUSE}= "]}, "give the reason"),
        ({"allow": ["no-such-cause=why"]}, "no cause is called"),
        ({"unknown": "maybe"}, "report, pass, fail"),
    ],
)
def test_a_policy_that_cannot_be_used_says_what_to_write(
    given: dict[str, Any], says: str
) -> None:
    with pytest.raises(PolicyError, match=says):
        policy_of(**given)


def test_what_is_suspected_or_cosmetic_includes_what_is_present() -> None:
    assert policy_of("suspected").fail_on == ("present", "suspected")
    assert policy_of("cosmetic").fail_on == ("present", "cosmetic")
    assert policy_of(f" {CAUSE} ,{CAUSE}").fail_on == (CAUSE,)


def test_a_reason_keeps_no_secret() -> None:
    policy = policy_of(allow={CAUSE: "until token=abc123canary456 is there"})

    assert "canary" not in str(policy)
