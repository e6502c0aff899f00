"""The way to the server: name, TLS, redirects, proxies, and who stands on it."""

from __future__ import annotations

from typing import Annotated, Literal

from streamtriage.model.crossing import Crossing
from streamtriage.model.evidence import ProbeEvidence
from streamtriage.model.exchange import Exchange
from streamtriage.model.vocabulary import Failure, Noun

__all__ = [
    "Address",
    "ControlEvidence",
    "FingerprintEvidence",
    "Hop",
    "ProviderEvidence",
    "ProxyChoice",
    "ProxyEvidence",
    "ProxyPath",
    "ReachEvidence",
    "RedirectEvidence",
    "RedirectHop",
    "TlsEvidence",
    "TlsFacts",
]


class Address(Noun):
    """One address of the server's name; `connect_s` is None unless TCP connected."""

    family: Literal["IPv4", "IPv6"]
    ip: str
    connect_s: float | None = None
    failure: Failure | None = None


class StoreAnswer(Noun):
    """Whether one store of authorities, with Mozilla's roots, trusts the certificate.

    `trusts` is None where it could not be asked; `used` is whether the client that
    failed reads it.
    """

    name: str
    path: str = ""
    used: bool = False
    problem: str = ""
    trusts: bool | None = None


class TlsFacts(Noun):
    """One TLS handshake; `names_match` is judged apart from `trusted`.

    A private certificate for the wrong name has both defects, though OpenSSL stops at
    the first.
    """

    version: str = ""
    alpn: str = ""
    handshake_s: float | None = None
    trusted: bool | None = None
    names_match: bool | None = None
    dates_hold: bool | None = None
    verify_error: str = ""
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    not_before: str = ""
    not_after: str = ""
    failure: Failure | None = None


class ReachEvidence(ProbeEvidence):
    """Name, addresses, TCP and TLS of the first hop.

    `twins` are the loopback addresses that the URL means but does not name, and
    `twin_answer` is what one that accepts answers to a question without credentials.
    `widened` is True where the client does not trust the certificate and another one
    at hand does: what follows was measured with the trust of that one.
    """

    probe: Literal["reach"] = "reach"
    host: str = ""
    port: int = 0
    scheme: str = ""
    proxy: str | None = None
    dns_s: float | None = None
    addresses: tuple[Address, ...] = ()
    twins: tuple[Address, ...] = ()
    twin_answer: Exchange | None = None
    tls: TlsFacts | None = None
    widened: bool = False


class TlsEvidence(ProbeEvidence):
    """What lies behind a refused handshake, and which protocols the first hop picks.

    Every question is asked without credentials. `sent` names the certificates that the
    server sent, leaf first. `completed_by` is the issuer fetched from where the last
    of them says it can be had, if that leads to a trusted root. `server_clock_s` is the
    server's clock less ours. `over_plain` is an HTTP answer on an https port, and
    `over_tls` a TLS handshake on an http port. `older` is the version that was
    agreed on once those older than TLS 1.2 were offered, which clients do not offer.
    `stores` are asked only where Mozilla's roots do not know the authority, and
    `issuer_known` is then whether any of them holds who issued the last certificate,
    `issuer_related` whether that is, by its name, an authority below one that was
    given.
    """

    probe: Literal["tls"] = "tls"
    mozilla_trusts: bool | None = None
    system_trusts: bool | None = None
    sent: tuple[str, ...] = ()
    issuer_offered: bool | None = None
    completed_by: str = ""
    server_clock_s: float | None = None
    over_plain: Exchange | None = None
    over_tls: TlsFacts | None = None
    older: str = ""
    wants_certificate: bool | None = None
    alert: Annotated[str, Crossing(200)] = ""
    picks_of_h1: str | None = None
    picks_of_h2: str | None = None
    stores: tuple[StoreAnswer, ...] = ()
    issuer_known: bool | None = None
    issuer_related: bool = False


class RedirectHop(Noun):
    """One answer that points elsewhere; `followed` if the reference client would go.

    `dropped` are the header fields that fetch leaves out on the way there.
    """

    exchange: Exchange
    location: Annotated[str, Crossing(300, address=True)] = ""
    same_origin: bool = False
    to_plain_http: bool = False
    method_kept: bool = True
    followed: bool = False
    dropped: tuple[str, ...] = ()


class RedirectEvidence(ProbeEvidence):
    """Where the URL leads: every hop that the reference client would take.

    `final_url` is where the later probes go on; empty where there was no redirect that
    may be followed. `https_answer` is what the https form of a plain-http location
    answers.
    """

    probe: Literal["redirect"] = "redirect"
    hops: tuple[RedirectHop, ...] = ()
    final_url: Annotated[str, Crossing(address=True)] = ""
    https_answer: Exchange | None = None


class ProxyChoice(Noun):
    """Which proxy one runtime would use for the URL, by its own rules, and why."""

    runtime: str
    proxy: str = ""
    because: str = ""


class ProxyPath(Noun):
    """The same questions asked through the proxy or without it, in one session.

    `tls_issuer` is who signed the certificate that is seen on this way.
    """

    tls_issuer: str = ""
    tls_fingerprint: str = ""
    mozilla_trusts: bool | None = None
    tls_failure: Failure | None = None
    initialize: Exchange | None = None
    post: Exchange | None = None
    get: Exchange | None = None

    @property
    def works(self) -> bool:
        return self.initialize is not None and self.initialize.answered


class ProxyEvidence(ProbeEvidence):
    """What the proxy answers, and what the same server answers without it."""

    probe: Literal["proxy"] = "proxy"
    proxy: str = ""
    source: str = ""
    choices: tuple[ProxyChoice, ...] = ()
    connect: Exchange | None = None
    credentials_sent: bool = False
    proxied: ProxyPath | None = None
    direct: ProxyPath | None = None


class ControlEvidence(ProbeEvidence):
    """A stream of our own on loopback: whether tool and machine can hold one at all."""

    probe: Literal["control"] = "control"
    stream: Exchange | None = None


class ProviderEvidence(ProbeEvidence):
    """The model provider's endpoint on this network path, asked without credentials."""

    probe: Literal["provider"] = "provider"
    url: Annotated[str, Crossing(300, address=True)] = ""
    answer: Exchange | None = None


class Hop(Noun):
    """One intermediary, by the trace that it left, with its known limits."""

    name: str
    product: str
    sign: str
    certainty: Literal["decisive", "likely"]
    limits: str
    source: str
    grade: Literal["V", "L", "I", "R"]


class FingerprintEvidence(ProbeEvidence):
    """Which intermediaries and which server left traces; nothing is sent for it."""

    probe: Literal["fingerprint"] = "fingerprint"
    hops: tuple[Hop, ...] = ()
    server: str = ""
    server_certainty: str = ""
