"""What the command line says and writes: progress, interim verdict, files."""

from __future__ import annotations

import errno
import io
import sys
from typing import TYPE_CHECKING, TextIO

from streamtriage.escapes import may_escape
from streamtriage.files import open_named
from streamtriage.languages import translate
from streamtriage.on_first_use import Later, compile_later
from streamtriage.outbox import Outbox

if TYPE_CHECKING:
    from streamtriage import redaction
    from streamtriage.model import Report
    from streamtriage.model import message as messages
    from streamtriage.redaction import Redacted
    from streamtriage.triage import Progress
else:
    redaction = Later("streamtriage.redaction")
    messages = Later("streamtriage.model.message")

__all__ = ["ProgressLine", "guarded", "read_bounded", "say", "write"]

# A log that is followed by a person needs no line a second.
LINE_EVERY_S = 15


class ProgressLine:
    """Progress on standard error: one line rewritten on a terminal, else few lines.

    Each says so of a rehearsal.
    """

    def __init__(
        self, outbox: Outbox | None = None, *, rehearsal: bool = False
    ) -> None:
        self._outbox = outbox or Outbox()
        self._of = f"{translate('REHEARSAL')} · " if rehearsal else ""
        self._terminal = may_escape(sys.stderr)
        self._phase = ""

    def show(self, progress: Progress) -> None:
        left = progress.left_s
        text = translate(progress.phase)
        if left is not None:
            text = translate("{phase}: {left:g} s left", phase=text, left=left)
        text = f"{self._of}{text}"
        if self._terminal:
            self._outbox.tell(f"\r\x1b[2K{text} …")
        elif progress.phase != self._phase or (left or 1) % LINE_EVERY_S == 0:
            self._outbox.tell(f"{text}\n")
        self._phase = progress.phase

    def interim(self, known: Redacted[Report]) -> None:
        self.end()
        verdict = known.shown.verdict
        said = messages.told(verdict.messages.summary, verdict.summary)
        self._outbox.tell(
            self._of
            + translate("So far: {summary}", summary=said)
            + f"\n{self._of}"
            + translate("The watch goes on; Ctrl-C ends it and keeps what was seen.\n")
        )

    def end(self) -> None:
        if self._terminal:
            self._outbox.tell("\r\x1b[2K")


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


def say(message: str, outbox: Outbox | None = None) -> None:
    """Say something on standard error, without what a terminal would obey."""
    (outbox or Outbox()).tell(f"{redaction.visible(message)}\n")


def write(target: str, text: str, outbox: Outbox | None = None) -> None:
    """Write to a file, or to standard output for `-`, after a last look at the text.

    A file is written whole or not at all. Raises OSError.
    """
    (outbox or Outbox()).write(target, text)


# What this program itself sends to a terminal: colours, and a line to be rewritten.
_OWN = compile_later("\x1b\\[(?:[0-9]{1,3}(?:;[0-9]{1,3}){0,7})?m|\r\x1b\\[2K")


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
