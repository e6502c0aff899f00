"""Which causes are named, in which order, and what is left: rule by rule."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from causes.samples import (
    case,
    hold,
    opened,
    post,
    refusal,
    refused_everywhere,
    reopen,
    reopening,
    stream,
)
from streamtriage import observations
from streamtriage.causes import CAUSES, Case, conclude, judge
from streamtriage.causes.cover import Cover, cover
from streamtriage.causes.explains import Explains, Predicts, not_reached, refused
from streamtriage.model import (
    Basis,
    BugEvidence,
    End,
    Exchange,
    Failure,
    Finding,
    Intake,
    Kind,
    Observation,
    ObservationId,
    Phase,
    Role,
    Signature,
    Status,
    Weight,
)

if TYPE_CHECKING:
    from streamtriage.causes.cause import Cause

GREET, OPEN, HELD, REOPEN = Phase.GREET, Phase.OPEN, Phase.HELD, Phase.REOPEN


def seen(name: str, **more: Any) -> Observation:
    """Return an observation that the cause of this name explains, and no other one."""
    given: dict[str, Any] = {
        "id": ObservationId(name),
        "kind": Kind.REFUSED,
        "weight": Weight.LOSING,
        "phase": OPEN,
        "role": Role.GET,
        "probe": "open",
        "status": 418,
        "detail": name,
    }
    return Observation(**(given | more))


def found(
    name: str, status: Status = Status.PRESENT, basis: Basis = "measured"
) -> Finding:
    like = CAUSES[0].find(case())
    return like.model_copy(update={"cause": name, "status": status, "basis": basis})


def weigh(
    findings: list[Finding], observations: list[Observation], halves: Any = ()
) -> Cover:
    """Weigh causes that explain what bears their names in its detail, joined by +."""

    def clauses(name: str) -> tuple[Explains, ...]:
        own = tuple(o.detail for o in observations if name in o.detail.split("+"))
        clause = refused(418, at=tuple(Phase), details=own)
        return (clause,) if own else ()

    catalogue = {
        f.cause: replace(CAUSES[0], id=f.cause, explains=clauses(f.cause))
        for f in findings
    }
    asked = case(signature=Signature(halves=halves))
    return cover(asked, findings, observations, catalogue)


def names(weighed: Cover) -> list[str]:
    return [each.cause for each in weighed.present]


def test_a_cause_that_explains_nothing_is_not_present() -> None:
    weighed = weigh([found("a"), found("b")], [seen("a")])

    assert names(weighed) == ["a"]
    (other,) = (f for f in weighed.findings if f.cause == "b")
    assert other.status is Status.UNKNOWN
    assert str(other.because).startswith("Nothing that was seen needs it.")


def test_what_is_inferred_goes_where_it_is_measured() -> None:
    both = seen("a+b")

    assert names(weigh([found("a"), found("b", basis="inferred")], [both])) == ["a"]
    assert names(weigh([found("b", basis="inferred")], [both])) == ["b"]


def test_what_is_inferred_stays_where_it_explains_more() -> None:
    weighed = weigh(
        [found("a"), found("b", basis="inferred")],
        [seen("a+b"), seen("b", id=ObservationId("more"))],
    )

    assert names(weighed) == ["a", "b"]


def test_what_is_measured_is_never_removed() -> None:
    assert set(names(weigh([found("a"), found("b")], [seen("a+b")]))) == {"a", "b"}


# --- what is predicted ----------------------------------------------------------------


REFUSED_404 = refused(404, at=(OPEN,))


def predicting(asked: Case, *observations: Observation, status: Status) -> Finding:
    """Weigh one cause that predicts 404 at the first and at each watched GET."""
    like = found("a", status)
    predicts = (Predicts((Role.GET, Role.HOLD_GET), REFUSED_404),)
    record = replace(
        CAUSES[0], id=like.cause, explains=(REFUSED_404,), predicts=predicts
    )
    (weighed,) = cover(asked, [like], observations, {like.cause: record}).findings
    return weighed


@pytest.mark.parametrize("status", [Status.PRESENT, Status.SUSPECTED])
@pytest.mark.parametrize(
    ("watched", "kept"),
    [
        pytest.param(refusal(404), True, id="seen again"),
        pytest.param(refusal(503), True, id="refused in another way"),
        pytest.param(refusal(None, failure=Failure.TIMED_OUT), True, id="our time-out"),
        pytest.param(stream(), False, id="works"),
    ],
)
def test_what_is_predicted_and_works_contradicts(
    status: Status, watched: Exchange, *, kept: bool
) -> None:
    asked = case(opened(refusal(404)), hold(watched))
    first = seen("a", status=404)

    weighed = predicting(asked, first, status=status)

    assert weighed.status is (status if kept else Status.ABSENT)
    assert kept or "GET too, which got 200" in str(weighed.because)


@pytest.mark.parametrize("status", [Status.PRESENT, Status.SUSPECTED])
def test_what_is_predicted_and_was_not_asked_is_not_proven(status: Status) -> None:
    asked = case(without=("open", "reopen", "hold", "concurrent"))
    elsewhere = seen("a", status=404, role=Role.POST)

    weighed = predicting(asked, elsewhere, status=status)

    assert weighed.status is Status.SUSPECTED
    assert status is Status.SUSPECTED or "get" in weighed.settle


def test_a_comparison_is_no_prediction() -> None:
    with pytest.raises(ValueError, match="own requests"):
        Predicts((Role.SECOND_GET,), REFUSED_404)
    with pytest.raises(ValueError, match="own requests"):
        Predicts((), REFUSED_404)


@pytest.mark.parametrize(
    "cause", [c for c in CAUSES if c.predicts], ids=lambda cause: cause.id
)
def test_a_cause_explains_what_it_predicts(cause: Cause) -> None:
    """What it would show and could not account for would count against itself."""
    for prediction in cause.predicts:
        assert prediction.shows in cause.explains


# What of the two leads, and by which rule.
ORDER: dict[str, tuple[list[Observation], tuple[str, ...], str]] = {
    "what blocks stands before what loses": (
        [seen("a", phase=OPEN), seen("b", weight=Weight.BLOCKING, phase=REOPEN)],
        (),
        "b",
    ),
    "of what blocks, the earliest on the way": (
        [
            seen("a", weight=Weight.BLOCKING, phase=REOPEN),
            seen("b", weight=Weight.BLOCKING, phase=GREET),
        ],
        ("reopen",),
        "b",
    ),
    "the half that was pasted": (
        [seen("a", phase=HELD), seen("b", phase=REOPEN)],
        ("reopen",),
        "b",
    ),
    "natural before self-made": (
        [seen("a", natural=False), seen("b")],
        (),
        "b",
    ),
    "what loses before what fails later": (
        [seen("a", weight=Weight.LATENT, phase=GREET), seen("b", phase=REOPEN)],
        (),
        "b",
    ),
    "the id, where nothing else differs": ([seen("b"), seen("a")], (), "a"),
}


@pytest.mark.parametrize("rule", ORDER)
def test_order(rule: str) -> None:
    observations, halves, lead = ORDER[rule]

    weighed = weigh([found("a"), found("b")], observations, halves)

    assert weighed.lead is not None
    assert weighed.lead.cause == lead
    assert len(weighed.present) == 2


def test_measured_before_inferred() -> None:
    weighed = weigh([found("a", basis="inferred"), found("b")], [seen("a"), seen("b")])

    assert names(weighed) == ["b", "a"]


def test_wording_never_leads() -> None:
    weighed = weigh([found("a", basis="wording")], [seen("a", weight=Weight.ODD)])

    assert names(weighed) == ["a"]
    assert weighed.lead is None


def test_wording_stands_behind_whatever_was_measured() -> None:
    said = [found("a", basis="wording"), found("b")]
    weighed = weigh(said, [seen("a", weight=Weight.BLOCKING), seen("b")])

    assert names(weighed) == ["b", "a"]
    assert weighed.lead is not None
    assert weighed.lead.cause == "b"


def test_what_nobody_explains_is_kept_by_name() -> None:
    weighed = weigh([found("a")], [seen("a"), seen("x"), seen("y", weight=Weight.ODD)])

    assert [o.id for o in weighed.unexplained] == ["x"]
    assert not weighed.outweighed


def test_what_is_unexplained_and_blocks_outweighs_what_only_loses() -> None:
    blocks = seen("x", weight=Weight.BLOCKING)

    assert weigh([found("a")], [seen("a"), blocks]).outweighed
    assert not weigh([found("a")], [seen("a+x"), seen("x", id="x2")]).outweighed


def test_a_suspicion_needs_something_that_is_not_known_already() -> None:
    maybe = found("b", Status.SUSPECTED)

    beside = weigh([found("a"), maybe], [seen("a+b")])
    alone = weigh([maybe], [seen("a+b")])
    more = weigh([found("a"), maybe], [seen("a"), seen("b")])

    assert [len(each.suspected) for each in (beside, alone, more)] == [0, 1, 1]


def test_a_clause_names_what_it_explains() -> None:
    """No cause explains just anything."""
    with pytest.raises(ValueError, match="statuses"):
        refused(at=(OPEN,))
    with pytest.raises(ValueError, match="failures"):
        not_reached(at=(GREET,))
    with pytest.raises(ValueError, match="kinds"):
        Explains((), ())


def words_of_observations() -> set[str]:
    """Return the strings that stand in the modules that observe."""
    return {
        node.value
        for path in Path(observations.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("cause", CAUSES, ids=lambda each: each.id)
def test_every_cause_explains_what_can_be_observed(cause: Any) -> None:
    """It explains something, and no detail of which no observation tells."""
    details = {detail for clause in cause.explains for detail in clause.details}

    assert cause.explains
    assert details <= words_of_observations()


# --- the verdict ----------------------------------------------------------------------


def test_the_seeds_own_text_names_what_the_server_answered() -> None:
    """A text that ends at the colon gets the status that it lacks, not an excuse."""
    bad = refusal(502, "", content_type="text/html")
    signature = Signature(half="reopen", halves=("reopen",), reason="")
    asked = refused_everywhere(
        bad, signature=signature, intake=Intake(error="Failed to open SSE stream: ")
    )
    told = conclude(asked, judge(asked))

    assert told.lead != "h2-empty-reason"
    assert told.text_match == "no-status"
    assert "The text names no status." in told.summary
    assert "502" in told.summary


def test_an_unexplained_answer_is_named_with_its_number() -> None:
    asked = refused_everywhere(refusal(418))
    told = conclude(asked, judge(asked))

    assert told.outcome == "could-not-tell"
    assert told.unexplained
    assert "418" in told.summary


def test_a_lighter_cause_does_not_hide_what_blocks() -> None:
    """A latent defect is told, but is not the reason why a stream is refused."""
    ended = opened(ended_post=post(400, session="ended"))
    asked = case(ended, hold(stream(), refusal(418)))
    told = conclude(asked, judge(asked))

    assert told.causes == ("session-400-instead-of-404",)
    assert told.outcome == "could-not-tell"
    assert "418" in told.summary


def test_requests_work_is_said_only_if_they_did() -> None:
    """Whatever a table says of a cause, a refused POST means that nothing works."""
    get_404 = refusal(404)
    works = refused_everywhere(get_404)
    fails = refused_everywhere(get_404, opened={"post": post(500)})

    assert conclude(works, judge(works)).impact == "cosmetic"
    assert conclude(fails, judge(fails)).impact == "fatal"


def test_a_pasted_error_that_did_not_come_up_is_not_healthy() -> None:
    signature = Signature(half="reopen", halves=("reopen",), statuses=(409,))
    told = conclude(asked := case(signature=signature), judge(asked))

    assert (told.outcome, told.text_match) == ("not-reproduced", "not-seen")
    assert told.sound
    assert told.next_step.startswith("Run it again while the error shows")


def test_a_crash_of_ours_is_no_word_about_the_server() -> None:
    sound = case()
    crashed = replace(sound, evidence=(*sound.evidence, BugEvidence(crashed="hold")))

    assert conclude(crashed, judge(crashed)).outcome == "tool-fault"


def test_what_was_not_run_is_not_healthy() -> None:
    asked = case(without=("hold", "reopen", "open"))

    assert conclude(asked, judge(asked)).outcome == "could-not-tell"


def test_our_own_close_does_not_lead_before_a_natural_cut() -> None:
    """The cut is the server's or a hop's; the 409 came only after our own close."""
    cut = stream(8.0, End.RESET)
    busy = refusal(409, "Conflict")
    ours = reopening(busy, busy, busy, posts=(post(),))
    asked = case(
        hold(cut, cut, cut),
        reopen(ours, after_vanish=ours),
        signature=Signature(half="cut", halves=("cut",)),
    )
    told = conclude(asked, judge(asked))

    assert told.lead == "lb-idle-60s"


def test_failures_of_the_network_are_observations_too() -> None:
    lost = refusal(None, failure=Failure.RESET, end=None)
    asked = case(hold(stream(), lost))
    told = conclude(asked, judge(asked))

    assert told.outcome == "could-not-tell"
    assert "reset" in told.summary
