"""Sessions, rights and revisions: the smallest change flips the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from causes.samples import (
    case,
    era,
    find,
    handshake,
    initialize,
    opened,
    post,
    refusal,
    reopen,
    reopening,
    stream,
)
from streamtriage.model import Exchange, Intake, Reopening, Signature

if TYPE_CHECKING:
    from streamtriage.causes import Case

FOUND_AGAIN = initialize(started_s=5.0)


def lost(get: int = 404, posts: tuple[int, ...] = (404, 404), **more: Any) -> Reopening:
    """Return a session that is refused after its stream has ended."""
    refused = refusal(get)
    given: dict[str, Any] = {
        "posts": tuple(post(status) for status in posts),
        "fresh": FOUND_AGAIN,
    }
    return reopening(refused, refused, refused, **(given | more))


def after(seen: Reopening, other: Reopening | None = None) -> Case:
    return case(reopen(seen, after_vanish=other))


LOST = [
    ("sound", case(), "absent"),
    ("GET and POST 404", after(lost()), "present"),
    ("GET and POST 400", after(lost(400, (400, 400))), "present"),
    ("GET 404, POST 200", after(lost(posts=(200,))), "absent"),
    ("GET 409, POST 200", after(lost(409, (200,))), "absent"),
    ("GET and POST 401", after(lost(401, (401, 401))), "absent"),
    ("GET and POST 503", after(lost(503, (503, 503))), "absent"),
    ("POST 404, then 200", after(lost(posts=(404, 200))), "absent"),
    ("a later GET works", after(reopening(refusal(404), stream(0.3))), "absent"),
    ("no new session either", after(lost(fresh=initialize(503))), "suspected"),
    ("a new session not asked for", after(lost(fresh=None)), "suspected"),
    ("never had a stream", after(lost(first=refusal(404))), "absent"),
    ("nothing reopened", case(without=("hold", "reopen")), "unknown"),
]
SESSION_400 = "Bad Request: No valid session ID provided"


def asked(**more: Any) -> Case:
    return case(opened(**more))


def made_up(status: int, text: str, **more: Any) -> Case:
    unknown = post(status, excerpt=text, session="made-up")
    return asked(made_up_post=unknown, **more)


NO_DELETE: dict[str, Any] = {"delete": post(405), "ended_get": None, "ended_post": None}
NOT_404 = [
    ("sound", case(), "absent"),
    ("ended session 400", asked(ended_post=post(400)), "present"),
    ("ended session 404", asked(ended_post=post(404)), "absent"),
    ("ended session 200", asked(ended_post=post(200)), "absent"),
    ("unknown session 400, named", made_up(400, SESSION_400, **NO_DELETE), "present"),
    (
        "unknown session 400, named, though an ended one is 404",
        made_up(400, SESSION_400),
        "present",
    ),
    ("not initialized", made_up(400, "Server not initialized", **NO_DELETE), "present"),
    ("malformed", made_up(400, "malformed session id", **NO_DELETE), "suspected"),
    ("malformed, an ended one 404", made_up(400, "malformed session id"), "absent"),
    ("nothing said", made_up(400, "", **NO_DELETE), "suspected"),
    ("unknown session 200", made_up(200, "", **NO_DELETE), "absent"),
    ("unknown session 401", made_up(401, "Session not found", **NO_DELETE), "absent"),
    ("no answer", asked(made_up_post=None, **NO_DELETE), "unknown"),
    ("no sessions", case(handshake(session_issued=False)), "absent"),
    ("live session refused", asked(post=post(400)), "absent"),
    ("live POST not answered", asked(post=None), "unknown"),
    ("forgotten and 400", after(lost(400, (400, 400))), "present"),
    ("forgotten and 404", after(lost()), "absent"),
    ("not asked", case(without=("open",)), "unknown"),
]


def unauthorized(started_s: float, **more: Any) -> Exchange:
    return post(401, started_s=started_s, **more)


INVALID: dict[str, Any] = {
    "headers": {"www-authenticate": 'Bearer error="invalid_token"'}
}
GIVEN = Intake(auth_env="TOKEN")


def expired(intake: Intake | None = None, **more: Any) -> Case:
    """Return a case in which GET and POST are 401 from the fourth second on."""
    refused = refusal(401, started_s=4.0, **more)
    seen = reopening(
        refused,
        refused,
        posts=(unauthorized(5.0, **more),),
        fresh=initialize(401, started_s=5.1, **more),
    )
    return case(reopen(seen), intake=intake)


def from_the_start(intake: Intake | None = None, **more: Any) -> Case:
    refused = initialize(401, **more)
    greeting = handshake(initialize=refused, initialized=None, post=None, revision="")
    return case(
        greeting,
        era(discover=refused),
        intake=intake,
        without=("open", "reopen", "hold"),
    )


def overlapping(accepted_s: float) -> Case:
    """Return a case with POSTs refused at 1.0 and 5.0 s, and one accepted between."""
    seen = reopening(
        refusal(401, started_s=4.0),
        posts=(unauthorized(5.0),),
        fresh=initialize(401, started_s=5.1),
    )
    return case(
        handshake(initialized=unauthorized(1.0)),
        opened(post=post(started_s=accepted_s)),
        reopen(seen, after_vanish=None),
        intake=GIVEN,
    )


TOKEN = [
    ("sound", case(), "absent"),
    ("expires, token given", expired(GIVEN), "present"),
    ("expires, invalid_token", expired(**INVALID), "present"),
    ("expires, neither", expired(), "suspected"),
    (
        "expires, other header given",
        expired(Intake(header_envs={"X-Tenant": "T"})),
        "suspected",
    ),
    (
        "expires, key header given",
        expired(Intake(header_envs={"X-Api-Key": "K"})),
        "present",
    ),
    ("from the start, token given", from_the_start(GIVEN), "present"),
    ("from the start, nothing given", from_the_start(), "suspected"),
    (
        "from the start, login page",
        from_the_start(GIVEN, content_type="text/html"),
        "absent",
    ),
    ("only GET", after(reopening(refusal(401), posts=(post(),))), "absent"),
    (
        "old session only",
        after(lost(401, (401, 401), fresh=initialize(started_s=9.0))),
        "absent",
    ),
    (
        "made-up session only, token given",
        case(opened(made_up_post=unauthorized(1.0, session="made-up")), intake=GIVEN),
        "absent",
    ),
    (
        "discover only, token given",
        case(era(discover=initialize(401, label="server/discover")), intake=GIVEN),
        "absent",
    ),
    ("overlapping POSTs", overlapping(1.49), "present"),
    ("a POST in between", overlapping(1.51), "absent"),
    (
        "a POST worked half a second later",
        case(
            handshake(initialized=unauthorized(1.0)),
            opened(post=post(started_s=1.51)),
            intake=GIVEN,
            without=("hold", "reopen"),
        ),
        "absent",
    ),
    (
        "nothing asked",
        case(without=("era", "handshake", "open", "reopen", "hold")),
        "unknown",
    ),
]
REJECTED = initialize(400, jsonrpc_code=-32022)
NEW = handshake(
    initialize=REJECTED,
    initialized=None,
    revision="",
    modern_only=True,
    supported=("2026-07-28",),
)
PASTED = Signature(runtime="v1-node", half="reopen")


def modern(**more: Any) -> Case:
    return case(NEW, era(modern=True), without=("open", "reopen", "hold"), **more)


MODERN = [
    ("legacy server", case(), "absent"),
    ("nothing said", modern(), "absent"),
    ("text of v1", modern(signature=PASTED), "present"),
    (
        "text of either",
        modern(signature=Signature(runtime="unknown", half="reopen")),
        "suspected",
    ),
    (
        "text of a look-alike",
        modern(signature=Signature(runtime="v1-node", half="look-alike")),
        "absent",
    ),
    ("legacy client said", modern(intake=Intake(client="legacy")), "present"),
    (
        "package of 1.x",
        modern(intake=Intake(client="@modelcontextprotocol/sdk 1.30.0")),
        "present",
    ),
    (
        "package of 2.x",
        modern(intake=Intake(client="@modelcontextprotocol/client 2.4.0")),
        "absent",
    ),
    (
        "new client said, any text",
        modern(
            intake=Intake(client="x 2026-07-28"),
            signature=Signature(runtime="unknown", half="reopen"),
        ),
        "absent",
    ),
    (
        "initialize not answered",
        case(handshake(initialize=initialize(None), revision="")),
        "unknown",
    ),
    ("not asked", case(without=("handshake",)), "unknown"),
]
ROWS = {
    "server-restart-session-lost": LOST,
    "session-400-instead-of-404": NOT_404,
    "token-expired-no-provider": TOKEN,
    "modern-only-server": MODERN,
}


@pytest.mark.parametrize(
    ("cause", "seen", "status"),
    [
        pytest.param(cause, seen, status, id=f"{cause}: {words}")
        for cause, rows in ROWS.items()
        for words, seen, status in rows
    ],
)
def test_session_cause_follows_the_evidence(
    cause: str, seen: Case, status: str
) -> None:
    """Each row differs from its neighbour in one fact."""
    finding = find(cause, seen)

    assert finding.status == status, finding.because


@pytest.mark.parametrize("cause", ["server-restart-session-lost", "lb-idle-60s"])
def test_new_revision_excludes_old_causes(cause: str) -> None:
    """What needs a session or a GET stream cannot happen in revision 2026-07-28."""
    finding = find(cause, modern(signature=PASTED))

    assert finding.status == "absent"
    assert "2026-07-28" in finding.because


def test_session_that_ends_with_its_stream_is_told() -> None:
    """A restart and a server that drops sessions with their streams are told apart."""
    both = after(lost(), lost(ended_by="client-rst"))
    restart = after(lost(), lost(ended_by="server"))

    assert "with its stream" in find("server-restart-session-lost", both).because
    assert "with its stream" not in find("server-restart-session-lost", restart).because
