"""What the probes of the way to the server saw, as pairs of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.model import (
    ControlEvidence,
    Evidence,
    ProviderEvidence,
    ProxyEvidence,
    RedirectEvidence,
    TlsEvidence,
)
from streamtriage.model.message import tell
from streamtriage.report.document import Row
from streamtriage.report.phrases import ENDS, FAILURES, answer, duration, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import ProxyPath

__all__ = ["OF_THE_WAY", "path_facts"]

OF_THE_WAY = ("tls", "redirect", "proxy", "control", "provider")


def path_facts(seen: Evidence) -> Iterator[Row]:
    """Return the facts of one probe of the way; nothing for other probes."""
    if isinstance(seen, TlsEvidence):
        yield from _tls(seen)
    elif isinstance(seen, RedirectEvidence):
        for hop in seen.hops:
            went = "followed" if hop.followed else "not followed"
            text = tell(
                "report.path-facts.path-facts.text",
                answer=answer(hop.exchange),
                location=hop.location,
                went=went,
            )
            yield Row("Redirect", text)
        yield Row("Asked from then on at", seen.final_url)
    elif isinstance(seen, ProxyEvidence):
        yield from _proxy(seen)
    elif isinstance(seen, ControlEvidence) and seen.stream:
        ended = f"; {translate(ENDS[seen.stream.end])}" if seen.stream.end else ""
        yield Row("Stream of our own", f"{duration(seen.stream.lived_s)}{ended}")
    elif isinstance(seen, ProviderEvidence):
        reply = answer(seen.answer) if seen.answer else ""
        yield Row("Model provider", f"{seen.url}: {reply}")


def _tls(seen: TlsEvidence) -> Iterator[Row]:
    if seen.mozilla_trusts is not None:
        yield Row("Trusted by Mozilla's roots alone", known(seen.mozilla_trusts))
    if seen.system_trusts is not None:
        yield Row("Trusted by the system's store", known(seen.system_trusts))
    yield Row("Certificates sent", "; ".join(seen.sent))
    yield Row("Completed by", seen.completed_by)
    if seen.wants_certificate is not None:
        yield Row("Asks for a client certificate", known(seen.wants_certificate))
    yield Row("Alert", seen.alert)
    if seen.server_clock_s is not None:
        yield Row("Server's clock ahead of ours", f"{seen.server_clock_s:.0f} s")
    for offered, picked in (("HTTP/1.1", seen.picks_of_h1), ("h2", seen.picks_of_h2)):
        if picked is not None:
            yield Row(
                tell("report.path-facts.tls", offered=offered), picked or "nothing"
            )


def _proxy(seen: ProxyEvidence) -> Iterator[Row]:
    yield Row("Proxy", f"{seen.proxy} ({seen.source})")
    for choice in seen.choices:
        way = choice.proxy or translate("direct")
        yield Row(
            tell("report.path-facts.proxy", runtime=choice.runtime),
            f"{way}: {choice.because}",
        )
    if seen.connect:
        yield Row("CONNECT", answer(seen.connect))
    yield Row("Through the proxy", _path(seen.proxied))
    yield Row("Without it", _path(seen.direct))


def _path(path: ProxyPath | None) -> str:
    if path is None:
        return ""
    parts = [
        tell("report.path-facts.path.parts", tls_issuer=path.tls_issuer)
        if path.tls_issuer
        else ""
    ]
    if path.tls_failure:
        parts.append(
            tell("report.path-facts.path", failures=FAILURES[path.tls_failure])
        )
    for name, exchange in (("initialize", path.initialize), ("GET", path.get)):
        if exchange is not None:
            parts.append(f"{name} {answer(exchange)}")
    return ", ".join(part for part in parts if part)
