"""What the command line says and writes: progress, interim verdict, files."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from streamtriage.escapes import may_escape
from streamtriage.files import open_named, write_whole
from streamtriage.languages import translate
from streamtriage.on_first_use import Later, compile_later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage import redaction
    from streamtriage.model import Report
    from streamtriage.model import message as messages
    from streamtriage.triage import Progress
else:
    redaction = Later("streamtriage.redaction")
    messages = Later("streamtriage.model.message")

__all__ = ["ProgressLine", "guarded", "read_bounded", "say", "write"]

# A log that is followed by a person needs no line a second.
LINE_EVERY_S = 15


class ProgressLine:
    """Progress on standard error: one line rewritten on a terminal, else few lines."""

    def __init__(self) -> None:
        self._terminal = may_escape(sys.stderr)
        self._phase = ""

    def show(self, progress: Progress) -> None:
        left = progress.left_s
        text = translate(progress.phase)
        if left is not None:
            text = translate("{phase}: {left:g} s left", phase=text, left=left)
        if self._terminal:
            sys.stderr.write(f"\r\x1b[2K{text} …")
        elif progress.phase != self._phase or (left or 1) % LINE_EVERY_S == 0:
            sys.stderr.write(f"{text}\n")
        self._phase = progress.phase
        sys.stderr.flush()

    def interim(self, report: Report) -> None:
        self.end()
        verdict = report.verdict
        known = messages.told(verdict.messages.summary, verdict.summary)
        sys.stderr.write(
            translate("So far: {summary}", summary=known)
            + "\n"
            + translate("The watch goes on; Ctrl-C ends it and keeps what was seen.\n")
        )

    def end(self) -> None:
        if self._terminal:
            sys.stderr.write("\r\x1b[2K")


def read_bounded(name: str) -> str:
    """Return a file's text, or standard input's for `-`, read to its end.

    Of a large one the parts that tell something; see `error_text.large`. Raises OSError
    if it cannot be read.
    """
    # Only who is given a text needs what finds its parts.
    from streamtriage.error_text.large import telling_part  # noqa: PLC0415

    if name == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        return telling_part(sys.stdin.buffer)
    with open_named(name) as file:
        return telling_part(file)


def say(message: str, secrets: Iterable[str] = ()) -> None:
    """Say something on standard error, without what a terminal would obey."""
    if sys.stderr is not None:
        sys.stderr.write(
            f"{redaction.last_look(redaction.visible(message), secrets)}\n"
        )
        sys.stderr.flush()


def write(target: str, text: str, secrets: Iterable[str] = ()) -> None:
    """Write to a file, or to standard output for `-`, after a last look at the text.

    A file is written whole or not at all. Raises OSError.
    """
    text = redaction.last_look(text, secrets)
    if target == "-":
        if sys.stdout is None:
            raise OSError(errno.EBADF, "standard output is closed")
        try:
            sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
            # What is only buffered fails when nobody can be told any more.
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever reads has seen enough, as `head` does.
            sys.stdout = _nowhere()
        return
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


# What this program itself sends to a terminal: colours, and a line to be rewritten.
_OWN = compile_later("\x1b\\[(?:[0-9]{1,2}(?:;[0-9]{1,2})?)?m|\r\x1b\\[2K")


class _Guarded(io.TextIOWrapper):
    """A text stream that spells out what a terminal would obey.

    It is the second wall: what is a stranger's is made visible where it is taken in.
    """

    def write(self, text: str) -> int:
        own = _OWN.findall(text)
        parts = (redaction.visible(part) for part in _OWN.split(text))
        whole = "".join(a + b for a, b in zip(parts, (*own, ""), strict=True))
        super().write(whole)
        return len(text)


def guarded(stream: TextIO | None) -> TextIO | None:
    """Return the stream with a guard before it; a closed one, or none, as it is."""
    if stream is None or not hasattr(stream, "buffer"):
        return stream
    stream.flush()
    return _Guarded(
        stream.buffer,
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.isatty(),
        write_through=stream is sys.stderr,
    )
