"""The incident ticket: a report on its way to whoever runs the server, and back."""

from __future__ import annotations

from streamtriage.ticket.extraction import Extracted, extract
from streamtriage.ticket.files_in import NotATicketError
from streamtriage.ticket.mime import MIMETYPE, attachment

__all__ = ["MIMETYPE", "Extracted", "NotATicketError", "attachment", "extract"]
