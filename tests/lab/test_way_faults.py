"""Variants of faults on the way to the server, which no scenario is named after."""

from __future__ import annotations

import dataclasses
import socket
from typing import TYPE_CHECKING, Any

import pytest

from streamtriage import lab
from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.forward_proxy import ForwardRules
from streamtriage.lab.moving import moved
from streamtriage.lab.running import run
from streamtriage.lab.scenario import Scenario, Setup
from streamtriage.triage import triage

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.anyio]


async def met(setup: Setup, **intake: Any) -> Report:
    """Triage a variant that no fault of the lab is named after."""
    scenario = Scenario("variant", "", "", None, lambda: setup)
    with run(scenario) as running:
        given = running.intake.model_copy(update=intake)
        return (await triage(given, environ={}, head_patience_s=1.0)).shown


SOUND = Setup(certificate="valid", wrap=keep_alive(0.5))


async def test_sound_server_through_a_sound_proxy_is_healthy(
    first_answer: FirstAnswer,
) -> None:
    report = await met(dataclasses.replace(SOUND, forward=ForwardRules()))

    first_answer(report, fits=report.verdict.outcome == "healthy")


async def test_localhost_whose_other_family_refuses_is_healthy(
    first_answer: FirstAnswer,
) -> None:
    report = await met(Setup(host="localhost", wrap=keep_alive(0.5)))

    first_answer(report, fits=report.verdict.outcome == "healthy")


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"certificate": "not-yet-valid"}, "tls-expired"),
        ({"certificate": "valid", "scheme": "http"}, "tls-scheme-mismatch"),
        (
            {"certificate": "valid", "forward": ForwardRules(refuses=407)},
            "proxy-env-connect-refused",
        ),
        ({"forward": ForwardRules(refuses=403)}, "proxy-env-connect-refused"),
        (
            {"certificate": "valid", "wrap": moved(301, lambda _host: "/mcp/")},
            "redirect-trailing-slash",
        ),
        (
            {"wrap": moved(308, lambda host: f"http://{host}/mcp/")},
            "redirect-trailing-slash",
        ),
        ({"wrap": moved(307, lambda _host: "/mcp")}, "redirect-trailing-slash"),
    ],
    ids=[
        "not yet valid",
        "http to a TLS port",
        "407",
        "forbidden for http",
        "301 for POST",
        "308, absolute",
        "a circle",
    ],
)
async def test_variant_of_a_fault_has_the_same_name(
    changes: dict[str, Any], cause: str, first_answer: FirstAnswer
) -> None:
    setup = dataclasses.replace(Setup(wrap=keep_alive(0.5)), **changes)
    report = await met(setup)

    first_answer(report, fits=report.verdict.causes == (cause,))


async def test_proxy_that_is_down_is_blamed_and_not_the_server(
    first_answer: FirstAnswer,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    report = await met(SOUND, proxy=f"http://127.0.0.1:{port}")

    blamed = ("proxy-env-connect-refused",)
    first_answer(report, fits=report.verdict.causes == blamed)


async def test_redirected_server_is_judged_at_its_final_url(
    first_answer: FirstAnswer,
) -> None:
    """What is wrong behind the redirect is still found, and named first."""
    redirected = moved(307, lambda _host: "/mcp/")

    def wrap(app: Any) -> Any:
        return redirected(lab.scenario("get-204").setup().wrap(app))  # type: ignore[misc]

    report = await met(Setup(wrap=wrap))

    both = ("get-204", "redirect-trailing-slash")
    first_answer(report, fits=report.verdict.causes == both)
