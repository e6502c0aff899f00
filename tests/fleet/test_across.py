"""What several vantage points show together, each beside its nearest look-alike."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from causes.samples import (
    address,
    era,
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
    stream,
)
from fleet.reports import died, view, views
from streamtriage.causes import CAUSES
from streamtriage.fleet import age_causes
from streamtriage.fleet import causes as fleet_causes
from streamtriage.fleet.causes import ACROSS, compare_views
from streamtriage.fleet.vantage_reports import View
from streamtriage.model import (
    End,
    Evidence,
    Failure,
    Finding,
    GuardEvidence,
    ProxyEvidence,
    ProxyPath,
    SecondEvidence,
    SessionEvidence,
    Status,
)

P, S, A, U = Status.PRESENT, Status.SUSPECTED, Status.ABSENT, Status.UNKNOWN
PROXY, OTHER = "http://proxy.office:3128", "http://proxy.ci:3128"
REFUSED = reach(
    failure=Failure.REFUSED, addresses=(address(failure=Failure.REFUSED),), tls=None
)


def found(cause: str, *seen: View) -> Finding:
    return next(each for each in compare_views(views(*seen)) if each.cause == cause)


def missing(status: int = 404, **more: Any) -> tuple[Evidence, ...]:
    """Return the evidence of a server that answers every GET with this status."""
    return refused_everywhere(refusal(status, "no such route"), **more).evidence


def ways(*, direct: bool, proxied: bool = False) -> ProxyEvidence:
    def way(works: bool) -> ProxyPath:  # noqa: FBT001 - two ways, side by side
        answered = initialize() if works else initialize(None, failure=Failure.RESET)
        return ProxyPath(initialize=answered)

    return ProxyEvidence(proxy=PROXY, proxied=way(proxied), direct=way(direct))


def behind(vantage: str, proxy: str, evidence: ProxyEvidence | None = None) -> View:
    """Return a failing vantage point behind a proxy."""
    seen = view(vantage, *missing(), proxy=proxy)
    if evidence is None or seen.report is None:
        return seen
    all_of_it = (*seen.report.evidence, evidence)
    told = seen.report.model_copy(update={"evidence": all_of_it})
    return View(vantage, seen.row, told)


OFFICE = behind("office", PROXY)
PROVEN = behind("office", PROXY, ways(direct=True))
CI = view("ci")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param((PROVEN, CI), P, id="answers past the proxy"),
        pytest.param((OFFICE, CI), S, id="nobody asked past the proxy"),
        pytest.param(
            (behind("office", PROXY, ways(direct=False)), CI), S, id="not past it"
        ),
        pytest.param(
            (behind("office", PROXY, ways(direct=True, proxied=True)), CI),
            S,
            id="answers on both ways",
        ),
        pytest.param((OFFICE, view("ci", proxy=OTHER)), S, id="another proxy works"),
        pytest.param((PROVEN, view("ci", proxy=PROXY)), A, id="the same proxy works"),
        pytest.param((view("office", *missing()), CI), A, id="no proxy there"),
        pytest.param((OFFICE, view("home", *missing()), CI), A, id="one without too"),
        pytest.param((PROVEN, view("home", REFUSED), CI), P, id="and another reason"),
        pytest.param((OFFICE, view("ci", *missing())), A, id="fails everywhere"),
        pytest.param((view("office", proxy=PROXY), CI), A, id="works everywhere"),
        pytest.param((PROVEN,), U, id="one vantage point"),
        pytest.param((PROVEN, died("ci")), U, id="the other one died"),
    ],
)
def test_a_proxy_in_the_way(seen: tuple[View, ...], expected: Status) -> None:
    assert found("vantage-proxy", *seen).status is expected


@pytest.mark.parametrize(
    ("seen", "expected", "says"),
    [
        pytest.param(
            (view("office", REFUSED), CI), P, "at the same address", id="firewall"
        ),
        pytest.param(
            (
                view(
                    "office",
                    reach(
                        failure=Failure.CONNECT_TIMED_OUT,
                        addresses=(address("10.0.0.1", Failure.CONNECT_TIMED_OUT),),
                    ),
                ),
                CI,
            ),
            P,
            "10.0.0.1",
            id="split DNS",
        ),
        pytest.param(
            (
                view("office", reach(failure=Failure.DNS_NOT_FOUND, addresses=())),
                CI,
            ),
            P,
            "no address",
            id="no such name there",
        ),
        pytest.param(
            (view("office", REFUSED, proxy=PROXY), CI), A, "proxy", id="by a proxy"
        ),
        pytest.param(
            (view("office", *missing()), CI), A, "connection was made", id="HTTP 404"
        ),
        pytest.param(
            (view("office", REFUSED), view("ci", REFUSED)), A, "alike", id="down"
        ),
        pytest.param((view("office", REFUSED),), U, "Only one", id="one vantage point"),
    ],
)
def test_no_way_from_one_vantage_point(
    seen: tuple[View, ...], expected: Status, says: str
) -> None:
    finding = found("vantage-network", *seen)

    assert finding.status is expected
    assert says in finding.because


ELSEWHERE = reach(addresses=(address("192.0.2.9"),))
OLDER = handshake(server_name="lab", server_version="1.0")
NEWER = handshake(server_name="lab", server_version="2.0")


def region(vantage: str, *changed: Evidence, status: int = 404, **more: Any) -> View:
    given = {each.probe: each for each in missing(status)}
    given |= {each.probe: each for each in changed}
    return view(vantage, *given.values(), **more)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param((region("eu", ELSEWHERE), CI, view("us")), P, id="its address"),
        pytest.param(
            (region("eu", OLDER), view("ci", NEWER), view("us", NEWER)),
            P,
            id="its version",
        ),
        pytest.param((region("eu"), CI, view("us")), S, id="one address for all"),
        pytest.param((region("eu", ELSEWHERE, status=403), CI), A, id="not let in"),
        pytest.param((region("eu", ELSEWHERE, proxy=PROXY), CI), U, id="by a proxy"),
        pytest.param(
            (region("eu"), region("ci"), region("us")), A, id="404 everywhere"
        ),
        pytest.param((view("eu", REFUSED), CI), A, id="not reached"),
        pytest.param((region("eu", ELSEWHERE),), U, id="one vantage point"),
        pytest.param((region("eu", ELSEWHERE), died("ci")), U, id="the other died"),
    ],
)
def test_one_of_the_regions_answers_otherwise(
    seen: tuple[View, ...], expected: Status
) -> None:
    assert found("vantage-region", *seen).status is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param((region("eu", status=403), CI), P, id="by address"),
        pytest.param(
            (region("eu", status=401, auth_env="MY_TOKEN"), CI), S, id="or by token"
        ),
        pytest.param((region("eu", status=403, proxy=PROXY), CI), U, id="by a proxy"),
        pytest.param((region("eu"), CI), A, id="404"),
        pytest.param((region("eu", status=403), region("ci", status=403)), A, id="all"),
        pytest.param((region("eu", status=403),), U, id="one vantage point"),
    ],
)
def test_refused_for_where_it_comes_from(
    seen: tuple[View, ...], expected: Status
) -> None:
    assert found("vantage-refused", *seen).status is expected


def cut(vantage: str, *ages_s: float, end: End = End.RESET) -> View:
    """Return a vantage point whose silent streams ended at these ages."""
    ended = [stream(age, end) for age in ages_s]
    live = opened(stream(1.25))
    return view(vantage, live, hold(*ended), reopen(reopening(stream(0.3))))


CUT = cut("eu", 60, 60)
MODERN_ONLY = handshake(
    initialize=initialize(400),
    initialized=None,
    session_issued=False,
    revision="2026-07-28",
    modern_only=True,
)


def with_more(seen: View, *more: Evidence) -> View:
    """Return what a vantage point saw, and what further probes saw there."""
    assert seen.report is not None
    evidence = (*seen.report.evidence, *more)
    return View(
        seen.vantage, seen.row, seen.report.model_copy(update={"evidence": evidence})
    )


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        pytest.param(region("eu", status=403), 403, id="a GET"),
        pytest.param(
            view("eu", handshake(initialize=initialize(403, label="once more"))),
            403,
            id="an initialize, whatever it is called",
        ),
        pytest.param(
            with_more(
                CUT, GuardEvidence(origin=initialize(403, label="initialize, Origin"))
            ),
            None,
            id="a foreign page",
        ),
        pytest.param(
            with_more(CUT, SessionEvidence(other_post=post(403))),
            None,
            id="somebody else in our session",
        ),
        pytest.param(
            with_more(CUT, SecondEvidence(beside=refusal(409))),
            None,
            id="a second stream",
        ),
        pytest.param(
            view("eu", era(modern=True), MODERN_ONLY), None, id="an older client"
        ),
        pytest.param(
            view("eu", opened(delete=post(405, method="DELETE"))), None, id="a DELETE"
        ),
    ],
)
def test_a_refusal_is_of_what_the_client_itself_asked(
    seen: View, status: int | None
) -> None:
    refused = seen.refusal

    assert (refused.status if refused is not None else None) == status


def test_a_foreign_page_refused_is_not_held_against_the_vantage_point() -> None:
    origin = initialize(403, label="initialize, with the page's Origin")
    seen = with_more(CUT, GuardEvidence(origin=origin))

    assert found("vantage-refused", seen, CI).status is A


def open_for(vantage: str, *ages_s: float) -> View:
    return cut(vantage, *ages_s, end=End.WATCHED)


@pytest.mark.parametrize(
    ("seen", "everybody", "only_one"),
    [
        pytest.param((cut("a", 60, 60), cut("b", 60, 60.2)), P, A, id="all at 60 s"),
        pytest.param((cut("a", 60, 60), cut("b", 62.9, 63)), P, A, id="one in twenty"),
        pytest.param((cut("a", 3, 3), cut("b", 4.1, 4)), A, A, id="a tenth apart"),
        pytest.param((cut("a", 3, 3), cut("b", 4.3, 4.2)), A, A, id="more than that"),
        pytest.param((cut("a", 60, 59.25), cut("b", 60, 59.25)), A, A, id="a restart"),
        pytest.param(
            (cut("a", 60, 59.25), open_for("b", 90, 90)), A, S, id="restarted for one"
        ),
        pytest.param((cut("a", 60), cut("b", 60)), S, A, id="one stream each"),
        pytest.param((cut("a", 60), cut("b", 60, 60)), P, A, id="one of them saw two"),
        pytest.param((cut("a", 60, 60), cut("b", 64, 64)), A, A, id="more than that"),
        pytest.param((cut("a", 60, 60), cut("b", 20, 20)), A, A, id="two ages"),
        pytest.param((cut("a", 60, 60), open_for("b", 90, 90)), A, P, id="one only"),
        pytest.param(
            (cut("a", 60), open_for("b", 90, 90)), A, S, id="one stream of one only"
        ),
        pytest.param(
            (cut("a", 60, 30), open_for("b", 90, 90)), A, S, id="at no one age"
        ),
        pytest.param(
            (cut("a", 60, 60), open_for("b", 73, 73)), A, P, id="just outlived"
        ),
        pytest.param(
            (cut("a", 60, 60), open_for("b", 70, 70)), A, U, id="not outlived"
        ),
        pytest.param((open_for("a", 90, 90), open_for("b", 90)), A, A, id="nobody"),
        pytest.param((cut("a", 0.2, 0.2), cut("b", 0.2, 0.2)), U, U, id="at once"),
        pytest.param((cut("a", 60, 60),), U, U, id="one vantage point"),
        pytest.param((cut("a", 60, 60), died("b")), U, U, id="the other died"),
        pytest.param(
            (cut("a", 60, 60), view("b", REFUSED, without=("hold",))),
            U,
            A,
            id="the other one did not watch",
        ),
    ],
)
def test_cut_for_everybody_or_on_one_way(
    seen: tuple[View, ...], everybody: Status, only_one: Status
) -> None:
    """60 s for all is the load balancer; 60 s for one of them is the way there."""
    assert found("shared-limit", *seen).status is everybody
    assert found("vantage-limit", *seen).status is only_one


def test_one_vantage_point_alone_never_tells() -> None:
    for seen in (OFFICE, PROVEN, CI, cut("a", 60, 60), died("a")):
        assert {each.status for each in compare_views(views(seen))} == {U}


def test_every_cause_says_what_to_do_and_what_it_is_like() -> None:
    ids = {each.id for each in ACROSS}

    assert len(ids) == len(ACROSS)
    assert not ids & {each.id for each in CAUSES}
    for each in ACROSS:
        assert each.title
        assert each.fixes
        assert all(fix.paste and fix.verify for fix in each.fixes)
        assert each.look_alike in ids - {each.id}


@pytest.mark.parametrize("module", [fleet_causes, age_causes], ids=lambda m: m.__name__)
def test_comparing_touches_no_network(module: Any) -> None:
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    names = {
        (node.module or "").partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }

    assert names <= {"__future__", "typing", "streamtriage"}
