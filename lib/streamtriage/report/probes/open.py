"""The ways in which the stream was asked for; the exchanges say it all."""

from __future__ import annotations

from streamtriage.model import OpenEvidence
from streamtriage.report.probes.told import counted, tells

__all__: list[str] = []

tells(OpenEvidence, "Is the event stream opened?")(counted)
