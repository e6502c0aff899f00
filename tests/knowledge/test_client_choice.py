"""The client that failed is the one that was named, printed, set up or logged."""

from __future__ import annotations

from typing import Any

import pytest

from streamtriage.knowledge.client_choice import choose_client
from streamtriage.knowledge.client_folders import UnknownClientError


@pytest.mark.parametrize(
    ("named", "client", "version", "by"),
    [
        ({}, "mcp-typescript", "", "default"),
        ({"given": "codex"}, "codex", "", "given"),
        ({"given": "codex@0.100.0"}, "codex", "0.100.0", "given"),
        ({"given": "codex", "text": ["Gemini CLI"]}, "codex", "", "given"),
        ({"text": ["Claude Code@2.1.83"]}, "claude-code", "2.1.83", "text"),
        ({"text": ["gemini-cli"], "config": ["codex"]}, "gemini-cli", "", "text"),
        ({"config": ["opencode"], "log": ["Claude Code"]}, "opencode", "", "config"),
        ({"log": ["Claude Code"]}, "claude-code", "", "log"),
        (
            {"given": "claude-code", "log": ["Claude Code@2.1.330"]},
            "claude-code",
            "2.1.330",
            "given",
        ),
        (
            {"config": ["codex", "gemini-cli"], "log": ["codex@0.171.0"]},
            "codex",
            "0.171.0",
            "log",
        ),
        (
            {"log": ["Claude Code@2.1.81", "Claude Code@2.1.330"]},
            "claude-code",
            "2.1.330",
            "log",
        ),
        ({"config": ["codex", "gemini-cli"]}, "mcp-typescript", "", "default"),
        ({"config": ["Some Editor"]}, "mcp-typescript", "", "default"),
        ({"config": ["Some Editor", "codex"]}, "codex", "", "config"),
        ({"given": "  "}, "mcp-typescript", "", "default"),
    ],
    ids=[
        "nothing known",
        "given",
        "given with a version",
        "given before the text",
        "text with a version",
        "text before the config",
        "config before the log",
        "log alone",
        "version from the log",
        "several configured, one logged",
        "the last version logged",
        "several configured",
        "an unknown one configured",
        "an unknown one beside a known one",
        "blanks are nothing",
    ],
)
def test_client_is_chosen(
    named: dict[str, Any], client: str, version: str, by: str
) -> None:
    choice = choose_client(**named)

    assert (choice.client, choice.version, choice.by) == (client, version, by)


def test_unknown_given_name_is_an_error() -> None:
    """What a person typed is never passed over, unlike what was found."""
    with pytest.raises(UnknownClientError, match="codex"):
        choose_client("foo-bar", text=["codex"])


def test_choice_says_whose_rows_it_has() -> None:
    exact = choose_client("codex@0.171.0")
    older = choose_client("codex@0.100.0")
    other = choose_client("cursor")

    assert exact.is_measured
    assert older.of_this_client
    assert not older.is_measured
    assert not other.of_this_client
    assert other.dialect.client == "mcp-typescript"
