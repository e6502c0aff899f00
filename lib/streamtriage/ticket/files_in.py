"""Files from anywhere, read within bounds and refused in words."""

from __future__ import annotations

import json

from streamtriage.files import read_named
from streamtriage.languages import translate

__all__ = [
    "FILE_LIMIT",
    "REPORT_LIMIT",
    "NotATicketError",
    "decoded",
    "load",
    "parsed",
    "refuse_old",
]

# Triage notebooks have half a megabyte, and reports as much.
FILE_LIMIT = 64 << 20
REPORT_LIMIT = 16 << 20


class NotATicketError(ValueError):
    """What was given holds no report that can be read; the message says why."""


def load(name: str, limit: int = FILE_LIMIT) -> bytes:
    """Return a file's bytes, or standard input's for "-".

    Raises NotATicketError if there are more than `limit`, and OSError.
    """
    data = read_named(name, limit + 1)
    if len(data) > limit:
        raise NotATicketError(
            translate(
                "it is larger than {value} MB, which no ticket is. If it "
                "is the notebook, clear the outputs that are not this "
                "tool's and save it again",
                value=limit >> 20,
            )
        )
    return data


def decoded(data: bytes) -> str:
    """Return text, whichever of the usual encodings a mail program chose."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def parsed(text: str, *, strict: bool = True) -> object:
    """Parse JSON; raises NotATicketError for what is none, or is nested too deep."""
    try:
        value: object = json.loads(text, strict=strict)
    except json.JSONDecodeError as problem:
        at_the_end = problem.pos >= len(text.rstrip()) - 1
        cut_off = at_the_end or problem.msg.startswith("Unterminated string")
        said = translate("line {n} is broken", n=problem.lineno)
        if cut_off:
            said = translate("it ends in the middle")
        raise NotATicketError(
            translate("its JSON cannot be read: {said}", said=said)
        ) from None
    except (RecursionError, ValueError):
        raise NotATicketError(
            translate("its JSON is nested too deep to be a ticket")
        ) from None
    return value


def refuse_old(content: object) -> None:
    """Raise NotATicketError for a notebook of a format that this tool never wrote."""
    if isinstance(content, dict) and "worksheets" in content:
        raise NotATicketError(
            translate(
                "it is a notebook in version 3 of the format, which this "
                "tool never wrote"
            )
        )
