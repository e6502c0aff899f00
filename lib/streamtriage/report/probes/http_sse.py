"""How it is over HTTP+SSE; the exchanges say it all."""

from __future__ import annotations

from streamtriage.model import HttpSseEvidence
from streamtriage.report.probes.told import counted, tells

__all__: list[str] = []

tells(HttpSseEvidence, "How is it over HTTP+SSE, the transport of 2024-11-05?")(counted)
