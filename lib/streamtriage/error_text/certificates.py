"""Words and codes of a certificate that a client refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from streamtriage.error_text.normalise import Ink
    from streamtriage.model import CertificateFault

__all__ = ["PIECES", "Certificate", "certificate_in"]

# One of these stands in each of the texts, as printed.
PIECES = (
    "UNABLE_TO_GET_ISSUER",
    "UNABLE_TO_VERIFY_LEAF",
    "unable to verify the first certificate",
    "unable to get local issuer certificate",
    "unable to get issuer certificate",
    "CERT_HAS_EXPIRED",
    "certificate has expired",
    "CERT_NOT_YET_VALID",
    "certificate is not yet valid",
    "TLS_CERT_ALTNAME",
    "ERR_CERT_",
    "match certificate's altnames",
    "SELF_SIGNED",
    "self signed certificate",
    "self-signed certificate",
    "invalid peer certificate",
    "x509: certificate",
    "PKIX path",
    "SEC_E_UNTRUSTED_ROOT",
    "CERTIFICATE_VERIFY_FAILED",
    "certificate verify failed",
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is wrong with a certificate as a text says it, and what that leaves open."""

    fault: CertificateFault
    means: str


_UNKNOWN = Certificate(
    "unknown-authority",
    "The server sent more than its own certificate, and the client does not know the "
    "authority at the end of that chain.",
)
_INCOMPLETE = Certificate(
    "incomplete-chain",
    "The server sent its own certificate alone, and the client cannot find who signed "
    "it: most often the server leaves out the intermediate certificate.",
)
_EITHER = Certificate(
    "unknown-authority-or-incomplete-chain",
    "The client does not know who signed the certificate. These words do not say "
    "whether the authority is unknown or the server leaves an intermediate certificate "
    "out.",
)
_SELF_SIGNED = Certificate(
    "self-signed",
    "The certificate, or the end of its chain, is signed by itself: a private "
    "authority, or a proxy that opens TLS.",
)
_EXPIRED = Certificate("expired", "The certificate has expired.")
_NOT_YET = Certificate(
    "not-yet-valid", "The certificate is not valid yet, or a clock is wrong."
)
_NAME = Certificate(
    "wrong-name", "The certificate is for another name than the one in the URL."
)
_REFUSED = Certificate(
    "refused", "The client refused the certificate; these words do not say why."
)

# Of OpenSSL (Node.js, Python), BoringSSL (Bun, Chromium), rustls, Go, Java, Schannel,
# as lower-case letters without spaces. The first that fits is taken: a code before
# words, what is exact before what is general.
_TEXTS: tuple[tuple[str, Certificate], ...] = (
    ("unable_to_get_issuer_cert", _UNKNOWN),
    ("unable_to_verify_leaf_signature", _INCOMPLETE),
    ("unabletoverifythefirstcertificate", _INCOMPLETE),
    ("cert_has_expired", _EXPIRED),
    ("err_cert_date_invalid", _EXPIRED),
    ("certificatehasexpiredorisnotyetvalid", _EXPIRED),
    ("certificatehasexpired", _EXPIRED),
    ("invalidpeercertificate:expired", _EXPIRED),
    ("certificateexpired", _EXPIRED),
    ("cert_not_yet_valid", _NOT_YET),
    ("certificateisnotyetvalid", _NOT_YET),
    ("certificatenotyetvalid", _NOT_YET),
    ("err_tls_cert_altname_invalid", _NAME),
    ("err_cert_common_name_invalid", _NAME),
    ("doesnotmatchcertificate'saltnames", _NAME),
    ("hostnamemismatch,certificateisnotvalidfor", _NAME),
    ("ipaddressmismatch,certificateisnotvalidfor", _NAME),
    ("certificatenotvalidforname", _NAME),
    ("invalidpeercertificate:notvalidforname", _NAME),
    ("nosubjectalternativednsname", _NAME),
    ("x509:certificateisvalidfor", _NAME),
    ("self_signed_cert_in_chain", _SELF_SIGNED),
    ("depth_zero_self_signed_cert", _SELF_SIGNED),
    ("selfsignedcertificate", _SELF_SIGNED),
    ("self-signedcertificate", _SELF_SIGNED),
    ("unabletogetlocalissuercertificate", _EITHER),
    ("unabletogetissuercertificate", _EITHER),
    ("err_cert_authority_invalid", _EITHER),
    ("invalidpeercertificate:unknownissuer", _EITHER),
    ("x509:certificatesignedbyunknownauthority", _EITHER),
    ("pkixpathbuildingfailed", _EITHER),
    ("sec_e_untrusted_root", _EITHER),
    ("certificate_verify_failed", _REFUSED),
    ("certificateverifyfailed", _REFUSED),
    ("invalidpeercertificate", _REFUSED),
)
_ANY = compile_later("cert|x509:|pkixpath|sec_e_untrusted")


def certificate_in(ink: Ink) -> Certificate | None:
    """Return what a text says of a certificate; None where it speaks of none."""
    if _ANY.search(ink.letters) is None:
        return None
    letters = ink.letters
    return next((told for text, told in _TEXTS if text in letters), None)
