"""Files that a person names: read without hanging, and written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import time
from pathlib import Path

__all__ = ["FIFO_PATIENCE_S", "read_ends", "read_named", "write_whole"]

# A pipe whose writer never comes is no input; a shell starts its writer at once.
FIFO_PATIENCE_S = 5.0
_PIECE = 1 << 16


def read_named(name: str | Path, limit: int) -> bytes:
    """Return at most `limit` bytes of a file, a pipe or a device that a person names.

    Raises OSError with a reason: also for a pipe that nobody writes into.
    """
    handle = _opened(name)
    try:
        return _read(handle, limit)
    finally:
        os.close(handle)


def read_ends(name: str | Path, head: int, tail: int) -> bytes:
    """Return the first and the last bytes of a file; of a pipe the first ones.

    Raises OSError as `read_named` does.
    """
    handle = _opened(name)
    try:
        seen = os.fstat(handle)
        if not stat.S_ISREG(seen.st_mode):
            return _read(handle, head + tail)
        first = _read(handle, head)
        os.lseek(handle, max(len(first), seen.st_size - tail), os.SEEK_SET)
        return first + _read(handle, tail)
    finally:
        os.close(handle)


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


def _opened(name: str | Path) -> int:
    # Without O_NONBLOCK a pipe without a writer would wait for ever right here.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return os.open(name, flags | getattr(os, "O_NOCTTY", 0))


def _read(handle: int, limit: int) -> bytes:
    pieces = bytearray()
    waits = stat.S_ISFIFO(os.fstat(handle).st_mode)
    until = time.monotonic() + FIFO_PATIENCE_S
    while len(pieces) < limit:
        try:
            piece = os.read(handle, min(_PIECE, limit - len(pieces)))
        except BlockingIOError:
            # Whoever holds the other end may take the time that it needs.
            select.select([handle], [], [])
            waits = False
            continue
        if piece:
            pieces += piece
        elif waits and not pieces:
            # Nobody has opened the other end yet, or somebody closed it unused.
            if time.monotonic() > until:
                raise OSError(errno.EPIPE, "nobody writes into this pipe", "")
            time.sleep(0.05)
        else:
            break
    return bytes(pieces)


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
