"""The outer wall: every byte that leaves goes through an outbox, and is looked at.

Files, streams, panes, exports and what a worker says. A test forbids any other way out.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from streamtriage.files import write_whole
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage import redaction
else:
    redaction = Later("streamtriage.redaction")

__all__ = ["Outbox"]

T = TypeVar("T", str, bytes)


class Outbox:
    """Writes what leaves, after a last look for secrets of the run and for others.

    Facts were redacted where they came in; this is the net below. What it finds is
    masked, and texts stay well formed.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(dict.fromkeys(secrets))
        self._look: redaction.LastLook | None = None

    def learn(self, secrets: Iterable[str]) -> None:
        """Take more values that must not leave, such as those of another run."""
        known = tuple(dict.fromkeys((*self._secrets, *secrets)))
        if known != self._secrets:
            self._secrets, self._look = known, None

    def look(self, content: T) -> T:
        """Return what may leave of finished text, for a writer that is not ours."""
        if self._look is None:
            self._look = redaction.LastLook(self._secrets)
        return self._look(content)

    def write(self, target: str, text: str) -> None:
        """Write to a file, or to standard output for "-". Raises OSError."""
        if target == "-":
            if sys.stdout is None:
                raise OSError(errno.EBADF, "standard output is closed")
            self.print(text if text.endswith("\n") else f"{text}\n")
        else:
            self.file(Path(target), text)

    def file(self, path: Path, content: T) -> None:
        """Write a file whole, or not at all, in a folder that may be new.

        Raises OSError.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, self.look(content))

    def packed(self, path: Path, content: bytes) -> None:
        """Write an archive or a table of which each part was looked at before.

        Its bytes are no text, and a mask among them would break it. Raises OSError.
        """
        write_whole(path, content)

    def plain(self, path: Path, text: str) -> int:
        """Write a file that a journal will say is whole; return its bytes.

        It is neither renamed nor synced, so many cost little. Raises OSError.
        """
        content = self.look(text).encode()
        path.write_bytes(content)
        return len(content)

    def append(self, path: Path, text: str) -> None:
        """Add text to a file that others read or write too. Raises OSError."""
        with path.open("a", encoding="utf-8") as file:
            file.write(self.look(text))

    def line(self, handle: int, line: str) -> int:
        """Write one line to an open file, and return its bytes. Raises OSError."""
        rest = memoryview(self.look(line).encode())
        size = len(rest)
        while rest:
            rest = rest[os.write(handle, rest) :]
        return size

    def print(self, text: str) -> None:
        """Write on standard output, if there is one. Raises OSError."""
        if sys.stdout is None:
            return
        try:
            sys.stdout.write(self.look(text))
            # What is only buffered fails when nobody can be told any more.
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever reads has seen enough, as `head` does.
            sys.stdout = _nowhere()

    def tell(self, text: str, stream: TextIO | None = None) -> None:
        """Write on standard error, or another stream of its kind."""
        stream = stream or sys.stderr
        if stream is not None:
            stream.write(self.look(text))
            stream.flush()


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
