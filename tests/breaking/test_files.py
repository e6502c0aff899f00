"""What a person names is read without hanging; what is written is whole, or is not."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streamtriage.files import read_named, write_whole
from streamtriage.model import Report
from streamtriage.model.vocabulary import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.real(part="breaking")

SAVED = Path(__file__).parents[1] / "data/reports/half-open-stream-409.json"
NOT_WRITTEN = 2
# Each writes something on standard output, in a second.
WRITERS: dict[str, Sequence[str]] = {
    "judge": ("judge", str(SAVED)),
    "judge --json -": ("judge", str(SAVED), "--json", "-"),
    "compare": ("compare", str(SAVED), str(SAVED)),
    "compare --json -": ("compare", str(SAVED), str(SAVED), "--json", "-"),
    "signature": ("signature", str(SAVED)),
    "faults": ("faults",),
    "causes": ("causes", "--json", "-"),
    "schema": ("schema",),
    "history": ("history", "--json", "-", "--logs", "."),
    "snapshot": ("snapshot",),
}


def run(
    line: str, *words: str, cwd: Path, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as `"$@"` of a line of shell, in an empty home."""
    return subprocess.run(
        ["bash", "-c", line, "-", sys.executable, "-m", "streamtriage", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        input=given,
        cwd=cwd,
        env={**os.environ, "HOME": str(cwd)},
    )


# --- writing --------------------------------------------------------------------------


@pytest.mark.parametrize("line", ['"$@" >/dev/full', '"$@" >&-'])
@pytest.mark.parametrize("name", WRITERS)
def test_what_cannot_be_said_is_one_exit_code(
    name: str, line: str, tmp_path: Path
) -> None:
    done = run(line, *WRITERS[name], cwd=tmp_path)

    assert done.returncode == NOT_WRITTEN
    assert "cannot be written" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("judge", str(SAVED), "--json"),
        ("judge", str(SAVED), "--html"),
        ("compare", str(SAVED), str(SAVED), "--json"),
        ("signature", str(SAVED), "--json"),
        ("extract", str(SAVED), "--json"),
        ("snapshot", "--json"),
        ("history", "--json"),
        ("causes", "--json"),
    ],
    ids=lambda words: f"{words[0]} {words[-1]}",
)
def test_a_file_that_cannot_be_written_is_the_same_code(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = run('"$@"', *words, "/proc/nowhere/x", cwd=tmp_path)

    assert done.returncode == NOT_WRITTEN, done.stderr
    assert "cannot be written" in done.stderr


def test_a_reader_that_has_seen_enough_changes_no_exit_code(tmp_path: Path) -> None:
    line = '"$@" | head -1 >/dev/null; exit ${PIPESTATUS[0]}'
    done = run(line, "judge", str(SAVED), cwd=tmp_path)

    assert (done.returncode, done.stderr) == (1, "")


def test_a_disk_that_is_full_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """The limit on the size of files stands in for the disk: both end the write."""
    old = tmp_path / "r.json"
    old.write_text("old")
    line = 'ulimit -f 8; "$@"'
    done = run(line, "judge", str(SAVED), "--json", "r.json", cwd=tmp_path)

    assert old.read_text() == "old"
    assert done.returncode == NOT_WRITTEN
    assert "r.json cannot be written" in done.stderr
    assert [each.name for each in tmp_path.iterdir() if "writing" in each.name] == []


def test_a_file_is_replaced_and_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o600)
    link.symlink_to(real)
    write_whole(link, "new")

    assert link.is_symlink()
    assert real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o600


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may write everything")
    kept = tmp_path / "kept"
    kept.write_text("old")
    kept.chmod(0o400)

    with pytest.raises(PermissionError):
        write_whole(kept, "new")
    assert kept.read_text() == "old"


# --- reading --------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("judge",), ("extract",)], ids=" ".join)
@pytest.mark.parametrize(
    "line",
    [
        'cat "$STREAMTRIAGE_TEST" | "$@" -',
        'cat "$STREAMTRIAGE_TEST" | "$@" /dev/stdin',
        '"$@" /dev/stdin <"$STREAMTRIAGE_TEST"',
        '"$@" <(cat "$STREAMTRIAGE_TEST")',
        '"$@" <(sleep 1; cat "$STREAMTRIAGE_TEST")',
        'mkfifo p; (sleep 1; cat "$STREAMTRIAGE_TEST" >p) & "$@" p',
    ],
)
def test_pipes_and_process_substitution_are_read(
    line: str, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMTRIAGE_TEST", str(SAVED))
    done = run(line, *words, cwd=tmp_path)

    assert done.returncode == {"judge": 1, "extract": 0}[words[0]], done.stderr
    assert "half-open-stream-409" in done.stdout


def test_a_pipe_that_nobody_writes_into_is_said_and_not_waited_for(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "p")
    done = run('"$@"', "judge", "p", cwd=tmp_path)

    assert done.returncode == NOT_WRITTEN
    assert done.stderr == (
        "streamtriage: p cannot be read (nobody writes into this pipe).\n"
    )


def test_a_pipe_is_read_to_its_bound(tmp_path: Path) -> None:
    pipe = tmp_path / "p"
    os.mkfifo(pipe)

    def flood() -> None:
        other = os.open(pipe, os.O_WRONLY)
        with contextlib.suppress(BrokenPipeError):
            while True:
                os.write(other, b"x" * 4096)
        os.close(other)

    writer = threading.Thread(target=flood, daemon=True)
    writer.start()
    read = read_named(pipe, 100_000)
    writer.join(10)

    assert len(read) == 100_000
    assert not writer.is_alive()


def test_a_long_report_is_read_whole(tmp_path: Path) -> None:
    """Of a long log the telling parts are enough; half a report is none."""
    content = json.loads(SAVED.read_text())
    content["evidence"] *= 3
    text = json.dumps(content, indent=8)
    (tmp_path / "r.json").write_text(text)
    done = run('"$@"', "judge", "r.json", "--json", "out.json", cwd=tmp_path)

    assert len(text) > 600_000
    assert done.returncode in (0, 1, 3), done.stderr


# --- what stands in it ----------------------------------------------------------------


@pytest.mark.parametrize("version", ["99.0", "99.0\u001b[2J", "next", 3])
@pytest.mark.parametrize("words", [("judge",), ("extract",), ("compare", str(SAVED))])
def test_a_newer_format_is_refused_in_words(
    words: tuple[str, ...], version: object, tmp_path: Path
) -> None:
    content = json.loads(SAVED.read_text()) | {"schema_version": version}
    file = tmp_path / "r.json"
    file.write_text(json.dumps(content))
    done = run('"$@"', *words, "r.json", cwd=tmp_path)

    assert done.returncode == NOT_WRITTEN
    assert done.stdout == ""
    assert "\x1b" not in done.stderr
    if version == "99.0":
        assert "newer" in done.stderr


def test_the_own_format_is_not_refused() -> None:
    content = json.loads(SAVED.read_text()) | {"schema_version": SCHEMA_VERSION}

    assert Report.model_validate(content).schema_version == SCHEMA_VERSION


@pytest.mark.parametrize("words", [("judge",), ("extract",), ("compare", str(SAVED))])
def test_no_message_obeys_a_strangers_file(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    """The names of fields are a stranger's too, and the validator quotes them."""
    content = json.loads(SAVED.read_text()) | {"x\u001b[2J\u202e\u0007": 1}
    (tmp_path / "r.json").write_text(json.dumps(content))
    done = run('"$@"', *words, "r.json", cwd=tmp_path)

    assert done.returncode == NOT_WRITTEN
    assert not {"\x1b", "\u202e", "\x07"} & set(done.stdout + done.stderr)


def test_the_guard_lets_our_own_colours_through_and_nothing_else() -> None:
    code = (
        "import sys\n"
        "from streamtriage.console import guarded\n"
        "sys.stdout = guarded(sys.stdout)\n"
        "sys.stdout.write('\\x1b[1;31mred\\x1b[0m \\x1b[1;2;34m-o\\x1b[m ')\n"
        "sys.stdout.write('\\x1b]0;title\\x07 \\x1b[2J \\u202e')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=30, check=True
    )

    assert done.stdout.decode() == (
        "\x1b[1;31mred\x1b[0m \x1b[1;2;34m-o\x1b[m "
        "<U+001B>]0;title<U+0007> <U+001B>[2J <U+202E>"
    )
