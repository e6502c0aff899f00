"""Causes on the way to the server, each beside its near misses."""

from __future__ import annotations

from typing import Any

import pytest

from causes import samples
from streamtriage.causes import CAUSES, Case, Cause
from streamtriage.causes.whose_trust import good_for
from streamtriage.model import (
    Address,
    EraEvidence,
    Evidence,
    Exchange,
    Failure,
    HandshakeEvidence,
    Intake,
    OpenEvidence,
    ProxyEvidence,
    ProxyPath,
    ReachEvidence,
    RedirectEvidence,
    RedirectHop,
    Signature,
    Status,
    StoreAnswer,
    TlsEvidence,
    TlsFacts,
)

BY_ID: dict[str, Cause] = {cause.id: cause for cause in CAUSES}
P, S, A, U = Status.PRESENT, Status.SUSPECTED, Status.ABSENT, Status.UNKNOWN


def status(cause: str, *evidence: Evidence, **intake: Any) -> Status:
    case = Case(Intake(**intake), Signature(), evidence)
    return BY_ID[cause].find(case).status


def v4(**facts: Any) -> Address:
    return Address(family="IPv4", ip="127.0.0.1", **facts)


def v6(**facts: Any) -> Address:
    return Address(family="IPv6", ip="::1", **facts)


def reach(*addresses: Address, **facts: Any) -> ReachEvidence:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": 8000, "scheme": "http"}
    return ReachEvidence(addresses=addresses, **(given | facts))


def seen(status_: int | None = 200, **facts: Any) -> Exchange:
    given: dict[str, Any] = {"label": "x", "method": "POST"}
    return Exchange(status=status_, **(given | facts))


SILENT = {"failure": Failure.CONNECT_TIMED_OUT}
REFUSED = {"failure": Failure.REFUSED}
OPEN = {"connect_s": 0.001}
MCP = seen(400, jsonrpc_code=-32600)


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        pytest.param([v4(**SILENT)], P, id="no answer"),
        pytest.param([v4(**SILENT), v6(failure=Failure.UNREACHABLE)], P, id="no route"),
        pytest.param([v4(**SILENT), v6(**REFUSED)], S, id="one refuses"),
        pytest.param([v4(**SILENT), v6(**OPEN)], A, id="one accepts"),
        pytest.param([v4(**REFUSED)], A, id="refused"),
        pytest.param([v4(failure=Failure.UNREACHABLE)], A, id="unreachable"),
        pytest.param([], U, id="no address"),
    ],
)
def test_blackhole_needs_silence(addresses: list[Address], expected: Status) -> None:
    assert status("tcp-blackhole-timeout", reach(*addresses)) is expected


NO_WAY = {"failure": Failure.UNREACHABLE}


@pytest.mark.parametrize(
    ("addresses", "expected", "words"),
    [
        ([v6(**NO_WAY)], P, "no way leads to IPv6"),
        ([v4(**NO_WAY)], P, "A VPN may be off"),
        ([v4(**NO_WAY), v6(**NO_WAY)], P, "A VPN may be off"),
        ([v4(**SILENT), v6(**NO_WAY)], A, "connect-timed-out"),
        ([v4(**REFUSED), v6(**NO_WAY)], A, "refused"),
        ([v4(**OPEN), v6(**NO_WAY)], A, "accepts"),
        ([], U, "No address"),
    ],
)
def test_no_way_is_no_silence(
    addresses: list[Address], expected: Status, words: str
) -> None:
    finding = samples.find("address-unreachable", samples.case(reach(*addresses)))

    assert finding.status is expected
    assert words in finding.because


def test_silent_proxy_says_nothing_of_the_server() -> None:
    assert status("tcp-blackhole-timeout", reach(v4(**SILENT), proxy="p")) is U


@pytest.mark.parametrize(
    ("evidence", "mismatch", "down"),
    [
        pytest.param(
            reach(v4(**REFUSED), twins=(v6(**OPEN),), twin_answer=MCP), P, A, id="MCP"
        ),
        pytest.param(
            reach(v4(**REFUSED), twins=(v6(**OPEN),), twin_answer=seen(404)),
            S,
            P,
            id="another service",
        ),
        pytest.param(
            reach(v4(**REFUSED), twins=(v6(**OPEN),), twin_answer=seen(None)),
            S,
            P,
            id="mute",
        ),
        pytest.param(reach(v4(**REFUSED), twins=(v6(**REFUSED),)), A, P, id="down"),
        pytest.param(reach(v4(**OPEN), host="localhost"), A, A, id="up"),
        pytest.param(
            reach(v6(**REFUSED), v4(**OPEN), host="localhost"), A, A, id="one of two"
        ),
        pytest.param(reach(v4(**REFUSED), host="192.0.2.1"), A, P, id="not loopback"),
    ],
)
def test_loopback_family_is_told_from_a_server_that_is_down(
    evidence: ReachEvidence, mismatch: Status, down: Status
) -> None:
    assert status("localhost-ipv6-mismatch", evidence) is mismatch
    assert status("tcp-refused-server-down", evidence) is down


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("connect ECONNREFUSED ::1:8000", P),
        ("connect ECONNREFUSED ::1:9000", A),
        ("connect ECONNREFUSED 127.0.0.1:8000", A),
    ],
)
def test_localhost_that_works_is_blamed_only_by_the_pasted_text(
    pasted: str, expected: Status
) -> None:
    evidence = reach(v6(**REFUSED), v4(**OPEN), host="localhost")

    assert status("localhost-ipv6-mismatch", evidence, error=pasted) is expected


def over_tls(failure: Failure | None = None, **facts: Any) -> ReachEvidence:
    tls = TlsFacts(version="TLSv1.3", failure=failure, **facts)
    return reach(v4(**OPEN), scheme="https", tls=tls, failure=failure)


UNTRUSTED = over_tls(Failure.TLS_UNTRUSTED, trusted=False, issuer="CN=x")


@pytest.mark.parametrize(
    ("tls", "incomplete", "untrusted"),
    [
        pytest.param(
            TlsEvidence(sent=("CN=leaf",), issuer_offered=True, completed_by="CN=mid"),
            P,
            A,
            id="completed",
        ),
        pytest.param(
            TlsEvidence(sent=("CN=leaf",), issuer_offered=True),
            A,
            P,
            id="leads nowhere",
        ),
        pytest.param(
            TlsEvidence(sent=("CN=leaf",), issuer_offered=False), U, P, id="no address"
        ),
    ],
)
def test_missing_link_is_told_from_an_unknown_root(
    tls: TlsEvidence, incomplete: Status, untrusted: Status
) -> None:
    assert status("tls-chain-incomplete", UNTRUSTED, tls) is incomplete
    assert status("tls-untrusted-ca", UNTRUSTED, tls) is untrusted


SPAN = {
    "not_before": "2026-01-01T00:00:00+00:00",
    "not_after": "2026-04-01T00:00:00+00:00",
}


@pytest.mark.parametrize(
    ("ahead_s", "word", "blames_clock"),
    [
        (None, "certificate has expired", False),
        (59, "certificate is not yet valid", False),
        (86_400, "certificate is not yet valid", True),
        (86_400, "certificate has expired", False),
        (-86_400, "certificate has expired", True),
        (-91 * 86_400, "certificate has expired", False),
    ],
)
def test_dates_blame_a_clock_only_if_it_explains_them(
    ahead_s: float | None, word: str, *, blames_clock: bool
) -> None:
    evidence = over_tls(Failure.TLS_DATES, trusted=True, verify_error=word, **SPAN)
    case = Case(Intake(), Signature(), (evidence, TlsEvidence(server_clock_s=ahead_s)))
    finding = BY_ID["tls-expired"].find(case)

    assert finding.status is P
    assert ("this machine's clock" in finding.because) is blames_clock


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(None, A), (Failure.TLS_UNTRUSTED, A), (Failure.TLS_FAILED, U)],
)
def test_other_refusals_are_not_dates(
    failure: Failure | None, expected: Status
) -> None:
    assert status("tls-expired", over_tls(failure)) is expected


@pytest.mark.parametrize(
    ("evidence", "tls", "expected"),
    [
        pytest.param(
            reach(v4(**OPEN), scheme="https", failure=Failure.TLS_FAILED),
            TlsEvidence(over_plain=seen(400)),
            P,
            id="https to plain",
        ),
        pytest.param(
            reach(v4(**OPEN), scheme="https", failure=Failure.TLS_FAILED),
            TlsEvidence(over_plain=seen(None, failure=Failure.CLOSED)),
            A,
            id="neither",
        ),
        pytest.param(
            reach(v4(**OPEN)),
            TlsEvidence(over_tls=TlsFacts(version="TLSv1.3")),
            P,
            id="http to TLS",
        ),
        pytest.param(reach(v4(**OPEN)), TlsEvidence(), A, id="plain after all"),
        pytest.param(
            over_tls(Failure.TLS_NAME), TlsEvidence(), A, id="certificate refused"
        ),
    ],
)
def test_scheme_mismatch_needs_the_other_scheme_to_work(
    evidence: ReachEvidence, tls: TlsEvidence, expected: Status
) -> None:
    assert status("tls-scheme-mismatch", evidence, tls) is expected


ALERT = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
CLOSED = EraEvidence(discover=seen(None, failure=Failure.CLOSED))


@pytest.mark.parametrize(
    ("tls", "era", "expected"),
    [
        pytest.param(TlsEvidence(alert=ALERT), CLOSED, P, id="TLS 1.3 alert"),
        pytest.param(
            TlsEvidence(alert="SSLV3_ALERT_HANDSHAKE_FAILURE", wants_certificate=True),
            CLOSED,
            P,
            id="TLS 1.2 alert",
        ),
        pytest.param(
            TlsEvidence(alert="SSLV3_ALERT_HANDSHAKE_FAILURE", wants_certificate=False),
            CLOSED,
            A,
            id="no common cipher",
        ),
        pytest.param(
            TlsEvidence(wants_certificate=True), CLOSED, S, id="closed without a word"
        ),
        pytest.param(
            TlsEvidence(wants_certificate=True),
            EraEvidence(discover=seen(200)),
            A,
            id="optional",
        ),
        pytest.param(
            TlsEvidence(),
            EraEvidence(
                discover=seen(400, excerpt="<h1>No required SSL certificate was sent")
            ),
            P,
            id="nginx page",
        ),
        pytest.param(
            TlsEvidence(), EraEvidence(discover=seen(400)), A, id="other refusal"
        ),
    ],
)
def test_client_certificate_needs_its_own_words(
    tls: TlsEvidence, era: EraEvidence, expected: Status
) -> None:
    assert status("mtls-required", over_tls(), tls, era) is expected


STREAM = seen(200, method="GET", content_type="text/event-stream", headers_s=0.01)
HELD = seen(None, method="GET", failure=Failure.TIMED_OUT, ended_s=5.0)
FINE = seen(200, headers_s=0.02)


def path(**facts: Any) -> ProxyPath:
    given: dict[str, Any] = {
        "tls_issuer": "O=server",
        "tls_fingerprint": "aa",
        "mozilla_trusts": True,
        "initialize": FINE,
        "post": FINE,
        "get": STREAM,
    }
    return ProxyPath(**(given | facts))


INSPECTED = path(
    tls_issuer="O=company", tls_fingerprint="bb", mozilla_trusts=False, get=HELD
)


@pytest.mark.parametrize(
    ("proxied", "direct", "expected"),
    [
        pytest.param(INSPECTED, path(), P, id="inspected and held"),
        pytest.param(
            INSPECTED.model_copy(update={"get": STREAM}), path(), A, id="passes"
        ),
        pytest.param(path(get=HELD), path(), A, id="held, same issuer"),
        pytest.param(
            INSPECTED.model_copy(update={"mozilla_trusts": True}),
            path(),
            A,
            id="held, another public issuer",
        ),
        pytest.param(INSPECTED, path(get=HELD), A, id="held both ways"),
        pytest.param(
            INSPECTED.model_copy(update={"post": HELD}), path(), A, id="POST held too"
        ),
        pytest.param(INSPECTED, ProxyPath(), S, id="no way round"),
        pytest.param(
            path(tls_fingerprint="", tls_issuer="", get=HELD), path(), A, id="no TLS"
        ),
    ],
)
def test_inspection_needs_a_prompt_stream_beside_it(
    proxied: ProxyPath, direct: ProxyPath, expected: Status
) -> None:
    evidence = ProxyEvidence(connect=seen(200), proxied=proxied, direct=direct)

    assert status("proxy-tls-inspection-buffers-sse", evidence) is expected


@pytest.mark.parametrize(
    ("get", "expected"),
    [
        pytest.param(samples.silence(), S, id="its head does not come"),
        pytest.param(samples.stream(), A, id="the stream passes"),
    ],
)
def test_inspection_without_a_proxy_is_suspected_by_the_first_get(
    get: Exchange, expected: Status
) -> None:
    """The watch beside it may pass all the same."""
    inspected = samples.reach(tls=samples.tls(issuer="CN=Zscaler Root CA"))
    sound = samples.case(inspected, samples.opened(get))
    evidence = (*sound.evidence, TlsEvidence(mozilla_trusts=False))

    assert status("proxy-tls-inspection-buffers-sse", *evidence) is expected


NOTHING = ProxyPath(initialize=seen(None, failure=Failure.PROXY_REFUSED))


@pytest.mark.parametrize(
    ("connect", "proxied", "direct", "expected"),
    [
        pytest.param(seen(403), NOTHING, path(), P, id="forbidden"),
        pytest.param(seen(407), NOTHING, ProxyPath(), P, id="credentials"),
        pytest.param(
            seen(None, failure=Failure.REFUSED), NOTHING, path(), P, id="proxy down"
        ),
        pytest.param(seen(503), NOTHING, path(), P, id="only the proxy fails"),
        pytest.param(seen(503), NOTHING, ProxyPath(), S, id="neither way"),
        pytest.param(seen(200), path(), path(), A, id="tunnel"),
        pytest.param(
            seen(403),
            path(tls_fingerprint="", initialize=FINE),
            path(tls_fingerprint=""),
            A,
            id="http goes without a tunnel",
        ),
        pytest.param(
            seen(403),
            path(tls_fingerprint="", initialize=seen(403)),
            path(tls_fingerprint="", initialize=seen(403)),
            A,
            id="the server's own 403",
        ),
        pytest.param(
            seen(407),
            path(tls_fingerprint="", initialize=seen(407)),
            path(tls_fingerprint=""),
            P,
            id="http refused as well",
        ),
    ],
)
def test_proxy_is_blamed_for_its_own_refusal_alone(
    connect: Exchange, proxied: ProxyPath, direct: ProxyPath, expected: Status
) -> None:
    evidence = ProxyEvidence(connect=connect, proxied=proxied, direct=direct)

    assert status("proxy-env-connect-refused", evidence) is expected


@pytest.mark.parametrize(
    ("connect", "says"),
    [
        (seen(407), "wants credentials"),
        (seen(408), "refuses a tunnel"),
        (seen(None, failure=Failure.REFUSED), "refuses connections"),
    ],
)
def test_what_a_proxy_did_is_said_as_it_was(connect: Exchange, says: str) -> None:
    evidence = ProxyEvidence(connect=connect, proxied=NOTHING, direct=path())

    found = BY_ID["proxy-env-connect-refused"].find(
        Case(Intake(), Signature(), (evidence,))
    )

    assert says in found.because


def test_no_proxy_is_no_cause() -> None:
    assert status("proxy-env-connect-refused", reach(v4(**OPEN))) is A


URL = "https://h.example/mcp"
WAY = (
    "redirect-cross-origin-login",
    "redirect-scheme-downgrade",
    "redirect-trailing-slash",
)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://h.example/mcp/", (A, A, P)),
        ("/mcp/", (A, A, P)),
        ("https://h.example:443/api/mcp", (A, A, P)),
        ("http://h.example/mcp/", (A, P, A)),
        ("http://h.example:8080/mcp/", (A, P, A)),
        ("https://login.example.com/x", (P, A, A)),
        ("https://team.cloudflareaccess.com/cdn-cgi/access/login/h", (P, A, A)),
        ("https://h.example/login?next=/mcp", (P, A, A)),
        ("https://other.example/mcp", (S, A, A)),
        ("http://other.example/mcp", (S, A, A)),
        ("https://h.example/blogindex", (A, A, P)),
        ("https://logindex.example/mcp", (S, A, A)),
        ("https://h.example:8443/mcp", (S, A, A)),
        ("http://[", (A, A, A)),
        ("mailto:x@h.example", (A, A, A)),
    ],
)
def test_redirect_is_named_by_where_it_leads(
    location: str, expected: tuple[Status, ...]
) -> None:
    hop = RedirectHop(exchange=seen(307), location=location)
    evidence = RedirectEvidence(hops=(hop,))

    found = tuple(status(cause, evidence, url=URL) for cause in WAY)

    assert found == expected


def test_redirect_of_the_get_alone_is_seen() -> None:
    get = seen(302, method="GET", headers={"location": "https://sso.example/"})
    found = OpenEvidence(live=get)

    assert status("redirect-cross-origin-login", found, url=URL) is P


@pytest.mark.parametrize(
    ("code", "followed", "final", "impact"),
    [
        (307, True, "https://h.example/mcp/", "cosmetic"),
        (301, False, "", "fatal"),
        (307, True, "", "fatal"),
    ],
)
def test_redirect_that_cannot_be_followed_is_fatal(
    code: int, final: str, impact: str, *, followed: bool
) -> None:
    hop = RedirectHop(
        exchange=seen(code), location="https://h.example/mcp/", followed=followed
    )
    case = Case(
        Intake(url=URL),
        Signature(),
        (RedirectEvidence(hops=(hop,), final_url=final),),
    )
    finding = BY_ID["redirect-trailing-slash"].find(case)

    assert (finding.status, finding.impact) == (P, impact)


PAGE = "<!DOCTYPE html><html><body><div id=root>"
ENDPOINT = "event: endpoint\r\ndata: /messages/?session_id=1\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "get", "legacy", "spa"),
    [
        pytest.param(
            405,
            {"content_type": "text/event-stream", "excerpt": ENDPOINT, "events": 1},
            P,
            A,
            id="older transport",
        ),
        pytest.param(
            405, {"content_type": "text/event-stream"}, S, A, id="nothing came"
        ),
        pytest.param(
            405,
            {
                "content_type": "text/event-stream",
                "excerpt": ": ping\n\n",
                "body_bytes": 8,
            },
            A,
            A,
            id="another stream",
        ),
        pytest.param(
            405, {"content_type": "text/html", "excerpt": PAGE}, A, P, id="front end"
        ),
        pytest.param(
            400, {"content_type": "text/html", "excerpt": PAGE}, A, A, id="400"
        ),
        pytest.param(
            405,
            {"content_type": "text/html", "excerpt": PAGE + "<input type=password>"},
            A,
            S,
            id="sign-in page",
        ),
        pytest.param(
            405,
            {"content_type": "application/json", "excerpt": "{}"},
            A,
            A,
            id="JSON",
        ),
        pytest.param(
            200,
            {"content_type": "text/html", "excerpt": PAGE},
            A,
            A,
            id="POST works",
        ),
    ],
)
def test_what_stands_at_the_url_is_told_by_post_and_get(
    first: int, get: dict[str, Any], legacy: Status, spa: Status
) -> None:
    evidence = (
        HandshakeEvidence(initialize=seen(first)),
        OpenEvidence(none=seen(200, method="GET", **get)),
    )

    assert status("legacy-sse-url-as-http", *evidence) is legacy
    assert status("spa-catchall", *evidence) is spa


def test_error_page_of_a_post_is_not_called_the_front_ends() -> None:
    """A static file server's page for 501 is HTML too, but is no front end's page."""
    error = seen(501, content_type="text/html", excerpt=PAGE)
    page = seen(200, method="GET", content_type="text/html", excerpt=PAGE)
    evidence = (HandshakeEvidence(initialize=error), OpenEvidence(none=page))
    case = Case(Intake(), Signature(), evidence)
    finding = BY_ID["spa-catchall"].find(case)

    assert finding.status is P
    assert "501" in finding.because


@pytest.mark.parametrize(("code", "expected"), [(204, P), (200, A), (405, A)])
def test_204_is_the_status_alone(code: int, expected: Status) -> None:
    found = OpenEvidence(live=seen(code, method="GET"))

    assert status("get-204", found) is expected


def test_nothing_seen_is_unknown() -> None:
    """A cause that is not probed is never called absent."""
    never = {"proxy-env-connect-refused", "proxy-tls-inspection-buffers-sse"}
    names = {*WAY, "get-204", "spa-catchall", "legacy-sse-url-as-http", "mtls-required"}
    names |= never | {"tls-expired", "tls-chain-incomplete", "tls-scheme-mismatch"}
    names |= {"tcp-blackhole-timeout", "localhost-ipv6-mismatch"}
    names |= {"address-unreachable"}

    assert {status(name) for name in names} == {U}


PRIVATE = TlsEvidence(
    mozilla_trusts=False, stores=(StoreAnswer(name="given", trusts=True),)
)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        pytest.param({}, True, id="a private authority that was given"),
        pytest.param({"dates_hold": False}, False, id="and it has expired"),
        pytest.param({"names_match": False}, False, id="and it is for another name"),
    ],
)
def test_whose_authority_it_is_matters_only_where_it_would_help(
    facts: dict[str, Any], *, told: bool
) -> None:
    case = Case(Intake(), Signature(), (over_tls(**facts), PRIVATE))

    assert (good_for(case) is not None) is told
