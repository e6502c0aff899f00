"""The ledger: what is credited, what is refused, and what may be chance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from causes import samples
from comparison.judged import HALF_OPEN, half_open, report
from report.samples import CANARIES, leaking
from streamtriage.changes import (
    Action,
    Change,
    ChangeError,
    Credit,
    Ledger,
    Sight,
    Trial,
    changes_of,
    ledger_schema,
    needed,
    recorded,
    repeated,
    sight_of,
    smallest,
    weigh,
)
from streamtriage.comparison import TRACES
from streamtriage.model import CauseId, Intake, Status, Target
from streamtriage.redaction import Wall

if TYPE_CHECKING:
    from streamtriage.model import Report

CAUSE = CauseId("half-open-stream-409")
CHANGE = Change(
    what="proxy_ignore_client_abort", where="nginx.conf", old="on", new="off"
)
OTHER = Change(what="proxy_buffering", where="nginx.conf", old="on", new="off")


def small(before: Report) -> Action:
    action = smallest(before)
    assert action is not None
    return action


def tried(*changes: Change, before: Report | None = None, **after: Any) -> Ledger:
    broken = before or half_open()
    return recorded(Ledger(), small(broken), changes, broken, report(**after))


def credit(ledger: Ledger) -> Credit:
    return ledger.experiments[-1].weighed.credit


def test_one_change_that_is_followed_by_a_flip_is_credited() -> None:
    ledger = tried(CHANGE)
    (entry,) = ledger.experiments

    assert credit(ledger) == "credited"
    assert ledger.fix == entry
    flipped = {flip.what: (flip.before, flip.after) for flip in entry.weighed.flips}
    assert flipped[CAUSE] == ("present", "absent")
    assert flipped["GET again after our close"][0].startswith("+0 s: 409")
    assert "proxy_ignore_client_abort in nginx.conf: on → off" in entry.weighed.says


def test_two_changes_together_are_credited_to_neither() -> None:
    ledger = tried(CHANGE, OTHER)

    assert credit(ledger) == "two changes"
    assert ledger.fix is None
    assert OTHER.undo in ledger.experiments[0].weighed.says


def test_a_change_without_a_flip_is_not_credited() -> None:
    broken = half_open()
    ledger = recorded(Ledger(), small(broken), [CHANGE], broken, half_open())

    assert credit(ledger) == "no effect"
    assert CHANGE.undo in ledger.experiments[0].weighed.says
    assert ledger.in_place == ledger.experiments


def test_a_change_that_was_undone_is_no_longer_in_place() -> None:
    broken = half_open()
    back = Change(what=CHANGE.what, where=CHANGE.where, old="off", new="on")
    ledger = recorded(Ledger(), small(broken), [CHANGE], broken, half_open())
    ledger = recorded(ledger, small(broken), [back], broken, half_open())

    assert CHANGE not in [c for e in ledger.in_place for c in e.changes]


def test_nothing_that_was_not_judged_is_a_flip() -> None:
    """A server that is gone refuses no stream either, and that is no fix."""
    ledger = tried(CHANGE, without=("era", "handshake", "open", "reopen", "hold"))

    assert credit(ledger) == "not judged"
    assert not [f for f in ledger.experiments[0].weighed.flips if f.what == CAUSE]


@pytest.mark.parametrize(
    ("after", "what"),
    [
        ({"target": Target(url="https://other.example/mcp")}, "Server address"),
        ({"server_version": "2.0"}, "Server software, as it calls itself"),
    ],
    ids=["another address", "another server version"],
)
def test_what_else_changed_is_noticed(after: dict[str, Any], what: str) -> None:
    named = samples.handshake(server_name="notes", server_version="1.0")
    broken = half_open()
    kept = tuple(e for e in broken.evidence if e.probe != "handshake")
    broken = broken.model_copy(update={"evidence": (named, *kept)})
    version = after.pop("server_version", "1.0")
    now = report(named.model_copy(update={"server_version": version}), **after)

    ledger = recorded(Ledger(), small(broken), [CHANGE], broken, now)

    assert credit(ledger) == "something else changed"
    assert [one.what for one in ledger.experiments[0].weighed.also_changed] == [what]
    named_so = Change(what=f"the {what.lower()}", where="deployment", new="new")
    own = recorded(Ledger(), small(broken), [named_so], broken, now)
    assert credit(own) == "credited"


def test_another_client_version_is_noticed() -> None:
    old, new = (
        Intake(url="https://mcp.example/mcp", client="x", client_version=v, hold_s=3)
        for v in ("1.0.0", "1.0.1")
    )
    ledger = tried(CHANGE, before=half_open(intake=old), intake=new)
    own = tried(
        Change(what="client version", old="1.0.0", new="1.0.1"),
        before=half_open(intake=old),
        intake=new,
    )

    assert credit(ledger) == "something else changed"
    assert credit(own) == "credited"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("nginx", "Cloudflare"), ("nginx",), "credited"),
        (("nginx",), ("Cloudflare", "nginx"), "something else changed"),
    ],
    ids=["a trace is missing", "a new hop"],
)
def test_only_a_hop_that_is_new_is_another_change(
    before: tuple[str, ...], after: tuple[str, ...], expected: Credit
) -> None:
    """A small action meets fewer answers, and so fewer traces, than a whole run."""
    was, now = (
        sight_of(half_open()).model_copy(
            update={"settings": {TRACES: ", ".join(hops)}, "statuses": {CAUSE: status}}
        )
        for hops, status in ((before, Status.PRESENT), (after, Status.ABSENT))
    )

    assert weigh(Trial(CAUSE, (CHANGE,), was, (now,))).credit == expected


def seen(status: Status, **more: Any) -> Sight:
    found = sight_of(report())
    statuses = {**found.statuses, CauseId("multi-replica-no-affinity"): status}
    return found.model_copy(update={"statuses": statuses, **more})


def lot(*after: Status, failed: int = 1, runs: int = 1) -> tuple[Credit, int]:
    found = weigh(
        Trial(
            CauseId("multi-replica-no-affinity"),
            (CHANGE,),
            seen(Status.PRESENT),
            tuple(map(seen, after)),
            failed,
            runs,
        )
    )
    return found.credit, found.more


def test_what_comes_and_goes_needs_more_than_one_run() -> None:
    """At one failure in two, five clean runs happen by chance once in 32 times."""
    clean = Status.ABSENT

    assert lot(clean) == ("perhaps chance", 4)
    assert lot(*[clean] * 4) == ("perhaps chance", 1)
    assert lot(*[clean] * 5) == ("credited", 0)
    assert lot(*[clean] * 5, failed=1, runs=3) == ("perhaps chance", 3)
    assert lot(clean, Status.PRESENT) == ("mixed", 0)


@pytest.mark.parametrize(
    ("cause", "failed", "runs", "expected"),
    [
        (CAUSE, 1, 1, 1),
        (CAUSE, 3, 3, 1),
        (CAUSE, 2, 3, 5),
        (CAUSE, 1, 4, 11),
        (CauseId("multi-replica-no-affinity"), 1, 1, 5),
    ],
)
def test_runs_that_are_needed(
    cause: CauseId, failed: int, runs: int, expected: int
) -> None:
    assert needed(cause, failed=failed, runs=runs) == expected


def test_an_event_that_is_over_proves_no_fix() -> None:
    name = CauseId("deploy-window-5xx")
    before, after = (
        seen(Status.ABSENT, statuses={name: s}) for s in (Status.PRESENT, Status.ABSENT)
    )
    found = weigh(Trial(name, (CHANGE,), before, (after,) * 9))

    assert found.credit == "an event"
    assert "deployed" in found.says


def test_a_failure_that_goes_by_itself_counts_against_the_next_change() -> None:
    """Run again with nothing changed: gone. So one clean run proves no change."""
    broken = half_open()
    action = small(broken)
    ledger = recorded(Ledger(), action, (), broken, report())
    assert credit(ledger) == "no change"
    assert "comes and goes" in ledger.experiments[0].weighed.says

    ledger = recorded(ledger, action, [CHANGE], broken, report())

    assert credit(ledger) == "perhaps chance"
    for _ in range(ledger.experiments[-1].weighed.more):
        ledger = repeated(ledger, report())
    assert credit(ledger) == "credited"


def test_a_fix_whose_failure_came_back_is_none() -> None:
    ledger = tried(CHANGE)
    broken = half_open()
    again = recorded(ledger, small(broken), [OTHER], report(), broken)

    assert ledger.fix is not None
    assert again.fix is None


def test_a_whole_run_is_compared_on_the_probes_of_the_action_only() -> None:
    """The watch that only the first run had is no observation that changed."""
    broken = half_open()
    entry = tried(CHANGE).experiments[0]

    assert "Silent stream" not in entry.before.observations
    assert "Silent stream" in sight_of(broken).observations


@pytest.mark.parametrize(
    "given",
    [
        "not json",
        {"where": "x"},
        {"what": ""},
        {"what": "x", "old": "1", "new": "1"},
        {"what": "x", "more": "y"},
        7,
        ["x"],
    ],
)
def test_a_change_that_cannot_be_used_is_refused_in_words(given: object) -> None:
    with pytest.raises(ChangeError, match="change: "):
        changes_of(given)


def test_changes_come_as_a_dict_a_list_or_json() -> None:
    given = {"what": "proxy_read_timeout", "old": 60, "new": "1h"}
    one = changes_of(given)

    assert one == changes_of([given]) == changes_of([given, given])
    assert one == changes_of('{"what": "proxy_read_timeout", "old": 60, "new": "1h"}')
    assert one[0].undo == "Set proxy_read_timeout back to 60."
    assert changes_of({}) == changes_of("") == changes_of([]) == ()


def test_no_secret_of_a_change_is_kept() -> None:
    """Hidden by shape, by name, and by the value that the run knows."""
    given = [
        {
            "what": "Authorization",
            "where": "https://me:canaryU001@host/?key=canaryQ002",
            "old": "Bearer canary-old-4711",
            "new": "Bearer canary-new-4711",
        },
        {"what": "api_key", "old": "canaryOne", "new": "canaryTwo"},
        {"what": "header", "old": "", "new": "canary-of-the-run"},
    ]
    found = changes_of(given, Wall(["canary-of-the-run"]))

    assert "canary" not in "".join(each.model_dump_json() for each in found)
    assert all(each.old != each.new for each in found)
    assert "another value" in found[1].new


def test_no_secret_of_a_report_is_kept() -> None:
    shaped = {name: text for name, text in CANARIES.items() if name != "env"}
    ledger = recorded(
        Ledger(), Action(says="all", cause=CAUSE), [CHANGE], leaking(), leaking()
    )
    text = ledger.model_dump_json()

    assert not [name for name, secret in shaped.items() if secret in text]


def test_a_ledger_survives_json_and_fits_its_schema() -> None:
    ledger = repeated(tried(CHANGE), report(taken_at=report().taken_at + timedelta(1)))
    again = Ledger.model_validate_json(ledger.model_dump_json())

    assert again == ledger
    assert len(again.experiments[0].after) == 2
    jsonschema.validate(ledger.model_dump(mode="json"), ledger_schema())
    assert HALF_OPEN.attempts
