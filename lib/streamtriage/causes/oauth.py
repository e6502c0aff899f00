"""Causes in who may ask: credentials, scopes, and the metadata about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted
from streamtriage.model import Citation, Exchange, Fix, Intake
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.model import AuthEvidence, Metadata
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "gave_credential",
    "get_401_but_server_has_no_stream",
    "insufficient_scope_403",
    "oauth_metadata_broken",
    "token_refresh_401_loop_v1",
]

_CREDENTIAL_WORDS = ("auth", "token", "key", "cookie", "secret")
_AUTHORIZATION = Citation(source="MCP 2025-11-25, basic/authorization")
_ALLOW_405 = Fix(
    where="the server's router",
    what="Look at the method before the credential: answer GET with 405.",
    paste="app.get('/mcp', (req, res) => {  // before the auth middleware\n"
    "  res.status(405).set('Allow', 'POST, DELETE').end();\n});",
    verify="open",
)


def _refused_gets(case: Case) -> tuple[Exchange, ...] | Judgement:
    """Return the live GETs if all are 401 while POST works, else why not."""
    gets = case.live_gets
    if not gets:
        return unknown(say("oauth.refused-gets.unknown"))
    if not case.posts_work:
        if case.posts_work is None:
            return unknown(say("oauth.refused-gets.unknown.no-post-was-answered"))
        return absent(
            say("oauth.refused-gets.absent"), *case.probes_of(case.posts, "handshake")
        )
    if any(seen.status != 401 for seen in gets):
        return absent(
            say(
                "oauth.refused-gets.absent.the-get-was-answered", answer=answer(gets[0])
            ),
            "open",
        )
    return gets


def _no_get(case: Case) -> Text:
    """Return how the server itself shows that it has no GET; empty if it does not."""
    auth = case.auth
    if auth is None or "POST" not in auth.allowed or "GET" in auth.allowed:
        return ""
    return say("oauth.no-get", join=", ".join(auth.allowed))


@cause(
    layer="auth",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="token-expired-no-provider",
    explains=(refused(401, at=STREAM_GETS),),
    fixes=(
        Fix(
            where="the server's auth middleware",
            what="Check GET by the same rule as POST.",
            paste="app.use('/mcp', requireBearerAuth({ verifier }));  // every method",
            verify="open",
        ),
        Fix(
            where="the client",
            what="Use one built on the TypeScript SDK 2.x: it asks for a new token "
            "once, not for ever.",
            paste="claude update",
            verify="open",
        ),
    ),
    citations=(
        _AUTHORIZATION,
        Citation(
            source="TypeScript SDK 1.32.2: 1469 GETs and 1467 refreshes in 6 s",
            grade="L",
        ),
        Citation(
            source="https://github.com/google-gemini/gemini-cli/issues/25473", grade="I"
        ),
    ),
)
def token_refresh_401_loop_v1(case: Case) -> Judgement:
    """GET is answered 401 with the credential that POST accepts, so clients loop."""
    gets = _refused_gets(case)
    if isinstance(gets, Judgement):
        return gets
    no_get = _no_get(case)
    if no_get:
        return absent(say("token-refresh-401-loop-v1.absent", no_get=no_get), "auth")
    text = say(
        "token-refresh-401-loop-v1.text",
        n_gets=len(gets),
        answer=answer(gets[0]),
        gets=quoted(gets[0]),
    )
    if not gave_credential(case.intake):
        return suspected(
            say("token-refresh-401-loop-v1.suspected", text=text),
            say("token-refresh-401-loop-v1.suspected.settle"),
            "open",
        )
    return present(
        say("token-refresh-401-loop-v1.present", text=text),
        "open",
        "handshake",
    )


@cause(
    layer="auth",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="token-refresh-401-loop-v1",
    explains=(refused(401, at=STREAM_GETS),),
    fixes=(_ALLOW_405,),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Listening for Messages"),
        Citation(source="https://github.com/runpod/runpod-mcp/issues/79", grade="I"),
        Citation(source="RFC 9110, 10.2.1: Allow"),
    ),
)
def get_401_but_server_has_no_stream(case: Case) -> Judgement:
    """A server without GET asks for a credential before it says so with 405."""
    gets = _refused_gets(case)
    if isinstance(gets, Judgement):
        return gets
    no_get = _no_get(case)
    if not no_get:
        return absent(say("get-401-but-server-has-no-stream.absent"), "auth")
    return present(
        say(
            "get-401-but-server-has-no-stream.present",
            n_gets=len(gets),
            answer=answer(gets[0]),
            no_get=no_get,
        ),
        "open",
        "auth",
    )


@cause(
    layer="auth",
    owner="auth provider",
    scope="account/auth",
    impact="degraded",
    eras=ANY,
    look_alike="origin-403",
    explains=(refused(403, at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="the authorization server",
            what="Grant the scope that the challenge names, then log in again.",
            paste="/mcp  # choose the server, then: Authenticate",
            verify="open",
        ),
        Fix(
            where="the client",
            what="Use one built on the TypeScript SDK 2.x: it asks for the scope; 1.x "
            "ignores the challenge on a GET.",
            paste="claude update",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/authorization, Scope Challenge Handling"
        ),
        Citation(source="RFC 6750, 3.1: insufficient_scope"),
        Citation(source="typescript-sdk 1.30.0 src/client/streamableHttp.ts:229-241"),
    ),
)
def insufficient_scope_403(case: Case) -> Judgement:
    """The token is good, but lacks a scope that the server asks for."""
    if not case.exchanges:
        return unknown(say("insufficient-scope-403.unknown"))
    refused = [s for s in case.exchanges if s.status == 403 and _names_scope(s)]
    if not refused:
        return absent(
            say("insufficient-scope-403.absent"),
            *case.probes_of(case.exchanges, "open"),
        )
    first = refused[0]
    scopes = (
        next((c.scope for c in case.auth.challenges if c.scope), "")
        if (case.auth)
        else ""
    )
    needs = say("insufficient-scope-403.needs", scopes=scopes) if scopes else ""
    only_get = {seen.method for seen in refused} == {"GET"} and case.posts_work
    while_post = say("insufficient-scope-403.while-post") if only_get else ""
    return present(
        say(
            "insufficient-scope-403.present",
            label=first.label,
            answer=answer(first),
            while_post=while_post,
            needs=needs,
        ),
        "open",
        "auth",
        impact="fatal" if not case.posts_work else None,
    )


def _names_scope(seen: Exchange) -> bool:
    return "insufficient_scope" in seen.headers.get("www-authenticate", "")


@cause(
    layer="auth",
    owner="server",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike="token-expired-no-provider",
    explains=(refused(401, at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="the server, behind a TLS proxy",
            what="Say the public URL in `resource`, exactly as clients type it.",
            paste='AuthSettings(resource_server_url="https://PUBLIC-HOST/mcp", ...)',
            verify="auth",
        ),
        Fix(
            where="the proxy",
            what="Pass the well-known paths on to the server.",
            paste="location ^~ /.well-known/ { proxy_pass http://mcp_backend; }",
            verify="auth",
        ),
    ),
    citations=(
        Citation(source="RFC 9728, 3.3: resource; 5.1: resource_metadata"),
        Citation(source="RFC 8414, 3.3: issuer"),
        _AUTHORIZATION,
        Citation(source="https://github.com/twentyhq/twenty/issues/19838", grade="I"),
    ),
)
def oauth_metadata_broken(case: Case) -> Judgement:
    """The way to a login is broken: the OAuth metadata is missing or wrong."""
    auth = case.auth
    if auth is None or not auth.metadata:
        return _without_metadata(case)
    held = next((m for m in auth.metadata if m.held_back), None)
    return _held_back(held) if held is not None else _read(auth)


def _held_back(seen: Metadata) -> Judgement:
    """Say nothing of what was not asked: somebody else may well get an answer."""
    return unknown(
        say(
            "oauth.held-back.unknown",
            kind=seen.kind,
            failure_detail=seen.asked.failure_detail,
        )
    )


def _read(auth: AuthEvidence) -> Judgement:
    """Judge what the documents say, in the order in which a client reads them."""
    resources = [m for m in auth.metadata if m.kind == "resource"]
    servers = [m for m in auth.metadata if m.kind == "authorization server"]
    promised = next((m for m in resources if m.place == "challenge"), None)
    named = any(c.resource_metadata for c in auth.challenges)
    if named and promised is None:
        return unknown(say("oauth.read.unknown"))
    # The reference client reads the named document, and else the first one found.
    read = promised or next((m for m in resources if m.found), None)
    if read is None:
        return absent(say("oauth.read.absent"), "auth")
    if not read.found:
        return _missing(read, say("oauth.read"))
    if not read.matches:
        return present(
            say(
                "oauth.read.present",
                says=read.says or say("oauth.read.present.no-resource"),
            ),
            "auth",
        )
    if not read.servers:
        return absent(say("oauth.read.absent.the-metadata-names-no"), "auth")
    good = next((m for m in servers if m.found), None)
    if good is None and servers:
        return _missing(servers[-1], say("oauth.read.the-metadata-names-an"))
    if good is not None and good.matches is False:
        return present(
            say("oauth.read.present.the-authorization-server-s", says=good.says or "-"),
            "auth",
        )
    if good is not None and good.lacks:
        return present(
            say(
                "oauth.read.present.the-authorization-server-s-metadata-lacks-2",
                join=", ".join(good.lacks),
            ),
            "auth",
        )
    return absent(say("oauth.read.absent.the-metadata-leads-to"), "auth")


def _without_metadata(case: Case) -> Judgement:
    """Judge where the metadata was not asked for: only an answer tells that none is."""
    # A session that the server never issued may be refused in any way.
    answered = [
        seen
        for seen in case.exchanges
        if seen.answered and seen.session not in ("made-up", "ended")
    ]
    if not answered:
        return unknown(say("oauth.without-metadata.unknown"))
    if any(s.status == 401 or "www-authenticate" in s.headers for s in answered):
        return unknown(say("oauth.without-metadata.unknown.a-login-was-asked"))
    rests = [*case.probes_of(answered, "handshake"), *case.probes_of(answered, "open")]
    return absent(say("oauth.without-metadata.absent"), *dict.fromkeys(rests))


def _missing(seen: Metadata, named: Text) -> Judgement:
    asked = seen.asked
    if not asked.answered or (asked.status or 0) >= 500 or asked.status == 429:
        return suspected(
            say("oauth.missing.suspected", named=named, answer=answer(asked)),
            say("oauth.missing.suspected.settle"),
            "auth",
        )
    what = (
        say("oauth.missing.what")
        if asked.accepted
        else say("oauth.missing.what.no-metadata")
    )
    return present(
        say(
            "oauth.missing.present",
            named=named,
            what=what,
            answer=answer(asked),
            media_type=asked.media_type or say("oauth.missing.present.no-content-type"),
        ),
        "auth",
    )


def gave_credential(intake: Intake) -> bool:
    """Tell whether the person gave anything that looks like a credential."""
    names = " ".join(intake.header_envs).lower()
    return bool(intake.auth_env) or any(word in names for word in _CREDENTIAL_WORDS)
