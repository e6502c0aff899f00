"""The verdict: two halves, whose it is, whether it matters, and what to do next."""

from __future__ import annotations

from typing import Any

import pytest

from causes.samples import (
    case,
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
from streamtriage.causes import Case, conclude, judge
from streamtriage.model import (
    Attempt,
    BugEvidence,
    End,
    Exchange,
    Failure,
    OpenEvidence,
    Reopening,
    Signature,
    Verdict,
)

CRASH = BugEvidence(crashed="hold", failure_detail="ValueError", traceback="…")


def verdict(seen: Case, **more: Any) -> Verdict:
    return conclude(seen, judge(seen), **more)


def cut(life_s: float, end: End = End.RESET, **more: Any) -> Exchange:
    return stream(life_s, end, **more)


def test_a_stream_that_opens_in_some_sessions_only_is_told_so() -> None:
    """As behind replicas: nothing is said of streams that were not there."""
    missing = refusal(404)
    some = verdict(case(hold(stream(), missing)))
    none = verdict(case(hold(missing, missing)))

    assert some.cut == "Nothing cut the stream in 3.0 s; not measured beyond that."
    assert some.reopen.startswith(
        "It opened again where it had opened, but 1 of 5 first GETs were answered 404"
    )
    assert none.cut == (
        "Not measured: no stream opened in the sessions that were to be watched."
    )


def test_sound_server_is_healthy() -> None:
    """Healthy says what was seen, and what was not measured."""
    seen = verdict(case())

    assert seen.outcome == "healthy"
    assert (seen.causes, seen.suspected) == ((), ())
    assert (seen.impact, seen.owner, seen.scope) == ("none", None, None)
    assert seen.summary == (
        "Nothing wrong was found. The stream opens, was open for 3.0 s, and can be "
        "opened again after it ends."
    )
    assert seen.cut == "Nothing cut the stream in 3.0 s; not measured beyond that."
    assert seen.reopen == "Nothing: it opened again each time."
    assert seen.gaps[0].says == "No limit longer than 3.0 s was measured."
    assert "client-IP affinity" in seen.gaps[1].says


def test_two_halves_are_told_apart() -> None:
    """What cut the stream and what refused it again are two sentences."""
    busy = refusal(409, "Conflict")
    followed = reopening(
        busy,
        busy,
        moments=(1.0, 2.5),
        ended_by="server",
        first=cut(1.7),
        posts=(post(),),
        fresh=initialize(),
    )
    seen = verdict(case(hold(cut(1.7), stream(5.0), reopenings=[followed])))

    assert seen.cut == "The stream was reset after 1.7 s."
    assert seen.reopen == (
        "GET in the same session: 409 Reason at +1 s, 409 Reason at +2.5 s "
        '("Conflict").'
    )
    assert seen.causes == ("half-open-stream-409",)
    assert (seen.owner, seen.scope) == ("proxy", "deployment configuration")
    assert seen.impact == "degraded"
    assert "`reopen`" in seen.next_step


def test_several_causes_are_ordered_by_what_they_stop() -> None:
    """What stops the client earliest leads; what fails only later comes last."""
    note = post(200, label="notifications/initialized")
    seen = verdict(
        case(
            handshake(initialized=note),
            opened(ended_post=post(400)),
            hold(cut(1.5), cut(1.5)),
        )
    )

    assert seen.causes == (
        "initialized-not-202",
        "lb-idle-60s",
        "session-400-instead-of-404",
    )
    assert seen.lead == "initialized-not-202"
    assert "Also present: lb-idle-60s and session-400-instead-of-404." in seen.summary


def test_suspicion_is_no_verdict() -> None:
    """What is only suspected leaves the outcome open and names the test."""
    seen = verdict(refused_everywhere(refusal(403, "Forbidden")))

    assert seen.outcome == "could-not-tell"
    assert (seen.causes, seen.suspected) == ((), ("gateway-blocks-get",))
    assert (seen.impact, seen.owner) == ("unknown", None)
    assert seen.summary.startswith("Not settled. A hop in front of the server")
    assert "server's own log" in seen.next_step


def test_crashed_probe_is_a_fault_of_this_tool() -> None:
    """A probe that crashed never makes a server look healthy."""
    seen = case(without=("hold",))
    crashed = Case(seen.intake, seen.signature, (*seen.evidence, CRASH))

    assert verdict(crashed).outcome == "tool-fault"


def test_cause_outweighs_a_crashed_probe() -> None:
    """What the other probes proved stays proven."""
    seen = refused_everywhere(refusal(404))
    crashed = Case(seen.intake, seen.signature, (*seen.evidence, CRASH))

    assert verdict(crashed).outcome == "cause-present"


def at_the_url(post: Exchange, get: Exchange) -> Case:
    """Return what is seen of something that is no MCP server."""
    refused = handshake(initialize=post, initialized=None, post=None, revision="")
    return case(refused, OpenEvidence(none=get), without=("hold", "reopen"))


def greeted(status: int | None, excerpt: str = "", **more: Any) -> Exchange:
    return initialize(
        status, **({"excerpt": excerpt, "content_type": "text/plain"} | more)
    )


CLOSED = greeted(None, failure=Failure.CLOSED)
UPGRADE = refusal(426, headers={"upgrade": "websocket"})
NGINX_503 = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>"
BASIC = {"www-authenticate": 'Basic realm="x"'}
# What was asked, what was answered to a GET without a session, and words of the text.
NO_MCP = {
    "WebSocket": (CLOSED, UPGRADE, "WebSocket"),
    "dropped": (CLOSED, refusal(None, failure=Failure.CLOSED), "so for GET"),
    "dropped, only POST": (CLOSED, refusal(404), "without a word: a rule"),
    "stuck": (greeted(None, failure=Failure.TIMED_OUT), refusal(404), "is stuck"),
    "no such path": (greeted(404, "Not Found"), refusal(404), "served at this path"),
    "another method": (
        greeted(405),
        refusal(200, content_type="application/json"),
        "200 Reason with application/json: something else",
    ),
    "no GET either": (greeted(501), refusal(None), "takes a POST"),
    "a REST endpoint": (greeted(422, "Field required"), refusal(405), "not JSON-RPC"),
    "a body limit": (greeted(413), refusal(405), "limit on the size"),
    "a name wanted": (greeted(401, headers=BASIC), refusal(401), "password (Basic)"),
    "a login form": (
        greeted(403, "<html><form>Sign in with OpenID Connect"),
        refusal(403),
        "asks to sign in",
    ),
    "a rule": (greeted(403), refusal(404), "finds nothing at this path"),
    "a dead server": (greeted(502), refusal(502), "it is down"),
    "not now": (greeted(503, NGINX_503), refusal(503), "`not now`"),
    "a crash": (greeted(500), refusal(500), "failed on that POST"),
}


@pytest.mark.parametrize("name", NO_MCP)
def test_refused_greeting_is_explained(name: str) -> None:
    """Where no cause is named, the text says what the refusal means, and a test."""
    post, get, words = NO_MCP[name]
    told = verdict(at_the_url(post, get))

    assert told.outcome == "could-not-tell"
    assert words in told.summary
    assert told.next_step
    assert "report to the operator" not in told.next_step


def test_refusal_in_jsonrpc_speaks_for_itself() -> None:
    """An MCP server's own words need no guess at what stands at the URL."""
    post = greeted(400, jsonrpc_code=-32000, jsonrpc_message="No.")
    told = verdict(at_the_url(post, refusal(404)))

    assert "something else" not in told.summary


UNEXPLAINED = {
    "not asked": (case(without=("era", "handshake", "open", "hold", "reopen")), ""),
    "the proxy is down": (
        case(
            reach(proxy="proxy.corp", failure=Failure.REFUSED, addresses=()),
            without=("era", "handshake", "open", "hold", "reopen"),
        ),
        "proxy.corp",
    ),
    "greeting refused": (
        case(handshake(initialize=initialize(500), revision="")),
        "500",
    ),
    "greeting not answered": (
        case(
            handshake(initialize=initialize(None, failure=Failure.CLOSED), revision="")
        ),
        "closed",
    ),
    "greeting redirected": (
        case(
            handshake(
                initialize=initialize(307, headers={"location": "/mcp/"}), revision=""
            )
        ),
        "/mcp/",
    ),
    "initialized refused": (case(handshake(initialized=post(400))), "initialized"),
    "POST refused": (case(handshake(post=post(500)), opened(post=post(500))), "500"),
    "POST not answered": (
        case(handshake(post=post(None, failure=Failure.TIMED_OUT))),
        "timed-out",
    ),
    "session in turn": (
        case(handshake(initialized=post(404))),
        "several processes",
    ),
    "GET not answered": (
        case(
            opened(refusal(None, failure=Failure.CLOSED, end=None)),
            without=("hold", "reopen"),
        ),
        "closed",
    ),
    "one GET not answered": (
        case(hold(stream(), refusal(None, failure=Failure.RESET, end=None))),
        "reset",
    ),
    "206": (refused_everywhere(refusal(206)), "206"),
    "500 on GET": (refused_everywhere(refusal(500)), "500"),
    "not reopened": (case(without=("reopen",)), "again"),
    "reopened in vain": (
        case(reopen(reopening(*[refusal(400, "multiple GET")] * 3, posts=(post(),)))),
        "multiple GET",
    ),
    "reopened dead": (
        case(reopen(reopening(stream(0.01, End.COMPLETE)))),
        "ended at once",
    ),
    "one cut": (case(hold(cut(1.5), stream(5.0))), "happened once"),
    "two cuts at one moment": (case(hold(cut(2.0), cut(1.25))), "happened once"),
    "limit on the whole life": (
        case(
            hold(*[cut(2.0, silent_s=0.2, longest_silence_s=0.3)] * 2),
        ),
        "whole life",
    ),
}


@pytest.mark.parametrize("name", UNEXPLAINED)
def test_what_is_not_explained_is_not_fine(name: str) -> None:
    """Whatever was seen and has no cause is said in words, and is never healthy."""
    seen, words = UNEXPLAINED[name]
    told = verdict(seen)

    assert told.outcome == "could-not-tell"
    assert (told.causes, told.suspected) == ((), ())
    assert told.summary.startswith("The cause is not known. ")
    assert words in told.summary
    assert told.next_step


FINE = {
    "405": refused_everywhere(refusal(405)),
    "polite ends": case(hold(cut(2.0, End.COMPLETE), stream(5.0))),
    "polling": case(
        hold(*[cut(2.0, End.COMPLETE, event_ids=1, retry_ms=300)] * 2),
    ),
    "reopened polling": case(reopen(reopening(stream(0.01, End.COMPLETE, events=1)))),
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_allowed_is_healthy(name: str) -> None:
    """What the protocol allows is no fault, however odd it looks."""
    assert verdict(FINE[name]).outcome == "healthy"


def test_server_without_a_stream_needs_no_hold() -> None:
    """Where nothing can break, no longer watch is asked for."""
    seen = verdict(refused_everywhere(refusal(405)))

    assert seen.reopen.startswith("Nothing to open")
    assert "--hold" not in seen.next_step
    assert not any("How long" in gap for gap in [each.says for each in seen.gaps])


def test_interim_verdict_says_so() -> None:
    """While the watch lasts, the verdict says that it does."""
    seen = verdict(case(without=("hold",)), complete=False)

    assert "watch-not-over" in {gap.kind for gap in seen.gaps}
    assert "not-watched" in {gap.kind for gap in seen.gaps}


def test_reproduced_text_is_said() -> None:
    """If a client would print exactly what was pasted, that is said."""
    seen = refused_everywhere(refusal(404))

    assert "exactly what a client prints" in verdict(seen, reproduced=["v1"]).summary
    assert verdict(seen, reproduced=["v1"]).reproduced


@pytest.mark.parametrize(
    ("pasted", "said"), [((404,), False), ((409,), True), ((), False)]
)
def test_other_status_is_said(pasted: tuple[int, ...], said: bool) -> None:  # noqa: FBT001
    """If the pasted text stands for a status that did not come up, that is said."""
    signature = Signature(half="reopen", statuses=pasted)
    seen = refused_everywhere(refusal(404), signature=signature)

    assert ("did not come up" in verdict(seen).summary) is said


def test_pasted_error_that_stays_away_is_asked_for() -> None:
    """A sound answer to a pasted error is none: run it again while it happens."""
    signature = Signature(half="reopen", statuses=(502,))
    seen = verdict(case(signature=signature))

    assert seen.outcome == "not-reproduced"
    assert seen.text_match == "not-seen"
    assert "while the error shows" in seen.next_step
    assert "502, which did not come up" in seen.summary


def test_look_alike_is_called_one() -> None:
    """A text that is another error is not looked for on this server."""
    signature = Signature(half="look-alike", means="the model provider's stream broke.")

    assert "another error" in verdict(case(signature=signature)).next_step


def test_attempts_are_told_with_their_moments() -> None:
    """Each try is told with its moment, also one that the network refused."""
    down = refusal(None, failure=Failure.REFUSED, headers_s=None, end=None)
    followed = Reopening(
        ended_by="server",
        first=cut(1.5),
        attempts=(Attempt(after_s=1.0, get=down), Attempt(after_s=2.5, get=down)),
    )
    seen = verdict(case(hold(cut(1.5), stream(5.0), reopenings=[followed])))

    assert "connection-refused at +1 s, connection-refused at +2.5 s" in seen.reopen
    assert seen.outcome == "could-not-tell"


def test_the_last_answer_is_quoted() -> None:
    """Of several answers, the last is what the client prints."""
    followed = Reopening(
        ended_by="server",
        first=cut(1.5),
        attempts=(
            Attempt(after_s=1.0, get=refusal(403, "the first words")),
            Attempt(after_s=2.5, get=refusal(403, "the last words")),
        ),
    )

    seen = verdict(case(hold(cut(1.5), stream(5.0), reopenings=[followed])))

    assert '("the last words")' in seen.reopen
    assert "the first words" not in seen.reopen
