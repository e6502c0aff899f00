"""What was answered without the credential; the exchanges say it all."""

from __future__ import annotations

from streamtriage.model import CredentialEvidence
from streamtriage.report.probes.told import counted, tells

__all__: list[str] = []

tells(CredentialEvidence, "Is it the credential that is refused?")(counted)
