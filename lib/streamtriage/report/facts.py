"""What each probe saw, as pairs of words, and the exchanges that it rests on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel

from streamtriage.languages import translate
from streamtriage.languages.request_names import request_name
from streamtriage.model import (
    AfterwardsEvidence,
    AuthEvidence,
    BugEvidence,
    ConcurrentEvidence,
    DelayEvidence,
    EraEvidence,
    Exchange,
    FingerprintEvidence,
    GuardEvidence,
    HandshakeEvidence,
    HoldEvidence,
    LifetimeEvidence,
    ListenEvidence,
    LocalEvidence,
    ProbeEvidence,
    ReachEvidence,
    ReopenEvidence,
    ReplicasEvidence,
    ResumeEvidence,
    SecondEvidence,
    SessionEvidence,
    SilenceEvidence,
)
from streamtriage.model.message import tell
from streamtriage.report.access import access_facts, refusal_facts
from streamtriage.report.document import Row
from streamtriage.report.local_facts import local_facts
from streamtriage.report.path_facts import OF_THE_WAY, path_facts
from streamtriage.report.phrases import (
    ENDS,
    FAILURES,
    NOTHING,
    answer,
    count,
    duration,
    known,
    size,
)
from streamtriage.report.streams import stream_facts
from streamtriage.report.working import working_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Address, Evidence, Failure, Reopening, TlsFacts

__all__ = [
    "EXCHANGE_COLUMNS",
    "QUESTIONS",
    "Row",
    "body",
    "exchange_cells",
    "exchanges",
    "facts",
    "question",
]

QUESTIONS = {
    "reach": "Can the server be reached?",
    "tls": "What lies behind the TLS handshake?",
    "redirect": "Where does the URL lead?",
    "proxy": "Does the proxy let it through?",
    "control": "Can this machine hold a stream at all?",
    "provider": "Is the model provider reached from here?",
    "era": "Which protocol revision does it speak?",
    "handshake": "Does a new session begin?",
    "concurrent": "Do requests work while a stream is held?",
    "open": "Is the event stream opened?",
    "reopen": "Can the stream be opened again?",
    "auth": "Why is the credential refused?",
    "credential": "Is it the credential that is refused?",
    "guard": "Which header is refused?",
    "replicas": "Do all replicas know the session?",
    "second": "How is a second stream taken?",
    "resume": "Can a stream be taken up after an event?",
    "session": "Does a session outlive being left alone?",
    "hold": "How long does a silent stream live?",
    "http-sse": "How is it over HTTP+SSE, the transport of 2024-11-05?",
    "lifetime": "Is it silence or age that ends a stream?",
    "delay": "Does what is sent arrive at once?",
    "listen": "Does the long stream of revision 2026-07-28 stay open?",
    "follow-up": "What changes the answer that nothing explains?",
    "afterwards": "Do requests still work at the end?",
    "silence": "Does the server still answer at all?",
    "fingerprint": "Who stands between client and server?",
    "local": "What does this machine say?",
    "bug": "What went wrong in this tool?",
}

EXCHANGE_COLUMNS = (
    "Request",
    "Answer",
    "Content type",
    "Head after",
    "First byte after",
    "Open for",
    "Received",
    "How it ended",
)


def question(probe: str) -> str:
    """Return the question that a probe answers."""
    return translate(QUESTIONS.get(probe, probe))


def exchanges(seen: BaseModel) -> tuple[Exchange, ...]:
    """Return every exchange inside one probe's evidence, in the order of the story."""
    once: list[Exchange] = []
    for exchange in _inside(seen):
        # A watched stream is also the first exchange of its own reopening.
        if exchange not in once:
            once.append(exchange)
    return tuple(once)


def _inside(value: object) -> Iterator[Exchange]:
    if isinstance(value, Exchange):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _inside(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item)


def exchange_cells(seen: Exchange) -> tuple[str, ...]:
    """Return one exchange as the cells below `EXCHANGE_COLUMNS`."""
    return (
        request_name(seen.label)
        or tell(
            "report.facts.exchange-cells", method=seen.method, session=seen.session
        ),
        answer(seen),
        seen.content_type or NOTHING,
        duration(seen.headers_s),
        duration(seen.first_byte_s),
        duration(seen.lived_s),
        _received(seen),
        _ending(seen),
    )


def _received(seen: Exchange) -> str:
    if not seen.answered:
        return NOTHING
    parts = [size(seen.body_bytes)]
    if seen.events:
        parts.append(count(seen.events, "event"))
    if seen.comments:
        every = seen.comment_interval_s
        pace = (
            tell("report.facts.received.pace", duration=duration(every))
            if every is not None
            else ""
        )
        parts.append(count(seen.comments, "comment") + pace)
    return ", ".join(parts)


def _ending(seen: Exchange) -> str:
    words = ENDS[seen.end] if seen.end else NOTHING
    silent_s = seen.silent_s or 0.0
    # Less is the pace of any answer and would only distract.
    silent = seen.is_event_stream and silent_s >= 0.1
    return (
        tell("report.facts.ending", words=words, duration=duration(silent_s))
        if silent
        else words
    )


def body(seen: Exchange) -> str:
    """Return what is worth reading of a refusal's body; of a page, its title alone."""
    page = "html" in seen.media_type or re.match(
        r"\s*<(!doctype|html)", seen.excerpt, re.IGNORECASE
    )
    if not page:
        return seen.excerpt.strip()
    title = re.search(r"<title[^<>]{0,80}>([^<]{1,200})", seen.excerpt, re.IGNORECASE)
    named = (
        tell("report.facts.body.named", join=" ".join(title[1].split()))
        if title
        else "without a title"
    )
    return tell("report.facts.body", named=named, size=size(seen.body_bytes))


def facts(seen: Evidence) -> tuple[Row, ...]:
    """Return what one probe found out, apart from its exchanges."""
    rows = [Row("Not run", seen.skipped)]
    if seen.failure:
        rows.append(Row("Failed", _failed(seen.failure, seen.failure_detail)))
    rows += _facts(seen)
    return tuple(row for row in rows if row.value)


def _failed(failure: Failure, detail: str) -> str:
    said = (translate(FAILURES[failure]), translate(detail))
    return translate(": ").join(filter(None, said))


def _facts(seen: Evidence) -> Iterator[Row]:
    if isinstance(seen, ReachEvidence):
        yield from _reach(seen)
    elif isinstance(seen, EraEvidence):
        yield Row("Speaks revision 2026-07-28 or newer", known(seen.modern))
        yield Row("Revisions that it names", ", ".join(seen.supported))
    elif isinstance(seen, HandshakeEvidence):
        yield from _handshake(seen)
    elif isinstance(seen, HoldEvidence):
        yield Row("Watched for at most", duration(seen.asked_s))
        yield Row("Streams watched", str(len(seen.watches)))
    elif isinstance(seen, ReopenEvidence):
        yield Row("After we closed the stream", _reopened(seen.after_close))
        yield Row("After we vanished", _reopened(seen.after_vanish))
    elif isinstance(seen, BugEvidence):
        yield Row("The probe that crashed", seen.crashed)
    else:
        yield from _later_facts(seen)


def _later_facts(seen: Evidence) -> Iterator[Row]:
    """Return the facts of the probes that ask further than the first ones."""
    if isinstance(
        seen, LifetimeEvidence | DelayEvidence | ListenEvidence | FingerprintEvidence
    ):
        yield from stream_facts(seen)
    elif isinstance(seen, AuthEvidence | ReplicasEvidence | ResumeEvidence):
        yield from access_facts(seen)
    elif isinstance(seen, GuardEvidence | SecondEvidence | SessionEvidence):
        yield from refusal_facts(seen)
    elif isinstance(seen, ConcurrentEvidence | AfterwardsEvidence | SilenceEvidence):
        yield from working_facts(seen)
    elif isinstance(seen, LocalEvidence):
        yield from local_facts(seen)
    elif seen.probe in OF_THE_WAY:
        yield from path_facts(seen)
    else:
        yield from _counted(seen)


def _counted(seen: Evidence) -> Iterator[Row]:
    """Say of a probe without words of its own at least how much it found."""
    for name in type(seen).model_fields:
        value = getattr(seen, name)
        own = name not in ProbeEvidence.model_fields
        if own and isinstance(value, tuple) and value:
            yield Row(
                name.replace("_", " ").capitalize(),
                tell("report.facts.counted", number=len(value)),
            )


def _reach(seen: ReachEvidence) -> Iterator[Row]:
    yield Row("Host and port", f"{seen.host}:{seen.port} ({seen.scheme})")
    yield Row("Proxy", seen.proxy or "none")
    yield Row("Name looked up in", duration(seen.dns_s))
    for address in (*seen.addresses, *seen.twins):
        yield Row(f"{address.family} {address.ip}", _address(address))
    if seen.tls:
        yield from _tls(seen.tls)


def _address(address: Address) -> str:
    if address.connect_s is not None:
        return tell("report.facts.address", duration=duration(address.connect_s))
    return FAILURES[address.failure] if address.failure else "not tried"


def _tls(tls: TlsFacts) -> Iterator[Row]:
    yield Row("TLS", " with ALPN ".join(filter(None, (tls.version, tls.alpn))))
    yield Row("TLS handshake took", duration(tls.handshake_s))
    yield Row(
        "Certificate trusted",
        ": ".join(filter(None, (known(tls.trusted), tls.verify_error))),
    )
    yield Row("Certificate names this host", known(tls.names_match))
    yield Row("Certificate is for", ", ".join(tls.names) or tls.subject)
    yield Row("Certificate issued by", tls.issuer)
    if tls.not_after:
        yield Row(
            "Certificate valid",
            tell(
                "report.facts.tls", not_before=tls.not_before, not_after=tls.not_after
            ),
        )
    if tls.failure:
        yield Row("TLS failed", FAILURES[tls.failure])


def _handshake(seen: HandshakeEvidence) -> Iterator[Row]:
    named = " ".join(filter(None, (seen.server_name, seen.server_version)))
    yield Row("Server calls itself", named)
    yield Row("Revision agreed on", seen.revision)
    if seen.initialize:
        issued = (
            tell("report.facts.handshake.issued", session_label=seen.session_label)
            if seen.session_label
            else "yes"
        )
        yield Row("Session issued", issued if seen.session_issued else "no")
    if seen.modern_only:
        yield Row("Takes legacy clients", "no")
    yield Row("Revisions that it names", ", ".join(seen.supported))


def _reopened(seen: Reopening | None) -> str:
    if seen is None:
        return "not tried"
    tries = [f"+{a.after_s:g} s: {answer(a.get)}" for a in seen.attempts]
    return "; ".join(tries) or "not tried"
