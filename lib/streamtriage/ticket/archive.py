"""The zip of a ticket: the same bytes for the same content, and read within bounds."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.ticket.files_in import FILE_LIMIT, NotATicketError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REPORT_NAME", "SCHEMA_NAME", "archived", "member"]

REPORT_NAME = "report.json"
SCHEMA_NAME = "report.schema.json"
# The earliest time that a zip can hold, so that equal content is an equal file.
_THEN = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
# A CI system packs whole folders, so a ticket may lie beside other files.
_WANTED = (REPORT_NAME, ".ipynb", ".html")
_NAMES_LIMIT = 2000


def archived(files: Mapping[str, bytes]) -> bytes:
    """Pack files, in the order of their names."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as into:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, _THEN)
            info.create_system = 3  # else it tells Windows from the others
            info.external_attr = _READABLE
            info.compress_type = zipfile.ZIP_DEFLATED
            into.writestr(info, data)
    return packed.getvalue()


def member(data: bytes) -> bytes:
    """Return the most telling file in a zip: the report, a notebook, or HTML.

    Nothing is unpacked beyond 64 MB, whatever the zip says of its sizes. Raises
    NotATicketError.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            return _read(packed, _chosen(packed.namelist()[:_NAMES_LIMIT]))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        raise NotATicketError(
            translate("it is a zip that is truncated or damaged. Copy it again")
        ) from None
    except (RuntimeError, NotImplementedError):
        raise NotATicketError(
            translate(
                "it is a zip with a password or a method that this tool "
                "does not read. Unpack it, and give the notebook or the "
                "report in it"
            )
        ) from None


def _chosen(names: list[str]) -> str:
    for wanted in _WANTED:
        for name in names:
            if name.endswith(wanted):
                return name
    raise NotATicketError(
        translate("it is a zip without a report, a notebook or HTML in it")
    )


def _read(packed: zipfile.ZipFile, name: str) -> bytes:
    with packed.open(name) as file:
        content = file.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise NotATicketError(
            translate(
                "it is a zip whose content has more than {value} MB, which "
                "no ticket has",
                value=FILE_LIMIT >> 20,
            )
        )
    if content.startswith(b"PK"):
        raise NotATicketError(
            translate("it is a zip in a zip. Unpack the outer one first")
        )
    return content
