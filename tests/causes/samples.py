"""Evidence of a sound server, to be changed in one place by each row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamtriage.causes import CAUSES, Case
from streamtriage.model import (
    Address,
    Attempt,
    End,
    EraEvidence,
    Evidence,
    Exchange,
    Failure,
    Finding,
    HandshakeEvidence,
    HoldEvidence,
    Intake,
    OpenEvidence,
    ReachEvidence,
    ReopenEvidence,
    Reopening,
    Signature,
    TlsFacts,
    Watch,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SSE = "text/event-stream"


def post(status: int | None = 200, **more: Any) -> Exchange:
    """Return a POST in a live session, answered in 5 ms."""
    given: dict[str, Any] = {
        "label": "tools/list",
        "method": "POST",
        "session": "live",
        "status": status,
        "reason": {200: "OK", 202: "Accepted", 404: "Not Found"}.get(status or 0, "R"),
        "http_version": "HTTP/1.1",
        "headers_s": 0.005,
        "ended_s": 0.006,
        "date_lag_s": 0.4,
        "end": End.COMPLETE,
    }
    return Exchange(**(given | more))


def initialize(status: int | None = 200, **more: Any) -> Exchange:
    return post(status, **({"label": "initialize", "session": "none"} | more))


def refusal(status: int | None, excerpt: str = "", **more: Any) -> Exchange:
    """Return a GET in a live session that was not answered by a stream."""
    given: dict[str, Any] = {
        "label": "GET",
        "method": "GET",
        "reason": "Reason",
        "excerpt": excerpt,
        "content_type": "text/plain",
    }
    return post(status, **(given | more))


def silence(after_s: float = 5.0, patience_s: float = 5.0) -> Exchange:
    """Return a GET that got no response head while we waited."""
    return refusal(
        None,
        headers_s=None,
        ended_s=patience_s,
        started_s=after_s - patience_s,
        end=None,
        failure=Failure.TIMED_OUT,
    )


def stream(lived_s: float = 3.0, end: End = End.WATCHED, **more: Any) -> Exchange:
    """Return a GET stream with a comment at once, silent from then on."""
    given: dict[str, Any] = {
        "reason": "OK",
        "content_type": SSE,
        "first_byte_s": 0.006,
        "lived_s": lived_s,
        "ended_s": lived_s + 0.005,
        "silent_s": lived_s,
        "body_bytes": 9,
        "comments": 1,
        "end": end,
    }
    return refusal(200, **(given | more))


def reopening(*tries: Exchange, **more: Any) -> Reopening:
    """Return what followed our own close: tries at +0, +1.0 and +2.5 s."""
    moments = more.pop("moments", (0.0, 1.0, 2.5))
    given: dict[str, Any] = {
        "ended_by": "client-fin",
        "first": stream(),
        "attempts": tuple(
            Attempt(after_s=at, get=get)
            for at, get in zip(moments, tries, strict=False)
        ),
        "posts": (),
        "fresh": None,
    }
    return Reopening(**(given | more))


def reach(**more: Any) -> ReachEvidence:
    given: dict[str, Any] = {
        "host": "mcp.example",
        "port": 443,
        "scheme": "https",
        "dns_s": 0.01,
        "addresses": (address(),),
        "tls": tls(),
    }
    return ReachEvidence(**(given | more))


def address(ip: str = "192.0.2.1", failure: Failure | None = None) -> Address:
    connect_s = None if failure else 0.02
    return Address(family="IPv4", ip=ip, connect_s=connect_s, failure=failure)


def tls(**more: Any) -> TlsFacts:
    given: dict[str, Any] = {
        "version": "TLSv1.3",
        "alpn": "http/1.1",
        "trusted": True,
        "names_match": True,
        "issuer": "CN=Example CA",
        "names": ("mcp.example",),
    }
    return TlsFacts(**(given | more))


def era(**more: Any) -> EraEvidence:
    given: dict[str, Any] = {"discover": post(400, session="none"), "modern": False}
    return EraEvidence(**(given | more))


def handshake(**more: Any) -> HandshakeEvidence:
    given: dict[str, Any] = {
        "initialize": initialize(),
        "initialized": post(202, label="notifications/initialized"),
        "post": post(started_s=0.1),
        "session_issued": True,
        "revision": "2025-11-25",
    }
    return HandshakeEvidence(**(given | more))


def opened(live: Exchange | None = None, **more: Any) -> OpenEvidence:
    given: dict[str, Any] = {
        "live": live or stream(1.25),
        "none": refusal(400, "missing session id", session="none"),
        "made_up": refusal(404, session="made-up"),
        "made_up_post": post(404, session="made-up"),
        "post": post(started_s=1.5),
        "delete": post(200, method="DELETE"),
        "ended_get": refusal(404, session="ended"),
        "ended_post": post(404, session="ended"),
    }
    return OpenEvidence(**(given | more))


def hold(
    *streams: Exchange, reopenings: Iterable[Reopening | None] = ()
) -> HoldEvidence:
    """Return the watches, each started 0.75 s after the one before."""
    seen = streams or (stream(), stream())
    followed = [*reopenings, *[None] * len(seen)]
    return HoldEvidence(
        asked_s=3.0,
        watches=tuple(
            Watch(
                stream=each.model_copy(update={"started_s": 0.75 * index}),
                reopening=followed[index],
            )
            for index, each in enumerate(seen)
        ),
    )


def reopen(after_close: Reopening | None = None, **more: Any) -> ReopenEvidence:
    given = {
        "after_close": after_close or reopening(stream(0.3)),
        "after_vanish": reopening(stream(0.3), ended_by="client-rst"),
    }
    return ReopenEvidence(**(given | more))


def case(*changed: Evidence, intake: Intake | None = None, **more: Any) -> Case:
    """Return the case of a sound server, with some of its evidence replaced.

    `without` names probes that did not run.
    """
    without = more.pop("without", ())
    given = {each.probe: each for each in changed}
    sound: tuple[Evidence, ...] = (
        reach(),
        era(),
        handshake(),
        opened(),
        reopen(),
        hold(),
    )
    return Case(
        intake=intake or Intake(),
        signature=more.pop("signature", Signature()),
        evidence=tuple(
            given.get(each.probe, each) for each in sound if each.probe not in without
        ),
    )


def refused_everywhere(get: Exchange, **more: Any) -> Case:
    """Return the case of a server that answers every GET in the same way."""
    none = more.pop("none", get.model_copy(update={"session": "none"}))
    first = Reopening(ended_by="client-fin", first=get)
    return case(
        opened(get, again=get, none=none, **more.pop("opened", {})),
        hold(get, get),
        reopen(first, after_vanish=first),
        **more,
    )


def find(cause: str, seen: Case) -> Finding:
    return next(each for each in CAUSES if each.id == cause).find(seen)
