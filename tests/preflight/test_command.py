"""`streamtriage preflight`, run as a CI job runs it, against real servers."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from streamtriage.__main__ import app
from streamtriage.apps.preflight import Asking, Preflight, policy_of, preflight
from streamtriage.lab import serve
from streamtriage.model import Intake
from teapot import teapot

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from streamtriage.triage import Progress

pytestmark = pytest.mark.real(part="commands")

CANARY = "canary-4711-preflight"


def run(
    *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    return subprocess.run(
        [sys.executable, "-m", "streamtriage", "preflight", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**plain, **(env or {})},
        check=False,
    )


def inside(*arguments: str) -> Result:
    """Run in this process, which has started already."""
    # A width of its own, so that no message is wrapped within a word.
    env = {"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": "", "COLUMNS": "200"}
    return CliRunner(env=env).invoke(app, ["preflight", *arguments])


def test_a_server_without_a_stream_is_healthy(tmp_path: Path) -> None:
    """405 passes: exit code 0, and every file is written."""
    files = {name: tmp_path / "out" / name for name in ("p.json", "j.xml", "s.sarif")}
    with serve("healthy-get-405") as lab:
        done = run(
            *(lab.url, "--hold", "0", "--json", str(files["p.json"])),
            *("--junit", str(files["j.xml"]), "--sarif", str(files["s.sarif"])),
        )

    assert done.returncode == 0, done.stderr
    assert "PASSED" in done.stdout
    assert "405" in done.stdout
    assert "::" not in done.stderr
    assert all(path.stat().st_size for path in files.values())
    saved = Preflight.model_validate_json(files["p.json"].read_text())
    assert saved.servers[0].checks[-1].result == "pass"


def test_a_fault_fails_the_build_in_a_github_job(tmp_path: Path) -> None:
    """One run: exit code 1, an annotation, the step's summary, JSON alone on stdout."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    with serve("half-open-stream-409") as lab, serve("healthy-get-405") as sound:
        done = run(lab.url, sound.url, "--hold", "0", "--json", "-", env=env)

    saved = Preflight.model_validate_json(done.stdout)

    assert done.returncode == 1
    assert [each.result for each in saved.servers] == ["fail", "pass"]
    assert "::error title=streamtriage half-open-stream-409::" in done.stderr
    assert summary.read_text().startswith("before\n## FAILED (1 of 2 servers)")


def test_what_hardly_matters_passes_with_a_warning() -> None:
    with serve("get-not-implemented-404") as lab:
        lax = inside(lab.url, "--hold", "0", "--annotate", "always")
        strict = inside(lab.url, "--hold", "0", "--fail-on", "cosmetic")

    assert lax.exit_code == 0
    assert "! warning" in lax.stdout
    assert "::warning title=streamtriage get-not-implemented-404::" in lax.stderr
    assert strict.exit_code == 1


def test_a_cause_can_be_allowed_with_a_reason() -> None:
    with serve("tcp-refused-server-down") as lab:
        refused = inside(lab.url)
        allowed = inside(lab.url, "--allow", "tcp-refused-server-down=starts later")

    assert refused.exit_code == 1
    assert allowed.exit_code == 0
    assert "allowed (starts later)" in allowed.stdout


def test_what_could_not_be_told_is_exit_code_3() -> None:
    with teapot() as url:
        codes = [
            inside(url, "--hold", "0", *more).exit_code
            for more in ((), ("--unknown", "pass"), ("--unknown", "fail"))
        ]

    assert codes == [3, 0, 1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Give the URL"),
        (["ftp://host/mcp"], "must start with http"),
        (["http://127.0.0.1:9/mcp", "http://"], "names no host"),
        (["http://127.0.0.1:9/mcp", "--fail-on", "half-open"], "no cause is called"),
        (["http://127.0.0.1:9/mcp", "--allow", "get-204"], "give the reason"),
        (["http://127.0.0.1:9/mcp", "--hold", "-1"], "--hold: "),
        (["http://127.0.0.1:9/mcp", "--annotate", "yes"], "auto, always or never"),
        (["http://127.0.0.1:9/mcp", "--auth-env", "UNSET_X"], "not set"),
        (
            ["http://127.0.0.1:9/mcp", "http://127.0.0.2:9/mcp", "--auth-env", "A"],
            "never sent to several",
        ),
        (["--from-config", "--header", "X-Key=A"], "without credentials"),
        (["http://127.0.0.1:9/mcp", "--junit", "/proc/no/such"], "cannot be written"),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else None,
)
def test_bad_usage_exits_2_and_says_what_to_type(
    arguments: list[str], words: str
) -> None:
    done = inside(*arguments)

    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_no_secret_is_written(tmp_path: Path) -> None:
    """Token and query are in no file, no table and no annotation."""
    names = ("p.json", "j.xml", "s.sarif", "m.md")
    json_, junit, sarif, markdown = (str(tmp_path / name) for name in names)
    with serve("token-expired-no-provider") as lab:
        done = run(
            *(f"{lab.url}?api_key={CANARY}-query", "--auth-env", "MY_TOKEN"),
            *("--hold", "0", "--json", json_, "--junit", junit, "--sarif", sarif),
            *("--markdown", markdown, "--annotate", "always"),
            env={"MY_TOKEN": f"{CANARY}-token"},
        )

    texts = [done.stdout, done.stderr]
    texts += [(tmp_path / name).read_text() for name in names]
    assert done.returncode == 1, done.stdout
    assert [CANARY in text for text in texts] == [False] * 6


def test_servers_of_this_machine_are_found(tmp_path: Path) -> None:
    """What can be asked is asked; what needs a secret is told, never sent."""
    with serve("healthy-get-405") as lab:
        servers = {
            "notes": {"type": "http", "url": lab.url},
            "keyed": {
                "type": "http",
                "url": "http://127.0.0.1:9/mcp",
                "headers": {"Authorization": f"Bearer {CANARY}"},
            },
        }
        text = json.dumps({"mcpServers": servers})
        (tmp_path / ".claude.json").write_text(text)
        done = run("--from-config", "--json", "-", env={"HOME": str(tmp_path)})

    saved = Preflight.model_validate_json(done.stdout)
    asked, other = saved.servers

    assert done.returncode == 3
    assert asked.result == "pass"
    assert other.result == "unknown"
    assert "Authorization" in other.says
    assert CANARY not in done.stdout


@pytest.mark.anyio
async def test_an_intermittent_cause_is_asked_again_and_every_try_told() -> None:
    """Nothing listens at the first try; the server comes up before the second."""
    with contextlib.ExitStack() as stack:
        reserved = stack.enter_context(socket.socket())
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        begun: list[Progress] = []

        def follow(progress: Progress) -> None:
            begun.extend([progress] if progress.phase.startswith("Reaching") else [])
            if len(begun) == 2 and progress is begun[1]:
                stack.enter_context(serve("healthy-get-405", port))

        asking = Asking(tries=5, wait_s=0.1, on_progress=follow)
        intake = Intake(url=f"http://127.0.0.1:{port}/mcp", hold_s=0)
        told = await preflight([intake], policy_of(), asking)

    (result,) = told.servers
    assert told.exit_code == 0
    assert [each.result for each in result.tries] == ["fail", "pass"]
    assert result.tries[0].causes == ("tcp-refused-server-down",)
    assert result.intermittent


@pytest.mark.anyio
async def test_nobody_is_asked_again_after_429() -> None:
    with serve("rate-limit-429") as lab:
        asking = Asking(tries=3, wait_s=0.1)
        intake = Intake(url=lab.url, hold_s=0)
        told = await preflight([intake], policy_of(), asking)

    assert told.exit_code == 1
    assert len(told.servers[0].tries) == 1
