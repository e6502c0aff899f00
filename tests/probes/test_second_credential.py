"""A session of ours, used with another credential of the same person."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import pytest

from streamtriage.lab import serve
from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.running import run
from streamtriage.lab.scenario import Scenario, Setup
from streamtriage.model import Intake, Report, SessionEvidence
from streamtriage.transport.target import IntakeError, target_of
from streamtriage.triage import triage

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from streamtriage.model import Finding

FIRST, SECOND = "canary-first-4b1f", "canary-second-9e0c"
ENVIRON = {"ONE": FIRST, "TWO": SECOND}
INTAKE = Intake(auth_env="ONE", second_auth_env="TWO")
CAUSE = "credential-bound-session"


def only_takes(*tokens: str) -> Setup:
    """Serve whoever has one of these tokens, in any session."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            given = header(scope, "authorization") if is_http(scope) else None
            if is_http(scope) and given not in {f"Bearer {each}" for each in tokens}:
                refusal = answer(
                    401, "{}", "application/json", WWW_Authenticate="Bearer"
                )
                await refusal(scope, receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, intake=INTAKE)


@cache
def judged(*tokens: str) -> Report:
    """Ask a server that takes these tokens once, for all tests."""
    with run(Scenario("test", "", "", None, lambda: only_takes(*tokens))) as lab:
        return asyncio.run(triage(lab.intake, environ=ENVIRON)).shown


def finding(report: Report) -> Finding:
    return next(each for each in report.findings if each.cause == CAUSE)


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ((FIRST, SECOND), "takes the other one, too"),
        ((FIRST,), "cannot open a session of its own either (401 Unauthorized)"),
    ],
    ids=["both are taken", "the other one is refused everywhere"],
)
def test_look_alikes_are_not_accused(tokens: tuple[str, ...], words: str) -> None:
    """A server without a bond, and a credential that is no good by itself."""
    report = judged(*tokens)

    assert report.verdict.causes == ()
    assert finding(report).status == "absent"
    assert words in finding(report).because


def test_neither_credential_is_written() -> None:
    report = judged(FIRST)

    written = report.model_dump_json()
    assert FIRST not in written
    assert SECOND not in written
    assert Report.model_validate_json(written) == report


def test_bond_is_seen_from_both_sides() -> None:
    """The same request goes through before and after, and the GET is refused too."""
    with serve(CAUSE) as lab:
        report = asyncio.run(triage(lab.intake)).shown
    seen = next(e for e in report.evidence if isinstance(e, SessionEvidence))

    assert report.verdict.causes == (CAUSE,)
    assert [e.status for e in (seen.own_before, seen.own_after) if e] == [200, 200]
    assert [e.status for e in (seen.other_post, seen.other_get) if e] == [404, 404]


def test_second_credential_alone_is_refused() -> None:
    intake = Intake(url="http://127.0.0.1:9/mcp", second_auth_env="TWO")

    with pytest.raises(IntakeError, match="--auth-env"):
        target_of(intake, ENVIRON)
