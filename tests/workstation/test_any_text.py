"""Whatever stands in a file, reading it ends, and ends well."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamtriage.model import LocalEvidence
from streamtriage.workstation.config.json_slices import (
    ShapeError,
    load,
    members,
    parts,
    without_comments,
)
from streamtriage.workstation.filesystem import Surroundings
from streamtriage.workstation.logs.files import Budget, read_log
from streamtriage.workstation.logs.lines import read_line
from streamtriage.workstation.logs.summary import read_logs
from streamtriage.workstation.secret_facts import facts_of

from .homes import HTTP, URL, Home

WORDS = st.sampled_from(
    [
        "Connection error: ",
        "Failed to reconnect SSE stream: ",
        "Failed to open SSE stream: Conflict",
        "HTTP connection dropped after 61s uptime",
        "Successfully connected (transport: http) in 3ms",
        "Starting connection with timeout of 30000ms",
        "Maximum reconnection attempts (2) exceeded.",
        "No token data found",
        'MCP server "notes": ',
        '{"debug":"',
        '","timestamp":"2026-11-22T10:00:00.000Z"}',
        "2026-11-22T10:00:00.000Z [DEBUG] ",
        "claude-code/2.1.197",
        "\n",
        "\x00",
        "\\",
        '"',
    ]
)
LOG = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=40).map(
        lambda words: "".join(words).encode("utf-8", "surrogatepass")
    ),
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "url", "headers", "env", "args", "command", "timeout", "notes"]
            )
            | st.text(max_size=6),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(LOG)
def test_any_log_is_read(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2026.jsonl"
        path.write_bytes(raw)
        around = Surroundings(Path("/home/dev"), {}, Path("/home/dev"))

        found = read_logs([(path, "Claude Code")], around, Budget())

    local = LocalEvidence(logs=found)
    assert LocalEvidence.model_validate_json(local.model_dump_json()) == local
    assert len(local.model_dump_json()) < 200_000


@given(LOG)
def test_any_line_is_classified(raw: bytes) -> None:
    line, _ = read_line(raw)

    assert line is None or len(line.detail) <= 2000


@given(st.integers(min_value=1, max_value=5000), st.integers(min_value=0, max_value=9))
def test_lines_are_found_wherever_blocks_meet(size: int, place: int) -> None:
    """A line that crosses a border of two blocks is read once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2026.jsonl"
        line = '{"debug":"HTTP connection dropped after 61s uptime"}\n'
        filler = ("x" * size + "\n") * (3_000_000 // size)
        cut = len(filler) * place // 9
        path.write_text(filler[:cut] + "\n" + line + filler[cut:], encoding="utf-8")

        found = read_log(path, Budget())

    assert [each.said for each in found.lines] == ["dropped"]


@given(VALUE, st.sampled_from(["{claude_json}", "{project}/.mcp.json"]))
def test_any_configuration_is_read(value: Any, place: str) -> None:
    content = {"mcpServers": {"notes": value, "more": {**HTTP, "headers": value}}}
    _look({place: json.dumps(content)})
    _look({place: json.dumps({"mcpServers": value, "projects": value})})


@given(
    st.text(max_size=200)
    | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")),
    st.sampled_from(
        [
            "{claude_json}",
            "{claude_dir}/settings.json",
            "{claude_dir}/mcp-needs-auth-cache.json",
            "{claude_dir}/plugins/installed_plugins.json",
            "{codex}/config.toml",
            "{code}/User/mcp.json",
            "{config}/opencode/opencode.json",
        ]
    ),
)
def test_any_text_as_configuration_is_read(text: str, place: str) -> None:
    _look({place: text})


def _look(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        for place, text in files.items():
            path = home.surroundings().resolve(place)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
        local = home.look()
    assert LocalEvidence.model_validate_json(local.model_dump_json()) == local


@given(st.dictionaries(st.text(max_size=9), VALUE, max_size=6))
def test_chosen_parts_equal_the_whole(content: dict[str, Any]) -> None:
    """Skipping as text finds exactly what a decoder finds."""
    for indent in (None, 2):
        text = json.dumps(content, indent=indent)
        chosen = {
            name: load(text[start:end])
            for name, (start, end) in parts(text, set(content)).items()
        }
        assert repr(chosen) == repr(json.loads(text))


@given(st.text(max_size=300))
def test_any_text_has_members_or_an_error(text: str) -> None:
    with suppress(ShapeError):
        assert all(end > start for _, start, end in members(without_comments(text)))


@given(st.text(max_size=200))
def test_facts_hold_nothing_of_the_value(value: str) -> None:
    secret = f"s3cr3t{value}s3cr3t"

    assert "s3cr3t" not in facts_of("X", secret, {}).model_dump_json()


def test_deep_and_long_files_are_bounded() -> None:
    _look({"{claude_json}": '{"mcpServers":' + "{" * 50_000})
    _look({"{claude_json}": '{"mcpServers":' + "[" * 50_000 + "]" * 50_000 + "}"})
    _look({"{codex}/config.toml": "a = " + "[" * 5_000})
    entries = {f"n{n}": {"type": "http", "url": URL} for n in range(3000)}
    _look({"{claude_json}": json.dumps({"mcpServers": entries})})
