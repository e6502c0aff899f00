"""Every fact has a citation, a grade and a day, and is found where it is needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from streamtriage.causes import CAUSES
from streamtriage.causes.authorship import gateway_of
from streamtriage.causes.fixes import Recognised, fixes_for
from streamtriage.causes.intermediaries import hops
from streamtriage.knowledge.cuts import CutTime
from streamtriage.knowledge.dialects import Dialect, spoken
from streamtriage.knowledge.fingerprints import Fingerprint, fingerprints, traces
from streamtriage.knowledge.follow_up import TriedChange
from streamtriage.knowledge.key_words import KeyWord
from streamtriage.knowledge.limits import Limit, near
from streamtriage.knowledge.remedies import Remedy, remedies
from streamtriage.knowledge.reports import FieldReport, Issue
from streamtriage.knowledge.rows import Fact, load, rows
from streamtriage.knowledge.secret_kinds import SecretKind
from streamtriage.knowledge.strict_clients import StrictClient
from streamtriage.model import Exchange, Fix

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES: Mapping[str, type[Fact]] = {
    "cut_times": CutTime,
    "dialects": Dialect,
    "fingerprints": Fingerprint,
    "fixes": Remedy,
    "follow_up": TriedChange,
    "key_words": KeyWord,
    "strict_clients": StrictClient,
    "issues": Issue,
    "limits": Limit,
    "reports": FieldReport,
    "secret_kinds": SecretKind,
}
KINDS = pytest.mark.parametrize(("table", "kind"), TABLES.items(), ids=list(TABLES))


def seen(
    status: int = 200, body: str = "", code: int | None = None, **headers: str
) -> Exchange:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(
        label="GET",
        method="GET",
        status=status,
        headers=named,
        excerpt=body,
        jsonrpc_code=code,
    )


def stream(body: str) -> Exchange:
    return seen(body=body).model_copy(update={"content_type": "text/event-stream"})


@KINDS
def test_rows_are_typed(table: str, kind: type[Fact]) -> None:
    assert load(table, kind)


@KINDS
@pytest.mark.parametrize(
    "change",
    [{"source": ""}, {"grade": ""}, {"grade": "X"}, {"date": ""}, {"date": "today"}],
    ids=["no citation", "no grade", "unknown grade", "no date", "no day"],
)
def test_uncited_row_is_rejected(
    table: str, kind: type[Fact], change: dict[str, str]
) -> None:
    """A fact that nobody can look up, or that nobody dated, is none."""
    row = rows(table)[0]
    kind.model_validate(row)

    with pytest.raises(ValidationError):
        kind.model_validate(row | change)


@KINDS
def test_no_row_says_look_above(table: str, kind: type[Fact]) -> None:
    """A citation stands by itself, whatever row was before it."""
    empty = ("-", "same", "same as above", "inference")

    assert not [r for r in load(table, kind) if r.source.strip().lower() in empty]


def test_every_remedy_cures_a_cause() -> None:
    cured = {kind for cause in CAUSES for kind in cause.remedies}

    assert cured == {row.remedy for row in remedies()}


@pytest.mark.parametrize(
    ("age_s", "kind", "product", "named"),
    [
        (59.4, "idle", "AWS ALB", False),
        (59.6, "idle", "AWS ALB", True),
        (63.9, "idle", "AWS ALB", True),
        (64.1, "idle", "AWS ALB", False),
        (125.4, "idle", "Cloudflare proxy (orange cloud)", True),
        (300.4, "idle", "Railway", True),
        (300.4, "idle", "undici (Node fetch client)", False),
        (300.4, "total", "Google Cloud Run", True),
        (30.1, "total", "Go net/http Server", True),
        (30.1, "idle", "Go net/http Server", False),
    ],
)
def test_limit_near_an_age(
    age_s: float, kind: str, product: str, *, named: bool
) -> None:
    found = {row.product for row in near(age_s, kind)}  # type: ignore[arg-type]

    assert (product in found) is named


@pytest.mark.parametrize(
    ("exchange", "name"),
    [
        (seen(server="nginx/1.22.1"), "nginx"),
        (seen(server="cloudflare", cf_ray="8f-FRA"), "Cloudflare"),
        (seen(set_cookie="AWSALB=<hidden>"), "AWS ALB"),
        (seen(set_cookie="theme=<hidden>; AWSALBCORS=<hidden>"), "AWS ALB"),
        (seen(via="1.1 Caddy"), "Caddy"),
        (seen(server="istio-envoy"), "Istio"),
        (seen(x_vercel_id="<hidden>"), "Vercel"),
        (seen(404, "404 page not found\n"), "Traefik or a Go server"),
        (seen(504, "upstream request timeout"), "Envoy"),
    ],
)
def test_hop_is_found_by_its_trace(exchange: Exchange, name: str) -> None:
    assert hops([exchange]) == (name,)


@pytest.mark.parametrize(
    "exchange",
    [
        seen(server="uvicorn"),
        seen(set_cookie="MYAWSALB=<hidden>"),
        seen(200, "404 page not found"),
        seen(404, "see 404 page not found in the manual"),
        seen(500, "error code: 503"),
        seen(500, '{"message":"Internal server error"}'),
    ],
    ids=[
        "the server itself",
        "a longer cookie name",
        "an answer that quotes a page",
        "a page that quotes another",
        "no Cloudflare header",
        "anybody's JSON",
    ],
)
def test_near_miss_is_no_hop(exchange: Exchange) -> None:
    assert hops([exchange]) == ()
    assert gateway_of(exchange) == ""


def test_host_and_issuer_tell_too() -> None:
    by_host = traces((), "calm-river.trycloudflare.com")
    by_issuer = traces((), "mcp.example.com", "CN=Zscaler Intermediate Root CA")

    assert [row.product for row in by_host] == ["quick-tunnel"]
    assert [row.product for row in by_issuer] == ["tls-inspection"]
    assert traces((), "trycloudflare.com.example") == ()


def test_certain_trace_replaces_a_likely_one() -> None:
    found = traces([seen(524), seen(cf_ray="8f-FRA")])

    assert [row.certainty for row in found] == ["decisive"]


def test_recalled_trace_is_never_decisive() -> None:
    """Grade R never makes anything certain, but for the host that names itself."""
    sure = [r for r in fingerprints() if r.grade == "R" and r.certainty == "decisive"]

    assert not sure


_NO_VALID = "Bad Request: No valid session ID provided"
_AIOHTTP = {"server": "Python/3.11 aiohttp/3.14.5"}


def _error(code: int, message: str) -> str:
    error = {"code": code, "message": message}
    return json.dumps({"jsonrpc": "2.0", "error": error, "id": None})


@pytest.mark.parametrize(
    ("exchange", "server"),
    [
        (
            seen(
                404,
                '{"error":{"code":-32001,"message":"Session not found"},"id":null}',
                -32001,
            ),
            "typescript",
        ),
        (
            seen(
                404, '{"error":{"code":-32600,"message":"Session not found"}}', -32600
            ),
            "python",
        ),
        (seen(404, "session not found\n"), "go"),
        (seen(404, "Not Found: Session not found"), "rust"),
        (
            seen(
                404, '{"error":{"code":-32001},"id":"","x":"session not found"}', -32001
            ),
            "csharp",
        ),
        (seen(400, "Session registration failed: session already exists"), "mcp-go"),
        (stream(": ping - 2026-11-22 10:00:00.123+00:00\r\n\r\n"), "python"),
        (stream(": ok\n\n"), "go"),
        (seen(400, _error(-32000, _NO_VALID), -32000), "typescript"),
        (seen(400, _NO_VALID), "python"),
        (seen(403, _error(-32000, "Invalid Host: a.example"), -32000), "typescript"),
        (
            seen(404, _error(-32001, "session not found"), -32001, **_AIOHTTP),
            "python-web",
        ),
        (seen(404, "Session not found", server="WSGIServer/0.2 CPython"), "python-web"),
        (seen(405, server="Kestrel"), "csharp"),
        (seen(200, x_contextforge_mcp_session_core="python"), "contextforge"),
        (seen(400, '{"detail":"No connected db."}'), "litellm"),
        (stream(": connected\n\n"), "tmcp"),
    ],
)
def test_server_is_known_by_its_words(exchange: Exchange, server: str) -> None:
    found = spoken([exchange])

    assert found is not None
    assert found.server == server


@pytest.mark.parametrize(
    "exchange",
    [
        seen(404, "Not Found"),
        # Go's text, but for its capital: Django's and supergateway's.
        seen(404, "Session not found"),
        stream(": okay\n\n"),
        seen(200, "session not found"),
        seen(200, server="Python/3.11"),
    ],
)
def test_strange_words_name_no_server(exchange: Exchange) -> None:
    assert spoken([exchange]) is None


NO_ID = (
    '{"error":{"code":-32000,"message":"Bad Request: No valid session ID provided"}}'
)


@pytest.mark.parametrize(
    ("exchanges", "server", "certainty"),
    [
        ([seen(400, NO_ID, -32000)], "typescript", "likely"),
        ([seen(400, NO_ID, -32000, x_powered_by="Express")], "typescript", "likely"),
        ([seen(400, "Bad Request: No valid session ID provided")], "python", "likely"),
        (
            [seen(404, "Session not found", server="WSGIServer/0.2")],
            "python-web",
            "likely",
        ),
        (
            [
                seen(
                    404,
                    '{"message":"session not found"}',
                    -32001,
                    server="Python/3.11 aiohttp/3",
                )
            ],
            "python-web",
            "likely",
        ),
        ([seen(200, server="Kestrel")], "csharp", "likely"),
        (
            [seen(x_powered_by="Express"), stream(": ping - 2026-11-28 10:00:00\n\n")],
            "python",
            "decisive",
        ),
        ([seen(409, "stream ID conflicts with ongoing stream\n")], "go", "decisive"),
    ],
)
def test_structure_before_wording(
    exchanges: list[Exchange], server: str, certainty: str
) -> None:
    """What several products say is never decisive, nor stands against the headers."""
    found = spoken(exchanges)

    assert found is not None
    assert (found.server, found.certainty) == (server, certainty)


def where(cause: str, products: Recognised) -> list[str]:
    known = next(each for each in CAUSES if each.id == cause)
    ranked = fixes_for(known.remedies, known.fixes, products)
    return [fix.where for fix in ranked]


def test_fixes_of_another_make_are_left_out() -> None:
    """A product that is known beyond doubt excludes the fixes of its kind."""
    sure = where("host-403", Recognised(server="go", sure=True))
    likely = where("host-403", Recognised(server="go"))

    assert sure[0].startswith("a Go server")
    assert not [each for each in sure if "Python" in each or "TypeScript" in each]
    assert likely[0].startswith("a Go server")
    assert [each for each in likely[1:] if "Python" in each]


def test_named_client_gets_its_own_form() -> None:
    named = where("legacy-sse-url-as-http", Recognised(client="vscode"))

    assert named[0].startswith("VS Code")
    assert not [each for each in named if "Claude" in each]


def test_last_fix_is_never_left_out() -> None:
    own = (Fix(where="a Python server", what="W.", paste="w()", verify="hold"),)

    assert fixes_for((), own, Recognised(server="go", sure=True)) == own


def test_fix_of_the_recognised_product_comes_first() -> None:
    own = (Fix(where="the server", what="Write.", paste="write()", verify="hold"),)

    fixes = fixes_for(("idle",), own, Recognised(("haproxy",), "python"))

    assert [fix.where.split(",")[0] for fix in fixes] == [
        "HAProxy",
        "the Python server",
        "the server",
    ]
    assert {fix.verify for fix in fixes} == {"hold"}
    assert fixes_for(("idle",), own, Recognised()) == own
    assert fixes_for((), own, Recognised(("haproxy",))) == own
