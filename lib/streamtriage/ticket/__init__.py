"""The incident ticket: a report on its way to whoever runs the server, and back."""

from __future__ import annotations

from streamtriage.ticket.attached import MIMETYPE, attachment
from streamtriage.ticket.extraction import Extracted, extract
from streamtriage.ticket.reading import NotATicketError

__all__ = ["MIMETYPE", "Extracted", "NotATicketError", "attachment", "extract"]
