"""Whom a client trusts, which proxy it uses, which HTTP it picks: one cell each.

`python -m real_clients.trusting NAME@VERSION CELL` prints what one cell showed. A cell
is a store of `knowledge.client_trust`, `nobody`, `proxy` or `no-proxy`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import trustme

from real_clients.clients import Launch, RealClient, Start, client_called
from real_clients.ending import adopt_orphans, end_family, end_orphans
from real_clients.model import StandIn
from real_clients.server import RecordingServer
from real_clients.trial import environ_of, leave_network
from streamtriage.knowledge.client_trust import STORES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

__all__ = ["CELLS", "Cell", "trust", "try_cell"]

CELLS: tuple[str, ...] = ("nobody", *STORES, "proxy", "no-proxy")

# A client that does not trust gives up or tries for ever; this is enough for its first
# connection, on a machine that is busy.
PATIENCE_S = 40.0
# Once a client has shown that it does not come, it need not be waited for.
_SYSTEM = Path("/etc/ssl/certs")


@dataclass
class Cell:
    """What one cell showed: did a request arrive, in which protocol, at which proxy."""

    asked: bool = False
    refused: int = 0
    http: str = ""
    proxied: list[str] = field(default_factory=list)


async def try_cell(client: RealClient, cell: str) -> Cell:
    """Run one cell in a process of its own; raises RuntimeError if that fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "real_clients.trusting",
        client.key,
        cell,
        cwd=Path(__file__).parents[1],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PATIENCE_S + 60):
            out, err = await process.communicate()
    finally:
        end_family(process.pid)
    if process.returncode != 0:
        raise RuntimeError(f"{client.key} {cell}: {err.decode()[-2000:]}")
    return Cell(**json.loads(out))


def trust(cells: Mapping[str, Cell]) -> dict[str, Any]:
    """Return the fields of a `Trust` beside its citation.

    Raises RuntimeError if a server that nobody vouches for was trusted: then no cell
    says anything.
    """
    if cells["nobody"].asked:
        raise RuntimeError("it trusts an authority that is in no store")
    tried = [store for store in STORES if store in cells]
    told = cells["proxy"].proxied
    way = "CONNECT" if any(line.startswith("CONNECT") for line in told) else ""
    return {
        "trusts": {store: cells[store].asked for store in tried},
        "proxy": way or ("absolute-form" if told else "not used"),
        "obeys_no_proxy": not cells["no-proxy"].proxied,
        "http2_with": [store for store in tried if cells[store].http == "HTTP/2"],
    }


# --- servers --------------------------------------------------------------------------


@dataclass
class TlsEnd:
    """The end of a TLS connection: says whether a request came, and answers none."""

    context: ssl.SSLContext
    cell: Cell
    port: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, ssl=self.context
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # With TLS 1.3 the server's handshake is done before the client has judged.
        first = b""
        with contextlib.suppress(OSError, ssl.SSLError):
            first = await reader.read(16)
        if first:
            picked = writer.get_extra_info("ssl_object").selected_alpn_protocol()
            self.cell.http = "HTTP/2" if picked == "h2" else "HTTP/1.1"
            self.cell.asked = True
        else:
            self.cell.refused += 1
        writer.transport.abort()


@contextlib.asynccontextmanager
async def _proxy(cell: Cell) -> AsyncIterator[str]:
    """Serve a proxy that writes down each request line and refuses it."""

    async def accept(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readuntil(b"\r\n")
            cell.proxied.append(first.decode("latin-1").strip())
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


# --- an authority in one place --------------------------------------------------------


def _hashed(pem: Path, folder: Path) -> None:
    """Put a certificate into a folder as OpenSSL looks for it there."""
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(pem)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(pem, folder / f"{done.stdout.strip()}.0")


_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000


def _own_system_store(pem: Path, folder: Path) -> None:
    """Add an authority to the system's store, for this process and its children."""
    shutil.copytree(_SYSTEM, folder, symlinks=False, ignore_dangling_symlinks=True)
    _hashed(pem, folder)
    bundle = folder / "ca-certificates.crt"
    bundle.write_text(f"{bundle.read_text()}\n{pem.read_text()}")
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.unshare(_CLONE_NEWNS) == 0
    done = done and libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None) == 0
    source, target = str(folder).encode(), str(_SYSTEM.resolve()).encode()
    if not (done and libc.mount(source, target, None, _MS_BIND, None) == 0):
        raise RuntimeError("the system's store cannot be replaced here: no right to")


def _variables(cell: str, pem: Path, folder: Path) -> dict[str, str]:
    if cell.startswith("system"):
        _own_system_store(pem, folder / "certs")
        return {"NODE_USE_SYSTEM_CA": "1"} if "NODE_USE" in cell else {}
    if cell == "SSL_CERT_DIR":
        _hashed(pem, folder / "certs")
        return {cell: str(folder / "certs")}
    return {} if cell == "nobody" else {cell: str(pem)}


# --- one cell -------------------------------------------------------------------------


async def run_tls(client: RealClient, cell: str) -> Cell:
    """Start the client against a server whose authority lies in one store alone."""
    found = Cell()
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with tempfile.TemporaryDirectory(prefix="trust-") as name:
        folder = Path(name)
        home = _new(folder / "home")
        pem = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(pem))
        variables = _variables(cell, pem, folder)
        async with TlsEnd(context, found) as server:
            url = f"https://localhost:{server.port}/mcp"
            await _start(client, url, variables, home, found)
    return found


async def run_proxy(client: RealClient, *, excepted: bool) -> Cell:
    """Start the client with a proxy configured for a plain URL on loopback."""
    found = Cell()
    with tempfile.TemporaryDirectory(prefix="trust-") as name:
        async with _proxy(found) as proxy, RecordingServer("sound") as server:
            names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
            variables = dict.fromkeys(names, proxy)
            if excepted:
                hosts = "127.0.0.1,localhost"
                variables |= {"NO_PROXY": hosts, "no_proxy": hosts}
            home = _new(Path(name) / "home")
            await _start(client, server.url, variables, home, found, server)
            found.asked = bool(server.asked)
            found.proxied = [line for line in found.proxied if "/mcp" in line] or [
                line for line in found.proxied if f":{server.port} " in line
            ]
    return found


async def _start(
    client: RealClient,
    url: str,
    variables: dict[str, str],
    home: Path,
    found: Cell,
    server: RecordingServer | None = None,
) -> None:
    """Run the client until a request has come, or it ends, or our patience does."""
    async with StandIn(1.0) as model:
        start = Start(client.install(), home, url, 2.0, model.url)
        launch = client.start(start)
        launch = Launch(launch.command, {**launch.environ, **variables})
        stdio = client.drives == "stdio"
        process = await asyncio.create_subprocess_exec(
            *launch.command,
            cwd=start.folder if client.drives == "script" else home,
            env=environ_of(launch, start),
            stdin=asyncio.subprocess.PIPE if stdio else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        if process.stdin is not None:
            info = {"name": "measured", "version": "1.0.0"}
            params = {"protocolVersion": "2025-11-25", "capabilities": {}}
            message: dict[str, Any] = {"jsonrpc": "2.0", "id": 1}
            message |= {
                "method": "initialize",
                "params": {**params, "clientInfo": info},
            }
            process.stdin.write(json.dumps(message).encode() + b"\n")
        try:
            async with asyncio.timeout(PATIENCE_S):
                # Three ends to look for, and no event tells all of them.
                while process.returncode is None and not _known(found, server):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pass
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            end_orphans()


def _new(home: Path) -> Path:
    home.mkdir()
    return home


def _known(found: Cell, server: RecordingServer | None) -> bool:
    if server is None:
        # A second refused connection is the client's last word here.
        return found.asked or found.refused > 3
    return any(asked.rpc == "tools/list" for asked in server.asked) or any(
        "/mcp" in line or f":{server.port} " in line for line in found.proxied
    )


def main() -> None:
    key, cell = sys.argv[1:]
    (client,) = client_called(key)
    client.install()
    adopt_orphans()
    leave_network()
    if cell.endswith("proxy"):
        found = asyncio.run(run_proxy(client, excepted=cell == "no-proxy"))
    else:
        found = asyncio.run(run_tls(client, cell))
    json.dump(vars(found), sys.stdout)


if __name__ == "__main__":
    main()
