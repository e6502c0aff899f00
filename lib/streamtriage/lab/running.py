"""Starts one scenario on loopback, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.lab.aia_server import issuer_file
from streamtriage.lab.certificates import Issued, issue
from streamtriage.lab.client_certificates import refuse_strangers
from streamtriage.lab.forward_proxy import ForwardProxy
from streamtriage.lab.server import RestartingApp, mcp_app, running
from streamtriage.on_first_use import Later, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import uvicorn
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from streamtriage.lab.aia_server import Side
    from streamtriage.lab.scenario import Scenario, Setup
    from streamtriage.model import Intake
else:
    # Whoever only lists the faults needs no server.
    uvicorn = Later("uvicorn")

__all__ = ["Lab", "run"]

RESTART_AFTER_S = 1.8


@dataclass(frozen=True)
class Lab:
    """One running scenario: where it is, and the CA that signed its certificate.

    A scenario whose fault is an unknown CA has no `ca_file`: the client lacks it.
    `environ` is what the person's shell holds; it is exported while the lab runs.
    """

    scenario: Scenario
    url: str
    ca_file: str | None
    intake: Intake
    environ: Mapping[str, str]


_MADE_OF = (
    *("mcp.server.lowlevel", "mcp.server.subscriptions", "mcp.server.streamable_http"),
    *("mcp.server.transport_security", "mcp_types", "starlette.applications"),
    *("starlette.middleware.cors", "starlette.requests", "starlette.responses"),
    *("uvicorn", "trustme", "httpx", "h2.connection"),
)


def _load() -> None:
    """Import what the servers are made of before any serves: else an answer is late."""
    for each in _MADE_OF:
        load(each)


@contextlib.contextmanager
def run(scenario: Scenario, port: int = 0) -> Iterator[Lab]:
    """Serve the scenario until the block ends.

    Raises OSError if the port is taken.
    """
    _load()
    setup = scenario.setup()
    with contextlib.ExitStack() as stack:
        _export(setup.environ, stack)
        sock, chosen = _bind_for(setup, port, stack)
        beside = stack.enter_context(_bind(0))
        beside_port = int(beside.getsockname()[1])
        issued = _certificates(setup, stack, beside_port)
        if setup.silent:
            _fill(sock, stack)
        elif setup.listens:
            side = _beside(setup, issued)
            stack.enter_context(_Serving(setup, sock, issued, beside, side))
        scheme = setup.scheme or ("http" if issued is None else "https")
        url = f"{scheme}://{setup.host}:{chosen}{setup.path}"
        given = issued.ca_file if issued and setup.certificate != "untrusted" else None
        proxy = f"http://127.0.0.1:{beside_port}" if setup.forward else ""
        intake = setup.intake.model_copy(
            update={
                "url": url,
                "ca_file": given or "",
                "proxy": proxy,
                "hold_s": setup.needs_hold_s,
            }
        )
        yield Lab(scenario, url, given, intake, setup.environ)


def _export(variables: Mapping[str, str], stack: contextlib.ExitStack) -> None:
    """Set what the person's shell would hold, until the lab ends."""
    for name, value in variables.items():
        before = os.environ.get(name)
        os.environ[name] = value
        if before is None:
            stack.callback(os.environ.pop, name, None)
        else:
            stack.callback(os.environ.__setitem__, name, before)


def _bind(port: int, address: str = "127.0.0.1") -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def _bind_for(
    setup: Setup, port: int, stack: contextlib.ExitStack
) -> tuple[socket.socket, int]:
    """Bind what the server listens on; IPv4's port is taken in any case."""
    sock = stack.enter_context(_bind(port))
    chosen = int(sock.getsockname()[1])
    if setup.address == "::1":
        sock = stack.enter_context(_bind(chosen, "::1"))
    return sock, chosen


def _fill(sock: socket.socket, stack: contextlib.ExitStack) -> None:
    """Fill the queue of a socket that accepts nothing: then Linux drops every SYN."""
    sock.listen(0)
    for _ in range(4):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)  # noqa: FBT003 - the socket's own signature
        waiting.connect_ex(sock.getsockname())


def _certificates(
    setup: Setup, stack: contextlib.ExitStack, issuer_port: int
) -> Issued | None:
    if setup.certificate == "none":
        return None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
    inspect = setup.forward is not None and setup.forward.inspects
    return issue(setup.certificate, folder, issuer_port, inspect=inspect)


def _beside(setup: Setup, issued: Issued | None) -> Side | None:
    """Return what is served beside the server: a proxy, or a missing issuer."""
    if setup.forward is not None:
        presents, trusts = (
            (issued.inspector, issued.trusted) if issued else (None, None)
        )
        return ForwardProxy(setup.forward, presents, trusts).serve
    return issuer_file(issued.issuer) if issued and issued.issuer else None


class _Serving:
    """The thread that serves; entering waits until it accepts connections."""

    def __init__(
        self,
        setup: Setup,
        sock: socket.socket,
        issued: Issued | None,
        beside: socket.socket,
        side: Side | None,
    ) -> None:
        self._setup, self._sock = setup, sock
        self._tls = issued.server if issued else {}
        self._strict = issued.strict if issued else None
        self._beside, self._side = beside, side
        self._ready = threading.Event()
        self._stopped: Future[None] = Future()
        self._error: BaseException | None = None
        self._servers: list[uvicorn.Server] = []
        self._thread = threading.Thread(target=self._main, name="lab", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()
        self._ready.wait(30)
        if self._error is not None:
            raise self._error

    def __exit__(self, *_: object) -> None:
        self._stopped.set_result(None)
        for server in self._servers:
            server.should_exit = True
            server.force_exit = True
        self._thread.join(10)

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the entering thread
            self._error = error
        self._ready.set()

    async def _serve(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            apps = [await self._app(stack) for _ in range(self._setup.replicas)]
            if self._side is not None:
                beside = await asyncio.start_server(self._side, sock=self._beside)
                stack.callback(beside.close)
            if self._strict is not None:
                # Nobody gets past it, so there is no need of a server behind.
                gate = refuse_strangers(self._strict)
                server = await asyncio.start_server(gate, sock=self._sock)
                stack.callback(server.close)
                self._ready.set()
                await asyncio.wrap_future(self._stopped)
                return
            if self._setup.relay is None and self._setup.front is None:
                await self._uvicorn(apps[0], self._sock)
                return
            await self._behind(apps, stack)

    async def _behind(
        self, apps: list[ASGIApp], stack: contextlib.AsyncExitStack
    ) -> None:
        """Serve each app on a port of its own behind what the client meets."""
        port = int(self._sock.getsockname()[1])
        self._sock.close()
        socks = [_bind(0) for _ in apps]
        for sock in socks[1:]:
            stack.callback(sock.close)
        upstreams = [int(sock.getsockname()[1]) for sock in socks]
        relay, front = self._setup.relay, self._setup.front
        listener: asyncio.Server
        if relay is not None:
            listener = await relay.listen(0 if front else port, upstreams)
            upstreams = [int(listener.sockets[0].getsockname()[1])]
            stack.callback(listener.close)
            stack.callback(relay.close)
        if front is not None:
            certificate = self._tls.pop("ssl_certfile")
            listener = await front.listen(port, upstreams[0], certificate)
            stack.callback(listener.close)
            stack.callback(front.close)
        self._sock = socks[0]
        others = [
            asyncio.create_task(self._uvicorn(*pair))
            for pair in zip(apps[1:], socks[1:], strict=True)
        ]
        for other in others:
            stack.callback(other.cancel)
        await self._uvicorn(apps[0], self._sock)

    async def _app(self, stack: contextlib.AsyncExitStack) -> ASGIApp:
        if self._setup.restarts:
            restarting = RestartingApp(RESTART_AFTER_S)
            task = asyncio.create_task(restarting.run())
            stack.callback(task.cancel)
            return restarting
        bare = self._mcp()
        app: ASGIApp = bare
        if self._setup.starts:
            app = await stack.enter_async_context(running(bare))
        return self._setup.wrap(app) if self._setup.wrap else app

    def _mcp(self) -> Starlette:
        if self._setup.app is not None:
            return self._setup.app()
        return mcp_app(stateless=self._setup.stateless, **self._setup.options)

    async def _uvicorn(self, app: ASGIApp, sock: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=0,
            http="h11",
            **self._tls,
        )
        server = uvicorn.Server(config)
        self._servers.append(server)
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        # uvicorn offers no event for this, only the flag.
        while not server.started and not serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        started = sum(each.started for each in self._servers)
        if started == self._setup.replicas:
            self._ready.set()
        await serving
        # Not drained: what a client still holds open is ended with the lab.
        for connection in tuple(server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0.02)
