"""The nouns: what a person gives, what a probe sees, what a cause concludes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LONGEST_TIMER_MS",
    "SCHEMA_VERSION",
    "Account",
    "Address",
    "Attempt",
    "AuthEvidence",
    "BugEvidence",
    "Challenge",
    "Citation",
    "Client",
    "Cluster",
    "ControlEvidence",
    "DelayEvidence",
    "End",
    "Era",
    "EraEvidence",
    "Event",
    "Evidence",
    "Exchange",
    "Failure",
    "Finding",
    "FingerprintEvidence",
    "Fix",
    "Flap",
    "GuardEvidence",
    "HandshakeEvidence",
    "HoldEvidence",
    "Hop",
    "Impact",
    "Intake",
    "KnownDefect",
    "Layer",
    "LifetimeEvidence",
    "ListenEvidence",
    "LocalEvidence",
    "LogKind",
    "LogMoment",
    "Looked",
    "Machine",
    "Metadata",
    "NeedsAuth",
    "Noun",
    "OpenEvidence",
    "Outcome",
    "Owner",
    "PredictedText",
    "ProviderEvidence",
    "ProxyChoice",
    "ProxyEvidence",
    "ProxyPath",
    "ReachEvidence",
    "RedirectEvidence",
    "RedirectHop",
    "RemoteServer",
    "ReopenEvidence",
    "Reopening",
    "ReplicasEvidence",
    "Report",
    "ResumeEvidence",
    "Scope",
    "SecondEvidence",
    "SecretFacts",
    "ServerLog",
    "ServerState",
    "SessionEvidence",
    "ShapeKind",
    "ShapeProblem",
    "Signature",
    "Status",
    "Target",
    "TlsEvidence",
    "TlsFacts",
    "Tool",
    "Variable",
    "Verdict",
    "VersionCount",
    "Watch",
]

SCHEMA_VERSION = "1.0"


# Node and Bun keep a timer's delay in 31 bits and take a longer one for 1 ms.
LONGEST_TIMER_MS = 2**31 - 1


class Noun(BaseModel):
    """A frozen record: a round trip through JSON keeps it, unknown keys fail."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- closed vocabularies -------------------------------------------------------------


class Status(StrEnum):
    """What is known of one cause; *unknown* is never shown as fine."""

    PRESENT = "present"
    SUSPECTED = "suspected"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Failure(StrEnum):
    """Why an exchange or a connection did not complete, in the field's own words."""

    DNS_NOT_FOUND = "dns-not-found"
    DNS_FAILED = "dns-failed"
    REFUSED = "connection-refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMED_OUT = "connect-timed-out"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_NAME = "tls-name-mismatch"
    TLS_DATES = "tls-dates"
    TLS_FAILED = "tls-failed"
    PROXY_REFUSED = "proxy-refused"
    CLOSED = "closed"  # FIN before a complete response head
    RESET = "reset"  # RST
    TRUNCATED = "truncated"  # FIN before the declared end of the body
    STREAM_RESET = "stream-reset"  # HTTP/2 RST_STREAM
    GOAWAY = "goaway"  # HTTP/2 GOAWAY
    TIMED_OUT = "timed-out"  # our own clock
    PROTOCOL = "protocol-error"  # bytes that are not HTTP
    TOO_LARGE = "too-large"  # our own bound on bytes or header size
    NOT_SENT = "not-sent"  # held back by us; `failure_detail` says why
    FAILED = "failed"  # anything else; `failure_detail` has the text


class End(StrEnum):
    """How a response body ended."""

    COMPLETE = "complete"  # the sender said so: last chunk, length reached, END_STREAM
    CLOSED = "closed"  # FIN ended a body that has neither length nor chunks
    TRUNCATED = "truncated"
    RESET = "reset"
    STREAM_RESET = "stream-reset"
    GOAWAY = "goaway"
    WATCHED = "watched"  # still open when our own patience ended
    LIMITED = "limited"  # our own bound on bytes
    CANCELLED = "cancelled"  # the person stopped the watch
    PROTOCOL = "protocol-error"

    @property
    def natural(self) -> bool:
        """True when the server or the network ended it, not we."""
        return self not in (End.WATCHED, End.LIMITED, End.CANCELLED)

    @property
    def clean(self) -> bool:
        """True when a client would read it as a polite end and log nothing."""
        return self in (End.COMPLETE, End.CLOSED)


Era = Literal["legacy", "modern", "dual", "unknown"]
Half = Literal["initial-open", "cut", "reopen", "exhausted", "look-alike", "none"]
Layer = Literal[
    "name",
    "network",
    "tls",
    "proxy",
    "http",
    "session",
    "stream",
    "auth",
    "rate",
    "version",
    "local",
]
Owner = Literal[
    "client",
    "network",
    "proxy",
    "server",
    # Where what was seen fits both, and no hop left a trace.
    "server or a hop before it",
    "auth provider",
]
Scope = Literal[
    "account/auth",
    "quota/rate",
    "model/provider",
    "local runtime",
    "deployment configuration",
]
Impact = Literal["fatal", "degraded", "cosmetic", "none", "unknown"]
Outcome = Literal["healthy", "cause-present", "could-not-tell", "tool-fault"]
SessionKind = Literal["live", "none", "made-up", "ended"]


# --- what the person gives -----------------------------------------------------------


class Intake(Noun):
    """What the person gives; secrets appear only as names of environment variables.

    `proxy` is the proxy that the client is configured with, where this tool's own
    environment does not say so. `provider_url` is the model provider's endpoint; it is
    asked only if it is given.
    """

    error: str = ""
    action: str = ""
    url: str = ""
    client: str = ""
    client_version: str = ""
    auth_env: str = ""
    second_auth_env: str = ""
    """Another credential of the same person, to see whether a session takes both."""
    header_envs: dict[str, str] = Field(default_factory=dict)
    ca_file: str = ""
    proxy: str = ""
    provider_url: str = ""
    hold_s: Annotated[float, Field(ge=0, le=7200)] = 130.0
    idle_s: Annotated[float, Field(ge=0, le=7200)] = 0.0
    """How long a session of ours is left alone; 0 leaves that question out."""

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The environment variables whose values must never be shown."""
        names = (self.auth_env, self.second_auth_env, *self.header_envs.values())
        return tuple(name for name in names if name)


class Signature(Noun):
    """What a pasted text says about the failure, before any probe runs.

    `statuses` are the HTTP statuses that the text can stand for; empty when the text
    does not come from a refused response. `half` is the most telling one of `halves`.
    """

    runtime: str = "unknown"
    half: Half = "none"
    reason: str | None = None
    statuses: tuple[int, ...] = ()
    halves: tuple[Half, ...] = ()
    lines: tuple[str, ...] = ()
    means: str = ""

    @property
    def is_this_error(self) -> bool:
        return self.half not in ("none", "look-alike")

    @property
    def legacy_session(self) -> bool:
        """True when only a session of revision 2025-11-25 or older prints this text."""
        return self.half in ("initial-open", "reopen", "exhausted")


class Target(Noun):
    """How to reach the server.

    `headers` are masked in every rendering and in JSON. `proxy` is the proxy that the
    client would use for this URL, if any.
    """

    url: str
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    proxy: str | None = None
    ca_file: str | None = None
    second_authorization: SecretStr | None = None
    revision: str = "2025-11-25"


# --- what a probe sees ---------------------------------------------------------------


class Event(Noun):
    """One moment on a timeline: `at_s` seconds since the triage began."""

    at_s: float
    kind: str
    size: int | None = None
    detail: str = ""


class Exchange(Noun):
    """One timed HTTP exchange, reduced to redacted facts.

    All `_s` values are seconds; `started_s` counts from the start of the triage, the
    others from `started_s`. `reason` is None where the protocol has no reason phrase
    (HTTP/2). `late_s` is by how much this program itself was late while it waited for
    the head, `end_late_s` in the last second before the end. `silent_s` is the silence
    that preceded the end of the body, `longest_silence_s` the longest one that the
    stream survived.

    `pieces` counts the arrivals of body bytes. A burst is three or more comments that
    arrive at once after a silence; `burst_spread_s` is how far apart the sender's own
    timestamps in one burst are, and `stamp_lag_s` how old the oldest timestamp was on
    arrival, by our clock, with the difference of the clocks in it. `bad_events` are
    messages that are not JSON-RPC, `bad_event` is the beginning of the first one.
    `replied` is whether a request that was answered 200 got a JSON-RPC response; None
    where that is not known, or none was due. `h2_error` is the error code of an HTTP/2
    RST_STREAM or GOAWAY.
    """

    label: str
    method: str
    session: SessionKind = "none"
    started_s: float = 0.0
    status: int | None = None
    reason: str | None = None
    http_version: str = ""
    content_type: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    headers_s: float | None = None
    late_s: float = 0.0
    end_late_s: float = 0.0
    first_byte_s: float | None = None
    ended_s: float | None = None
    lived_s: float | None = None
    silent_s: float | None = None
    longest_silence_s: float = 0.0
    body_bytes: int = 0
    comments: int = 0
    comment_interval_s: float | None = None
    events: int = 0
    event_ids: int = 0
    retry_ms: int | None = None
    excerpt: str = ""
    jsonrpc_code: int | None = None
    jsonrpc_message: str = ""
    replied: bool | None = None
    issued_session: bool = False
    date_lag_s: float | None = None
    pieces: int = 0
    bursts: int = 0
    burst_bytes: int = 0
    burst_spread_s: float | None = None
    stamp_lag_s: float | None = None
    largest_event_bytes: int = 0
    bad_events: int = 0
    bad_event: str = ""
    h2_error: str = ""
    end: End | None = None
    failure: Failure | None = None
    failure_detail: str = ""

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def is_event_stream(self) -> bool:
        return self.status == 200 and self.media_type == "text/event-stream"

    @property
    def answered(self) -> bool:
        return self.status is not None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def worked(self) -> bool:
        """True where it was accepted, and not with a 200 that holds no response."""
        return self.accepted and self.replied is not False

    @property
    def retry_overflows(self) -> bool:
        """True where `retry` is more than a timer holds, which then fires at once."""
        return self.retry_ms is not None and self.retry_ms > LONGEST_TIMER_MS

    @property
    def polls(self) -> bool:
        """True where a client was told how to come back, as revision 2025-11-25 has it.

        By an event id, or by a `retry` that is not taken for 1 ms.
        """
        told = self.event_ids > 0 or self.retry_ms is not None
        return told and not self.retry_overflows


class Attempt(Noun):
    """One try to open the stream again, `after_s` seconds after it ended.

    `http1` is the same try over HTTP/1.1, where `get` was refused over HTTP/2, which
    has no reason phrase.
    """

    after_s: float
    get: Exchange
    http1: Exchange | None = None


class Reopening(Noun):
    """What followed one end of a stream: the tries, and whether the session lived.

    `posts` are repeated on fresh connections when the session was refused, because one
    refusal cannot tell a lost session from one replica of several.
    `fresh` is an `initialize` sent after a refusal.
    """

    ended_by: Literal["client-fin", "client-rst", "server"]
    first: Exchange
    attempts: tuple[Attempt, ...] = ()
    posts: tuple[Exchange, ...] = ()
    fresh: Exchange | None = None

    @property
    def recovered(self) -> bool:
        return bool(self.attempts) and self.attempts[-1].get.is_event_stream

    @property
    def refused(self) -> tuple[Attempt, ...]:
        return tuple(a for a in self.attempts if not a.get.accepted)


class Watch(Noun):
    """One silent watch of a GET stream, and what followed if it ended by itself."""

    stream: Exchange
    reopening: Reopening | None = None


class Address(Noun):
    """One address of the server's name; `connect_s` is None unless TCP connected."""

    family: Literal["IPv4", "IPv6"]
    ip: str
    connect_s: float | None = None
    failure: Failure | None = None


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


class ProbeEvidence(Noun):
    """Common to every probe: its timeline, and what kept it from running."""

    timeline: tuple[Event, ...] = ()
    failure: Failure | None = None
    failure_detail: str = ""
    skipped: str = ""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange that this probe saw, in the order of its fields."""
        return tuple(_exchanges_in(self))


def _exchanges_in(value: object) -> Iterator[Exchange]:
    if isinstance(value, Exchange):
        yield value
    elif isinstance(value, Noun):
        for name in type(value).model_fields:
            yield from _exchanges_in(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _exchanges_in(each)


class ReachEvidence(ProbeEvidence):
    """Name, addresses, TCP and TLS of the first hop.

    `twins` are the loopback addresses that the URL means but does not name, and
    `twin_answer` is what one that accepts answers to a question without credentials.
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


class TlsEvidence(ProbeEvidence):
    """What lies behind a refused handshake, and which protocols the first hop picks.

    Every question is asked without credentials. `sent` names the certificates that the
    server sent, leaf first. `completed_by` is the issuer fetched from where the last
    of them says it can be had, if that leads to a trusted root. `server_clock_s` is the
    server's clock less ours. `over_plain` is an HTTP answer on an https port, and
    `over_tls` a TLS handshake on an http port. `older` is the version that was
    agreed on once those older than TLS 1.2 were offered, which clients do not offer.
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
    alert: str = ""
    picks_of_h1: str | None = None
    picks_of_h2: str | None = None


class RedirectHop(Noun):
    """One answer that points elsewhere; `followed` if the reference client would go.

    `dropped` are the header fields that fetch leaves out on the way there.
    """

    exchange: Exchange
    location: str = ""
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
    final_url: str = ""
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
    url: str = ""
    answer: Exchange | None = None


class EraEvidence(ProbeEvidence):
    """Which protocol revisions the server offers, by the rule of `basic/versioning`."""

    probe: Literal["era"] = "era"
    discover: Exchange | None = None
    modern: bool | None = None
    supported: tuple[str, ...] = ()


class HandshakeEvidence(ProbeEvidence):
    """`initialize`, `notifications/initialized` and one harmless POST.

    `again` repeats an `initialize` that was answered 500.
    """

    probe: Literal["handshake"] = "handshake"
    initialize: Exchange | None = None
    again: tuple[Exchange, ...] = ()
    initialized: Exchange | None = None
    post: Exchange | None = None
    session_issued: bool = False
    session_label: str = ""
    revision: str = ""
    server_name: str = ""
    server_version: str = ""
    modern_only: bool = False
    supported: tuple[str, ...] = ()


class OpenEvidence(ProbeEvidence):
    """The GET stream asked for with the live session, with none and with a made-up one.

    `ended_*` use our own session after our own DELETE. `accept_both` repeats a 406 with
    both media types, and `live_http1` a refusal that came over HTTP/2 in HTTP/1.1,
    which has words for it. `adopted_post` uses the id that came with the refusal of
    another one, as clients of the TypeScript SDK 1.x do.
    """

    probe: Literal["open"] = "open"
    live: Exchange | None = None
    live_http1: Exchange | None = None
    again: Exchange | None = None
    none: Exchange | None = None
    made_up: Exchange | None = None
    made_up_post: Exchange | None = None
    accept_both: Exchange | None = None
    post: Exchange | None = None
    delete: Exchange | None = None
    ended_get: Exchange | None = None
    ended_post: Exchange | None = None
    adopted_post: Exchange | None = None


class HoldEvidence(ProbeEvidence):
    """Silent watches in sessions of their own, started apart from each other.

    `refused` are the `initialize` of sessions that could not be opened for it.
    """

    probe: Literal["hold"] = "hold"
    asked_s: float = 0.0
    watches: tuple[Watch, ...] = ()
    refused: tuple[Exchange, ...] = ()


class ReopenEvidence(ProbeEvidence):
    """Reopening after our FIN and after our RST, on the reference client's schedule."""

    probe: Literal["reopen"] = "reopen"
    after_close: Reopening | None = None
    after_vanish: Reopening | None = None


class LifetimeEvidence(ProbeEvidence):
    """A stream on which our own requests provoke traffic, beside the silent ones.

    `provoked` is None where nothing was tried, and False where the server sends nothing
    for what we send; `noises` counts the messages that it did send.
    """

    probe: Literal["lifetime"] = "lifetime"
    noisy: Exchange | None = None
    provoked: bool | None = None
    noises: int = 0
    every_s: float | None = None


class DelayEvidence(ProbeEvidence):
    """How late things come: the clocks, and a stream asked for in compressed form.

    `clock_s` is how far the server's clock is behind ours, to about a second: the age
    of `Date` in the promptest answer. Positive means behind.
    """

    probe: Literal["delay"] = "delay"
    clock_s: float | None = None
    compressed: Exchange | None = None
    content_encoding: str = ""


class ListenEvidence(ProbeEvidence):
    """`subscriptions/listen` of revision 2026-07-28: opened, held, opened again.

    `acknowledged` says whether the first stream began as the revision requires.
    """

    probe: Literal["listen"] = "listen"
    streams: tuple[Exchange, ...] = ()
    acknowledged: bool | None = None


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


class Challenge(Noun):
    """The parts of a `WWW-Authenticate` challenge on which a client acts.

    RFC 9110, 11.6.1, with the parameters of RFC 6750, 3, and RFC 9728, 5.1.
    """

    scheme: str
    error: str = ""
    scope: str = ""
    resource_metadata: str = ""


class Metadata(Noun):
    """One OAuth metadata document that was asked for.

    `matches` is whether the URL that it says it is about is the one that it was asked
    for: `resource` by the reference client's rule (same origin, and a path that the
    MCP endpoint's begins with), `issuer` but for a slash at the end. `lacks` names the
    fields without which a client cannot go on.
    """

    kind: Literal["resource", "authorization server"]
    place: Literal["challenge", "path", "root", "issuer"]
    asked: Exchange
    found: bool = False
    says: str = ""
    matches: bool | None = None
    servers: int = 0
    scopes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class AuthEvidence(ProbeEvidence):
    """What a client that is refused for its credential can find out.

    `token_expires_s` counts from now and comes from the token's own `exp`, which nobody
    has verified; negative when it is over. `allowed` are the methods of an `Allow`
    header; empty when none came.
    """

    probe: Literal["auth"] = "auth"
    challenges: tuple[Challenge, ...] = ()
    token: Literal["none", "opaque", "jwt"] = "none"  # noqa: S105 - no secret
    token_expires_s: float | None = None
    metadata: tuple[Metadata, ...] = ()
    options: Exchange | None = None
    allowed: tuple[str, ...] = ()


class GuardEvidence(ProbeEvidence):
    """Requests that differ from a refused one in one header each.

    `plain` is the request as the other ones are, unchanged. `origin_from` says whence
    the Origin is known that the client's requests carry.
    """

    probe: Literal["guard"] = "guard"
    plain: Exchange | None = None
    other_hosts: tuple[Exchange, ...] = ()
    origin_from: Literal["", "given", "client"] = ""
    origin: Exchange | None = None
    without_origin: Exchange | None = None
    preflight: Exchange | None = None
    preflight_lacks: tuple[str, ...] = ()
    exposes_session: bool | None = None
    any_accept: Exchange | None = None
    typed_get: Exchange | None = None
    unversioned: Exchange | None = None
    client_agent: Exchange | None = None
    browser_agent: Exchange | None = None


class SessionEvidence(ProbeEvidence):
    """One session left alone for a while, and one used with another credential.

    Beside the one that is left alone another of its age is kept `busy`. The other
    credential opens a session of its own (`other_fresh`) and is then used in ours.
    """

    probe: Literal["session"] = "session"
    idle_s: float = 0.0
    before: Exchange | None = None
    after: Exchange | None = None
    busy: tuple[Exchange, ...] = ()
    own_before: Exchange | None = None
    other_fresh: Exchange | None = None
    other_post: Exchange | None = None
    other_get: Exchange | None = None
    own_after: Exchange | None = None


class ReplicasEvidence(ProbeEvidence):
    """One session asked for again and again, each time on a fresh connection.

    In the order in which they were sent; the first `asked` of them overlapped.
    `cookies` are the names of those that `initialize` set; `malformed` and `made_up`
    were sent to see whether a server that accepts everything checks an id at all.
    """

    probe: Literal["replicas"] = "replicas"
    asked: int = 0
    without_cookies: tuple[Exchange, ...] = ()
    with_cookies: tuple[Exchange, ...] = ()
    cookies: tuple[str, ...] = ()
    malformed: Exchange | None = None
    made_up: Exchange | None = None


class SecondEvidence(ProbeEvidence):
    """A second GET beside an open one, and how long a vanished one keeps its place.

    `freed_s` is when a GET was accepted again after the first one had vanished; None if
    none was in the time that was taken for it.
    """

    probe: Literal["second"] = "second"
    first: Exchange | None = None
    beside: Exchange | None = None
    first_went_on: bool | None = None
    tries: tuple[Attempt, ...] = ()
    freed_s: float | None = None
    post: Exchange | None = None


class ResumeEvidence(ProbeEvidence):
    """The same GET with and without the id of an event that was received before.

    `expected` is how many events had followed the one whose id was sent; None where
    nobody can know, on a stream that the server writes to when it likes.
    """

    probe: Literal["resume"] = "resume"
    source: Literal["", "get", "post"] = ""
    expected: int | None = None
    plain: Exchange | None = None
    resumed: tuple[Exchange, ...] = ()


class BugEvidence(ProbeEvidence):
    """A probe that crashed: a fault of this tool, never of the server."""

    probe: Literal["bug"] = "bug"
    crashed: str = ""
    traceback: str = ""


# --- what the person's own machine says ----------------------------------------------


class KnownDefect(Noun):
    """One row of the table of regressions that applies to a version found here."""

    versions: str
    what: str
    sign: str = ""
    fixed_in: str = ""
    matters: Literal["fatal", "degraded", "cosmetic"]
    advice: str = ""
    source: str
    grade: Literal["V", "L", "I", "R"]


class Client(Noun):
    """One MCP client found on this machine.

    `runtime` uses the words of `Signature.runtime`; `found_by` names the files, folders
    or commands that gave it away, `known` what its version is known for.
    """

    name: str
    version: str = ""
    runtime: str = "unknown"
    sdk: str = ""
    found_by: tuple[str, ...] = ()
    versions_in_logs: tuple[str, ...] = ()
    known: tuple[KnownDefect, ...] = ()


class SecretFacts(Noun):
    """What may be told of a value that is never kept.

    `length` is a class, not a number. `expires` is read from a JWT only if the person
    named the variable that holds it.
    """

    name: str
    given: bool = True
    length: Literal["empty", "short", "usual", "long"] = "usual"
    scheme: str = ""
    form: Literal["", "jwt", "placeholder"] = ""
    newline: bool = False
    outer_blank: bool = False
    variables: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    expires: str = ""


ShapeKind = Literal[
    "type-missing",
    "type-unknown",
    "wrong-key",
    "wrong-file",
    "sse-url-as-http",
    "url-invalid",
    "variable-unset",
    "variable-not-expanded",
    "duplicate-name",
    "not-approved",
    "outer-blank",
    "newline-in-value",
    "unreadable",
    "too-small-timeout",
]


class ShapeProblem(Noun):
    """One mistake in a configuration: a sentence, and the change that mends it."""

    kind: ShapeKind
    client: str
    path: str
    line: int | None = None
    server: str = ""
    says: str
    fix: str


ServerState = Literal[
    "wins", "masked", "not approved", "rejected", "disabled", "not read", "unusable"
]


class RemoteServer(Noun):
    """One configured remote server, and whether its entry is the one that is used.

    `masked_by` names the scope whose entry of the same name, or of the same endpoint,
    is used instead. `project` is empty for entries that hold in every folder.
    """

    client: str
    name: str
    scope: str
    path: str
    line: int | None = None
    project: str = ""
    transport: str = ""
    url: str = ""
    wrapper: str = ""
    state: ServerState = "wins"
    masked_by: str = ""
    header_facts: tuple[SecretFacts, ...] = ()
    env_names: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    header_program: bool = False
    timeout_ms: int | None = None


LogKind = Literal[
    "connected",
    "connect-failed",
    "cut",
    "refused",
    "refused-first",
    "exhausted",
    "closed-by-client",
    "session-expired",
    "given-up",
    "flap",
]


class LogMoment(Noun):
    """One moment of a client's log; `life_s` is how long the stream had lived."""

    at: str
    kind: LogKind
    detail: str = ""
    life_s: float | None = None
    action: str = ""
    version: str = ""


class Cluster(Noun):
    """Ends of streams at nearly the same age, and who is known for that limit."""

    from_s: float
    to_s: float
    middle_s: float
    count: int
    of: int
    suspects: str = ""


class Flap(Noun):
    """A stream reopened once a second, of which the log shows only a token check."""

    began: str
    ended: str
    lines: int
    per_s: float


class VersionCount(Noun):
    """How one client version fared in a log."""

    version: str
    connects: int = 0
    failures: int = 0


class ServerLog(Noun):
    """The timeline of one server in one client's logs, newest part first if bounded.

    `failures` counts ends of streams that were not mended at once: cuts, and series of
    refusals. `closing` counts the lines with which the client gave a transport up or
    left it open. `unanswered_calls` are tool calls that timed out after the stream was
    given up. `wakes` counts exhausted tries that failed by the network alone right
    after a long silence and were followed by a success.
    """

    client: str
    server: str
    url: str = ""
    files: tuple[str, ...] = ()
    bytes_read: int = 0
    bytes_skipped: int = 0
    broken_lines: int = 0
    first_at: str = ""
    last_at: str = ""
    connects: int = 0
    connect_failures: int = 0
    cuts: int = 0
    polite_ends: int = 0
    refused: dict[str, int] = Field(default_factory=dict)
    refused_first: dict[str, int] = Field(default_factory=dict)
    exhausted: int = 0
    session_expired: int = 0
    session_expired_any_404: int = 0
    closing: dict[str, int] = Field(default_factory=dict)
    given_up: int = 0
    wakes: int = 0
    tools_not_connected: int = 0
    unanswered_calls: int = 0
    failures: int = 0
    lives_s: tuple[float, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    shared_drops: int = 0
    flap: Flap | None = None
    actions: dict[str, int] = Field(default_factory=dict)
    versions: tuple[VersionCount, ...] = ()
    failing_since: str = ""
    failing_since_version: str = ""
    moments: tuple[LogMoment, ...] = ()
    error: str = ""
    signature: Signature = Field(default_factory=Signature)


class Variable(Noun):
    """One environment variable that matters here; `value` only where it is no secret.

    `where` is "environment" or the settings file whose `env` block sets it.
    """

    name: str
    where: str
    value: str = ""
    does: str
    source: str


class Machine(Noun):
    """The operating system around the client, as far as it bears on the stream."""

    system: Literal["linux", "macos", "windows"] = "linux"
    release: str = ""
    architecture: str = ""
    python: str = ""
    inside: tuple[Literal["wsl", "container", "devcontainer", "ssh", "ci"], ...] = ()
    localhost: tuple[str, ...] = ()
    host_gateway: str = ""
    default_route: bool | None = None
    clock_synchronised: bool | None = None
    log_ahead_s: float | None = None


class NeedsAuth(Noun):
    """A server that Claude Code remembers as one that asked for a sign-in."""

    server: str
    at: str = ""


class Account(Noun):
    """How the client signs in, told without opening a single store."""

    methods: tuple[str, ...] = ()
    connectors_off_because: str = ""
    stores: tuple[str, ...] = ()
    needs_auth: tuple[NeedsAuth, ...] = ()
    named: tuple[SecretFacts, ...] = ()


class Looked(Noun):
    """One place that was looked at, and what was there."""

    what: str
    path: str
    outcome: Literal[
        "read", "nothing there", "could not be read", "exists, not opened", "too many"
    ]
    detail: str = ""


class LocalEvidence(ProbeEvidence):
    """What the person's own machine says; read only, nothing of it is a secret.

    `notes` say what was left undone, and why.
    """

    probe: Literal["local"] = "local"
    machine: Machine = Field(default_factory=Machine)
    clients: tuple[Client, ...] = ()
    servers: tuple[RemoteServer, ...] = ()
    problems: tuple[ShapeProblem, ...] = ()
    logs: tuple[ServerLog, ...] = ()
    variables: tuple[Variable, ...] = ()
    account: Account = Field(default_factory=Account)
    looked: tuple[Looked, ...] = ()
    notes: tuple[str, ...] = ()


Evidence = Annotated[
    ReachEvidence
    | TlsEvidence
    | RedirectEvidence
    | ProxyEvidence
    | ControlEvidence
    | ProviderEvidence
    | EraEvidence
    | HandshakeEvidence
    | OpenEvidence
    | HoldEvidence
    | ReopenEvidence
    | LifetimeEvidence
    | DelayEvidence
    | ListenEvidence
    | FingerprintEvidence
    | AuthEvidence
    | GuardEvidence
    | SessionEvidence
    | ReplicasEvidence
    | SecondEvidence
    | ResumeEvidence
    | LocalEvidence
    | BugEvidence,
    Field(discriminator="probe"),
]


# --- what a cause concludes ----------------------------------------------------------


class Citation(Noun):
    """Where a fact comes from, and how sure it is.

    Grades: V read in source or documentation, L measured, I a field report, R recalled.
    """

    source: str
    grade: Literal["V", "L", "I", "R"] = "V"


class Fix(Noun):
    """Where to change what, as text to paste, and the probe that verifies it."""

    where: str
    what: str
    paste: str = ""
    verify: str = ""


class Finding(Noun):
    """One cause judged, with the sentence that carries the numbers."""

    cause: str
    title: str
    status: Status
    because: str
    settle: str = ""
    owner: Owner
    scope: Scope
    layer: Layer
    impact: Impact
    rests_on: tuple[str, ...] = ()
    look_alike: str = ""
    fixes: tuple[Fix, ...] = ()
    citations: tuple[Citation, ...] = ()


class PredictedText(Noun):
    """The exact lines that each reference client would log for what the probes saw.

    `story` says which observation was replayed. `reproduced` names the clients whose
    prediction holds the pasted text. The two of `h2` are what Node from 26 on logs,
    which speaks HTTP/2; empty where that is the same.
    """

    story: str = ""
    v1_node: tuple[str, ...] = ()
    v1_bun: tuple[str, ...] = ()
    v2_node: tuple[str, ...] = ()
    v1_node_h2: tuple[str, ...] = ()
    v2_node_h2: tuple[str, ...] = ()
    reproduced: tuple[str, ...] = ()


class Verdict(Noun):
    """The answer: two halves, whose it is, whether it matters, and the next test."""

    outcome: Outcome
    cut: str
    reopen: str
    causes: tuple[str, ...] = ()
    suspected: tuple[str, ...] = ()
    impact: Impact = "unknown"
    owner: Owner | None = None
    scope: Scope | None = None
    summary: str
    not_measured: tuple[str, ...] = ()
    reproduced: bool = False
    next_test: str = ""


class Tool(Noun):
    """Which build of this tool wrote the report."""

    name: str = "streamtriage"
    version: str


class Report(Noun):
    """All of it; `streamtriage judge` computes findings and verdict again from this."""

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    taken_at: datetime
    took_s: float = 0.0
    intake: Intake
    signature: Signature
    target: Target
    era: Era
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    verdict: Verdict
    predicted_text: PredictedText
    interrupted: bool = False
