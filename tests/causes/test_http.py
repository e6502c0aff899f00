"""What a GET or a notification is answered: the smallest change flips the verdict."""

from __future__ import annotations

from typing import Any

import pytest

from causes.samples import (
    case,
    find,
    handshake,
    hold,
    opened,
    post,
    refusal,
    refused_everywhere,
    reopen,
    reopening,
    stream,
)
from streamtriage.causes import Case
from streamtriage.model import Failure

LOST: dict[str, Any] = {"jsonrpc_code": -32001, "jsonrpc_message": "Session not found"}
NGINX = "<html><center>nginx/1.25</center></html>"
SAYS_APP = post(headers={"server": "app"})
LIMITED = refusal(429, headers={"retry-after": "30"})


def every(status: int, excerpt: str = "", **more: Any) -> Case:
    return refused_everywhere(refusal(status, excerpt, **more))


def with_handshake(seen: Case, **more: Any) -> Case:
    """Replace the handshake of a case."""
    changed = handshake(**more)
    return Case(
        intake=seen.intake,
        signature=seen.signature,
        evidence=tuple(
            changed if each.probe == "handshake" else each for each in seen.evidence
        ),
    )


def every_without_sessions(status: int, excerpt: str) -> Case:
    return with_handshake(every(status, excerpt), session_issued=False)


def written_by(name: str) -> Case:
    """Return a 503 by this writer, from a server whose own answers say `app`."""
    get = refusal(503, headers={"server": name} if name else {})
    seen = refused_everywhere(get, opened={"post": SAYS_APP})
    return with_handshake(seen, post=SAYS_APP)


NOT_404 = [
    ("sound", case(), "absent"),
    ("404 everywhere", every(404), "present"),
    ("405", every(405), "absent"),
    ("410", every(410), "absent"),
    ("POST is 404 at first", with_handshake(every(404), post=post(404)), "unknown"),
    (
        "POST is 404 always",
        refused_everywhere(refusal(404), opened={"post": post(404)}),
        "absent",
    ),
    ("POST got no answer", with_handshake(every(404), post=None), "present"),
    ("JSON-RPC body", every(404, **LOST), "suspected"),
    ("text of a lost session", every(404, "session not found"), "suspected"),
    ("router's page", every(404, "<pre>Cannot GET /mcp</pre>"), "present"),
    (
        "GET without session is 400",
        refused_everywhere(refusal(404), none=refusal(400, session="none")),
        "suspected",
    ),
    (
        "GET without session is 405",
        refused_everywhere(refusal(404), none=refusal(405, session="none")),
        "present",
    ),
    (
        "one GET of many is a stream",
        case(opened(refusal(404)), hold(stream(), stream())),
        "absent",
    ),
    ("no GET answered", case(without=("open", "reopen", "hold")), "unknown"),
    (
        "no POST tried",
        case(
            opened(refusal(404), post=None),
            handshake(post=None),
            without=("reopen", "hold"),
        ),
        "unknown",
    ),
    ("session in turn", with_handshake(every(404), initialized=post(404)), "unknown"),
]
NOT_405 = [
    ("sound", case(), "absent"),
    *((f"{code}", every(code), "present") for code in (400, 406, 415, 422, 501)),
    *(
        (f"{code}", every(code), "absent")
        for code in (401, 403, 404, 405, 409, 500, 503)
    ),
    ("one GET was a stream", case(opened(refusal(400))), "absent"),
    (
        "refusals differ",
        case(
            opened(refusal(400)),
            hold(refusal(406), refusal(406)),
            without=("reopen",),
        ),
        "absent",
    ),
    ("plain words", every(400, "Bad Request: no stream here"), "present"),
    ("session, issued", every(400, "Invalid or missing session ID"), "suspected"),
    (
        "session, never issued",
        every_without_sessions(400, "Invalid or missing session ID"),
        "present",
    ),
    (
        "version, no sessions",
        every_without_sessions(400, "Unsupported protocol version: X"),
        "suspected",
    ),
    ("not initialized, issued", every(400, "Server not initialized"), "suspected"),
    (
        "Accept, as it was sent",
        every(406, "Client must accept text/event-stream"),
        "suspected",
    ),
    (
        "406, cured by both types",
        refused_everywhere(refusal(406), opened={"accept_both": stream(0.3)}),
        "suspected",
    ),
    (
        "406, 405 for both types",
        refused_everywhere(refusal(406), opened={"accept_both": refusal(405)}),
        "present",
    ),
    (
        "406, 406 for both types",
        refused_everywhere(refusal(406), opened={"accept_both": refusal(406)}),
        "present",
    ),
    (
        "C# second GET",
        every(400, "does not support multiple GET requests"),
        "suspected",
    ),
    ("POST refused", with_handshake(every(400), post=post(500)), "absent"),
]
DOCUMENT = [
    ("sound", case(), "absent"),
    ("JSON", every(200, "{}", content_type="application/json"), "present"),
    ("HTML", every(200, "<html>", content_type="text/html; charset=utf-8"), "present"),
    ("no type", every(200, content_type=""), "present"),
    (
        "event stream, in capitals",
        case(opened(stream(content_type="Text/Event-Stream"))),
        "absent",
    ),
    ("204", every(204), "absent"),
    (
        "HTML on reopening",
        case(reopen(reopening(refusal(200, "<html>", content_type="text/html")))),
        "present",
    ),
    ("no GET", case(without=("open", "reopen", "hold")), "unknown"),
]
BLOCKED = [
    ("sound", case(), "absent"),
    ("403 with a page", every(403, NGINX), "present"),
    ("403, nobody named", every(403, "Forbidden"), "suspected"),
    ("403 JSON-RPC", every(403, jsonrpc_code=-32000), "absent"),
    (
        "403 scope",
        every(403, headers={"www-authenticate": 'Bearer error="insufficient_scope"'}),
        "absent",
    ),
    *((f"{code}", every(code), "present") for code in (502, 504, 520, 524)),
    ("503, nobody named", every(503), "suspected"),
    (
        "503 HAProxy",
        every(503, "No server is available to handle this request."),
        "present",
    ),
    ("503 ALB", every(503, headers={"server": "awselb/2.0"}), "present"),
    (
        "503 by the writer of POST",
        written_by("app"),
        "suspected",
    ),
    (
        "503 by another writer",
        written_by("edge"),
        "present",
    ),
    (
        "503 without the writer of POST",
        written_by(""),
        "present",
    ),
    ("500", every(500), "absent"),
    ("404 page", every(404, NGINX), "absent"),
    ("405 page", every(405, NGINX), "absent"),
    (
        "one GET let through",
        case(opened(refusal(403, NGINX))),
        "absent",
    ),
    (
        "POST refused too",
        refused_everywhere(refusal(403, NGINX), opened={"post": post(403)}),
        "absent",
    ),
]
RATE = [
    ("sound", case(), "absent"),
    ("first GET", case(opened(LIMITED)), "present"),
    ("a later try", case(reopen(reopening(LIMITED))), "present"),
    ("503", case(opened(refusal(503, headers={"retry-after": "30"}))), "absent"),
    (
        "nothing asked",
        case(without=("era", "handshake", "open", "reopen", "hold")),
        "unknown",
    ),
]
NOTE = "notifications/initialized"
NOT_202 = [
    ("202", case(), "absent"),
    ("200", case(handshake(initialized=post(200, label=NOTE))), "present"),
    ("204", case(handshake(initialized=post(204, label=NOTE))), "present"),
    ("400", case(handshake(initialized=post(400, label=NOTE))), "absent"),
    (
        "no answer",
        case(handshake(initialized=post(None, label=NOTE, failure=Failure.CLOSED))),
        "present",
    ),
    (
        "no session",
        case(handshake(initialized=None, post=None, revision="")),
        "unknown",
    ),
]
ROWS = {
    "get-not-implemented-404": NOT_404,
    "get-4xx-instead-of-405": NOT_405,
    "get-200-html-or-json": DOCUMENT,
    "gateway-blocks-get": BLOCKED,
    "rate-limit-429": RATE,
    "initialized-not-202": NOT_202,
}


@pytest.mark.parametrize(
    ("cause", "seen", "status"),
    [
        pytest.param(cause, seen, status, id=f"{cause}: {words}")
        for cause, rows in ROWS.items()
        for words, seen, status in rows
    ],
)
def test_http_cause_follows_the_evidence(cause: str, seen: Case, status: str) -> None:
    """Each row differs from its neighbour in one fact."""
    finding = find(cause, seen)

    assert finding.status == status, finding.because


def test_harmless_200_has_no_impact() -> None:
    """Where no stream is offered, nobody waits for the 202."""
    seen = with_handshake(every(405), initialized=post(200))

    assert find("initialized-not-202", seen).impact == "none"
    assert find("initialized-not-202", seen).status == "present"


def test_gateway_page_names_the_owner() -> None:
    """A 404 page of a product is for whoever runs it."""
    assert find("get-not-implemented-404", every(404, NGINX)).owner == "proxy"
    assert find("get-not-implemented-404", every(404)).owner == "server"


@pytest.mark.parametrize(("late", "status"), [(0.9, "present"), (1.1, "absent")])
def test_a_wait_that_ran_out_is_no_refusal(late: float, status: str) -> None:
    """Each GET is answered after the same wait: the hop gave up, and blocks nothing."""
    assert find("gateway-blocks-get", every(504, headers_s=late)).status == status
