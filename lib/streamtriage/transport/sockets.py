"""httpx on sockets that tell FIN from RST and can end a connection by either."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import sys
from collections import deque
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from streamtriage.transport.handed import HandedOver
from streamtriage.transport.http_library import httpx, import_httpcore
from streamtriage.transport.name_lookup import resolve
from streamtriage.transport.raw_head import RawHead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from types import TracebackType

    import httpcore
else:
    httpcore = import_httpcore()

# httpcore tries to import sniffio at every lock, and a request takes a dozen of them.
# Where it is not installed, all folders are looked through each time, which takes a
# tenth of a triage; None in this table says at once what the search would.
if find_spec("sniffio") is None:
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

__all__ = ["Connection", "Network", "Transport", "with_host_after"]

# Reading stops at this many unread bytes, so that a peer that floods us fills the
# kernel's buffers and not our memory.
_UNREAD_LIMIT = 256 * 1024
# h11 stops at 100 kB for one head; interim responses (1xx) before it may be many heads.
HEADS_LIMIT = 512 * 1024

# Linger on, zero seconds: closing the socket sends RST and no FIN (RFC 9293, 3.6).
_LINGER_RST = struct.pack("ii", 1, 0)


class _Inbox(asyncio.Protocol):
    """What has arrived and is not yet read, and how the peer ended the connection."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.error: Exception | None = None
        self.ended = False
        self._chunks: deque[bytes] = deque()
        self._unread = 0
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._unread += len(data)
        if self._unread >= _UNREAD_LIMIT and self.transport is not None:
            self.transport.pause_reading()
        self._news.set()

    def eof_received(self) -> None:
        self.ended = True
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.error = self.error or exc
        self._news.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def take(self, limit: int) -> bytes:
        """Wait for bytes; an empty result means FIN, an OSError means anything else."""
        while not self._chunks:
            if self.error is not None:
                raise self.error
            if self.ended:
                return b""
            self._news.clear()
            await self._news.wait()
        data = self._chunks.popleft()
        if len(data) > limit:
            self._chunks.appendleft(data[limit:])
            data = data[:limit]
        self._unread -= len(data)
        if self._unread < _UNREAD_LIMIT and self.transport is not None:
            # Harmless where reading was not paused, or where the transport has closed.
            self.transport.resume_reading()
        return data

    async def writable(self) -> None:
        await self._writable.wait()
        if self.error is not None:
            raise self.error


class Connection(httpcore.AsyncNetworkStream):
    """One TCP or TLS connection that can be ended by FIN or by RST."""

    def __init__(
        self,
        transport: asyncio.Transport,
        inbox: _Inbox,
        budget: HeadBudget,
        host_after: str | None = None,
    ) -> None:
        self._transport = transport
        self._inbox = inbox
        self._budget = budget
        self._host_after = host_after
        self._head = RawHead()
        # Asked now: a TLS transport that was aborted has nothing left to tell.
        tls = transport.get_extra_info("ssl_object")
        self._h2 = tls is not None and tls.selected_alpn_protocol() == "h2"
        self._inner: Connection | None = None

    def renew(self, budget: HeadBudget, host_after: str | None) -> None:
        """Make ready for another request on the same connection."""
        self._budget, self._host_after = budget, host_after
        if self._inner is not None:
            self._inner.renew(budget, host_after)

    @property
    def raw_head(self) -> bytes:
        """The head of the last answer as it came, inside whatever was laid over it.

        Empty where HTTP/2 is spoken, which has none in this form.
        """
        if self._inner is not None:
            return self._inner.raw_head
        return b"" if self._h2 else self._head.content

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        del timeout  # patience lives in one place: the watch
        # A peer that floods always has the next bytes ready: without this nobody else,
        # no clock and no Ctrl-C, would ever have a turn.
        await asyncio.sleep(0)
        try:
            data = await self._inbox.take(max_bytes)
        except (OSError, ssl.SSLError) as error:
            raise httpcore.ReadError(str(error)) from error
        self._budget.spend(len(data))
        self._head.feed(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        del timeout
        if not buffer:
            return
        if self._host_after is not None:
            buffer = with_host_after(buffer, self._host_after)
        self._head.next()
        try:
            self._transport.write(buffer)
            await self._inbox.writable()
        except (OSError, ssl.SSLError) as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        self._transport.close()
        # A TLS peer that never answers close_notify must not keep the socket open.
        asyncio.get_running_loop().call_later(1.0, self._transport.abort)
        await asyncio.sleep(0)

    def reset(self) -> None:
        """End the connection by RST, as the nearest thing to a client that vanished."""
        plain = self._transport.get_extra_info("socket")
        if plain is not None:
            # A socket that has already been closed has nothing left to reset.
            with contextlib.suppress(OSError):
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RST)
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        del timeout
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(
                self._transport,
                self._inbox,
                ssl_context,
                server_hostname=server_hostname,
            )
        except (OSError, ssl.SSLError) as error:
            self._transport.abort()
            raise httpcore.ConnectError(str(error)) from error
        if upgraded is None:
            raise httpcore.ConnectError("closed during the TLS handshake")
        self._inbox.transport = upgraded
        self._inner = Connection(upgraded, self._inbox, self._budget, self._host_after)
        return self._inner

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        if info == "is_readable":
            return self._inbox.ended or bool(self._inbox.error)
        names = {
            "client_addr": "sockname",
            "server_addr": "peername",
            "ssl_object": "ssl_object",
            "socket": "socket",
        }
        return self._transport.get_extra_info(names.get(info, info))


@dataclass
class HeadBudget:
    """How many bytes may come before the response head of one exchange is whole."""

    left: int = HEADS_LIMIT
    whole: bool = False

    def spend(self, count: int) -> None:
        """Count bytes; raises httpcore's error of a buffer that grows too long."""
        if self.whole:
            return
        self.left -= count
        if self.left < 0:
            raise httpcore.RemoteProtocolError(
                f"Receive buffer too long: more than {HEADS_LIMIT >> 10} kB of heads"
            )


class Network(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore, one address family after the other.

    Keeps every connection it opened in `opened`, so that a caller can end one by RST.
    `host_after` names the header behind which `Host` stands; None leaves it first.
    `may_ask` tells whether an address may be connected to, and raises where not.
    `handed` may have a connection that was made already.
    """

    def __init__(
        self,
        may_ask: Callable[[str], None] = lambda _address: None,
        handed: HandedOver | None = None,
    ) -> None:
        self.opened: list[Connection] = []
        self.host_after: str | None = None
        self.budget = HeadBudget()
        self._may_ask = may_ask
        self._handed = handed or HandedOver()

    @property
    def raw_head(self) -> bytes:
        """The head of the last answer as it came; empty where there is none."""
        return self.opened[-1].raw_head if self.opened else b""

    def renew(self, host_after: str | None) -> None:
        """Make ready for another request on a connection that was kept."""
        self.host_after, self.budget = host_after, HeadBudget()
        for each in self.opened:
            each.renew(self.budget, host_after)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del timeout, local_address, socket_options
        try:
            transport, inbox = await _first_that_answers(
                host, port, self._may_ask, self._handed
            )
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        connection = Connection(transport, inbox, self.budget, self.host_after)
        self.opened.append(connection)
        return connection

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del path, timeout, socket_options
        raise httpcore.ConnectError("MCP over HTTP does not use Unix sockets")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def with_host_after(head: bytes, name: str) -> bytes:
    """Return the head of an HTTP/1.1 request with `Host` behind the header `name`.

    Other bytes, and a head without either, come back as they are. h11 writes `Host`
    first (RFC 9110, 7.2, asks for it), and some clients do not.
    """
    if not head.endswith(b"\r\n\r\n") or b" HTTP/1.1\r\n" not in head:
        return head
    first, *lines = head[:-4].split(b"\r\n")
    keys = [line.partition(b":")[0].lower() for line in lines]
    wanted = name.lower().encode("latin-1")
    if first.startswith(b"CONNECT ") or b"host" not in keys or wanted not in keys:
        return head
    host = lines.pop(keys.index(b"host"))
    keys.remove(b"host")
    lines.insert(keys.index(wanted) + 1, host)
    return b"\r\n".join([first, *lines, b"", b""])


async def _first_that_answers(
    host: str, port: int, may_ask: Callable[[str], None], handed: HandedOver
) -> tuple[asyncio.Transport, _Inbox]:
    """Connect to each address in turn; raise what the first one said if none answers.

    asyncio would join the errors of several addresses into one text without a number.
    """
    loop = asyncio.get_running_loop()
    infos = await resolve(host, port)
    failed: OSError | None = None
    for address, family in {str(info[4][0]): info[0] for info in infos}.items():
        try:
            may_ask(address)
            if (connected := handed.take(address, port)) is not None:
                return await loop.create_connection(_Inbox, sock=connected)
            return await loop.create_connection(_Inbox, address, port)
        except OSError as error:
            # What a number means depends on the family, and asyncio does not keep it.
            error.family = family  # type: ignore[attr-defined]
            failed = failed or error
    raise failed or socket.gaierror(socket.EAI_NONAME, "the name has no address")


class _Body(httpx.AsyncByteStream):
    """A response body as httpcore hands it over."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


class Transport(httpx.AsyncBaseTransport):
    """Carries httpx requests over a pool whose sockets we own.

    Errors stay httpcore's, with what the socket said as their cause.
    """

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def __aenter__(self) -> Transport:  # noqa: PYI034 - httpx's signature
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._pool.__aexit__(exc_type, exc_value, traceback)
