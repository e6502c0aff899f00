"""Sends HTTP requests, each on a connection of its own, or on one that was kept."""

from __future__ import annotations

import asyncio
import copy
import json
import ssl
import time
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import certifi

from streamtriage import __version__
from streamtriage.model import End, Failure, SessionKind, Target
from streamtriage.model.addresses import port_of
from streamtriage.on_first_use import Later
from streamtriage.protocol.messages import SESSION_HEADER, VERSION_HEADER, ping
from streamtriage.redaction import Wall
from streamtriage.shortage import CLOCK_JUMPED
from streamtriage.transport.failures import NotAskedError
from streamtriage.transport.handed import HandedOver
from streamtriage.transport.http_library import httpcore, httpx, import_http2
from streamtriage.transport.kept_connection import Carrier, KeptConnection
from streamtriage.transport.loop_lag import Lateness
from streamtriage.transport.name_lookup import resolve
from streamtriage.transport.reach_rules import check_address, reach_of
from streamtriage.transport.recorder import Recorder
from streamtriage.transport.request_headers import (
    Asking,
    line_before_host,
    role_of_request,
    write_headers,
)
from streamtriage.transport.response import LiveResponse
from streamtriage.transport.server_silence import MOST_ASKED, Traffic, spoke
from streamtriage.transport.trust_stores import trusting, with_stores

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from pydantic import SecretStr

    from streamtriage.knowledge.client_requests import Dialect, RequestRole
    from streamtriage.transport.reach_rules import Reach
    from streamtriage.transport.response import Keeps
    from streamtriage.transport.sockets import Network, Transport
else:
    # Where nothing listens, nothing is sent.
    Transport = Later("streamtriage.transport.sockets", "Transport")

__all__ = ["LiveResponse", "Wire", "trust"]

ACCEPT_BOTH = "application/json, text/event-stream"
ACCEPT_STREAM = "text/event-stream"


def trust(ca_file: str | None) -> ssl.SSLContext:
    """Return the trust of a Node client: Mozilla's roots and one extra file.

    Raises OSError or ssl.SSLError if the file cannot be read as certificates.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


class _Trust:
    """The trust of one triage, read when something is first encrypted, and once.

    That of the client that failed, until `widen` takes all that is at hand.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._wide = False

    def widen(self) -> None:
        self._wide = True
        for name in ("usual", "http1"):
            self.__dict__.pop(name, None)

    @cached_property
    def usual(self) -> ssl.SSLContext:
        return trusting(with_stores(self._target, wide=self._wide))

    @cached_property
    def http1(self) -> ssl.SSLContext:
        """The same again: httpcore sets what is offered on the context itself."""
        return trusting(with_stores(self._target, wide=self._wide))


class Wire:
    """The one way out of this tool: to one target, on one clock, with two brakes.

    After any 429 nothing more is sent, nor where the server stopped answering; only a
    request whose head has gone out by then can still arrive. Moments are seconds since
    `Wire` was made. `answer_patience_s` is for a whole answer, `head_patience_s` for a
    connection or a response head alone, and `alive_patience_s` the least that a server
    gets to show that it still answers.
    With a `dialect`, what that client sends too is sent as it does, byte for byte;
    `http2` is whether it offers HTTP/2 where a connection is encrypted.
    """

    def __init__(  # noqa: PLR0913 - what a triage and a test may set
        self,
        target: Target,
        *,
        answer_patience_s: float = 10.0,
        head_patience_s: float = 5.0,
        alive_patience_s: float = 5.0,
        dialect: Dialect | None = None,
        http2: bool = True,
    ) -> None:
        self.target = target
        self.dialect = dialect
        self.http2 = http2
        self.answer_patience_s = answer_patience_s
        self.head_patience_s = head_patience_s
        self._proxy = httpx.URL(target.proxy) if target.proxy else None
        # Shared with every way aside: what one of them learns, all of them hide.
        self.wall = Wall(_secrets(target, self._proxy))
        self._given_url = target.url
        self._plain = False
        self._zero = time.monotonic()
        self.lateness = Lateness()
        self._trust = _Trust(target)
        self._traffic = Traffic(alive_patience_s)
        self.kept = KeptConnection()
        self.handed = HandedOver()
        # Does this way lead to the server itself, and is that asked after a silence?
        self._to_server = True
        self._asks = True

    @property
    def trusted(self) -> ssl.SSLContext:
        """Return the authorities that the client would trust."""
        return self._trust.usual

    def widen_trust(self) -> None:
        """Trust from now on whatever some client at hand trusts, to go on measuring."""
        self._trust.widen()

    @property
    def braked(self) -> bool:
        return bool(self._traffic.held_back)

    @braked.setter
    def braked(self, value: bool) -> None:
        self._traffic.limited = value

    def limited_by(self, live: LiveResponse) -> None:
        """Send nothing more after a 429, and keep the first one."""
        self._traffic.limited = True
        self._traffic.limit = self._traffic.limit or live

    @property
    def limit(self) -> LiveResponse | None:
        """The first answer by which we were told that we ask too much."""
        return self._traffic.limit

    @property
    def held_back(self) -> str:
        """Why nothing more is sent; empty where it is."""
        return self._traffic.held_back

    @property
    def silent(self) -> bool:
        """True where the server stopped answering."""
        return self._traffic.silent

    @property
    def fell_silent(self) -> tuple[str, float] | None:
        """The request after which nothing was answered, and when that was sent."""
        after = self._traffic.fell_silent_after
        if after is None:
            return None
        return after.label, round(after.sent_at_s, 4)

    @property
    def asked_again(self) -> tuple[LiveResponse, ...]:
        """What was asked to see whether the server still answers."""
        return tuple(self._traffic.asked_again)

    @property
    def challenges(self) -> tuple[str, ...]:
        """The challenges of the server as they came; for asking, never for showing."""
        return self._traffic.challenged()

    def short(self, lacks: str) -> None:
        """Take that this machine lacks something: from now on nothing is measured."""
        self._traffic.short = self._traffic.short or lacks

    @property
    def lacks(self) -> str:
        """Return what this machine lacked, in words; "" if it lacked nothing.

        A clock that was set, or stood still while the machine slept, counts too: every
        age that was measured across it is wrong.
        """
        jumped = CLOCK_JUMPED if self.lateness.jumped_s is not None else ""
        return self._traffic.short or jumped

    @property
    def sent(self) -> int:
        return self._traffic.sent

    def aside(
        self,
        *,
        url: str | None = None,
        direct: bool = False,
        bare: bool = False,
        unasked: bool = False,
        authorization: SecretStr | None = None,
    ) -> Wire:
        """Return a way to another URL of the server, or past the proxy to the same.

        Brakes and clock are shared. `bare` leaves out every header that the person
        gave, secrets with them; `authorization` replaces their credential. After a
        silence on an `unasked` way nobody asks whether the server still answers; nor on
        a bare one or past the proxy, which are other ways.
        """
        changes: dict[str, object] = {}
        if url is not None:
            changes["url"] = url
        if direct:
            changes["proxy"] = None
        if bare:
            changes["headers"] = {}
        if authorization is not None:
            given = self.target.headers.items()
            kept = {n: v for n, v in given if n.lower() != "authorization"}
            changes["headers"] = {**kept, "Authorization": authorization}
        other = copy.copy(self)
        other.target = self.target.model_copy(update=changes)
        other._proxy = None if direct else self._proxy  # noqa: SLF001 - our own kind
        other._to_server = not (direct or bare)  # noqa: SLF001 - our own kind
        other._asks = self._asks and not (direct or bare or unasked)  # noqa: SLF001
        return other

    def elsewhere(self, url: str, *, direct: bool = False) -> Wire:
        """Return a bare way to another server, with a brake of its own.

        It is no MCP server, so no client's dialect is spoken to it. The URL is the
        person's or our own; what a server names goes through `ask`.
        """
        other = self.aside(url=url, direct=direct, bare=True)
        other.dialect = None
        other._traffic = self._traffic.apart()  # noqa: SLF001 - our own kind
        return other

    def apart(self) -> Wire:
        """Return a bare way on which what a server names may be unencrypted.

        It has a brake of its own.
        """
        other = self.aside(bare=True)
        other._traffic = self._traffic.apart()  # noqa: SLF001 - our own kind
        other._plain = True  # noqa: SLF001
        return other

    def connection(self) -> str:
        """Return the label of the next connection."""
        return self._traffic.connection()

    async def still_answers(self, since_s: float) -> bool:
        """Tell whether the server answers what is sent after a moment; ask if need be.

        Any HTTP answer counts. Nothing is asked where something that was sent later has
        been answered, nor where the server has never answered anything. A connection
        that is refused is no silence: the process has ended, and can be asked on. A
        server that does not answer is asked nothing more: the wire is braked, and
        `fell_silent` says after which request.
        """
        traffic = self._traffic
        async with traffic.asking:
            if (
                self.braked
                or traffic.gone
                or traffic.answered_since(since_s) is not False
            ):
                return not traffic.silent
            after = traffic.first_left_open()
            if await self._answers_now():
                return True
            traffic.fell_silent_after = after
            traffic.silent = True
            return False

    async def answers_again(self) -> bool:
        """Ask a server that fell silent once more, and let go of the brake if it does.

        True at once for one that did not fall silent.
        """
        traffic = self._traffic
        async with traffic.asking:
            if not traffic.silent:
                return True
            if len(traffic.asked_again) < MOST_ASKED and await self._answers_now():
                traffic.silent = False
        return not traffic.silent

    async def _answers_now(self) -> bool:
        """Ask something harmless on a fresh connection, and wait for any answer."""
        live = await self.open(
            "POST ping, to see whether anything is answered",
            method="POST",
            body=ping(),
            even_braked=True,
        )
        self._traffic.asked_again.append(live)
        await live.head(self._traffic.patience_s)
        await live.close()
        self._traffic.gone = live.recorder.failure is Failure.REFUSED
        return self._traffic.gone or spoke(live.recorder)

    def now(self) -> float:
        return time.monotonic() - self._zero

    def late_s(self, start_s: float, end_s: float) -> float:
        """Return by how much this program itself was late between two moments."""
        return self.lateness.between(start_s + self._zero, end_s + self._zero)

    async def open(  # noqa: PLR0913 - one request has this many independent parts
        self,
        label: str,
        *,
        method: str = "GET",
        session: SessionKind = "none",
        opened_for: str = "",
        session_id: str | None = None,
        revision: str | None = None,
        body: dict[str, Any] | None = None,
        accept: str | None = None,
        extra: dict[str, str] | None = None,
        without: frozenset[str] = frozenset(),
        elsewhere: str | None = None,
        http1_only: bool = False,
        role: RequestRole | None = None,
        even_braked: bool = False,
        fresh: bool = False,
        trial: bool = False,
    ) -> LiveResponse:
        """Send one request and return at once; `LiveResponse` says what comes back.

        `extra` headers go over the person's own, and those named in `without` (lower
        case) are left out. `elsewhere` is another URL than the target's, which a server
        named: it is asked only where `wire.whom` allows, and nothing that the person
        gave is ever sent there. `http1_only` does not offer HTTP/2. `role` is what the
        request is to a dialect, by default what method and body say. `even_braked` goes
        out past the brakes. Where connections are kept, `fresh` has one of its own all
        the same, and `trial` tries whether a kept one is still read.
        """
        if not even_braked:
            # While the server is asked whether it still answers, nothing else is sent.
            async with self._traffic.asking:
                pass
        recorder = Recorder(label, method, session, self.now(), self.late_s)
        recorder.opened_for = opened_for
        reach: Reach = "any"
        if elsewhere is not None:
            try:
                reach = await self._reach(elsewhere)
            except NotAskedError as why:
                recorder.finish(None, self.now(), Failure.NOT_SENT, str(why))
                return LiveResponse(self, recorder)
        live = LiveResponse(
            self,
            recorder,
            http2=self.http2 and not http1_only,
            reach=reach,
            even_braked=even_braked,
            asks=self._asks and elsewhere is None and not even_braked,
            keeps=self._keeps(fresh=fresh, apart=elsewhere is not None or even_braked),
            trial=trial,
        )
        if self.braked and not even_braked:
            recorder.finish(None, self.now(), Failure.NOT_SENT, self.held_back)
            return live
        if body is not None:
            recorder.expects_reply = "id" in body and "method" in body
            recorder.request_id = body.get("id")
        role = role or role_of_request(method, body)
        lines = None
        if elsewhere is None and role is not None:
            changed = {**(extra or {}), **({"accept": accept} if accept else {})}
            lines = self._spoken(role, body, session_id, revision, changed, without)
        spoken = lines is not None
        content = None if body is None else _json(body, compact=spoken)
        if lines is None:
            private = elsewhere is None
            headers = self._headers(session_id, revision, extra, private=private)
            headers = {n: v for n, v in headers.items() if n not in without}
            if body is not None:
                headers.setdefault("content-type", "application/json")
            usual = ACCEPT_STREAM if body is None else ACCEPT_BOTH
            headers["accept"] = accept or usual
            lines = list(headers.items())
        named = {name.lower(): value for name, value in lines}
        chunked = "transfer-encoding" in named
        recorder.request_content_type = named.get("content-type", "")
        self._traffic.add(live, to_server=self._to_server and elsewhere is None)
        live.start(
            httpx.Request(
                method,
                elsewhere or self.target.url,
                # fetch, too, sends back what it received as Latin-1 unchanged.
                headers=[(n.encode(), v.encode("latin-1")) for n, v in lines],
                content=_piece(content) if chunked and content else content,
            ),
            line_before_host(lines) if spoken else None,
            once=chunked,
        )
        return live

    async def _reach(self, named: str) -> Reach:
        """Return where a URL that a server named may lead; raises NotAskedError."""
        url = httpx.URL(named)
        reach = reach_of(httpx.URL(self._given_url), url, plain=self._plain)
        if reach == "any" or self._proxy is None:
            return reach
        # The proxy connects in our place, so its address is looked at before.
        port = port_of(url.scheme, url.port)
        try:
            async with asyncio.timeout(self.head_patience_s):
                infos = await resolve(url.host, port)
        except (OSError, TimeoutError):
            raise NotAskedError(
                "not asked: behind the proxy, and its name cannot be looked up here"
            ) from None
        for info in infos:
            check_address(str(info[4][0]), reach)
        return "any"

    async def close(self) -> None:
        """End whatever is still open, so that no stream of ours outlives the triage."""
        for live in tuple(self._traffic.live):
            await live.close(End.CANCELLED)
        await self.kept.aclose()
        self.handed.close()

    async def ask(  # noqa: PLR0913
        self,
        label: str,
        *,
        method: str = "POST",
        session: SessionKind = "none",
        opened_for: str = "",
        session_id: str | None = None,
        revision: str | None = None,
        body: dict[str, Any] | None = None,
        accept: str | None = None,
        extra: dict[str, str] | None = None,
        without: frozenset[str] = frozenset(),
        elsewhere: str | None = None,
        patience_s: float | None = None,
        role: RequestRole | None = None,
        fresh: bool = False,
        trial: bool = False,
    ) -> LiveResponse:
        """Send one request, read its whole answer within bounds, and close."""
        live = await self.open(
            label,
            method=method,
            session=session,
            opened_for=opened_for,
            session_id=session_id,
            revision=revision,
            body=body,
            accept=accept,
            extra=extra,
            without=without,
            elsewhere=elsewhere,
            role=role,
            fresh=fresh,
            trial=trial,
        )
        await live.read_answer(patience_s or self.answer_patience_s)
        await live.close()
        return live

    def _context(self, *, http2: bool) -> ssl.SSLContext | None:
        """Return whom to trust; None where nothing is encrypted."""
        schemes = (
            httpx.URL(self.target.url).scheme,
            getattr(self._proxy, "scheme", ""),
        )
        if "https" not in schemes:
            return None
        return self._trust.usual if http2 else self._trust.http1

    def make_ready(self) -> None:
        """Import what sends, lest the first request that is timed waits for it."""
        import_module("streamtriage.transport.sockets")
        if self.http2 and httpx.URL(self.target.url).scheme == "https":
            import_http2()

    def _keeps(self, *, fresh: bool, apart: bool) -> Keeps:
        """Return what a request does with the kept connection.

        What lies behind a proxy is the proxy's matter.
        """
        if apart or self._proxy is not None or self.kept.state == "off":
            return "no"
        return "fresh" if fresh else "yes"

    def _leads_to(self, *, http2: bool) -> tuple[object, ...]:
        url = httpx.URL(self.target.url)
        context = self._context(http2=http2)
        return (url.scheme, url.host, url.port, http2, id(context))

    async def take_kept(
        self, keeps: Keeps, *, http2: bool, trial: bool
    ) -> Carrier | None:
        """Return the connection that waits; where it is not wanted it is closed."""
        if keeps == "no":
            return None
        key = self._leads_to(http2=http2) if keeps == "yes" else None
        return await self.kept.take(key, trial=trial)

    def carrier(self, network: Network, *, http2: bool, may_keep: bool) -> Carrier:
        """Return what carries one exchange on a connection of its own."""
        key = self._leads_to(http2=http2) if may_keep else None
        return Carrier(network, self.transport(network, http2=http2), key)

    def transport(self, network: Network, *, http2: bool = True) -> Transport:
        """Return what carries one exchange, through the target's proxy if it has one.

        It has no timer at all: a timer of ours near those that we measure would be
        measured instead. No client is laid over it, for that would follow a redirect
        in part, keep cookies, and log URLs.
        """
        proxy = self._proxy
        context = self._context(http2=http2)
        if context is not None and http2:
            import_http2()
        if proxy is None:
            return Transport(
                httpcore.AsyncConnectionPool(
                    ssl_context=context,
                    http1=True,
                    http2=http2,
                    network_backend=network,
                )
            )
        return Transport(
            httpcore.AsyncHTTPProxy(
                str(proxy.copy_with(username=None, password=None)),
                proxy_auth=(proxy.username, proxy.password) if proxy.userinfo else None,
                ssl_context=context,
                proxy_ssl_context=context if proxy.scheme == "https" else None,
                http1=True,
                http2=http2,
                network_backend=network,
            )
        )

    def _spoken(  # noqa: PLR0913 - the parts of a request
        self,
        role: RequestRole,
        body: dict[str, Any] | None,
        session_id: str | None,
        revision: str | None,
        changed: dict[str, str],
        without: frozenset[str],
    ) -> list[tuple[str, str]] | None:
        """Return the headers as the dialect's client writes them; None without one."""
        if self.dialect is None:
            return None
        url = httpx.URL(self.target.url)
        given = self.target.headers.items()
        return write_headers(
            self.dialect,
            role,
            Asking(
                host=url.netloc.decode("ascii"),
                rpc=str((body or {}).get("method", "")),
                length=None if body is None else len(_json(body, compact=True)),
                session_id=session_id,
                revision=revision,
                own={n: v.get_secret_value() for n, v in given},
                changed=changed,
                without=without,
            ),
        )

    def _headers(
        self,
        session_id: str | None,
        revision: str | None,
        extra: dict[str, str] | None,
        *,
        private: bool,
    ) -> dict[str, str]:
        headers = {
            "user-agent": f"streamtriage/{__version__}",
            # As Claude Code asks; a compressed stream is a question of its own.
            "accept-encoding": "identity",
            "connection": "keep-alive",
        }
        if session_id is not None:
            headers[SESSION_HEADER] = session_id
        if revision is not None:
            headers[VERSION_HEADER] = revision
        given = {n.lower(): v for n, v in self.target.headers.items()}
        if private:
            headers |= {n: v.get_secret_value() for n, v in given.items()}
        return headers | (extra or {})


def _json(message: dict[str, Any], *, compact: bool) -> bytes:
    """Return a message as JSON; the clients that were measured send it compact."""
    separators = (",", ":") if compact else None
    return json.dumps(message, separators=separators).encode()


async def _piece(content: bytes) -> AsyncIterator[bytes]:
    """Yield a body whole: httpx sends what it cannot measure in chunks."""
    yield content


def _secrets(target: Target, proxy: httpx.URL | None) -> Iterator[str]:
    yield from (value.get_secret_value() for value in target.headers.values())
    if target.second_authorization is not None:
        yield target.second_authorization.get_secret_value()
    if proxy is not None:
        yield from (proxy.password, proxy.userinfo.decode("ascii", "replace"))
