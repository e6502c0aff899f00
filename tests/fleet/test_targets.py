"""Lists of targets: what they may say, and how a row that is wrong is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtriage.fleet.machine import targets_of_this_machine
from streamtriage.fleet.targets import TargetListError, Targets, checked, read_targets
from streamtriage.workstation.candidates import Candidate

if TYPE_CHECKING:
    from pathlib import Path

CSV = """name,url,auth_env,header_envs,hold_s,vantages
one,https://a.example/mcp,MY_TOKEN,"X-Key=MY_KEY, X-Other=OTHER",2.5,office ci
,https://b.example/mcp,,,,
"""
YAML = """
- name: one
  url: https://a.example/mcp
  auth_env: MY_TOKEN
  header_envs: {X-Key: MY_KEY, X-Other: OTHER}
  hold_s: 2.5
  vantages: [office, ci]
- url: https://b.example/mcp
"""
JSON = """[
  {"name": "one", "url": "https://a.example/mcp", "auth_env": "MY_TOKEN", "hold_s": 2.5,
   "header_envs": {"X-Key": "MY_KEY", "X-Other": "OTHER"}, "vantages": "office,ci"},
  {"url": "https://b.example/mcp"}
]"""


def read(folder: Path, name: str, text: str | bytes) -> Targets:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_targets(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("t.csv", CSV, id="csv"),
        pytest.param("t.csv", "\ufeff" + CSV, id="csv with a byte order mark"),
        pytest.param("t.json", JSON, id="json"),
        pytest.param("t.json", f'{{"targets": {JSON}}}', id="json under a key"),
        pytest.param("t.yaml", YAML, id="yaml"),
        pytest.param("t.yml", f"targets:{YAML}", id="yaml under a key"),
    ],
)
def test_one_list_in_every_form(tmp_path: Path, name: str, text: str) -> None:
    found = read(tmp_path, name, text)
    one, other = found.good

    assert found.bad == ()
    assert (one.name, one.auth_env, one.hold_s) == ("one", "MY_TOKEN", 2.5)
    assert one.header_envs == {"X-Key": "MY_KEY", "X-Other": "OTHER"}
    assert one.vantages == ("office", "ci")
    assert (other.name, other.hold(7)) == ("b.example/mcp", 7)


def test_a_spreadsheet_with_semicolons(tmp_path: Path) -> None:
    found = read(tmp_path, "t.csv", "name;url\nx;https://a.example/mcp\n")

    assert [each.name for each in found.good] == ["x"]


BAD_JSON = """[
  {"name": "x", "url": "https://a.example/mcp"},
  {"name": "y", "url": "ftp://a.example/mcp"},
  7,
  {"name": "z", "url": "https://b.example/mcp", "token": "hunter2"},
  {"name": "x", "url": "https://c.example/mcp"}
]"""
BAD_YAML = """- {name: x, url: https://a.example/mcp}
- {name: y, url: ftp://a.example/mcp}
- 7
- {name: z, url: https://b.example/mcp, token: hunter2}
- {name: x, url: https://c.example/mcp}
"""


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        pytest.param("t.json", BAD_JSON, [3, 4, 5, 6], id="json"),
        pytest.param("t.yaml", BAD_YAML, [2, 3, 4, 5], id="yaml"),
    ],
)
def test_bad_rows_are_named_by_their_line(
    tmp_path: Path, name: str, text: str, lines: list[int]
) -> None:
    """The rest is taken, and no value of a row that was refused is repeated."""
    found = read(tmp_path, name, text)

    assert [each.name for each in found.good] == ["x"]
    assert [each.line for each in found.bad] == lines
    assert "hunter2" not in str(found.bad)
    assert "line" in found.bad[-1].problem


def test_lines_of_a_csv_count_what_is_quoted(tmp_path: Path) -> None:
    """A cell may hold line breaks: the line is the one on which its row begins."""
    text = (
        "name,url,error\n"
        'a,https://a.example/mcp,"one\ntwo"\n'
        "b,nothing,\n"
        "\n"
        "c,https://c.example/mcp,x,y\n"
    )
    found = read(tmp_path, "t.csv", text)

    assert [each.name for each in found.good] == ["a"]
    assert [each.line for each in found.bad] == [4, 6]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"url": "https://h/mcp?api_key=hunter2x"}, id="query"),
        pytest.param({"url": "https://me:hunter2x@h/mcp"}, id="password"),
        pytest.param({"auth_env": "sk-ant-REDACTED-hunter2x"}, id="token"),
        pytest.param({"auth_env": "hunter2x"}, id="small letters and a digit"),
        pytest.param({"header_envs": "X-Key=hunter2x"}, id="header"),
        pytest.param({"proxy": "http://u:hunter2x@p:1"}, id="proxy"),
        pytest.param({"hold_s": "hunter2x"}, id="no number"),
        pytest.param({"name": "ghp_hunter2x" + "a1B2" * 9}, id="name"),
        pytest.param({"hunter2x": "y"}, id="field"),
    ],
)
def test_a_secret_is_refused_and_not_repeated(row: dict[str, str]) -> None:
    given_ = {"name": "x", "url": "https://h/mcp"} | row
    found = checked([(1, given_)])

    assert found.good == ()
    assert len(found.bad) == 1
    assert "hunter2x" not in str(found.bad)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        pytest.param("t.txt", "x", ".csv", id="ending"),
        pytest.param("t.csv", "", "no column called url", id="empty"),
        pytest.param("t.csv", "url\n", "has no row", id="only a head"),
        pytest.param("t.csv", "name,address\nx,y\n", "called url", id="no url column"),
        pytest.param("t.csv", b"url\nhttps://a/\xff\n", "line 2", id="not UTF-8"),
        pytest.param("t.json", '[{"url": "x"\n', "line 2", id="half a list"),
        pytest.param("t.json", "[1 2]", "comma", id="no comma"),
        pytest.param("t.json", '{"mcpServers": []}', "targets", id="another key"),
        pytest.param("t.json", "[" * 100_000, "not JSON", id="deep json"),
        pytest.param("t.yaml", "a: [", "line 1", id="half a yaml"),
        pytest.param("t.yaml", "[" * 5000, "not YAML", id="deep yaml"),
        pytest.param("t.yaml", "- &a [x]\n- *a\n", "aliases", id="aliases"),
        pytest.param("t.yaml", "- !!python/name:os.system x\n", "not YAML", id="tag"),
        pytest.param("t.yaml", "text", "write a list", id="no list"),
        pytest.param("t.csv", b"url\n" + b"x" * (9 << 20), "8 MB", id="huge"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, text: str | bytes, says: str
) -> None:
    with pytest.raises(TargetListError, match=says):
        read(tmp_path, name, text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetListError, match="cannot be read"):
        read_targets(tmp_path / "no.csv")


@given(st.sampled_from(["csv", "json", "yaml"]), st.text(max_size=200))
def test_whatever_is_in_it_only_one_error_comes_of_it(
    tmp_path_factory: pytest.TempPathFactory, kind: str, text: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for content in (text, f"url\n{text}", f"[{text}]", f"- {text}"):
        try:
            found = read(folder, f"t.{kind}", content.encode("utf-8", "replace"))
        except TargetListError:
            continue
        assert found.good or found.bad


def test_what_was_asked_decides_what_is_asked_again() -> None:
    (one,), (other,) = (
        checked([(1, {"name": "x", "url": url})]).good
        for url in ("https://a/mcp", "https://b/mcp")
    )

    assert one.digest(1.0) == one.digest(1.0)
    assert len({one.digest(1.0), one.digest(2.0), other.digest(1.0)}) == 3


def test_servers_of_this_machine() -> None:
    """Each address once; one that holds a secret is named and left out."""
    found = targets_of_this_machine(
        [
            Candidate(server="a", client="Claude Code", url="https://a.example/mcp"),
            Candidate(server="a", client="Cursor", url="https://a.example/mcp"),
            Candidate(server="a", client="Cursor", url="https://b.example/mcp"),
            Candidate(
                server="c",
                client="Cursor",
                url="https://c/<hidden>",
                url_is_whole=False,
            ),
            Candidate(server="stdio", client="Cursor"),
        ]
    )

    assert [each.name for each in found.good] == ["a", "a (Cursor)"]
    assert found.good[0].client == "Claude Code"
    assert [each.line for each in found.bad] == [4]
    assert "env:NAME" in found.bad[0].problem
