"""The cause `rate-limit-503`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.authorship import foreign_writer, gateway_of
from streamtriage.causes.cause import ComesAndGoes, cause
from streamtriage.causes.explains import EVERY_ANSWER, refused
from streamtriage.causes.intermediaries import whose
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.pasted_loop import own_share
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model import AfterwardsEvidence, Exchange, Owner
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["rate_limit_503"]

_STATUSES = (403, 420, 503, 509, 529)


@cause(
    owner="proxy",
    scope="quota/rate",
    impact="degraded",
    look_alike=CauseId("deploy-window-5xx"),
    comes_and_goes=ComesAndGoes("by lot", "a limiter forgets after a while"),
    explains=(refused(*_STATUSES, at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="nginx in front of the server",
            what="Allow bursts: a client sends six requests within a second when it "
            "starts. And answer 429, which says what it is; the default is 503.",
            paste="# http\n"
            "limit_req_zone $binary_remote_addr zone=mcp:10m rate=10r/s;\n"
            "# location /mcp\nlimit_req zone=mcp burst=40 nodelay;\n"
            "limit_req_status 429;",
            verify="afterwards",
        ),
        Fix(
            where="whatever limits the requests",
            what="Allow twenty requests at once and ten a second from one client, and "
            "answer 429 with Retry-After.",
            paste="HTTP/1.1 429 Too Many Requests\nRetry-After: 2",
            verify="afterwards",
        ),
    ),
    citations=(
        Citation(
            source="https://nginx.org/en/docs/http/ngx_http_limit_req_module.html"
            "#limit_req_status"
        ),
        Citation(source="nginx 1.22.1 with `limit_req`", grade="L"),
    ),
)
def rate_limit_503(case: Case) -> Judgement:
    """Requests are refused for their pace, with a status that does not say so."""
    found = case.afterwards
    if found is None or not found.pace:
        return unknown(say("rate-limit-503.unknown"))
    quick = [each.seen for each in found.pace if not each.pause_s]
    full = [seen for seen in quick if not seen.accepted]
    if not found.paced:
        return absent(
            say(
                "rate-limit-503.absent",
                requests=counted(len(quick), "request"),
                n_full=len(full),
            ),
            "afterwards",
        )
    first = full[0]
    rounds = _rounds(found)
    return present(
        say(
            "rate-limit-503.present",
            pause_s=seconds(_enough_s(found)),
            taken=counted(min(rounds), "request"),
            answer=answer(first),
            quoted=quoted(first),
            by=_by(case, first),
            own_share=own_share(case, _first_refused(case, first)),
        ),
        "afterwards",
        owner=_owner(case, first),
    )


def _enough_s(found: AfterwardsEvidence) -> float:
    """Return the shortest pause after which a request was taken."""
    return min(t.pause_s for t in found.pace if t.pause_s and t.seen.accepted)


def _rounds(found: AfterwardsEvidence) -> list[int]:
    """Return how many were taken after each pause until the first one was refused."""
    rounds: list[int] = []
    taken: int | None = None
    for each in found.pace:
        if each.pause_s:
            taken = 1 if each.seen.accepted else None
        elif taken is not None and each.seen.accepted:
            taken += 1
        elif taken is not None:
            rounds.append(taken)
            taken = None
    return rounds


def _by(case: Case, seen: Exchange) -> Text:
    who = gateway_of(seen)
    if who:
        return say("beside.limiter", who=who)
    writer = foreign_writer(seen, case.posts)
    return say("beside.limiter.and-another-than-the", writer=writer) if writer else ""


def _owner(case: Case, seen: Exchange) -> Owner:
    hop = gateway_of(seen) or foreign_writer(seen, case.posts)
    return "proxy" if hop else whose(case)


def _first_refused(case: Case, like: Exchange) -> Exchange:
    """Return the first request of the run that was refused so."""
    return next(
        each.exchange for each in case.asked if each.exchange.status == like.status
    )
