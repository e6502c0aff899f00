#!/usr/bin/env bash
# httpx 0.28.1 with httpcore 1.0.9, httpx2 2.16.2 with httpcore2 2.16.2, h2 4.4.1 (PyPI),
# Python 3.11: over HTTP/2 a request waits for as long as another stream of the same
# connection may be silent, and its own read timeout ends that other stream.
#
# Valid input: a GET that holds an event stream, and a POST beside it that is not answered,
# as an MCP client has them. Expected: each request has the read timeout that it was given
# ("the maximum duration to wait for a chunk of data to be received", httpx, Timeouts), and
# streams are independent of each other (RFC 9113, section 5). So it is over HTTP/1.1.
# Seen over HTTP/2, with both packages:
#
# - The stream was opened first, with a read timeout of 4 s: the POST, which has 1 s, fails
#   only when the 4 s of the stream are over.
# - The POST was sent first: its 1 s end the stream too, which has no timeout at all.
#
# Whichever request is reading the connection reads for all with its own timeout, and one
# that ran out is kept as an error of the connection.
#
#   httpx over HTTP/1.1: POST of 1 s beside a stream of 4 s: ReadTimeout, in time
#   httpx over HTTP/1.1: stream without a timeout beside a POST of 1 s: held
#   httpx over HTTP/2: POST of 1 s beside a stream of 4 s: ReadTimeout, with the stream
#   httpx over HTTP/2: stream without a timeout beside a POST of 1 s: ReadTimeout
#
# and the same four lines for httpx2. Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q httpx==0.28.1 httpcore==1.0.9 httpx2==2.16.2 \
  httpcore2==2.16.2 h2==4.4.1

cat >"$folder/ask.py" <<'PYTHON'
import asyncio
import importlib
import time

import h2.config
import h2.connection
import h2.events

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Http2(asyncio.Protocol):
    """Answers GET with the head of an event stream, and POST with nothing."""

    def connection_made(self, transport):
        self.transport = transport
        self.state = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False)
        )
        self.state.initiate_connection()
        transport.write(self.state.data_to_send())

    def data_received(self, data):
        for event in self.state.receive_data(data):
            if not isinstance(event, h2.events.RequestReceived):
                continue
            if dict(event.headers)[b":method"] == b"GET":
                head = [(":status", "200"), ("content-type", "text/event-stream")]
                self.state.send_headers(event.stream_id, head)
        self.transport.write(self.state.data_to_send())


class Http1(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if data.startswith(b"GET"):
            self.transport.write(HEAD)


async def hold(module, client, url, read):
    """Return how the stream ended; it is held until it is cancelled."""
    try:
        timeout = module.Timeout(5, read=read)
        async with client.stream("GET", url, timeout=timeout) as answer:
            async for _ in answer.aiter_bytes():
                pass
        return "ended"
    except module.TransportError as error:
        return type(error).__name__


async def post(module, client, url):
    """Return how a POST with a read timeout of 1 s failed, and after how long."""
    since = time.monotonic()
    try:
        await client.post(url, timeout=module.Timeout(5, read=1))
        return "answered", 0
    except module.TransportError as error:
        return type(error).__name__, time.monotonic() - since


async def main():
    loop = asyncio.get_running_loop()
    for name in ("httpx", "httpx2"):
        module = importlib.import_module(name)
        for protocol, version in ((Http1, "HTTP/1.1"), (Http2, "HTTP/2")):
            server = await loop.create_server(protocol, "127.0.0.1", 0)
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
            which = {"http1": protocol is Http1, "http2": protocol is Http2}

            async with module.AsyncClient(trust_env=False, **which) as client:
                stream = asyncio.create_task(hold(module, client, url, 4))
                await asyncio.sleep(0.5)
                how, age = await post(module, client, url)
                when = "in time" if age < 2.5 else "with the stream"
                await stream
            says = f"{name} over {version}:"
            print(f"{says} POST of 1 s beside a stream of 4 s: {how}, {when}")

            async with module.AsyncClient(trust_env=False, **which) as client:
                waiting = asyncio.create_task(post(module, client, url))
                await asyncio.sleep(0.3)
                stream = asyncio.create_task(hold(module, client, url, None))
                await waiting
                done, _ = await asyncio.wait([stream], timeout=2)
                how = stream.result() if done else "held"
                stream.cancel()
                await asyncio.wait([stream])
            print(f"{says} stream without a timeout beside a POST of 1 s: {how}")


asyncio.run(main())
PYTHON

expected=$(for name in httpx httpx2; do
  echo "$name over HTTP/1.1: POST of 1 s beside a stream of 4 s: ReadTimeout, in time"
  echo "$name over HTTP/1.1: stream without a timeout beside a POST of 1 s: held"
  echo "$name over HTTP/2: POST of 1 s beside a stream of 4 s: ReadTimeout, with the stream"
  echo "$name over HTTP/2: stream without a timeout beside a POST of 1 s: ReadTimeout"
done)
seen=$(timeout 90 "$folder/venv/bin/python" "$folder/ask.py")
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
