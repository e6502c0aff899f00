"""The command line, run as its user runs it."""

from __future__ import annotations

import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from typer.testing import CliRunner

from left_english import left_english
from streamtriage.__main__ import app
from streamtriage.causes import CAUSES
from streamtriage.commands.on_demand import COMMANDS
from streamtriage.lab import FAULTS, SCENARIOS, serve
from teapot import teapot

if TYPE_CHECKING:
    from collections.abc import Sequence

ERROR = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)


def run(
    *arguments: str, stdin: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command; a person's own clients and logs are not the test's business."""
    if arguments[0] == "triage" and env is None:
        arguments = (*arguments, "--no-local")
    return subprocess.run(
        [sys.executable, "-m", "streamtriage", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env=env,
        check=False,
    )


@pytest.mark.real(part="commands")
def test_triage_exits_0_for_a_healthy_server(tmp_path: Path) -> None:
    """Exit code 0, a JSON report that fits its schema, and prose on standard output."""
    with serve("healthy-get-405") as lab:
        done = run(
            "triage",
            lab.url,
            "--hold",
            "0",
            "--json",
            str(tmp_path / "deep/report.json"),
        )

    report = json.loads((tmp_path / "deep/report.json").read_text())
    jsonschema.validate(report, json.loads(run("schema").stdout))

    assert done.returncode == 0, done.stderr
    assert "Nothing wrong was found" in " ".join(done.stdout.split())
    assert report["verdict"]["causes"] == []


@pytest.mark.real(part="commands")
def test_triage_exits_1_and_names_the_cause() -> None:
    """`--json -` writes the report alone to stdout; progress goes to stderr."""
    with serve("half-open-stream-409") as lab:
        done = run("triage", lab.url, "--hold", "0", "--error", ERROR, "--json", "-")

    report = json.loads(done.stdout)

    assert done.returncode == 1
    assert report["verdict"]["causes"] == ["half-open-stream-409"]
    assert report["verdict"]["reproduced"]
    assert report["signature"]["statuses"] == [409]
    assert "Opening the stream" in done.stderr


@pytest.mark.real(part="commands")
def test_triage_exits_3_where_it_cannot_tell() -> None:
    """A server that answers everything with 418 is neither healthy nor accused."""
    with teapot() as url:
        done = run("triage", url, "--hold", "0")

    assert done.returncode == 3, done.stdout
    assert "not known" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["triage", "ftp://host/mcp"], "must start with http"),
        (["triage", "https://"], "names no host"),
        (["triage", "http://user:pa55@host/mcp"], "--auth-env"),
        (["triage", "http://host/mcp", "--hold", "-1"], "--hold"),
        (["triage", "http://host/mcp", "--auth-env", "NOT_SET_ANYWHERE"], "not set"),
        (["triage", "http://host/mcp", "--header", "X-Key"], "X-Api-Key=MY_KEY"),
        (
            ["triage", "http://host/mcp", "--error", "a", "--error-file", "b"],
            "not both",
        ),
        (["triage", "http://host/mcp", "--error-file", "/no/such"], "cannot be read"),
        (["lab", "no-such-fault"], "healthy-get-405"),
        (["judge", "/no/such"], "cannot be read"),
        (["signature", "/no/such"], "cannot be read"),
        (["no-such-command"], "No such command"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else None,
)
def test_bad_usage_exits_2_and_says_what_to_type(
    arguments: Sequence[str], words: str
) -> None:
    done = CliRunner().invoke(app, arguments)

    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())
    assert "pa55" not in done.output
    assert isinstance(done.exception, SystemExit)


def test_bad_usage_of_the_program_itself_ends_so_too() -> None:
    done = run("triage", "http://user:pa55@host/mcp")

    assert done.returncode == 2
    assert "--auth-env" in done.stderr
    assert done.stdout == ""
    assert "pa55" not in done.stderr
    assert "Traceback" not in done.stderr


def test_signature_reads_standard_input() -> None:
    """The JSON has the keys that the contract names."""
    done = run("signature", "-", "--json", "-", stdin=ERROR)

    found = json.loads(done.stdout)

    assert done.returncode == 0
    assert (found["runtime"], found["half"]) == ("v1", "reopen")
    assert (found["reason"], found["statuses"]) == ("Conflict", [409])


@pytest.mark.real(part="commands")
def test_judge_gives_the_same_findings_without_a_network(tmp_path: Path) -> None:
    saved = tmp_path / "report.json"
    with serve("get-not-implemented-404") as lab:
        run("triage", lab.url, "--hold", "0", "--json", str(saved))

    again = run("judge", str(saved), "--json", "-")

    assert again.returncode == 1
    assert (
        json.loads(again.stdout)["findings"]
        == json.loads(saved.read_text())["findings"]
    )


@pytest.mark.parametrize("text", ["", "{}", "[1]", "\0", '{"schema_version": "9"}'])
def test_judge_refuses_what_is_no_report(text: str) -> None:
    done = run("judge", "-", stdin=text)

    assert done.returncode == 2
    assert "no report of this tool" in done.stderr


@pytest.mark.real(part="commands")
def test_lists_name_every_fault_and_cause() -> None:
    faults = json.loads(run("faults", "--json", "-").stdout)
    causes = json.loads(run("causes", "--json", "-").stdout)

    assert {row["name"] for row in faults} == {each.name for each in SCENARIOS}
    assert {each.name for each in FAULTS} <= {row["name"] for row in causes}


@pytest.mark.real(part="commands")
def test_faults_are_listed_in_chinese_and_their_json_stays() -> None:
    listed = run("faults", "--lang", "zh-CN")
    rows = json.loads(run("--lang", "zh-CN", "faults", "--json", "-").stdout)

    lines = dict(line.split(maxsplit=1) for line in listed.stdout.splitlines())
    assert lines.keys() == {each.name for each in SCENARIOS}
    assert [title for title in lines.values() if title.isascii()] == []
    told = {row["name"]: (row["title"], row["imitates"]) for row in rows}
    assert told == {each.name: (each.title, each.imitates) for each in SCENARIOS}


@pytest.mark.real(part="commands")
def test_causes_are_listed_in_chinese_and_their_json_stays() -> None:
    listed = run("causes", "--lang", "zh-CN").stdout
    rows = json.loads(run("--lang", "zh-CN", "causes", "--json", "-").stdout)

    assert left_english([listed]) == []
    assert {row["title"] for row in rows} >= {each.title for each in CAUSES}


@pytest.mark.real(part="commands")
def test_interrupted_watch_still_writes_a_report(tmp_path: Path) -> None:
    """Ctrl-C during a long hold keeps what was seen and says so."""
    saved = tmp_path / "report.json"
    with serve("healthy") as lab:
        command = [sys.executable, "-m", "streamtriage", "triage", lab.url]
        process = subprocess.Popen(
            [*command, "--hold", "100", "--json", str(saved)],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("So far:"):
                break
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=100)

    report = json.loads(saved.read_text())

    assert time.monotonic() - begun < 90  # of a hold of 100 s
    assert report["interrupted"]
    (held,) = (each for each in report["evidence"] if each["probe"] == "hold")
    assert held["watches"][0]["stream"]["end"] == "cancelled"
    assert any(
        "not over" in gap
        for gap in [each["says"] for each in report["verdict"]["gaps"]]
    )
    assert process.returncode == 0, rest


@pytest.mark.real(part="commands")
def test_lab_serves_until_it_is_stopped() -> None:
    """`lab` prints a URL and the command to try, and ends on SIGTERM."""
    with subprocess.Popen(
        [sys.executable, "-m", "streamtriage", "lab", "get-not-implemented-404"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        url = process.stdout.readline().removeprefix("URL:").strip()
        done = run("triage", url, "--hold", "0", "--json", "-")
        process.terminate()

    assert json.loads(done.stdout)["verdict"]["causes"] == ["get-not-implemented-404"]
    assert process.returncode == 0


@pytest.mark.real(part="commands")
def test_snapshots_can_be_taken_and_compared(tmp_path: Path) -> None:
    """Two machines, written down and compared: only what differs is told."""
    homes = [tmp_path / "broken", tmp_path / "working"]
    for home, kind in zip(homes, ("", '"type": "http", '), strict=True):
        home.mkdir()
        entry = f'{{{kind}"url": "https://mcp.example.test/mcp"}}'
        text = f'{{"mcpServers": {{"notes": {entry}}}}}'
        (home / ".claude.json").write_text(text)
        env = {**os.environ, "HOME": str(home)}
        done = run("snapshot", "--json", str(home / "snap.json"), env=env)
        assert done.returncode == 0, done.stderr

    told = run("compare", *(str(home / "snap.json") for home in homes))
    same = run("compare", *[str(homes[0] / "snap.json")] * 2, "--json", "-")

    assert told.returncode == 0, told.stderr
    assert "notes" in told.stdout
    assert json.loads(same.stdout)["differences"] == []


def test_comparing_what_is_no_snapshot_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    done = run("compare", str(tmp_path / "a.json"), str(tmp_path / "a.json"))

    assert done.returncode == 2
    assert "no snapshot" in done.stderr


@pytest.mark.real(part="commands")
def test_local_state_joins_the_report(tmp_path: Path) -> None:
    """The machine is looked at, of its servers only this one, and `--no-local` ends it.

    A healthy server stays healthy.
    """
    env = {**os.environ, "HOME": str(tmp_path)}
    with serve("healthy-get-405") as lab:
        mine, other = lab.url, "https://other.example.test/mcp"
        servers = {
            name: {"type": "http", "url": url}
            for name, url in {"mine": mine, "other": other}.items()
        }
        config = tmp_path / ".claude.json"
        config.write_text(json.dumps({"mcpServers": servers}))
        words = ("triage", lab.url, "--hold", "0", "--json", "-")
        done = run(*words, env=env)
        without = run(*words, "--no-local", env=env)

    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert report["evidence"][0]["probe"] == "local"
    assert [s["name"] for s in report["evidence"][0]["servers"]] == ["mine"]
    assert other not in done.stdout
    assert without.returncode == 0, without.stderr
    assert "local" not in {e["probe"] for e in json.loads(without.stdout)["evidence"]}


@pytest.mark.parametrize("each", COMMANDS, ids=lambda each: each[0])
def test_the_help_says_of_a_command_what_the_command_says(
    each: tuple[str, str, str, str, str],
) -> None:
    """The list of commands imports none of them, so it holds their words."""
    _, module, function, says, _ = each
    documented = import_module(f"streamtriage.{module}")
    text = inspect.getdoc(getattr(documented, function)) or ""

    assert says == " ".join(text.split("\n\n")[0].split())


def test_the_readme_names_every_command_and_option() -> None:
    """Whatever `triage --help` offers, and every command, stands in the README."""
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    commands = [name for name, *_ in COMMANDS]
    options = set(re.findall(r"--[a-z][a-z-]+", run("triage", "--help").stdout))

    assert [c for c in commands if f"`streamtriage {c}" not in readme] == []
    assert sorted(o for o in options - {"--help"} if f"`{o}" not in readme) == []


def test_without_a_url_and_without_a_client_the_way_out_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(app, ["triage"])
    empty = CliRunner().invoke(app, ["triage", ""])

    assert (done.exit_code, empty.exit_code) == (2, 2)
    assert "Give the server's URL" in done.output


def test_without_a_url_two_servers_are_named_to_choose_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    servers = {name: {"httpUrl": f"https://{name}.example/mcp"} for name in ("a", "b")}
    (tmp_path / ".qwen").mkdir()
    text = json.dumps({"mcpServers": servers})
    (tmp_path / ".qwen" / "settings.json").write_text(text)

    done = CliRunner().invoke(app, ["triage", "--client", "qwen-code"])

    assert done.exit_code == 2
    assert "a (https://a.example/mcp), b (https://b.example/mcp)" in done.output
