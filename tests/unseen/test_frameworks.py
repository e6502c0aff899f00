"""Servers made with other people's frameworks: Starlette, http.server, Node."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from streamtriage.model import Intake, Report
from streamtriage.triage import triage
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractContextManager

    from starlette.requests import Request

    from first_answers import FirstAnswer

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

REPLY = {
    "protocolVersion": "2025-03-26",
    "capabilities": {},
    "serverInfo": {"name": "f", "version": "1"},
}


# --- Starlette under uvicorn ----------------------------------------------------------


async def rpc(request: Request) -> Response:
    body = await request.json()
    if "id" not in body:
        return Response(status_code=202)
    if body["method"] == "initialize":
        return JSONResponse({"jsonrpc": "2.0", "id": body["id"], "result": REPLY})
    if body["method"] == "tools/list":
        return JSONResponse(
            {"jsonrpc": "2.0", "id": body["id"], "result": {"tools": []}}
        )
    error = {"code": -32601, "message": "no such method"}
    return JSONResponse({"jsonrpc": "2.0", "id": body["id"], "error": error})


async def beats(_request: Request) -> Response:
    async def write() -> AsyncIterator[str]:
        while True:
            yield 'data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n'
            await asyncio.sleep(0.5)

    return StreamingResponse(write(), media_type="text/event-stream")


async def front_page(_request: Request) -> Response:
    return HTMLResponse("<!doctype html><div id=root></div>")


def starlette(*routes: Route | Mount) -> Starlette:
    return Starlette(routes=[Route("/rpc", rpc, methods=["POST"]), *routes])


@contextlib.contextmanager
def under_uvicorn(app: Starlette) -> Iterator[str]:
    config = uvicorn.Config(
        app, port=0, log_level="critical", timeout_graceful_shutdown=0
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/rpc"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(5)


# --- http.server ----------------------------------------------------------------------


class Plain(http.server.BaseHTTPRequestHandler):
    """The standard library's server: HTTP/1.0, and 501 for what it does not know."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "id" not in body:
            self.send_response(202)
            self.end_headers()
            return
        known = {"initialize": REPLY, "tools/list": {"tools": []}}
        result: Any = known.get(body["method"])
        said = (
            {"result": result}
            if result
            else {"error": {"code": -32601, "message": "?"}}
        )
        data = json.dumps({"jsonrpc": "2.0", "id": body["id"], **said}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Write nothing."""


class PlainFlap(Plain):
    """Answers GET by a handler that returns, as scripts do."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": hello\n\n")


@contextlib.contextmanager
def under_http_server(handler: type[Plain]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


# --- Node -----------------------------------------------------------------------------

NODE = r"""
const http = require('node:http');
const mode = process.argv[1];
const known = {'initialize': REPLY, 'tools/list': {tools: []}};
http.createServer((req, res) => {
  if (req.method === 'GET' && mode === 'held') {
    res.writeHead(200, {'content-type': 'text/event-stream'});
    return;  // nothing is flushed before the first write
  }
  if (req.method === 'GET' && mode === 'flushed') {
    res.writeHead(200, {'content-type': 'text/event-stream'});
    res.flushHeaders();
    res.write('id: 1\ndata:\n\n');
    return;
  }
  if (req.method !== 'POST') {
    res.writeHead(404, {'content-type': 'text/plain'}).end('Not found');
    return;
  }
  let text = '';
  req.on('data', (piece) => { text += piece; });
  req.on('end', () => {
    const body = JSON.parse(text);
    if (body.id === undefined) return res.writeHead(202).end();
    const result = known[body.method];
    const said = result ? {result} : {error: {code: -32601, message: 'no'}};
    res.writeHead(200, {'content-type': 'application/json'});
    res.end(JSON.stringify({jsonrpc: '2.0', id: body.id, ...said}));
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
""".replace("REPLY", json.dumps(REPLY))


def node() -> str | None:
    own = Path(sys.executable).with_name("node")
    return str(own) if own.exists() else shutil.which("node")


@contextlib.contextmanager
def under_node(mode: str) -> Iterator[str]:
    command = [str(node()), "-e", NODE, mode]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/mcp"
        finally:
            # `node` may be a script that starts it, and would leave it behind.
            os.killpg(process.pid, signal.SIGKILL)


# --- the trials -----------------------------------------------------------------------

SERVERS: dict[str, tuple[AbstractContextManager[str], Seen]] = {
    # Starlette answers 405 by itself to what a route does not take.
    "Starlette, POST alone": (under_uvicorn(starlette()), HEALTHY),
    "Starlette, a catch-all page": (
        under_uvicorn(starlette(Route("/{path:path}", front_page, methods=["GET"]))),
        only("get-200-html-or-json"),
    ),
    "Starlette, a stream that speaks": (
        under_uvicorn(starlette(Route("/rpc", beats, methods=["GET"]))),
        HEALTHY,
    ),
    "http.server, its 501 page": (
        under_http_server(Plain),
        only("get-4xx-instead-of-405"),
    ),
    "http.server, a handler that returns": (
        under_http_server(PlainFlap),
        only("instant-close-flap"),
    ),
}
NODE_SERVERS: dict[str, tuple[AbstractContextManager[str], Seen]] = {
    "Node, its own 404": (under_node("none"), only("get-not-implemented-404")),
    # Node keeps a head back until the first write.
    "Node, writeHead without a flush": (
        under_node("held"),
        only("headers-never-flushed"),
    ),
    "Node, a first event at once": (under_node("flushed"), HEALTHY),
}


def judged(server: AbstractContextManager[str]) -> Report:
    with server as url:
        return asyncio.run(triage(Intake(url=url, hold_s=0), environ={})).shown


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    servers = {**SERVERS, **(NODE_SERVERS if node() else {})}
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda pair: judged(pair[0]), servers.values())
        return dict(zip(servers, found, strict=True))


@pytest.mark.parametrize("name", SERVERS)
def test_framework_is_judged_fairly(
    name: str, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    first_answer(reports[name], fits=Seen.of(reports[name]) == SERVERS[name][1])


@pytest.mark.skipif(node() is None, reason="node is missing: no Node server was judged")
@pytest.mark.parametrize("name", NODE_SERVERS)
def test_node_is_judged_fairly(
    name: str, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    first_answer(reports[name], fits=Seen.of(reports[name]) == NODE_SERVERS[name][1])
