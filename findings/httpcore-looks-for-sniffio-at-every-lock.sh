#!/usr/bin/env bash
# httpx 0.28.1 with httpcore 1.0.9 and anyio 4.16.0 (PyPI), Python 3.11: on asyncio, each
# request makes Python search its whole path for a package that is not installed.
#
# httpcore asks `sniffio` in which event loop it is, at each lock and each event that it
# makes, and takes its absence for asyncio. anyio brought sniffio along; its newer
# releases no longer do, so a plain `pip install httpx` has none. An import that fails is
# remembered by nobody, so it is tried again each time, in every folder of sys.path.
#
# Valid input: 20 GETs, each on a connection of its own, to a server on loopback.
# Expected: one look-up, or none. Seen:
#
#   without sniffio: 20 requests, 20 answered, 161 failed look-ups
#   with sniffio: 20 requests, 20 answered, 0 failed look-ups
#
# In a program with many short connections that was 14 % of its processor time.
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q httpx==0.28.1 httpcore==1.0.9 anyio==4.16.0

cat >"$folder/ask.py" <<'PYTHON'
import asyncio
import http.server
import sys
import threading

import httpx

REQUESTS = 20


class Server(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Counting:
    """Stands last among the finders: what comes here is found by none."""

    failed = 0

    def find_spec(self, name, *_):
        Counting.failed += name == "sniffio"


async def ask(url):
    answered = 0
    for _ in range(REQUESTS):
        async with httpx.AsyncClient(trust_env=False) as client:
            answered += (await client.get(url)).status_code == 200
    return answered


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.meta_path.append(Counting())
answered = asyncio.run(ask(f"http://127.0.0.1:{server.server_port}/"))
print(
    f"{sys.argv[1]} sniffio: {REQUESTS} requests, {answered} answered, "
    f"{Counting.failed} failed look-ups"
)
PYTHON

without=$("$folder/venv/bin/python" "$folder/ask.py" without)
"$folder/venv/bin/pip" install -q sniffio==1.3.1
with=$("$folder/venv/bin/python" "$folder/ask.py" with)
printf '%s\n%s\n' "$without" "$with"

lookups=$(sed -E 's/.* ([0-9]+) failed.*/\1/' <<<"$without")
[ "$lookups" -ge 100 ] && [ "$with" = "with sniffio: 20 requests, 20 answered, 0 failed look-ups" ]
