"""The command without a command, rehearsals, and the check of a fix."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from streamtriage.apps.triage.start_command import chosen, listed, worst_first
from streamtriage.commands.chosen import story_of
from streamtriage.commands.on_demand import COMMANDS
from streamtriage.escapes import may_escape
from streamtriage.exit_codes import EXIT_CODES
from streamtriage.lab import serve
from streamtriage.languages import speaking
from streamtriage.own_process import TooLongError
from streamtriage.workstation.candidates import Candidate

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = (sys.executable, "-m", "streamtriage")
PATIENCE_S = 60.0


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | env,
    )


def home_with(folder: Path, url: str) -> str:
    entry = {"type": "http", "url": url}
    config = folder / ".claude.json"
    config.write_text(json.dumps({"mcpServers": {"notes": entry}}))
    return str(folder)


def typed_into(answer: str, words: tuple[str, ...], **env: str) -> tuple[int, str]:
    """Run the command on a real terminal, answer its question, and read the rest."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"} | env,
    ) as process:
        os.close(theirs)
        shown, deadline, asked = b"", time.monotonic() + PATIENCE_S, False
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the other end was closed
                break
            if not asked and b"nothing is sent before" in shown:
                asked = os.write(ours, answer.encode()) > 0
        code = process.wait(10)
    os.close(ours)
    return code, shown.decode()


def test_where_nobody_types_it_shows_its_help_and_ends_with_2() -> None:
    done = run()

    assert done.returncode == 2
    for group in ("Find out", "Share", "Learn", "Exit codes: 0 healthy"):
        assert group in done.stdout + done.stderr


def test_every_command_is_in_one_of_three_groups() -> None:
    assert {group for *_, group in COMMANDS} == {"Find out", "Share", "Learn"}
    assert set(EXIT_CODES.values()) == {0, 1, 3, 4}


def test_without_a_server_it_says_how_to_name_one(tmp_path: Path) -> None:
    done = run("--yes", HOME=str(tmp_path))

    assert done.returncode == 2
    assert "streamtriage triage https://HOST/mcp" in done.stderr


@pytest.mark.real(part="commands")
def test_in_chinese_all_of_a_refusal_is_chinese(tmp_path: Path) -> None:
    done = run("--yes", HOME=str(tmp_path), STREAMTRIAGE_LANG="zh-CN")

    assert done.returncode == 2
    assert "请给出它的 URL" in done.stderr
    assert "streamtriage triage https://HOST/mcp" in done.stderr
    assert "Give its URL" not in done.stderr


def test_a_look_given_up_on_is_said_in_chinese_and_kept_in_english() -> None:
    problem = TooLongError("~/.claude.json", 20.0, stopped=False)
    with speaking("zh-CN"):
        late = TooLongError("", 20.0, stopped=False)
        told, nowhere = problem.words(), late.words()

    assert told.startswith("读取本机信息超过了 20 秒")
    assert told.endswith("~/.claude.json")
    assert nowhere.endswith("尚未读到任何文件")
    assert str(late).endswith("so it was given up; it had come to no file yet")


def test_in_chinese_how_a_server_failed_last_is_chinese() -> None:
    one = Candidate(
        server="notes",
        client="Claude Code",
        url="https://a.example/mcp",
        failures=41,
        failing_since="2026-11-03",
        last_at="2026-11-28T10:11:00Z",
    )
    with speaking("zh-CN"):
        shown, told = listed([one]), story_of(one)

    assert not [word for word in (" since ", "last ") if word in shown + told]
    assert "2026-11-28 10:11" in shown
    assert "2026-11-03" in told


def test_on_a_terminal_nothing_is_sent_before_a_yes(tmp_path: Path) -> None:
    with serve("get-not-implemented-404") as lab:
        code, shown = typed_into("n\n", (), HOME=home_with(tmp_path, lab.url))
        asked = lab.url in shown

    assert code == 0, shown
    assert asked
    assert "no log found, so nothing is known of failures" in shown
    assert "Nothing was sent." in shown
    assert "Reaching the server" not in shown


@pytest.mark.real(part="commands")
def test_a_yes_triages_the_first(tmp_path: Path) -> None:
    with serve("tcp-refused-server-down") as lab:
        code, shown = typed_into("y\n", (), HOME=home_with(tmp_path, lab.url))

    assert code == 1, shown
    assert "Nothing listens on the server's port." in shown
    assert "\x1b[1;31m" in shown


@pytest.mark.real(part="commands")
@pytest.mark.parametrize(
    "env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"]
)
def test_a_plain_terminal_gets_no_escapes(tmp_path: Path, env: dict[str, str]) -> None:
    with serve("tcp-refused-server-down") as lab:
        home = home_with(tmp_path, lab.url)
        _, shown = typed_into("y\n", (), HOME=home, **env)

    assert "CAUSE FOUND" in shown
    assert "\x1b" not in shown


def test_escapes_are_for_terminals_that_want_them() -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    here = Terminal()
    assert may_escape(here, {"TERM": "xterm"})  # type: ignore[arg-type]
    assert not may_escape(here, {"NO_COLOR": "1"})  # type: ignore[arg-type]
    assert may_escape(here, {"NO_COLOR": ""})  # type: ignore[arg-type]
    assert not may_escape(here, {"TERM": "dumb"})  # type: ignore[arg-type]
    assert not may_escape(None, {})


def test_the_list_has_the_worst_first_and_says_what_it_does_not_know() -> None:
    quiet = Candidate(server="quiet", client="a", url="http://q/mcp")
    calm = Candidate(
        server="calm", client="a", url="http://c/mcp", last_at="2026-11-27T10:00:00Z"
    )
    bad = Candidate(
        server="bad",
        client="b",
        url="http://b/mcp",
        failures=41,
        failing_since="2026-11-03T01:02:03Z",
        last_at="2026-11-28T10:11:12Z",
        error="Failed to open SSE stream: Conflict\x1b[31m",
    )
    found = worst_first([quiet, calm, bad, Candidate(server="none", client="c")])
    lines = listed(found).splitlines()

    assert [each.server for each in found] == ["bad", "quiet", "calm"]
    assert lines[1].strip() == (
        "41 failures since 2026-11-03, last 2026-11-28 10:11: "
        "Failed to open SSE stream: Conflict<U+001B>[31m"
    )
    assert lines[3].strip() == "no log found, so nothing is known of failures"
    assert lines[5].strip() == "no failure, last 2026-11-27 10:00"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("y", 1), ("YES", 1), ("2", 2), ("", 0), ("n", 0), ("9", None), ("what", None)],
)
def test_an_answer_is_a_yes_a_number_or_a_no(typed: str, meant: int | None) -> None:
    assert chosen(typed, 3) == meant


@pytest.mark.real(part="commands")
@pytest.mark.parametrize(
    ("fault", "mended"),
    [
        ("half-open-stream-409", "healthy"),
        ("get-not-implemented-404", "healthy-get-405"),
    ],
)
def test_check_tells_a_mended_server_from_one_that_is_not(
    fault: str, mended: str, tmp_path: Path
) -> None:
    """1 while the fault is there, 0 once it is gone, 1 where nothing answers."""
    saved = str(tmp_path / "report.json")
    with serve(fault) as lab:
        port = urlsplit(lab.url).port or 0
        found = run("triage", lab.url, "--hold", "4", "--no-local", "--json", saved)
        still = run("check", saved)
    with serve(mended, port):
        gone = run("check", saved)
    down = run("check", saved)

    assert found.returncode == 1, found.stdout
    assert f"streamtriage check {saved}" in found.stdout
    assert (still.returncode, gone.returncode, down.returncode) == (1, 0, 1)
    assert still.stdout.startswith(f"✗ Still there: {fault}.")
    assert gone.stdout.startswith(f"✓ Mended: {fault}.")
    assert down.stdout.startswith(f"? Not shown to be mended: {fault}.")


@pytest.mark.real(part="commands")
def test_a_rehearsal_says_so_and_ends_with_0(tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    done = run("rehearse", "get-not-implemented-404", "--json", str(saved))
    again = run("check", str(saved))

    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("REHEARSAL: CAUSE FOUND: ")
    *progress, last = done.stderr.splitlines()
    assert progress
    assert all(each.startswith("REHEARSAL · ") for each in progress)
    assert "the verdict is right" in last
    assert json.loads(saved.read_text())["rehearsal"] is True
    assert again.returncode == 2
    assert "of a rehearsal" in again.stderr


def test_a_report_without_a_cause_has_no_fix_to_check(tmp_path: Path) -> None:
    with serve("healthy-get-405") as lab:
        saved = str(tmp_path / "report.json")
        run("triage", lab.url, "--hold", "0", "--no-local", "--json", saved)
    done = run("check", saved)

    assert done.returncode == 2
    assert "names no cause" in done.stderr
