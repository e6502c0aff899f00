"""Where redirects lead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model import Citation, addresses
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "REDIRECT_POLICY",
    "Turn",
    "port_of",
    "seen_turns",
]

REDIRECT_POLICY = Citation(
    source="@modelcontextprotocol/sdk 1.32.2, client/streamableHttp.js: redirectPolicy"
)
# Hosts and paths of sign-in pages. A match names the page's purpose, not its product.
_LOGIN_HOST = re.compile(
    r"^(login|signin|auth|sso|idp|accounts?|id)\.|"
    r"(okta|auth0|onelogin|pingidentity|cloudflareaccess|microsoftonline)\."
)
_LOGIN_PATH = re.compile(
    r"/(log-?in|sign-?in|sso|saml2?|oauth2?|authorize|adfs|cdn-cgi/access)(/|$|\?)"
)


@dataclass(frozen=True)
class Turn:
    """One redirect that was seen: from where, to where, and by which request."""

    exchange: Exchange
    source: SplitResult
    target: SplitResult
    followed: bool

    @property
    def same_host(self) -> bool:
        return self.source.hostname == self.target.hostname

    @property
    def downgrade(self) -> bool:
        plain = (self.source.scheme, self.target.scheme) == ("https", "http")
        return plain and self.same_host

    @property
    def leaves(self) -> bool:
        """True when the target is another origin, http to https here excepted."""
        if self.same_host and (port_of(self.source), port_of(self.target)) == (80, 443):
            return False
        here = (self.source.scheme, self.source.hostname, port_of(self.source))
        return here != (self.target.scheme, self.target.hostname, port_of(self.target))

    @property
    def to_login(self) -> bool:
        path = self.target.path.lower()
        named = bool(_LOGIN_PATH.search(path)) and path != self.source.path.lower()
        host = (self.target.hostname or "").lower()
        return named or (self.leaves and bool(_LOGIN_HOST.search(host)))

    def says(self) -> Text:
        seen = self.exchange
        place = f"{self.target.scheme}://{self.target.netloc}{self.target.path}"
        return say(
            "redirect.says",
            label=seen.label,
            method=seen.method,
            answer=answer(seen),
            place=place,
        )


def port_of(url: SplitResult) -> int | None:
    """Return the port of a URL, its scheme's own where it names none."""
    try:
        return addresses.port_of(url.scheme, url.port)
    except ValueError:
        return None


def _find_turns(case: Case) -> tuple[Turn, ...]:
    """Return every redirect, those of the first question first, then those of GETs."""
    found: list[Turn | None] = []
    url = case.intake.url
    for hop in case.redirect.hops if case.redirect else ():
        turn = _turn(hop.exchange, url, hop.location, followed=hop.followed)
        found.append(turn)
        url = turn.target.geturl() if turn and hop.followed else url
    none = case.opened.none if case.opened else None
    for seen in (*case.live_gets, *((none,) if none else ())):
        location = seen.headers.get("location", "")
        if seen.status in (301, 302, 303, 307, 308) and location:
            found.append(_turn(seen, url, location, followed=False))
    return tuple(turn for turn in found if turn is not None)


def _turn(seen: Exchange, url: str, location: str, *, followed: bool) -> Turn | None:
    """Return where a redirect leads, None if its location is no address."""
    try:
        target = urlsplit(urljoin(url, location))
        named = target.scheme in addresses.USUAL_PORTS and target.hostname
    except ValueError:
        return None
    return Turn(seen, urlsplit(url), target, followed) if named else None


def seen_turns(case: Case) -> tuple[Turn, ...] | Judgement:
    """Return the redirects that were seen, or why there are none."""
    turns = _find_turns(case)
    if turns:
        return turns
    if not any(seen.answered for seen in case.exchanges):
        return unknown(say("redirect.seen.unknown"))
    if case.redirect is None and not case.live_gets:
        return unknown(say("redirect.seen.unknown.the-first-request-was"))
    return absent(
        say("redirect.seen.absent"),
        "redirect",
        *case.probes_of(case.live_gets, "open"),
    )
