"""The fault `tls-untrusted-ca`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = ["tls_untrusted_ca"]


@fault
def tls_untrusted_ca() -> Setup:
    """The certificate comes from a private authority that the client does not know.

    A company's own CA, which Node ignores without NODE_EXTRA_CA_CERTS.
    """
    return Setup(certificate="untrusted")
