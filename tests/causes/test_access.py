"""The smallest change that turns a verdict on access, and the near miss beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from streamtriage.causes import CAUSES, Case, Cause
from streamtriage.model import (
    AfterwardsEvidence,
    Attempt,
    AuthEvidence,
    Challenge,
    End,
    Evidence,
    Exchange,
    GuardEvidence,
    HandshakeEvidence,
    HoldEvidence,
    Intake,
    Metadata,
    OpenEvidence,
    ReopenEvidence,
    Reopening,
    ReplicasEvidence,
    ResumeEvidence,
    SecondEvidence,
    SessionEvidence,
    Signature,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

PRESENT, SUSPECTED = Status.PRESENT, Status.SUSPECTED
ABSENT, UNKNOWN = Status.ABSENT, Status.UNKNOWN
BY_ID: dict[str, Cause] = {cause.id: cause for cause in CAUSES}
MULTIPLE = "This server does not support multiple GET requests."
EXISTS = "Session registration failed: session already exists"


def post(status: int = 200, **more: Any) -> Exchange:
    facts: dict[str, Any] = {"label": "POST", "session": "live", "started_s": 1.0}
    return Exchange(method="POST", status=status, **(facts | more))


def get(status: int = 200, **more: Any) -> Exchange:
    return post(status, **({"label": "GET"} | more)).model_copy(
        update={"method": "GET"}
    )


ASKS = "Not Acceptable: Client must accept text/event-stream"


def stream(lived_s: float = 2.0, end: End = End.WATCHED, **more: Any) -> Exchange:
    return get(content_type="text/event-stream", lived_s=lived_s, end=end, **more)


GREETED = HandshakeEvidence(
    initialize=post(session="none", started_s=0.1),
    initialized=post(202),
    post=post(),
    session_issued=True,
    revision="2025-11-25",
)
OPENED = OpenEvidence(
    live=stream(),
    made_up=get(404, session="made-up"),
    made_up_post=post(404, session="made-up", started_s=1.5),
    post=post(started_s=2.0),
    ended_post=post(404, session="ended", started_s=3.0),
)


def reopened(
    answers: Sequence[Exchange], posts: Sequence[Exchange] = (post(),)
) -> ReopenEvidence:
    moments = (0.0, 1.0, 2.5)
    tries = tuple(
        Attempt(after_s=moment, get=each)
        for moment, each in zip(moments, answers, strict=False)
    )
    return ReopenEvidence(
        after_close=Reopening(
            ended_by="client-fin", first=stream(), attempts=tries, posts=tuple(posts)
        )
    )


def status(
    cause: str,
    *evidence: Evidence,
    intake: Intake | None = None,
    runtime: str = "unknown",
) -> Status:
    kinds = {each.probe for each in evidence}
    both: tuple[Evidence, ...] = (GREETED, OPENED)
    normal = [each for each in both if each.probe not in kinds]
    case = Case(
        intake=intake or Intake(),
        signature=Signature(runtime=runtime),
        evidence=(*normal, *evidence),
    )
    return BY_ID[cause].find(case).status


def opened(**changed: Any) -> OpenEvidence:
    return OPENED.model_copy(update=changed)


def greeted(**changed: Any) -> HandshakeEvidence:
    return GREETED.model_copy(update=changed)


# --- replicas -------------------------------------------------------------------------


def asked(
    pattern: str, *, later: str = "", bogus: int = 404, kept: str = ""
) -> ReplicasEvidence:
    """Return one answer a letter: `+` accepted, `-` 404, `5` 503.

    `later` is what rounds after the first, which overlaps, were answered.
    """
    answers = {"+": post(), "-": post(404), "5": post(503)}
    return ReplicasEvidence(
        asked=len(pattern),
        without_cookies=tuple(answers[letter] for letter in pattern + later),
        with_cookies=tuple(answers[letter] for letter in kept),
        cookies=("SERVERID",) if kept else (),
        made_up=post(bogus, session="made-up"),
    )


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (asked("--------", kept="++++++++"), PRESENT),
        (asked("--------", kept="+++-++++"), ABSENT),
        (asked("-------+", kept="++++++++"), ABSENT),
        (asked("--------"), UNKNOWN),
    ],
)
def test_a_cookie_is_needed_if_nothing_works_without(
    seen: ReplicasEvidence, expected: Status
) -> None:
    assert status("session-needs-cookie", seen) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(asked("+-+-+-+-"), PRESENT, id="in turns"),
        pytest.param(asked("------+-"), PRESENT, id="one of eight"),
        pytest.param(asked("++++++++"), ABSENT, id="all accepted"),
        pytest.param(asked("+++-----"), ABSENT, id="lost in between"),
        pytest.param(asked("--------"), ABSENT, id="refused each time"),
        pytest.param(asked("--------", kept="++++++++"), ABSENT, id="only by cookie"),
        pytest.param(asked("--------", kept="+++-++++"), ABSENT, id="nor by cookie"),
        pytest.param(asked("++-+-+--", later="--+-++--"), PRESENT, id="overlapping"),
        pytest.param(asked("++-+----", later="-" * 16), ABSENT, id="lost meanwhile"),
        pytest.param(asked("+--+++++", later="+" * 16), ABSENT, id="back meanwhile"),
        pytest.param(asked("-" * 8, later="-" * 15 + "+"), PRESENT, id="rarely"),
        pytest.param(asked("+" * 8, bogus=200), UNKNOWN, id="any id is accepted"),
        pytest.param(asked("+5+5+5+5"), SUSPECTED, id="overload in turns"),
        pytest.param(asked("+-+-+-+-", bogus=400), SUSPECTED, id="another refusal"),
        pytest.param(asked("+5+5+5+5", bogus=503), SUSPECTED, id="overload for all"),
    ],
)
def test_replicas_need_turns(seen: ReplicasEvidence, expected: Status) -> None:
    assert status("multi-replica-no-affinity", seen) is expected


def test_limit_that_meets_initialize_is_no_replica() -> None:
    """A limit on requests refuses what has no session as well."""
    full = HoldEvidence(refused=(post(503, label="initialize", session="none"),))

    seen = (asked("+5+5+5+5", bogus=503), full)
    assert status("multi-replica-no-affinity", *seen) is ABSENT


def test_503_that_others_get_is_not_about_the_session() -> None:
    """What is said to a stranger's session must not be said to a live one."""
    seen = opened(ended_post=post(503, session="ended"))
    limited = HandshakeEvidence(initialized=post(503))

    assert status("session-503-or-200-error", seen) is PRESENT
    assert status("session-503-or-200-error", seen, limited) is ABSENT


@pytest.mark.parametrize(
    ("accepted", "expected"), [(8, ABSENT), (7, UNKNOWN), (1, UNKNOWN)]
)
def test_eight_requests_rule_replicas_out(accepted: int, expected: Status) -> None:
    """GREETED has two such requests, and the tries to open a stream are the others."""
    one = opened(live=None, post=None)
    again = ReopenEvidence(
        after_close=Reopening(
            ended_by="client-fin",
            first=get(405),
            posts=(post(),) * max(0, accepted - 2),
        )
    )
    note = greeted() if accepted > 1 else greeted(post=None)

    assert status("multi-replica-no-affinity", note, one, again) is expected


def test_server_that_takes_any_id_proves_nothing() -> None:
    seen = opened(made_up_post=post(200, session="made-up"))

    assert status("multi-replica-no-affinity", seen) is UNKNOWN


# --- a session that is not known, or left alone ---------------------------------------


@pytest.mark.parametrize(
    ("cause", "ended", "expected"),
    [
        ("rmcp-old-401-session", post(401, excerpt="Session not found"), PRESENT),
        ("rmcp-old-401-session", post(404), ABSENT),
        (
            "rmcp-old-401-session",
            post(401, headers={"www-authenticate": "Bearer"}),
            SUSPECTED,
        ),
        ("session-503-or-200-error", post(503), PRESENT),
        ("session-503-or-200-error", post(200, jsonrpc_code=-32600), PRESENT),
        ("session-503-or-200-error", post(200), ABSENT),
        ("session-503-or-200-error", post(404, jsonrpc_code=-32001), ABSENT),
    ],
)
def test_unknown_session_needs_404(
    cause: str, ended: Exchange, expected: Status
) -> None:
    # The live POST of OPENED comes later, at 2.0 s.
    facts = {"session": "ended", "started_s": 1.0}
    seen = opened(made_up_post=None, ended_post=ended.model_copy(update=facts))

    assert status(cause, seen) is expected


@pytest.mark.parametrize(
    ("started_s", "expected"), [(1.4, PRESENT), (1.6, ABSENT), (9.0, ABSENT)]
)
def test_401_is_the_session_only_if_the_credential_goes_on(
    started_s: float, expected: Status
) -> None:
    """A token that expires between two requests looks the same until then.

    The live POST of OPENED starts at 2.0 s, and half a second proves nothing.
    """
    refusal = post(401, session="made-up", started_s=started_s)

    assert status("rmcp-old-401-session", opened(made_up_post=refusal)) is expected


@pytest.mark.parametrize(
    ("after", "busy", "expected"),
    [
        pytest.param(404, (200, 200), PRESENT, id="only the idle one is gone"),
        pytest.param(404, (200, 404), ABSENT, id="the busy one as well"),
        pytest.param(404, (404, 404), SUSPECTED, id="not even busy for a moment"),
        pytest.param(404, (), ABSENT, id="no busy one"),
        pytest.param(200, (200, 200), ABSENT, id="still known"),
        pytest.param(503, (200, 200), SUSPECTED, id="another refusal"),
    ],
)
def test_idle_session_is_set_against_a_busy_one(
    after: int, busy: tuple[int, ...], expected: Status
) -> None:
    seen = SessionEvidence(
        idle_s=300, before=post(), after=post(after), busy=tuple(map(post, busy))
    )

    assert status("session-idle-reaped", seen) is expected


@pytest.mark.parametrize(("status_", "expected"), [(401, ABSENT), (200, PRESENT)])
def test_idle_session_is_not_meant_where_no_session_is_opened_any_more(
    status_: int, expected: Status
) -> None:
    """A right that ended meanwhile refuses the old session and every new one."""
    seen = SessionEvidence(
        idle_s=3,
        before=post(),
        after=post(401, started_s=5.0),
        busy=(post(), post()),
    )
    last = post(status_, label="initialize", session="none", started_s=9.0)
    later = AfterwardsEvidence(initialize=last)

    assert status("session-idle-reaped", seen, later) is expected


@pytest.mark.parametrize(
    ("text", "answered", "expected"),
    [
        ("Bad Request: Missing session ID", 400, PRESENT),
        ("Mcp-Session-Id header is required", 400, PRESENT),
        ("Bad Request: unknown tool", 400, ABSENT),
        ("Missing session ID", 200, ABSENT),
    ],
)
def test_session_id_is_missed(text: str, answered: int, expected: Status) -> None:
    seen = greeted(session_issued=False, post=post(answered, excerpt=text))

    assert status("session-id-not-exposed", seen) is expected


@pytest.mark.parametrize(
    ("runtime", "adopted", "expected"),
    [
        ("v1-node", 404, PRESENT),
        ("v2-node", 404, ABSENT),
        ("unknown", 404, SUSPECTED),
        ("v1-node", 200, ABSENT),
    ],
)
def test_stray_id_harms_old_clients(
    runtime: str, adopted: int, expected: Status
) -> None:
    seen = opened(adopted_post=post(adopted, session="made-up"))

    assert status("session-id-hijacked-by-error", seen, runtime=runtime) is expected


# --- credentials ----------------------------------------------------------------------

GIVEN = Intake(auth_env="T")
GET_401 = opened(live=get(401))


@pytest.mark.parametrize(
    ("allowed", "intake", "looping", "needless"),
    [
        pytest.param((), GIVEN, PRESENT, ABSENT, id="given"),
        pytest.param((), Intake(), SUSPECTED, ABSENT, id="nothing given"),
        pytest.param(("POST",), GIVEN, ABSENT, PRESENT, id="no GET"),
        pytest.param(("GET", "POST"), GIVEN, PRESENT, ABSENT, id="GET allowed"),
        pytest.param(("OPTIONS",), GIVEN, PRESENT, ABSENT, id="Allow says little"),
    ],
)
def test_401_on_get_alone(
    allowed: tuple[str, ...], intake: Intake, looping: Status, needless: Status
) -> None:
    auth = AuthEvidence(allowed=allowed)

    assert status("token-refresh-401-loop-v1", GET_401, auth, intake=intake) is looping
    assert (
        status("get-401-but-server-has-no-stream", GET_401, auth, intake=intake)
        is needless
    )


def metadata(**changed: Any) -> tuple[Metadata, ...]:
    resource = Metadata(
        kind="resource",
        place="challenge",
        asked=get(content_type="application/json"),
        found=True,
        says="https://h/mcp",
        matches=True,
        servers=1,
    )
    server = Metadata(
        kind="authorization server",
        place="issuer",
        asked=get(),
        found=True,
        matches=True,
    )
    return (
        resource.model_copy(update=changed.get("resource", {})),
        server.model_copy(update=changed.get("server", {})),
    )


NOT_FOUND = {"found": False, "matches": None}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(metadata(), ABSENT, id="sound"),
        pytest.param(metadata(resource={"matches": False}), PRESENT, id="resource"),
        pytest.param(
            metadata(resource=NOT_FOUND | {"asked": get(404)}), PRESENT, id="404"
        ),
        pytest.param(
            metadata(resource=NOT_FOUND | {"asked": get(503)}), SUSPECTED, id="503"
        ),
        pytest.param(
            metadata(resource=NOT_FOUND | {"place": "root", "asked": get(404)}),
            ABSENT,
            id="not promised",
        ),
        pytest.param(
            metadata(server=NOT_FOUND | {"asked": get(404)}), PRESENT, id="server 404"
        ),
        pytest.param(metadata(server={"matches": False}), PRESENT, id="issuer"),
        pytest.param(
            metadata(server={"lacks": ("token_endpoint",)}), PRESENT, id="lacking"
        ),
    ],
)
def test_metadata_must_lead_somewhere(
    found: tuple[Metadata, ...], expected: Status
) -> None:
    assert status("oauth-metadata-broken", AuthEvidence(metadata=found)) is expected


def test_scope_is_named_by_the_challenge_alone() -> None:
    named = {"www-authenticate": 'Bearer error="insufficient_scope", scope="a"'}
    other = {"www-authenticate": 'Bearer error="invalid_token"'}
    auth = AuthEvidence(challenges=(Challenge(scheme="Bearer", scope="a"),))

    cause = "insufficient-scope-403"
    assert status(cause, opened(live=get(403, headers=named)), auth) is PRESENT
    assert status(cause, opened(live=get(403, headers=other)), auth) is ABSENT
    assert status(cause, opened(live=get(401, headers=named)), auth) is ABSENT


# --- guards ---------------------------------------------------------------------------


def refused(code: int, **more: Any) -> HandshakeEvidence:
    return HandshakeEvidence(initialize=post(code, session="none", **more))


@pytest.mark.parametrize(
    ("code", "text", "other", "expected"),
    [
        pytest.param(421, "", post(400, jsonrpc_code=-1), PRESENT, id="421, control"),
        pytest.param(421, "Invalid Host header", None, PRESENT, id="421, own words"),
        pytest.param(421, "", None, SUSPECTED, id="421 alone"),
        pytest.param(
            421, "", post(200, content_type="text/html"), SUSPECTED, id="another site"
        ),
        pytest.param(403, "", post(400, jsonrpc_code=-1), PRESENT, id="403, control"),
        pytest.param(403, "", post(403), ABSENT, id="403 whatever the Host"),
        pytest.param(403, "", None, ABSENT, id="403 alone"),
    ],
)
def test_host_must_decide(
    code: int, text: str, other: Exchange | None, expected: Status
) -> None:
    guard = GuardEvidence(plain=post(code), other_hosts=(other,) if other else ())

    assert status(f"host-{code}", refused(code, excerpt=text), guard) is expected


@pytest.mark.parametrize(
    ("with_origin", "without", "source", "expected"),
    [
        (403, 400, "given", PRESENT),
        (403, 400, "", UNKNOWN),
        (403, 403, "given", ABSENT),
        (200, 400, "given", ABSENT),
    ],
)
def test_origin_must_be_the_clients_own(
    with_origin: int, without: int, source: Any, expected: Status
) -> None:
    guard = GuardEvidence(
        origin=post(with_origin), without_origin=post(without), origin_from=source
    )

    assert status("origin-403", guard) is expected


@pytest.mark.parametrize(
    ("code", "lacks", "source", "expected"),
    [
        (405, (), "given", PRESENT),
        (204, (), "given", ABSENT),
        (204, ("mcp-session-id",), "", PRESENT),
        (204, ("Access-Control-Allow-Origin",), "given", PRESENT),
        (204, ("Access-Control-Allow-Origin",), "", ABSENT),
    ],
)
def test_preflight_must_allow(
    code: int, lacks: tuple[str, ...], source: Any, expected: Status
) -> None:
    guard = GuardEvidence(
        preflight=post(code), preflight_lacks=lacks, origin_from=source
    )

    assert status("cors-preflight", guard) is expected


def test_browser_causes_wait_to_be_told_of_a_browser() -> None:
    for cause in ("origin-403", "cors-preflight"):
        assert status(cause) is UNKNOWN
        assert status(cause, intake=Intake(client="claude-code")) is ABSENT


@pytest.mark.parametrize(
    ("client", "browser", "more", "expected"),
    [
        pytest.param(403, 400, {}, PRESENT, id="a browser passes"),
        pytest.param(400, 400, {}, ABSENT, id="a client passes"),
        pytest.param(403, 403, {}, ABSENT, id="nobody passes"),
        pytest.param(
            403,
            403,
            {"headers": {"cf-mitigated": "challenge"}},
            PRESENT,
            id="a challenge",
        ),
        pytest.param(
            403,
            403,
            {"headers": {"cf-mitigated": "block"}},
            ABSENT,
            id="no challenge",
        ),
    ],
)
def test_firewall_must_mind_the_agent(
    client: int, browser: int, more: dict[str, Any], expected: Status
) -> None:
    guard = GuardEvidence(
        client_agent=post(client, **more),
        browser_agent=post(browser, jsonrpc_code=-32000 if browser == 400 else None),
    )

    assert status("waf-bot-403", refused(403), guard) is expected


NGINX = "<html><head><title>{0}</title></head><center><h1>{0}</h1></center>\n<hr>\
<center>nginx</center>"


@pytest.mark.parametrize(("code", "expected"), [(403, SUSPECTED), (503, ABSENT)])
def test_plain_503_of_a_gateway_is_no_firewall(code: int, expected: Status) -> None:
    """A limit or a missing server is answered 503, whoever asks."""
    page = {"excerpt": NGINX.format(f"{code} Some Words"), "content_type": "text/html"}
    guard = GuardEvidence(
        client_agent=post(code, **page), browser_agent=post(code, **page)
    )

    assert status("waf-bot-403", refused(code, **page), guard) is expected


VERSION = "Bad Request: Unsupported protocol version: 2025-11-25"


@pytest.mark.parametrize(
    ("text", "control", "expected"),
    [
        (VERSION, post(200), PRESENT),
        (VERSION, post(400), SUSPECTED),
        (VERSION, None, SUSPECTED),
        ("Bad Request: no", post(200), ABSENT),
    ],
)
def test_version_header_must_decide(
    text: str, control: Exchange | None, expected: Status
) -> None:
    seen = greeted(post=post(400, excerpt=text))

    guard = GuardEvidence(unversioned=control)
    assert status("protocol-version-header-400", seen, guard) is expected


@pytest.mark.parametrize(
    ("code", "text", "any_type", "expected"),
    [
        (406, "Client must accept text/event-stream", 200, PRESENT),
        (400, "Accept must contain text/event-stream", 200, PRESENT),
        (406, "Client must accept text/event-stream", 406, SUSPECTED),
        (406, "Not Acceptable", 200, SUSPECTED),
        (200, "text/event-stream", 200, ABSENT),
    ],
)
def test_accept_was_sent_as_asked(
    code: int, text: str, any_type: int, expected: Status
) -> None:
    answered = stream() if any_type == 200 else get(any_type)

    seen = opened(live=get(code, excerpt=text))
    assert status("accept-406", seen, GuardEvidence(any_accept=answered)) is expected


@pytest.mark.parametrize(
    ("text", "control", "expected"),
    [
        pytest.param(ASKS, stream(), PRESENT, id="asks for what was sent"),
        pytest.param(ASKS, get(200), SUSPECTED, id="cured by a document"),
        pytest.param(
            "Accept must contain 'text/event-stream' for GET requests",
            stream(),
            PRESENT,
            id="as Go says it",
        ),
        pytest.param(
            "text/event-stream required in Accept header",
            stream(),
            PRESENT,
            id="as Java says it",
        ),
        pytest.param(
            "Not Acceptable: Client must accept both application/json and "
            "text/event-stream",
            stream(),
            SUSPECTED,
            id="asks for JSON as well",
        ),
        pytest.param(
            "This endpoint does not support text/event-stream; clients must accept "
            "text/event-stream elsewhere",
            get(200),
            ABSENT,
            id="has no stream",
        ),
        pytest.param(
            "Not Acceptable: text/event-stream is switched off",
            get(200),
            ABSENT,
            id="only names the type",
        ),
    ],
)
def test_406_must_ask_for_the_type_that_was_sent(
    text: str, control: Exchange, expected: Status
) -> None:
    """A refusal that speaks of something else accuses no hop of a changed header."""
    seen, guard = opened(live=get(406, excerpt=text)), GuardEvidence(any_accept=control)

    assert status("accept-406", seen, guard) is expected


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        pytest.param(406, "text/event-stream", SUSPECTED, id="a stream after all"),
        pytest.param(406, "application/json", ABSENT, id="only JSON"),
        pytest.param(400, "text/event-stream", ABSENT, id="a status of any meaning"),
    ],
)
def test_wordless_406_is_no_proof(code: int, kind: str, expected: Status) -> None:
    """Only words say what should have been accepted; the status alone suspects."""
    guard = GuardEvidence(any_accept=get(200).model_copy(update={"content_type": kind}))

    seen = opened(live=get(code, excerpt="Other words"))
    assert status("accept-406", seen, guard) is expected


@pytest.mark.parametrize(
    ("control", "typed", "offered"),
    [(200, PRESENT, ABSENT), (405, PRESENT, ABSENT), (415, ABSENT, PRESENT)],
)
def test_415_is_told_from_no_stream(
    control: int, typed: Status, offered: Status
) -> None:
    seen, guard = opened(live=get(415)), GuardEvidence(typed_get=get(control))

    assert status("wrong-content-type-415-on-get", seen, guard) is typed
    assert status("get-4xx-instead-of-405", seen, guard) is offered


# --- a second stream, and resuming ----------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "csharp", "mcp_go"),
    [
        pytest.param([get(400, excerpt=MULTIPLE)] * 3, PRESENT, ABSENT, id="C#"),
        pytest.param([get(400, excerpt=EXISTS)] * 3, ABSENT, PRESENT, id="mcp-go"),
        pytest.param(
            [get(400, excerpt=MULTIPLE), stream()], ABSENT, ABSENT, id="C#, clears"
        ),
        pytest.param(
            [get(400, excerpt=EXISTS), stream()], ABSENT, ABSENT, id="at once only"
        ),
        pytest.param([get(409)] * 3, ABSENT, ABSENT, id="409"),
        pytest.param([get(400, excerpt="Bad Request")] * 3, ABSENT, ABSENT, id="400"),
    ],
)
def test_dialect_of_a_second_get(
    answers: list[Exchange], csharp: Status, mcp_go: Status
) -> None:
    seen = reopened(answers)

    assert status("csharp-second-get-400", seen) is csharp
    assert status("mcp-go-400-session-already-exists", seen) is mcp_go
    conflict = Status.SUSPECTED if answers[-1].status == 409 else ABSENT
    assert status("half-open-stream-409", seen) is conflict


EMPTY = stream(0.01, End.COMPLETE)


@pytest.mark.parametrize(
    ("beside", "went_on", "freed_s", "expected"),
    [
        pytest.param(EMPTY, True, None, SUSPECTED, id="never free"),
        pytest.param(EMPTY, True, 1.0, PRESENT, id="free after 1 s"),
        pytest.param(EMPTY, True, 0.0, ABSENT, id="free at once"),
        pytest.param(EMPTY, False, None, ABSENT, id="replaced"),
        pytest.param(stream(0.99, End.COMPLETE), True, 1.0, PRESENT, id="0.99 s"),
        pytest.param(stream(1.0, End.COMPLETE), True, 1.0, ABSENT, id="1.0 s"),
        pytest.param(stream(), True, 0.0, ABSENT, id="allowed"),
        pytest.param(get(409), True, 0.0, ABSENT, id="409 while one is open"),
    ],
)
def test_hidden_conflict_needs_an_open_stream(
    beside: Exchange,
    went_on: bool,  # noqa: FBT001 - a fact of the table
    freed_s: float | None,
    expected: Status,
) -> None:
    seen = SecondEvidence(
        first=stream(), beside=beside, first_went_on=went_on, freed_s=freed_s
    )

    assert status("hidden-409-instant-close", seen) is expected


@pytest.mark.parametrize(
    ("resumed", "more", "expected"),
    [
        pytest.param(get(500), {}, "last-event-id-500", id="500"),
        pytest.param(get(500), {"plain": get(500)}, "", id="500 without as well"),
        pytest.param(get(400), {}, "event-id-rejected", id="400"),
        pytest.param(get(410), {}, "event-id-rejected", id="410"),
        pytest.param(get(409), {}, "", id="409"),
        pytest.param(get(400), {"plain": get(405)}, "", id="no stream at all"),
        pytest.param(EMPTY, {}, "resume-failed-200-empty", id="empty"),
        pytest.param(EMPTY, {"plain": EMPTY}, "", id="empty without as well"),
        pytest.param(
            EMPTY, {"source": "post", "expected": 0}, "", id="nothing left to replay"
        ),
        pytest.param(
            EMPTY,
            {"source": "post", "expected": 1},
            "resume-failed-200-empty",
            id="one left to replay",
        ),
        pytest.param(stream(), {}, "", id="resumed"),
    ],
)
def test_resuming_is_set_against_a_plain_get(
    resumed: Exchange, more: dict[str, Any], expected: str
) -> None:
    facts: dict[str, Any] = {"source": "get", "plain": stream()}
    seen = ResumeEvidence(**(facts | {"resumed": (resumed, resumed)} | more))

    causes = ("last-event-id-500", "event-id-rejected", "resume-failed-200-empty")
    found = [cause for cause in causes if status(cause, seen) is PRESENT]
    assert found == ([expected] if expected else [])


# --- how the process is put together --------------------------------------------------


@pytest.mark.parametrize(
    ("first", "failures", "expected"),
    [
        pytest.param(200, 3, PRESENT, id="one, then three failures"),
        pytest.param(200, 2, ABSENT, id="one, then two failures"),
        pytest.param(500, 2, SUSPECTED, id="three failures"),
        pytest.param(500, 1, ABSENT, id="two failures"),
    ],
)
def test_transport_serves_one_request(
    first: int, failures: int, expected: Status
) -> None:
    seen = HandshakeEvidence(
        initialize=post(first, session="none", started_s=0.0),
        again=tuple(post(500, started_s=1.0 + n) for n in range(failures)),
    )

    none = OpenEvidence()
    assert status("stateless-transport-reused-500", seen, none) is expected


def test_failure_with_words_is_not_the_transport() -> None:
    told = post(500, started_s=1.0, body_bytes=21, excerpt="Internal Server Error")
    seen = HandshakeEvidence(
        initialize=post(started_s=0.0, session="none"), again=(told,) * 4
    )

    assert status("stateless-transport-reused-500", seen, OpenEvidence()) is ABSENT


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (500, "Task group is not initialized. Make sure to use run().", PRESENT),
        (500, "Internal Server Error", SUSPECTED),
        (500, '{"error":"boom"}', ABSENT),
        (503, "Internal Server Error", ABSENT),
    ],
)
def test_lifespan_shows_in_words(code: int, text: str, expected: Status) -> None:
    failed = post(code, session="none", excerpt=text)
    seen = HandshakeEvidence(initialize=failed, again=(failed, failed))

    assert status("asgi-lifespan-missing-500", seen, OpenEvidence()) is expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (503, "Too many open sessions", PRESENT),
        (503, "upstream unavailable", ABSENT),
        (429, "Too many open sessions", ABSENT),
    ],
)
def test_room_is_named(code: int, text: str, expected: Status) -> None:
    seen = refused(code, jsonrpc_message=text)

    assert status("max-sessions-503", seen, OpenEvidence()) is expected
