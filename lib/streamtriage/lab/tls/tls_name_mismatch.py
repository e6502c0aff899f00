"""The fault `tls-name-mismatch`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = ["tls_name_mismatch"]


@fault
def tls_name_mismatch() -> Setup:
    """The certificate is for another name than the one in the URL.

    A server moved to a new host name with its old certificate.
    """
    return Setup(certificate="wrong-name")
