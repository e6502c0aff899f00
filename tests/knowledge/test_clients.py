"""Each client has a folder, its rows are whole, and its name finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from streamtriage.knowledge.client_folders import (
    ClientDataError,
    NotMeasured,
    UnknownClientError,
    client_folders,
    client_names,
    name_client,
    nearest_version,
    read_measured,
)
from streamtriage.knowledge.client_reactions import (
    SITUATIONS,
    Reactions,
    for_whom,
    reactions_of,
)
from streamtriage.knowledge.client_requests import Dialect, dialect_of
from streamtriage.knowledge.client_trust import Trust, trust_of

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = {folder.name: folder for folder in client_folders()}
KINDS: dict[Any, type[Any]] = {
    "requests": Dialect,
    "reactions": Reactions,
    "trust": Trust,
}


@pytest.mark.parametrize("file", KINDS)
@pytest.mark.parametrize("client", FOLDERS)
def test_every_folder_is_whole(client: str, file: Any) -> None:
    """A client's file has rows, or says why there are none."""
    found = read_measured(FOLDERS[client], file, KINDS[file])

    if isinstance(found, NotMeasured):
        assert found.why.endswith(".")
        assert not found.like or name_client(found.like)
    else:
        assert all(row.client == client and row.version in row.source for row in found)


def test_at_least_fifteen_clients_were_measured() -> None:
    """Rows for most clients are measured ones, not words that there are none."""
    measured = [
        name
        for name, folder in FOLDERS.items()
        if not isinstance(read_measured(folder, "requests", Dialect), NotMeasured)
    ]

    assert len(measured) >= 15


@pytest.mark.parametrize("name", client_names())
def test_every_known_client_is_found(name: str) -> None:
    assert name_client(name) == name
    assert dialect_of(name).requests


def test_every_measured_client_met_every_fault() -> None:
    for name in client_names():
        found = reactions_of(name)
        assert found is None or set(found.after) == set(SITUATIONS), name


def test_unknown_client_is_told_for_whom() -> None:
    """Each measured client stands on one side of a fault."""
    told = for_whom("get-502")

    assert "gemini-cli@0.61.0" in told["lost"]
    assert "mcp-typescript@1.32.2" in told["left"]
    assert not set(told["left"]) & set(told["lost"])
    assert len(told["left"]) + len(told["lost"]) >= 17


@pytest.mark.parametrize(
    ("typed", "client"),
    [
        ("claude-code", "claude-code"),
        ("Claude Code", "claude-code"),
        ("claude_code", "claude-code"),
        ("ClaudeCode", "claude-code"),
        ("gemini", "gemini-cli"),
        ("Gemini CLI", "gemini-cli"),
        ("VS Code", "vscode"),
        ("python", "mcp-python"),
        (" codex ", "codex"),
    ],
)
def test_name_is_found_however_it_is_spelled(typed: str, client: str) -> None:
    assert name_client(typed) == client


@pytest.mark.parametrize("typed", ["foo-bar", "", "@1.2.3", "claude-cod"])
def test_unknown_name_is_told_the_known_ones(typed: str) -> None:
    with pytest.raises(UnknownClientError) as told:
        dialect_of(typed)

    assert "gemini-cli" in str(told.value)
    assert "Leave it out" in str(told.value)


def test_word_of_several_is_told_which() -> None:
    with pytest.raises(UnknownClientError, match=r"mcp-python.*mcp-typescript"):
        name_client("mcp")


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        ("", "2.4.0"),
        ("1.32.2", "1.32.2"),
        ("1.20.0", "1.10.0"),
        ("1.99.0", "1.32.2"),
        ("1.0.0", "1.10.0"),
        ("2.0.1", "2.4.0"),
        ("3.0.0", "2.4.0"),
        ("latest", "2.4.0"),
    ],
)
def test_nearest_version_is_of_the_same_major(wanted: str, nearest: str) -> None:
    measured = ["2.4.0", "1.10.0", "1.32.2"]

    assert nearest_version(measured, wanted) == nearest


def test_version_chooses_the_row() -> None:
    assert dialect_of("mcp-typescript@1.30.0").version == "1.32.2"
    assert dialect_of("mcp-typescript@v2.9.0").version == "2.4.0"
    assert dialect_of("mcp-python@1.9.4").version == "1.30.0"


# --- files that are wrong -------------------------------------------------------------

ROW = """
[[measured]]
version = "1.0.0"
runtime = "Node.js"
source = "measured with it 1.0.0"
grade = "L"
date = "2026-11-28"
proxy = "not used"
obeys_no_proxy = true
http2_with = []
[measured.trusts]
SSL_CERT_FILE = true
"""


def written(folder: Path, text: str | None) -> Path:
    client = folder / "some-client"
    client.mkdir()
    if text is not None:
        (client / "trust.toml").write_text(text)
    return client


def test_right_file_is_read(tmp_path: Path) -> None:
    found = read_measured(written(tmp_path, ROW), "trust", Trust)

    assert not isinstance(found, NotMeasured)
    assert found[0].key == "some-client@1.0.0"
    assert found[0].trusts == {"SSL_CERT_FILE": True}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "is missing"),
        ("[[measured", "cannot be read"),
        ("", "no version"),
        (ROW + ROW, "one of them twice"),
        (ROW.replace("SSL_CERT_FILE", "SSL_CERT_FIEL"), "SSL_CERT_FIEL"),
        (ROW.replace('grade = "L"', ""), "grade"),
        (ROW.replace("2026-11-28", "yesterday"), "date"),
        (ROW.replace('"not used"', '"sometimes"'), "proxy"),
        ("[mesured]\n", "mesured"),
        ("[not_measured]\n", "why"),
    ],
    ids=[
        "no file",
        "no TOML",
        "no row",
        "one version twice",
        "unknown store",
        "no grade",
        "no day",
        "unknown word",
        "unknown table",
        "no reason",
    ],
)
def test_wrong_file_says_what_is_wrong(
    tmp_path: Path, text: str | None, told: str
) -> None:
    """The message names the file and the place in it."""
    client = written(tmp_path, text)

    with pytest.raises(ClientDataError) as error:
        read_measured(client, "trust", Trust)

    assert "clients/some-client/trust.toml" in str(error.value)
    assert told in str(error.value)


def test_http2_is_picked_with_every_store_or_it_depends() -> None:
    copilot, codex, claude = (
        trust_of(each) for each in ("copilot-cli", "codex", "claude-code")
    )

    assert copilot is not None
    assert copilot.picks_http2
    assert codex is not None
    assert codex.http2_with
    assert not codex.picks_http2
    assert claude is not None
    assert not claude.http2_with


def test_trust_differs_between_clients() -> None:
    """One store is not every client's."""
    codex, gemini = trust_of("codex"), trust_of("gemini-cli")

    assert codex is not None
    assert gemini is not None
    assert codex.trusts["SSL_CERT_FILE"]
    assert not codex.trusts["NODE_EXTRA_CA_CERTS"]
    assert gemini.trusts["NODE_EXTRA_CA_CERTS"]
    assert not gemini.trusts["SSL_CERT_FILE"]
