"""Reading the person's machine: in bounds, whatever lies there, and given up on."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import streamtriage.workstation
from streamtriage.commands.options import FILE_LIMIT
from streamtriage.lab import serve
from streamtriage.model import BugEvidence, Failure, LocalEvidence
from streamtriage.own_process import evidence_apart, look_apart
from streamtriage.workstation.filesystem import SERVERS_IN_ALL, Surroundings
from streamtriage.workstation.inspect import look
from streamtriage.workstation.snapshot import snapshot

pytestmark = pytest.mark.real(part="breaking")

CLIENT = Path(streamtriage.workstation.__file__).parent
SERVER = {"type": "http", "url": "https://host.example/mcp"}


def home_of(tmp_path: Path, content: object) -> dict[str, str]:
    (tmp_path / ".claude.json").write_text(json.dumps(content))
    return {"HOME": str(tmp_path), "PATH": ""}


def test_nothing_in_the_client_package_opens_a_file_by_itself() -> None:
    """Everything goes through `open_quietly`, which refuses pipes and devices."""
    found = []
    for path in CLIENT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("open", "read_text", "read_bytes", "fdopen"):
                found.append(f"{path.name}: {name}")

    # Opening for good, once, behind the check of what it is.
    assert sorted(set(found)) == ["filesystem.py: fdopen", "filesystem.py: open"]


@pytest.mark.parametrize(
    "place",
    [
        ".claude.json",
        ".npm/_npx/1/node_modules/mcp-remote/package.json",
        ".cursor/mcp.json",
        ".claude/settings.json",
        ".claude/debug/1.txt",
    ],
)
@pytest.mark.timeout(60)
def test_a_pipe_in_a_files_place_is_not_opened(place: str, tmp_path: Path) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    found = look(tmp_path, {"PATH": ""}, tmp_path, run_versions=False)

    assert isinstance(found, LocalEvidence)


def test_very_many_projects_are_read_in_bounds(tmp_path: Path) -> None:
    """Folders and servers beyond what anybody has are counted, not read."""
    servers = {f"s{n}": SERVER for n in range(20)}
    projects = {f"/p/{n}": {"mcpServers": servers} for n in range(20_000)}
    environ = home_of(tmp_path, {"projects": projects})
    began = time.process_time()
    found = look(tmp_path, environ, tmp_path, run_versions=False)
    took_s = time.process_time() - began
    text = snapshot(found).model_dump_json()

    assert took_s < 5.0
    assert len(found.servers) <= SERVERS_IN_ALL
    assert "too many" in {each.outcome for each in found.looked}
    # What `compare` reads of a file.
    assert len(text) < FILE_LIMIT


def test_the_current_folder_is_found_among_very_many(tmp_path: Path) -> None:
    """The last one of all is the one that the person works in."""
    projects = {f"/p/{n}": {"mcpServers": {"s": SERVER}} for n in range(200)}
    projects[str(tmp_path)] = {"mcpServers": {"mine": SERVER}}
    environ = home_of(tmp_path, {"projects": projects})
    found = look(tmp_path, environ, tmp_path, run_versions=False)

    assert "mine" in {each.name for each in found.servers}


def test_huge_entries_are_read_in_bounds(tmp_path: Path) -> None:
    headers = {f"X-{n}": f"secret-value-{n}-${{V{n}}}" for n in range(200)}
    many = {f"s{n}": {**SERVER, "headers": headers} for n in range(600)}
    found = look(
        tmp_path, home_of(tmp_path, {"mcpServers": many}), tmp_path, run_versions=False
    )

    assert len(snapshot(found).model_dump_json()) < FILE_LIMIT


def test_lines_are_right_in_a_long_file(tmp_path: Path) -> None:
    servers = ",\n".join(f'"s{n}": {json.dumps(SERVER)}' for n in range(50))
    (tmp_path / ".claude.json").write_text(f'{{"mcpServers": {{\n{servers}\n}}}}')
    found = look(tmp_path, {"PATH": ""}, tmp_path, run_versions=False)

    assert [each.line for each in found.servers] == list(range(2, 52))


@pytest.mark.timeout(60)
def test_a_program_that_prints_for_ever_is_read_to_a_kilobyte(tmp_path: Path) -> None:
    """And neither it nor a child of its is left behind."""
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    marker = tmp_path / "alive"
    program.write_text(
        "#!/bin/sh\n"
        f'(while sleep 0.1; do date >"{marker}"; done) &\n'
        'echo "2.1.330 (Claude Code)"\n'
        "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done\n"
    )
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    found = look(tmp_path, {"PATH": path}, tmp_path)
    versions = {each.version for each in found.clients if each.name == "Claude Code"}
    marker.unlink(missing_ok=True)
    time.sleep(0.5)

    assert versions == {"2.1.330"}
    assert not marker.exists()


# --- in a process of its own ----------------------------------------------------------


def stuck(tmp_path: Path) -> dict[str, str]:
    """Make a home in which reading takes longer than anybody waits."""
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 30\n")
    program.chmod(0o755)
    (tmp_path / ".claude.json").write_text("{}")
    return {"HOME": str(tmp_path), "PATH": f"{program.parent}:{os.environ['PATH']}"}


@pytest.mark.anyio
async def test_a_look_that_takes_too_long_is_given_up_and_said(tmp_path: Path) -> None:
    found = await evidence_apart(environ=stuck(tmp_path), seconds=2.0)

    assert isinstance(found, LocalEvidence)
    assert found.failure is Failure.TIMED_OUT
    assert "longer than 2 s" in found.notes[0]
    assert found.servers == ()


@pytest.mark.anyio
async def test_a_look_ends_at_once_when_it_is_cancelled(tmp_path: Path) -> None:
    cancel = asyncio.Event()
    looking = asyncio.create_task(
        evidence_apart(environ=stuck(tmp_path), cancel=cancel, seconds=60)
    )
    await asyncio.sleep(0.5)
    cancel.set()
    async with asyncio.timeout(10):
        found = await looking

    assert isinstance(found, LocalEvidence)
    assert "stopped" in found.notes[0]


@pytest.mark.anyio
async def test_both_ways_of_looking_find_the_same(tmp_path: Path) -> None:
    environ = home_of(tmp_path, {"mcpServers": {"notes": SERVER}})
    apart = await evidence_apart(environ=environ)
    here = look(tmp_path, environ)

    assert isinstance(apart, LocalEvidence), apart
    assert apart.servers == here.servers
    assert not isinstance(apart, BugEvidence)


def test_a_module_in_the_working_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloned repository may hold a `json.py`, and a person starts in its folder."""
    marker = tmp_path / "imported"
    for name in ("json", "typing", "streamtriage", "pydantic"):
        (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    found = look_apart(run_versions=False)

    assert isinstance(found, LocalEvidence)
    assert not marker.exists()


@pytest.mark.timeout(60)
def test_a_hostile_project_takes_no_signal_away(tmp_path: Path) -> None:
    """A program that sleeps stands in for a file that is slow: both are waited for."""
    environ = {**os.environ, **stuck(tmp_path)}
    with serve("healthy-get-405") as lab:
        running = subprocess.Popen(
            [sys.executable, "-m", "streamtriage", "triage", lab.url, "--hold", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
            cwd=tmp_path,
        )
        assert running.stderr is not None
        running.stderr.readline()
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=30)

    assert running.returncode in (0, 3)
    assert len(out) > 200


def test_a_reader_knows_which_file_it_is_in(tmp_path: Path) -> None:
    (tmp_path / ".claude.json").write_text("{}")
    around = Surroundings.real(tmp_path, {"PATH": ""}, tmp_path)
    heard: list[str] = []
    around.tell = heard.append
    around.read(tmp_path / ".claude.json", "any")

    assert heard == ["~/.claude.json"]
