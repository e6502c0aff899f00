"""The commands that a report hands over: they show what was seen, and harm nobody."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess

import pytest

from streamtriage.lab import serve
from streamtriage.model import Report, Target
from streamtriage.report import render_markdown
from streamtriage.report.curl import curl
from streamtriage.report.story import command
from streamtriage.triage import triage

from .samples import half_open, healthy, unknown

needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None, reason="NO CURL: the commands are not run"
)


def leading(report: Report) -> str:
    found = next(f for f in report.findings if f.cause in report.verdict.causes)
    return curl(report, found)


@pytest.mark.real(part="commands")
@needs_curl
@pytest.mark.parametrize(
    ("fault", "shows"),
    [
        pytest.param("get-4xx-instead-of-405", "400 Bad Request", id="GET refused"),
        pytest.param("gateway-blocks-get", "403 Forbidden", id="GET blocked"),
        pytest.param("insufficient-scope-403", "403 Forbidden", id="a right lacks"),
        pytest.param("redirect-trailing-slash", "307", id="a redirect"),
    ],
)
def test_curl_shows_what_the_probe_saw(fault: str, shows: str) -> None:
    """Run by a real shell against the server that the report is about."""
    with serve(fault) as lab:
        report = asyncio.run(triage(lab.intake)).shown
        text = leading(report)
        done = subprocess.run(
            ["sh", "-c", text],
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
            env=os.environ | {"no_proxy": "*"},
        )

    assert shows in done.stdout, (text, done)


@pytest.mark.real(part="commands")
@needs_curl
def test_curl_says_when_a_stream_ends() -> None:
    """On a stream that is cut, the last line has the age at which it was."""
    with serve("lb-idle-60s") as lab:
        # Farther apart, so that a busy machine does not spoil the common age.
        report = asyncio.run(
            triage(lab.intake.model_copy(update={"hold_s": 8.0}))
        ).shown
        done = subprocess.run(
            ["sh", "-c", leading(report)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    ended = re.search(r"ended after (\d+\.\d+) s", done.stdout)

    assert "200 OK" in done.stdout
    assert ended, done
    assert 1.0 < float(ended[1]) < report.intake.hold_s + 5


def with_intake(report: Report, **given: object) -> Report:
    return report.model_copy(update={"intake": report.intake.model_copy(update=given)})


def test_secrets_are_variables_in_every_command() -> None:
    report = with_intake(
        half_open(), auth_env="MCP_TOKEN", header_envs={"X-Api-Key": "MY_KEY"}
    )

    assert "--header X-Api-Key=MY_KEY" in command(report)
    assert "--auth-env MCP_TOKEN" in command(report)
    assert '"Authorization: Bearer $MCP_TOKEN"' in leading(report)
    assert '"X-Api-Key: $MY_KEY"' in leading(report)


def test_the_command_has_the_options_of_the_run() -> None:
    words = shlex.split(
        command(
            with_intake(
                half_open(),
                ca_file="/tmp/my ca.pem",
                proxy="http://proxy:3128",
                client="claude-code",
                error="Failed to open SSE stream: Conflict",
                idle_s=60.0,
            )
        )
    )
    options = dict(zip(words[3::2], words[4::2], strict=True))

    assert options["--ca"] == "/tmp/my ca.pem"
    assert options["--proxy"] == "http://proxy:3128"
    assert options["--client"] == "claude-code"
    assert options["--error"] == "Failed to open SSE stream: Conflict"
    assert options["--idle"] == "60"


def test_a_hostile_report_cannot_put_commands_into_the_shell() -> None:
    """Names that are no names are left out, everything else is one quoted word."""
    bad = '"; touch /tmp/owned; "'
    report = with_intake(
        half_open(), auth_env=bad, header_envs={bad: bad}, error=bad, client=bad
    ).model_copy(update={"target": Target(url=f"http://h/{bad}", proxy=bad)})

    for text in (command(report), leading(report)):
        for words in map(shlex.split, filter(str.strip, text.split("\n"))):
            assert not any(word.startswith("touch") for word in words), words


def test_a_hidden_address_becomes_a_variable() -> None:
    report = half_open().model_copy(
        update={"target": Target(url="https://h.example/mcp?key=hunter2hunter2")}
    )
    text = render_markdown(report)

    assert 'streamtriage triage "$MCP_URL"' in text
    assert "hunter2" not in text
    assert "Put it into `MCP_URL`" in text


def test_it_says_when_nothing_is_to_be_changed() -> None:
    assert "Nothing: no fault was seen." in render_markdown(healthy())
    assert "Nothing yet: no cause was proven." in render_markdown(unknown())
