"""The report as a block of text that an HTML page, a mail or a comment can carry."""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.languages import translate
from streamtriage.model.catalogue import saved_content
from streamtriage.ticket.files_in import NotATicketError, parsed

if TYPE_CHECKING:
    from streamtriage.model import Report

__all__ = ["BEGIN", "END", "Opened", "armoured", "opened"]

# Plain text in a <pre>, and neither a script element, a comment, a hidden element nor
# base64: sanitisers and mailers take the first three away, and in the last nobody,
# neither a person nor a scanner, can look for a secret.
BEGIN = "-----BEGIN STREAMTRIAGE REPORT-----"
END = "-----END STREAMTRIAGE REPORT-----"
_SUM = re.compile(r"\s*sha256:\s*(?P<sum>[0-9a-f]{64})\s*(?P<json>.*)", re.DOTALL)
# No text of the server can end the block early, begin another one behind it, or be
# taken for markup; so whatever markup there is was added on the way.
_SPELLED = {"-----": r"\u002d" * 5, "<": r"\u003c", ">": r"\u003e", "&": r"\u0026"}
# Mail may have 998 characters in a line; some of them are spelled with six.
_LINE = 400
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
# What mail programs put in place of blanks, and where they allow a break.
_BLANKS = str.maketrans({"\u00a0": " ", "\u200b": None, "\ufeff": None})


class Opened(NamedTuple):
    """The JSON of a block, and whether it is what was written."""

    text: str
    unchanged: bool


def armoured(report: Report) -> str:
    """Return the block: markers, a checksum of the content, and ASCII JSON between."""
    content = saved_content(report)
    text = _in_lines(json.dumps(content, indent=0, separators=(",", ":")))
    for sign, spelled in _SPELLED.items():
        text = text.replace(sign, spelled)
    return f"{BEGIN}\nsha256: {_checksum(content)}\n{text}\n{END}\n"


def _in_lines(text: str) -> str:
    """Put values side by side, in lines that no mail program has to break.

    A line for each of them would be a twentieth of the block.
    """
    lines = [""]
    for value in text.split("\n"):
        if len(lines[-1]) + len(value) > _LINE:
            lines.append("")
        lines[-1] += value
    return "\n".join(lines)


def opened(text: str) -> Opened:
    """Return what the last block in a text holds; raises NotATicketError."""
    _, begin, rest = text.rpartition(BEGIN)
    block, end, _ = rest.partition(END)
    if not begin:
        raise NotATicketError(
            translate(
                "it holds no report. A ticket's HTML ends with a block "
                "that begins with {BEGIN}; if a mail program or a web form "
                "took it away, ask for the zip or the notebook",
                BEGIN=BEGIN,
            )
        )
    if not end:
        raise NotATicketError(
            translate(
                "it is truncated: the report in it begins but does not "
                "end. Copy the file again, or ask for the zip"
            )
        )
    match = _SUM.fullmatch(unescape(_TAG.sub("", block)).translate(_BLANKS))
    if match is None:
        raise NotATicketError(
            translate(
                "{mangled}: {problem}",
                mangled=translate(_MANGLED),
                problem=translate("the checksum is missing"),
            )
        )
    try:
        content = parsed(match["json"], strict=False)
    except NotATicketError as problem:
        raise NotATicketError(
            translate(
                "{mangled}: {problem}", mangled=translate(_MANGLED), problem=problem
            )
        ) from None
    return Opened(json.dumps(content), _checksum(content) == match["sum"])


_MANGLED = (
    "the report in it was changed on the way, as mail programs and editors do, and "
    "cannot be read any more. Ask for the zip or the notebook"
)


def _checksum(content: object) -> str:
    """Sum up the content, whatever blanks and line breaks stand around its values."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
