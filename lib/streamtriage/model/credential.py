"""Whether a refusal that is no 401 is about the credential all the same."""

from __future__ import annotations

from typing import Literal

from streamtriage.model.evidence import ProbeEvidence
from streamtriage.model.exchange import Exchange

__all__ = ["CredentialEvidence"]


class CredentialEvidence(ProbeEvidence):
    """`initialize` without any credential, where it was refused with one."""

    probe: Literal["credential"] = "credential"
    without: Exchange | None = None
