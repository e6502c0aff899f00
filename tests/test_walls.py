"""What comes in is redacted once, and what leaves is looked at, by whatever way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import pytest

from report.samples import CANARIES, leaking
from streamtriage.letting_in import checked, read_checked
from streamtriage.model import Noun, Report
from streamtriage.model.crossing import Crossing
from streamtriage.outbox import Outbox
from streamtriage.redaction import (
    HIDDEN,
    Redacted,
    Wall,
    has_passed,
    holds_a_secret,
    inside,
    let_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "violet-Kestrel-orbit-49"


class Seen(Noun):
    """What a probe may store."""

    said: Annotated[str, Crossing(20)] = ""
    where: Annotated[str, Crossing(address=True)] = ""
    moment: Annotated[str, Crossing(10)] = ""
    names: Annotated[tuple[str, ...], Crossing(4)] = ()
    status: int = 0


# --- the inner wall -------------------------------------------------------------------


def test_what_passed_is_opened_and_nothing_else() -> None:
    one, other = let_in(Seen(status=401)), let_in(Seen(status=401))

    assert one.shown.status == 401
    for wrong in (
        lambda: one == other,
        lambda: one != other,
        lambda: f"{one}",
        lambda: str(one),
        lambda: {one},
        lambda: bool(one),
    ):
        with pytest.raises(TypeError, match="neither sent nor compared"):
            wrong()
    with pytest.raises(TypeError, match="only the wall"):
        Redacted("anything", object())


def test_a_text_is_cut_after_its_secret_is_hidden() -> None:
    """Cut first, the beginning of a secret would stand there, known to nobody."""
    raw = Seen(said=f"it said no to {SECRET}", names=("session-cookie", "b"))
    seen = Wall([SECRET]).let_in(raw).shown

    assert seen.said == f"it said no to {HIDDEN}"[:20]
    assert seen.names == ("sess", "b")


def test_an_address_is_one_wherever_it_stands() -> None:
    seen = let_in(Seen(where="/mcp?k=abc123def456&b=1")).shown

    assert seen.where == f"/mcp?k={HIDDEN}&b=1"


def test_a_text_is_cut_after_its_secrets_are_hidden() -> None:
    wall = Wall([SECRET])

    def moment(text: str) -> str:
        return wall.let_in(Seen(moment=text)).shown.moment

    assert moment("401 Unauthorized") == "401 Unauth"
    assert SECRET[:4] not in moment(f"401 {SECRET}")
    assert moment(SECRET) == HIDDEN[:10]


def test_crossing_twice_is_crossing_once() -> None:
    raw = Seen(
        said=f"x {SECRET}", where="https://h/?t=1234567", moment="abcdefghijkl [G]"
    )
    once = Wall([SECRET]).let_in(raw).shown

    assert let_in(once).shown == once


def test_a_record_is_looked_through_once() -> None:
    """It is the same afterwards, for who shows it ten times; a copy is another one."""
    raw = Seen(said=f"{SECRET}!")
    wall = Wall([SECRET])
    shown = wall.let_in(raw).shown

    assert wall.let_in(raw).shown is shown
    assert has_passed(shown)
    assert inside(shown) is shown
    assert checked(shown) is shown
    assert not has_passed(shown.model_copy(update={"said": "sk-proj-" + "aB3" * 16}))


def test_what_is_learnt_later_is_hidden_in_what_came_before() -> None:
    raw = Seen(said="a1b2c3d4e5 was mine")
    wall = Wall()
    assert wall.let_in(raw).shown.said == raw.said

    wall.learn("a1b2c3d4e5")

    assert wall.let_in(raw).shown.said == f"{HIDDEN} was mine"


def test_a_hostile_server_cannot_make_it_remember_without_end() -> None:
    wall = Wall()
    for number in range(1000):
        wall.learn(f"session-{number:08d}-of-many")
    wall.learn("x" * 100_000)

    assert wall.let_in("session-00000001-of-many").shown == HIDDEN
    assert wall.let_in("session-00000999-of-many").shown != HIDDEN


def test_a_saved_report_is_let_in_where_it_is_read() -> None:
    read = read_checked(Report, leaking().model_dump_json(), [CANARIES["env"]])

    assert has_passed(read)
    assert not [c for c in CANARIES.values() if c in read.model_dump_json()]
    # Opened for ten panes, it is this very report.
    assert checked(read) is read


def test_a_secret_is_told_without_being_hidden() -> None:
    assert holds_a_secret("https://h/mcp?api_key=abcdef123456", address=True)
    assert not holds_a_secret("https://h/mcp", address=True)
    assert not holds_a_secret("MCP_TOKEN")


# --- the outer wall -------------------------------------------------------------------


def _file(box: Outbox, path: Path, text: str) -> None:
    box.file(path / "deep" / "a", text)


def _bytes(box: Outbox, path: Path, text: str) -> None:
    box.file(path / "a", text.encode())


def _named(box: Outbox, path: Path, text: str) -> None:
    box.write(str(path / "a"), text)


def _append(box: Outbox, path: Path, text: str) -> None:
    box.append(path / "a", text)


def _line(box: Outbox, path: Path, text: str) -> None:
    handle = os.open(path / "a", os.O_CREAT | os.O_WRONLY)
    assert box.line(handle, f"{text}\n") > 0
    os.close(handle)


WAYS = {
    "a file": _file,
    "bytes": _bytes,
    "a named file": _named,
    "more of a file": _append,
    "a journal": _line,
    "standard output": lambda box, _, text: box.print(text),
    "standard output by name": lambda box, _, text: box.write("-", text),
    "standard error": lambda box, _, text: box.tell(text),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_out_is_without_a_last_look(
    way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send: Callable[[Outbox, Path, str], None] = WAYS[way]
    key = "ghp_" + "Zk4Qw7Tn9" * 4
    box = Outbox()
    box.learn([SECRET])

    send(box, tmp_path, f"status 401, {SECRET.upper()}, {key}, after 60.0 s")

    said = "".join(capsys.readouterr())
    left = said + "".join(p.read_text() for p in tmp_path.rglob("*") if p.is_file())
    assert "status 401, " in left
    assert "after 60.0 s" in left
    assert SECRET.upper() not in left
    assert key not in left


def test_what_is_packed_stays_whole(tmp_path: Path) -> None:
    """An archive's bytes may look like anything."""
    content = b"PK" + SECRET.encode() + bytes(range(256))

    Outbox([SECRET]).packed(tmp_path / "a.zip", content)

    assert (tmp_path / "a.zip").read_bytes() == content
