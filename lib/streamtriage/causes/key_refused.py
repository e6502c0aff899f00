"""A refused key that is not answered 401."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted
from streamtriage.knowledge.key_words import key_word
from streamtriage.model import Citation, Fix
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["key_refused_otherwise"]

_ABOUT_KEYS = re.compile(
    r"\b(?:api|subscription|access|master|virtual|proxy)[ _-]?key|\bunauthori[sz]ed\b"
    r"|\b(?:invalid|missing|wrong|bad|expired|no) (?:api |access |bearer |auth )?"
    r"(?:token|credentials?|key)\b|\bauthentication (?:required|failed|error)\b",
    re.IGNORECASE,
)


@cause(
    layer="auth",
    owner="client",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike="token-expired-no-provider",
    explains=(refused(400, 403, 404, 422, 500, at=(Phase.GREET,)),),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Send a key that the gateway knows, in the header that it reads.",
            paste='"headers": {"Authorization": "Bearer ${MCP_KEY}"}',
            verify="credential",
        ),
        Fix(
            where="the gateway",
            what="Answer 401 with WWW-Authenticate, so that clients see what is wrong.",
            paste='WWW-Authenticate: Bearer error="invalid_token"',
            verify="credential",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 15.5.2: 401 Unauthorized"),
        Citation(source="LiteLLM proxy 1.108.7 with a wrong key", grade="L"),
    ),
)
def key_refused_otherwise(case: Case) -> Judgement:
    """The key is refused, in another answer than 401."""
    first = case.handshake.initialize if case.handshake else None
    if first is None or not first.answered:
        return unknown("`initialize` was not answered.")
    if first.accepted or first.status == 401:
        return absent(f"`initialize` was answered {answer(first)}.", "handshake")
    text = f"`initialize` was answered {answer(first)}{quoted(first)}"
    said = f"{first.jsonrpc_message} {first.excerpt}"
    known = key_word(first.status, said)
    without = case.credential.without if case.credential is not None else None
    if known is not None:
        return present(
            f"{text}: these are the words of {known.product}, which {known.means}.",
            "handshake",
        )
    if without is None or not without.answered:
        return unknown("It was not compared with a request without a credential.")
    bare = f"without the credential, {answer(without)}{quoted(without)}"
    same = (without.status, without.excerpt) == (first.status, first.excerpt)
    if same:
        return absent(f"{text}; {bare}: the same.", "credential")
    if without.accepted:
        return present(
            f"{text}; {bare}: it is the credential that is refused.", "credential"
        )
    asks = without.status == 401 or "www-authenticate" in without.headers
    if asks or _ABOUT_KEYS.search(said):
        return present(
            f"{text}; {bare}: the key is read, and refused.", "credential", "handshake"
        )
    return suspected(
        f"{text}; {bare}: the two differ, so the credential is read.",
        "Send a key that certainly works in another client, and compare.",
        "credential",
    )
