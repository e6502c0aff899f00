"""The cause `key-refused-otherwise`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.knowledge.key_words import key_word
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

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
    owner="client",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("token-expired-no-provider"),
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
        return unknown(say("key-refused-otherwise.unknown"))
    if first.accepted or first.status == 401:
        return absent(
            say("key-refused-otherwise.absent", answer=answer(first)), "handshake"
        )
    text = say("key-refused-otherwise.text", answer=answer(first), first=quoted(first))
    said = f"{first.jsonrpc_message} {first.excerpt}"
    known = key_word(first.status, said)
    without = case.credential.without if case.credential is not None else None
    if known is not None:
        return present(
            say(
                "key-refused-otherwise.present",
                text=text,
                product=known.product,
                means=known.means,
            ),
            "handshake",
        )
    if without is None or not without.answered:
        return unknown(say("key-refused-otherwise.unknown.it-was-not-compared"))
    bare = say(
        "key-refused-otherwise.bare", answer=answer(without), without=quoted(without)
    )
    same = (without.status, without.excerpt) == (first.status, first.excerpt)
    if same:
        return absent(
            say("key-refused-otherwise.absent.the-same", text=text, bare=bare),
            "credential",
        )
    if without.accepted:
        return present(
            say(
                "key-refused-otherwise.present.it-is-the-credential",
                text=text,
                bare=bare,
            ),
            "credential",
        )
    asks = without.status == 401 or "www-authenticate" in without.headers
    if asks or _ABOUT_KEYS.search(said):
        return present(
            say("key-refused-otherwise.present.the-key-is-read", text=text, bare=bare),
            "credential",
            "handshake",
        )
    return suspected(
        say("key-refused-otherwise.suspected", text=text, bare=bare),
        say("key-refused-otherwise.suspected.settle"),
        "credential",
    )
