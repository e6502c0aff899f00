"""Sample reports: one per outcome, and two that do their worst."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import SecretStr

from streamtriage.model import (
    Address,
    Attempt,
    BugEvidence,
    CauseId,
    Citation,
    End,
    Event,
    Exchange,
    Failure,
    Finding,
    Fix,
    Gap,
    HandshakeEvidence,
    HoldEvidence,
    Intake,
    OpenEvidence,
    PredictedText,
    ReachEvidence,
    ReopenEvidence,
    Reopening,
    Report,
    Signature,
    Status,
    Target,
    TlsFacts,
    Tool,
    Verdict,
    Watch,
)

PASTED = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)
CONFLICT = (
    '{"jsonrpc":"2.0","error":{"code":-32000,'
    '"message":"Conflict: Only one SSE stream is allowed per session"},"id":null}'
)


TITLES = {"half-open-stream-409": "The server still counts the old stream"}


def finding(cause: str, status: Status, because: str, settle: str = "") -> Finding:
    return Finding(
        cause=CauseId(cause),
        title=TITLES.get(cause, f"The title of {cause}"),
        status=status,
        because=because,
        settle=settle,
        owner="proxy",
        scope="deployment configuration",
        layer="stream",
        impact="degraded",
        rests_on=("reopen",),
        fixes=(
            Fix(
                where="nginx in front of the server",
                what="Close the server's side when the client's side is gone.",
                paste="proxy_ignore_client_abort off;",
                verify="reopen",
            ),
        ),
        citations=(Citation(source="https://example.org/docs#proxy_buffering"),),
    )


def stream(label: str, end: End, lived_s: float) -> Exchange:
    return Exchange(
        label=label,
        method="GET",
        session="live",
        status=200,
        reason="OK",
        http_version="HTTP/1.1",
        content_type="text/event-stream",
        headers={"server": "nginx", "content-type": "text/event-stream"},
        headers_s=0.0123,
        first_byte_s=0.0131,
        lived_s=lived_s,
        silent_s=lived_s,
        body_bytes=2048,
        events=1,
        comments=4,
        comment_interval_s=15.0,
        end=end,
    )


def refusal(label: str, status: int, reason: str, excerpt: str) -> Exchange:
    return Exchange(
        label=label,
        method="GET",
        session="live",
        status=status,
        reason=reason,
        http_version="HTTP/1.1",
        content_type="application/json",
        headers={"content-type": "application/json"},
        headers_s=0.004,
        lived_s=0.0004,
        body_bytes=len(excerpt),
        excerpt=excerpt,
        end=End.COMPLETE,
    )


def healthy() -> Report:
    held = stream("GET, watched in silence", End.WATCHED, 130.0)
    return Report(
        tool=Tool(version="0.1.0"),
        taken_at=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
        took_s=131.2,
        intake=Intake(url="https://mcp.example.com/mcp", hold_s=130),
        signature=Signature(),
        target=Target(url="https://mcp.example.com/mcp"),
        era="legacy",
        evidence=(
            ReachEvidence(
                host="mcp.example.com",
                port=443,
                scheme="https",
                dns_s=0.0121,
                addresses=(
                    Address(family="IPv4", ip="192.0.2.7", connect_s=0.031),
                    Address(family="IPv6", ip="2001:db8::7", failure=Failure.REFUSED),
                ),
                tls=TlsFacts(version="TLSv1.3", alpn="h2", trusted=True),
                timeline=(Event(at_s=0.0121, kind="dns.done", detail="192.0.2.7"),),
            ),
            HandshakeEvidence(
                initialize=stream("initialize", End.COMPLETE, 0.002),
                session_issued=True,
                session_label="session-3fa1c2d9",
                revision="2025-11-25",
            ),
            HoldEvidence(asked_s=130.0, watches=(Watch(stream=held),)),
        ),
        findings=(
            finding("lb-idle-60s", Status.ABSENT, "The stream lived for 130 s."),
        ),
        verdict=Verdict(
            outcome="healthy",
            cut="Nothing cut the stream in 130 s; not measured beyond that.",
            reopen="Nothing: it opened again each time.",
            impact="none",
            summary="Nothing wrong was found. The stream opens and opens again.",
            gaps=(
                Gap(
                    kind="longer-limits",
                    says="No limit longer than 130 s was measured.",
                ),
            ),
            next_step="Hold longer to find longer limits: --hold 420.",
        ),
        predicted_text=PredictedText(),
    )


def half_open() -> Report:
    cut = stream("GET, watched in silence", End.RESET, 61.34)
    tries = (
        Attempt(after_s=1.0, get=refusal("again at +1 s", 409, "Conflict", CONFLICT)),
        Attempt(after_s=2.5, get=refusal("again at +2.5 s", 409, "Conflict", CONFLICT)),
    )
    reopening = Reopening(ended_by="server", first=cut, attempts=tries)
    because = "A new GET was answered 409 Conflict at +1 s and +2.5 s."
    lines = ("SSE stream disconnected: TypeError: terminated", PASTED)
    return healthy().model_copy(
        update={
            "intake": Intake(
                error=PASTED,
                url="https://mcp.example.com/mcp",
                client="claude-code",
                client_version="2.1.197",
                auth_env="MCP_TOKEN",
                header_envs={"X-Api-Key": "MY_API_KEY"},
            ),
            "signature": Signature(
                runtime="v1", half="reopen", reason="Conflict", statuses=(409,)
            ),
            "evidence": (
                ReopenEvidence(after_close=reopening),
                HoldEvidence(watches=(Watch(stream=cut, reopening=reopening),)),
            ),
            "findings": (
                finding("dns-nxdomain", Status.ABSENT, "The name resolved."),
                finding("half-open-stream-409", Status.PRESENT, because),
                finding(
                    "lb-idle-60s",
                    Status.SUSPECTED,
                    "One stream was cut after 61.3 s of silence.",
                    "Hold for at least 130 s: `--hold 130`.",
                ),
                finding("rate-limit-429", Status.UNKNOWN, "The probe did not run."),
            ),
            "verdict": Verdict(
                outcome="cause-present",
                cut="The stream was reset after 61.3 s.",
                reopen="GET in the same session: 409 Conflict at +1 s and at +2.5 s.",
                causes=(CauseId("half-open-stream-409"),),
                suspected=(CauseId("lb-idle-60s"),),
                impact="degraded",
                owner="proxy",
                scope="deployment configuration",
                summary=f"The server still counts the old stream. {because}",
                gaps=(
                    Gap(
                        kind="longer-limits",
                        says="No limit longer than 61.3 s was measured.",
                    ),
                ),
                reproduced=True,
                next_step="Apply one fix; the probe `reopen` must change.",
            ),
            "predicted_text": PredictedText(
                story="A watched stream ended in a reset.",
                v1_node=lines,
                v2_node=lines[:1],
                reproduced=("v1-node",),
            ),
        }
    )


def unknown() -> Report:
    return healthy().model_copy(
        update={
            "evidence": (
                OpenEvidence(failure=Failure.TIMED_OUT, failure_detail="after 10 s"),
                HoldEvidence(skipped="No stream was open."),
            ),
            "era": "unknown",
            "findings": (
                finding("half-open-stream-409", Status.UNKNOWN, "Nothing was opened."),
                finding("lb-idle-60s", Status.UNKNOWN, "Nothing was held."),
            ),
            "verdict": Verdict(
                outcome="could-not-tell",
                cut="Not measured: no stream was watched.",
                reopen="Not measured: no stream was open that could be opened again.",
                summary="The cause is not known. The server was not reached.",
                gaps=(
                    Gap(
                        kind="longer-limits",
                        says="How long a stream lives was not measured.",
                    ),
                ),
            ),
            "interrupted": True,
        }
    )


def crashed() -> Report:
    return unknown().model_copy(
        update={
            "evidence": (
                BugEvidence(crashed="open", traceback="Traceback …\nKeyError: 'x'"),
            ),
            "verdict": unknown().verdict.model_copy(update={"outcome": "tool-fault"}),
        }
    )


# What a hostile server, or a hostile report, would like the reader's page to run.
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\u202egnp.exe\x00"
    "| cell | ```\n# heading\n- item @someone #123 [link](javascript:alert(1))"
    " https://evil.example <!-- --> </pre></details>`code``\"'"
)


def long_and_hostile() -> Report:
    """Build it so long that a page has to leave most of it out."""
    return hostile(50_000)


def hostile(length: int = 5000) -> Report:
    """Build a report with hostile text wherever the wire can put some, and long."""
    wild = HOSTILE + "A" * length
    seen = refusal(wild, 409, HOSTILE, wild).model_copy(
        update={
            "content_type": HOSTILE,
            "headers": {"server": HOSTILE, "via": wild},
            "http_version": HOSTILE,
            "failure_detail": wild,
        }
    )
    page = seen.model_copy(
        update={
            "content_type": "text/html",
            "excerpt": f"<!doctype html><title>Gate &amp; {HOSTILE}</title>",
        }
    )
    events = tuple(Event(at_s=i, kind=HOSTILE, detail=HOSTILE) for i in range(300))
    judged = finding(HOSTILE, Status.PRESENT, wild, HOSTILE).model_copy(
        update={
            "title": HOSTILE,
            "fixes": (Fix(where=HOSTILE, what=wild, paste=wild, verify=HOSTILE),),
            "citations": (
                Citation(source="javascript:alert(1)"),
                Citation(source='https://evil.example/"onmouseover="alert(1)'),
            ),
        }
    )
    base = half_open()
    return base.model_copy(
        update={
            "intake": base.intake.model_copy(update={"error": wild, "action": HOSTILE}),
            "target": Target(url="https://mcp.example.com/<script>alert(1)</script>"),
            "signature": base.signature.model_copy(update={"means": HOSTILE}),
            "evidence": (
                OpenEvidence(
                    live=seen,
                    none=page,
                    timeline=events,
                    failure=Failure.FAILED,
                    failure_detail=HOSTILE,
                    skipped=HOSTILE,
                ),
                HandshakeEvidence(
                    initialize=seen, server_name=HOSTILE, supported=(HOSTILE,)
                ),
                BugEvidence(crashed=HOSTILE, traceback=wild),
            ),
            "findings": (judged, *base.findings),
            "verdict": base.verdict.model_copy(
                update={
                    "cut": wild,
                    "reopen": HOSTILE,
                    "summary": wild,
                    "causes": (HOSTILE,),
                    "gaps": (Gap(kind="other", says=wild),),
                    "next_step": wild,
                }
            ),
            "predicted_text": PredictedText(
                story=HOSTILE, v1_node=(HOSTILE, wild), reproduced=(HOSTILE,)
            ),
        }
    )


# One canary for each place in which a secret reaches a report, by the way it came.
CANARIES = {
    "env": "canary-from-the-environment",
    "header": "canaryHeader0001",
    "query": "canaryQuery0002",
    "userinfo": "canaryUserinfo0003",
    "cookie": "canaryCookie0004",
    "session": "canarySession0005",
    "jwt": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkwMDA2In0.Y2FuYXJ5MDAwNg",
    "body": "canaryBody0007",
    "key": "sk-ant-canary-0008-canary",
    "pasted": "canaryPasted0009",
    "home": "canaryhome0010",
    "challenge": "canaryChallenge0011",
    "fragment": "canaryFragment0012",
}


def leaking() -> Report:
    """Build a report as a probe without any redaction would have built it."""
    c = CANARIES
    url = (
        f"https://me:{c['userinfo']}@mcp.example.com/mcp"
        f"?api_key={c['query']}&code={c['query']}#{c['fragment']}"
    )
    excerpt = (
        f'{{"error":"denied","token":"{c["body"]}","used":"Bearer {c["body"]}",'
        f'"why":"key {c["key"]} of {c["env"]}","jwt":"{c["jwt"]}",'
        f'"sessionId":"{c["session"]}","at":"{url}"}}'
    )
    seen = refusal(f"GET {url}", 401, f"Unauthorized {c['env']}", excerpt).model_copy(
        update={
            "headers": {
                "X-Session-Token": c["header"],
                "Authorization": f"Bearer {c['header']}",
                "Set-Cookie": f"AWSALB={c['cookie']}; Path=/",
                "Mcp-Session-Id": c["session"],
                "Location": url,
                "Server": f"nginx {c['env']}",
                "WWW-Authenticate": (
                    f'Bearer error="invalid_token", nonce="{c["challenge"]}", '
                    f'error_description="{c["jwt"]} is too old"'
                ),
            },
            "jsonrpc_message": f"Session expired; password={c['body']}",
            "failure_detail": f"at /home/{c['home']}/x.js: {url}",
        }
    )
    pasted = (
        f"{PASTED}\ncurl -H 'Authorization: Bearer {c['pasted']}' '{url}'\n"
        f"Cookie: a={c['cookie']}; b={c['cookie']}\nX-Api-Key: {c['pasted']}\n"
        f"mcp-session-id: {c['session']}\nat C:\\Users\\{c['home']}\\app.js"
    )
    base = half_open()
    return base.model_copy(
        update={
            "intake": base.intake.model_copy(update={"error": pasted, "url": url}),
            "signature": base.signature.model_copy(
                update={"lines": tuple(pasted.splitlines()), "means": pasted}
            ),
            "target": Target(
                url=url,
                headers={"authorization": SecretStr(f"Bearer {c['env']}")},
                proxy=f"http://me:{c['userinfo']}@proxy.example.com:3128",
            ),
            "evidence": (
                OpenEvidence(
                    live=seen,
                    timeline=(Event(at_s=0.1, kind="request", detail=f"GET {url}"),),
                ),
                BugEvidence(crashed="hold", traceback=pasted),
            ),
            "findings": (
                finding("token-expired-no-provider", Status.PRESENT, excerpt, pasted),
            ),
            "verdict": base.verdict.model_copy(
                update={"summary": excerpt, "reopen": pasted, "next_step": url}
            ),
            "predicted_text": PredictedText(v1_node=(pasted,), story=excerpt),
        }
    )
