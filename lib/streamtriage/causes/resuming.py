"""What a GET with `Last-Event-ID` was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model import Fix, ResumeEvidence
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["PYTHON_STORE", "asked_with_id"]

PYTHON_STORE = Fix(
    where="a Python server",
    what="Give it an event store.",
    paste="server.streamable_http_app(event_store=MyEventStore())",
    verify="resume",
)


def asked_with_id(case: Case) -> ResumeEvidence | Judgement:
    """Return what was seen if an id was sent, else why none was."""
    seen = case.resume
    if seen is None or not seen.source:
        if case.opened is None or case.opened.live is None:
            return unknown(say("resume.asked.unknown"))
        return absent(say("resume.asked.absent"), "open")
    if seen.plain is None or not seen.resumed:
        return unknown(say("resume.asked.unknown.no-get-was-sent"))
    return seen
