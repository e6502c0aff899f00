"""The cause `oauth-metadata-broken`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.logins import AUTHORIZATION
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model import AuthEvidence, Metadata
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["oauth_metadata_broken"]


@cause(
    owner="server",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("token-expired-no-provider"),
    reported_as=("auth-discovery",),
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
        AUTHORIZATION,
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
