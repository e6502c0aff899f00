"""What a refused `initialize` says of whatever stands at the URL, and where to look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.causes.authorship import gateway_of
from streamtriage.model import Failure
from streamtriage.model.message import say
from streamtriage.wording import answer, password_scheme

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["Told", "refusal_told"]

_CHECK_PATH = say("refusals.check-path")
_ASK_BEHIND = say("refusals.ask-behind")


class Told(NamedTuple):
    """What a refusal means, half a sentence or more, and the test that tells more."""

    means: Text = ""
    test: Text = ""


_READ_OTHERWISE = Told(
    say("refusals.the-answer-is-not-json"),
    _CHECK_PATH,
)
_WEBSOCKET = Told(
    say("refusals.this-url-speaks-websocket-which"),
    say("refusals.start-the-server-or-the"),
)
_SIGN_IN = Told(
    say("refusals.the-page-asks-to-sign"),
    say("refusals.open-the-url-in-a"),
)
_NO_NAME = Told(
    say("refusals.it-does-not-say-which"),
    say("refusals.run-again-with-auth-env"),
)
_BY_STATUS = {
    400: _READ_OTHERWISE,
    402: Told(
        say("refusals.the-account-that-the-credential"),
        say("refusals.look-at-the-account-s"),
    ),
    413: Told(
        say("refusals.a-limit-on-the-size"),
        say("refusals.raise-that-limit-client-max"),
    ),
    415: _READ_OTHERWISE,
    422: _READ_OTHERWISE,
    500: Told(
        say("refusals.the-program-at-the-url"),
        say("refusals.look-in-the-server-s"),
    ),
    502: Told(
        say("refusals.a-gateway-got-no-usable"),
        _ASK_BEHIND,
    ),
    503: Told(
        say("refusals.that-means-not-now-maintenance"),
        say("refusals.run-again-in-a-minute"),
    ),
    504: Told(say("refusals.a-gateway-waited-in-vain"), _ASK_BEHIND),
}
_SIGN_IN_WORDS = re.compile(
    r"type=[\"']?password|sign[ -]?in|log[ -]?in to|oauth2/start", re.IGNORECASE
)


def refusal_told(case: Case, seen: Exchange) -> Told:
    """Return what this refusal of `initialize` means; empty where it is silent.

    Reasons with what the status codes are defined to mean (RFC 9110, 15.5 and 15.6)
    and with how GET is answered at the same URL, never with a product's name.
    """
    if seen.jsonrpc_code is not None or seen.accepted:
        return Told()
    got = case.opened.none if case.opened else None
    if any(_upgrades(each) for each in (seen, got) if each is not None):
        return _WEBSOCKET
    if seen.status is None:
        return _unanswered(seen, got)
    if seen.status in (404, 405, 410, 501):
        return _no_endpoint(got)
    if seen.status in (401, 403):
        return _not_allowed(seen, got)
    told = _BY_STATUS.get(seen.status, Told())
    return _by_gateway(seen, told) if seen.status >= 500 else told


def _upgrades(seen: Exchange) -> bool:
    asked = "websocket" in seen.headers.get("upgrade", "").lower()
    return asked or (seen.status == 426 and "websocket" in seen.excerpt.lower())


def _unanswered(seen: Exchange, got: Exchange | None) -> Told:
    too = say("refusals.unanswered.too") if got is not None and not got.answered else ""
    if seen.failure in (Failure.CLOSED, Failure.RESET):
        return Told(
            say("refusals.unanswered", too=too),
            say("refusals.unanswered.look-for-that-rule"),
        )
    if seen.failure is Failure.TIMED_OUT:
        return Told(
            say("refusals.unanswered.the-connection-is-taken", too=too),
            say("refusals.unanswered.on-the-server-s"),
        )
    return Told()


def _no_endpoint(got: Exchange | None) -> Told:
    if got is None or not got.answered:
        return Told(say("refusals.no-endpoint"), _CHECK_PATH)
    if got.status in (404, 410):
        none = say("refusals.no-endpoint.none")
        return Told(none, _CHECK_PATH)
    kind = (
        say("refusals.no-endpoint.kind", media_type=got.media_type)
        if got.accepted and got.media_type
        else ""
    )
    return Told(
        say(
            "refusals.no-endpoint.get-is-answered-something",
            answer=answer(got),
            kind=kind,
        ),
        _CHECK_PATH,
    )


def _not_allowed(seen: Exchange, got: Exchange | None) -> Told:
    if _SIGN_IN_WORDS.search(seen.excerpt):
        return _SIGN_IN
    scheme = password_scheme(seen)
    if scheme:
        return Told(
            say("refusals.not-allowed", scheme=scheme),
            say("refusals.not-allowed.give-the-client-that"),
        )
    if seen.status == 401:
        return _NO_NAME
    missing = say("refusals.not-allowed.missing") if _missing(got) else ""
    told = Told(
        say("refusals.not-allowed.told", missing=missing),
        say("refusals.not-allowed.told.look-in-the-log"),
    )
    return _by_gateway(seen, told)


def _missing(got: Exchange | None) -> bool:
    return got is not None and got.status == 404


def _by_gateway(seen: Exchange, told: Told) -> Told:
    """Name the gateway that wrote the page, if its page is known."""
    who = gateway_of(seen)
    if not (who and told.means):
        return told
    return told._replace(means=say("refusals.by-gateway", means=told.means, who=who))
