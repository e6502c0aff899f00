"""What lies behind a refused handshake, and which protocols the first hop picks."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from streamtriage.model import Failure, ReachEvidence, StoreAnswer, TlsEvidence
from streamtriage.probes.context import Probe
from streamtriage.transport.certificate_fetch import (
    fetch_issuers,
    issuer_url,
    with_issuers,
)
from streamtriage.transport.failures import classify
from streamtriage.transport.http_library import httpx
from streamtriage.transport.requester import trust
from streamtriage.transport.tls import (
    certificate_facts,
    listen,
    outdated,
    shake,
    unchecked,
)
from streamtriage.transport.trust_stores import seek_issuer, trusting, with_stores

if TYPE_CHECKING:
    from streamtriage.model import Exchange, TlsFacts, TrustStore
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import Wire
    from streamtriage.transport.tls import Handshake

__all__ = ["PROBE", "needed", "run"]

_NOT_HTTP = (Failure.CLOSED, Failure.RESET, Failure.TRUNCATED, Failure.PROTOCOL)
_CHAIN = (Failure.TLS_UNTRUSTED,)
# As OpenSSL names them. No client that this error comes from offers them.
_OLDER = ("TLSv1", "TLSv1.1")


def needed(visit: Visit) -> bool:
    """Run where the server's own port was reached, and TLS is or may be spoken."""
    reach = visit.of(ReachEvidence)
    if reach is None or reach.proxy is not None or not _connected(reach):
        return False
    return reach.scheme == "https" or _odd(_first(visit))


def _first(visit: Visit) -> Exchange | None:
    return visit.discovered.exchange() if visit.discovered else None


def _odd(first: Exchange | None) -> bool:
    """Tell whether an answer by plain HTTP is what a TLS port gives."""
    if first is None:
        return False
    text = first.excerpt.lower()
    refused = first.status == 400 and ("https" in text or "tls" in text)
    return refused or first.failure in _NOT_HTTP


def _connected(reach: ReachEvidence) -> str:
    return next((a.ip for a in reach.addresses if a.connect_s is not None), "")


async def run(visit: Visit, *, patience_s: float | None = None) -> TlsEvidence:
    """Ask what the first handshake left open; nothing of the person's goes along."""
    reach = visit.of(ReachEvidence)
    assert reach is not None
    asker = _Asker(visit.wire, reach, patience_s or visit.wire.head_patience_s)
    if reach.scheme == "http":
        return TlsEvidence(over_tls=await asker.over_tls())
    failure = reach.tls.failure if reach.tls else Failure.FAILED
    if failure is None:
        first = _first(visit)
        return await asker.accepted(hear=first is not None and not first.answered)
    if failure in (Failure.TLS_UNTRUSTED, Failure.TLS_NAME, Failure.TLS_DATES):
        return await asker.distrusted(failure)
    return await asker.refused()


class _Asker:
    """Asks one first hop, at the address that was reached."""

    def __init__(self, wire: Wire, reach: ReachEvidence, patience_s: float) -> None:
        self._wire, self._patience_s = wire, patience_s
        self._host, self._port = reach.host, reach.port
        self._ip = _connected(reach)

    async def accepted(self, *, hear: bool) -> TlsEvidence:
        """Ask who trusts it, and what is picked when only one protocol is offered."""
        seen, mozilla, h1, h2, (wants, alert) = await asyncio.gather(
            self._shake(unchecked()),
            self._trusts(trust(None)) if with_stores(self._wire.target) else _yes(),
            self._picks("http/1.1"),
            self._picks("h2"),
            self._hear() if hear else _nothing(),
        )
        stores = () if mozilla else await self._stores()
        return TlsEvidence(
            mozilla_trusts=mozilla,
            system_trusts=_system(stores),
            stores=stores,
            sent=_subjects(seen),
            wants_certificate=wants,
            alert=alert,
            picks_of_h1=h1,
            picks_of_h2=h2,
        )

    async def distrusted(self, failure: Failure) -> TlsEvidence:
        """Ask whether the system trusts it, and whether a link is missing."""
        seen, mozilla, stores = await asyncio.gather(
            self._shake(unchecked()), self._trusts(trust(None)), self._stores()
        )
        found = TlsEvidence(
            mozilla_trusts=mozilla,
            system_trusts=_system(stores),
            stores=stores,
            sent=_subjects(seen),
        )
        if failure is Failure.TLS_DATES:
            clock_s = await self._clock()
            return found.model_copy(update={"server_clock_s": clock_s})
        if failure is not Failure.TLS_UNTRUSTED or not seen or not seen.chain:
            return found
        last = seen.chain[-1]
        at_hand = with_stores(self._wire.target, wide=True)
        sought = await asyncio.to_thread(seek_issuer, at_hand, last)
        if sought is not None:
            told = {"issuer_known": sought.known, "issuer_related": sought.related}
            found = found.model_copy(update=told)
        issuers = await fetch_issuers(self._wire, last, self._patience_s)
        completed = ""
        if issuers and await self._completed(issuers):
            completed = str(certificate_facts(issuers[0]).get("subject", ""))
        return found.model_copy(
            update={"issuer_offered": bool(issuer_url(last)), "completed_by": completed}
        )

    async def refused(self) -> TlsEvidence:
        """Ask in the TLS of old, and in plain HTTP, which of them it speaks."""
        wants, alert = await self._hear()
        older = await self._shake(outdated())
        if older is not None and older.version in _OLDER:
            return TlsEvidence(
                older=older.version,
                sent=_subjects(older),
                wants_certificate=wants,
                alert=alert,
            )
        plain = httpx.URL(self._wire.target.url).copy_with(
            scheme="http", port=self._port
        )
        live = await self._wire.aside(url=str(plain), bare=True).ask(
            "GET by plain HTTP, without credentials",
            method="GET",
            patience_s=self._patience_s,
        )
        return TlsEvidence(
            over_plain=live.exchange(),
            wants_certificate=wants,
            alert=alert,
            timeline=live.events,
        )

    async def over_tls(self) -> TlsFacts | None:
        seen = await self._shake(unchecked())
        return seen.facts() if seen else None

    async def _completed(self, issuers: list[bytes]) -> bool:
        try:
            wide = trusting(with_stores(self._wire.target, wide=True))
            context = with_issuers(wide, issuers)
        except ssl.SSLError:
            # OpenSSL reads certificates more strictly than we did.
            return False
        return await self._trusts(context) is True

    # --- private ----------------------------------------------------------------------

    async def _stores(self) -> tuple[StoreAnswer, ...]:
        """Ask each store at hand apart: clients differ in which of them they read."""
        stores = with_stores(self._wire.target, wide=True)
        given = [each.model_dump() for each in stores]
        answers = [await self._store(each) for each in stores]
        return tuple(
            StoreAnswer(**store, trusts=trusts)
            for store, trusts in zip(given, answers, strict=True)
        )

    async def _store(self, store: TrustStore) -> bool | None:
        return None if store.problem else await self._trusts(trusting((store,)))

    async def _shake(self, context: ssl.SSLContext) -> Handshake | None:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._patience_s):
                return await shake(context, self._host, self._ip, self._port)
        return None

    async def _trusts(self, context: ssl.SSLContext) -> bool | None:
        """Tell whether the chain leads to a root, whatever its names and dates."""
        context.check_hostname = False
        try:
            async with asyncio.timeout(self._patience_s):
                await shake(context, self._host, self._ip, self._port)
        except ssl.SSLCertVerificationError as error:
            return classify(error) is not Failure.TLS_UNTRUSTED
        except (OSError, TimeoutError):
            return None
        return True

    async def _hear(self) -> tuple[bool | None, str]:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                wants, alert = await listen(self._host, self._ip, self._port)
                return wants, alert
        return None, ""

    async def _picks(self, protocol: str) -> str | None:
        seen = await self._shake(unchecked((protocol,)))
        return None if seen is None else seen.alpn

    async def _clock(self) -> float | None:
        """Return how far the server's clock is ahead of ours, by its `Date` header."""
        target = httpx.URL(self._wire.target.url)
        request = b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (
            target.raw_path,
            target.netloc,
        )
        with contextlib.suppress(
            OSError,
            TimeoutError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ):
            async with asyncio.timeout(self._patience_s):
                reader, writer = await asyncio.open_connection(
                    self._ip,
                    self._port,
                    ssl=unchecked(("http/1.1",)),
                    server_hostname=self._host,
                )
                try:
                    writer.write(request)
                    return _date_ahead(await reader.readuntil(b"\r\n\r\n"))
                finally:
                    writer.transport.abort()
        return None


def _system(stores: tuple[StoreAnswer, ...]) -> bool | None:
    return next((each.trusts for each in stores if each.name == "system"), None)


async def _yes() -> bool:
    return True


async def _nothing() -> tuple[None, str]:
    return None, ""


def _subjects(seen: Handshake | None) -> tuple[str, ...]:
    chain = seen.chain[:5] if seen else ()
    return tuple(str(certificate_facts(der).get("subject", "")) for der in chain)


def _date_ahead(head: bytes) -> float | None:
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "date":
            with contextlib.suppress(TypeError, ValueError, OverflowError):
                return round(
                    parsedate_to_datetime(value.strip()).timestamp() - time.time()
                )
    return None


PROBE = Probe(
    "tls",
    "ask",
    "Asking what lies behind the TLS handshake",
    needed,
    run,
    builds_on=("reach",),
)
