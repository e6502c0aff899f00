"""What a refused `initialize` says of whatever stands at the URL, and where to look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.causes.gateway import gateway_of
from streamtriage.causes.words import answer, password_scheme
from streamtriage.model import Failure

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["Told", "refusal_told"]

_CHECK_PATH = (
    "Compare the URL with the one in the server's documentation or start-up text: "
    "`/mcp`, `/mcp/` and `/sse` are three different places."
)
_ASK_BEHIND = (
    "On the gateway's machine, send the same POST to the address that the gateway is "
    "told to use, and time it."
)


class Told(NamedTuple):
    """What a refusal means, half a sentence or more, and the test that tells more."""

    means: str = ""
    test: str = ""


_READ_OTHERWISE = Told(
    "The answer is not JSON-RPC, so something else than an MCP server reads that POST",
    _CHECK_PATH,
)
_WEBSOCKET = Told(
    "This URL speaks WebSocket, which is no transport of MCP",
    "Start the server, or the bridge before it, with Streamable HTTP as its transport.",
)
_SIGN_IN = Told(
    "The page asks to sign in: a wall for people with browsers stands before the "
    "server",
    "Open the URL in a browser; then have that wall leave the MCP path to the server's "
    "own tokens.",
)
_NO_NAME = Told(
    "It does not say which credential it wants",
    "Run again with --auth-env NAME, the variable that holds the client's token.",
)
_BY_STATUS = {
    400: _READ_OTHERWISE,
    402: Told(
        "The account that the credential belongs to has to pay, or its credit or quota "
        "is used up",
        "Look at the account's plan and usage at whoever runs the server.",
    ),
    413: Told(
        "A limit on the size of a request refuses even `initialize`, which has less "
        "than 1 kB",
        "Raise that limit: client_max_body_size in nginx, express.json({ limit }).",
    ),
    415: _READ_OTHERWISE,
    422: _READ_OTHERWISE,
    500: Told(
        "The program at the URL failed on that POST",
        "Look in the server's log at the moment of that POST.",
    ),
    502: Told(
        "A gateway got no usable answer from the server behind it: it is down, listens "
        "elsewhere, or speaks another protocol there",
        _ASK_BEHIND,
    ),
    503: Told(
        "That means `not now`: maintenance, no healthy server behind a gateway, or a "
        "limit on requests or connections",
        "Run again in a minute; then look in the log of whoever wrote that page for "
        "the reason.",
    ),
    504: Told("A gateway waited in vain for the server behind it", _ASK_BEHIND),
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
    too = ", and so for GET" if got is not None and not got.answered else ""
    if seen.failure in (Failure.CLOSED, Failure.RESET):
        return Told(
            f"The connection is taken and then ended without a word{too}: a rule drops "
            "the request, or what listens there is no web server",
            "Look for that rule in whatever stands before the server, and ask the "
            "server on its own machine.",
        )
    if seen.failure is Failure.TIMED_OUT:
        return Told(
            f"The connection is taken, but nothing comes back{too}: the program there "
            "is stuck, or speaks another protocol",
            "On the server's machine: see which program has that port, and ask it "
            "there.",
        )
    return Told()


def _no_endpoint(got: Exchange | None) -> Told:
    if got is None or not got.answered:
        return Told("Nothing at this URL takes a POST", _CHECK_PATH)
    if got.status in (404, 410):
        none = "GET finds nothing either: nothing is served at this path"
        return Told(none, _CHECK_PATH)
    kind = f" with {got.media_type}" if got.accepted and got.media_type else ""
    return Told(
        f"GET is answered {answer(got)}{kind}: something else than an MCP server, "
        "which must take POST, stands at this URL",
        _CHECK_PATH,
    )


def _not_allowed(seen: Exchange, got: Exchange | None) -> Told:
    if _SIGN_IN_WORDS.search(seen.excerpt):
        return _SIGN_IN
    scheme = password_scheme(seen)
    if scheme:
        return Told(
            f"Whoever answers wants a name and a password ({scheme}), for which no MCP "
            "client asks",
            "Give the client that header, and this tool too: --header "
            "Authorization=ENVVAR.",
        )
    if seen.status == 401:
        return _NO_NAME
    missing = ", but GET finds nothing at this path" if _missing(got) else ""
    told = Told(
        f"The request was understood, and a rule forbids it{missing}",
        "Look in the log of whoever wrote that page for the rule: address, path, "
        "method or a missing token.",
    )
    return _by_gateway(seen, told)


def _missing(got: Exchange | None) -> bool:
    return got is not None and got.status == 404


def _by_gateway(seen: Exchange, told: Told) -> Told:
    """Name the gateway that wrote the page, if its page is known."""
    who = gateway_of(seen)
    if not (who and told.means):
        return told
    return told._replace(means=f"{told.means}; the page is {who}'s")
