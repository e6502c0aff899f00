"""Files that a person names: read without hanging, and written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["FIFO_PATIENCE_S", "open_named", "read_named", "write_whole"]

# A pipe whose writer never comes is no input; a shell starts its writer at once.
FIFO_PATIENCE_S = 5.0
_PIECE = 1 << 16


def open_named(name: str | Path) -> BinaryIO:
    """Open a file, a pipe or a device that a person names, for reading.

    Raises OSError with a reason: also for a pipe that nobody writes into.
    """
    # Without O_NONBLOCK a pipe without a writer would wait for ever right here.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(name, flags | getattr(os, "O_NOCTTY", 0))
    try:
        begun = b""
        mode = os.fstat(handle).st_mode
        if stat.S_ISFIFO(mode):
            begun = _begun(handle)
        if not stat.S_ISREG(mode):
            os.set_blocking(handle, True)
    except BaseException:
        os.close(handle)
        raise
    file = os.fdopen(handle, "rb", buffering=0)
    return cast("BinaryIO", _Pipe(begun, file) if begun else file)


def read_named(name: str | Path, limit: int) -> bytes:
    """Return at most `limit` bytes; "-" is standard input. Raises as `open_named`."""
    if name == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        return sys.stdin.buffer.read(limit)
    with open_named(name) as file:
        pieces = bytearray()
        while len(pieces) < limit:
            piece = file.read(min(_PIECE, limit - len(pieces)))
            if not piece:
                break
            pieces += piece
        return bytes(pieces)


def write_whole(path: Path, data: str | bytes) -> None:
    """Write a file whole, or leave the old one as it is.

    It is written beside, and then renamed. A link stays a link; a pipe or a device is
    written into. Raises OSError.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    path = Path(os.path.realpath(path))
    try:
        mode = path.stat().st_mode
    except OSError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with path.open("wb", buffering=0) as device:
            _write_all(device.fileno(), content)
        return
    if mode is not None and not os.access(path, os.W_OK):
        # Renaming over it would not ask.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    beside = path.with_name(f".writing-{os.getpid()}-{time.monotonic_ns()}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            if mode is not None:
                with contextlib.suppress(OSError):
                    os.chmod(beside, stat.S_IMODE(mode))  # noqa: PTH101
            _write_all(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        beside.replace(path)
    except BaseException as problem:
        with contextlib.suppress(OSError):
            beside.unlink()
        if isinstance(problem, OSError):
            # The person knows the file by its own name.
            raise OSError(problem.errno, problem.strerror, str(path)) from problem
        raise


def _begun(handle: int) -> bytes:
    """Wait until somebody writes into a pipe, and return the first byte of it.

    That somebody has opened the other end is shown only by what a read says.
    """
    until = time.monotonic() + FIFO_PATIENCE_S
    while True:
        try:
            first = os.read(handle, 1)
        except BlockingIOError:
            # Whoever holds the other end may take the time that it needs.
            select.select([handle], [], [])
            continue
        if first:
            return first
        if time.monotonic() > until:
            raise OSError(errno.EPIPE, "nobody writes into this pipe")
        time.sleep(0.05)


class _Pipe(io.RawIOBase):
    """A pipe of which the beginning has been read already."""

    def __init__(self, begun: bytes, rest: BinaryIO) -> None:
        self._begun, self._rest = begun, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        """Read what was begun, then the rest."""
        if self._begun:
            memoryview(buffer).cast("B")[: len(self._begun)] = self._begun
            size, self._begun = len(self._begun), b""
            return size
        return self._rest.readinto(buffer)  # type: ignore[attr-defined, no-any-return]

    def close(self) -> None:
        self._rest.close()
        super().close()


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
