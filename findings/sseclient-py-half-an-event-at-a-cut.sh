#!/usr/bin/env bash
# sseclient-py 1.9.0 with requests 2.34.2 (PyPI), Python 3.11: an event that was cut in the
# middle is given out as a whole one, with its id.
#
# Valid input: an event stream that ends where its connection ends, as behind a proxy that
# speaks HTTP/1.0 to its server, and ends before the last event is complete. Expected: the
# piece is thrown away ("if the file ends in the middle of an event, before the final empty
# line, the incomplete event is not dispatched", HTML Standard, 9.2.6), so that a client
# that resumes names the last whole event and is sent the other again. Seen: the piece is
# given out, its text cut, its id taken: a resumption from there loses the event for good.
#
#   by the standard: 1 whole
#   sseclient-py, cut inside the data: 1 whole, 2 ha
#   sseclient-py, cut before the empty line: 1 whole, 2 half
#   httpx-sse, cut inside the data: 1 whole
#   httpx-sse, cut before the empty line: 1 whole
#
# httpx-sse 0.4.3 with httpx 0.28.1 stand for a client that keeps to it.
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q sseclient-py==1.9.0 requests==2.34.2 httpx==0.28.1 \
  httpx-sse==0.4.3

cat >"$folder/read.py" <<'PYTHON'
import http.server
import threading

import httpx
import httpx_sse
import requests
import sseclient

WHOLE = b"id: 1\ndata: whole\n\n"
CUTS = {
    "inside the data": WHOLE + b"id: 2\ndata: ha",
    "before the empty line": WHOLE + b"id: 2\ndata: half\n",
}


class Server(http.server.BaseHTTPRequestHandler):
    """Speaks HTTP/1.0: the end of the connection is the end of the stream."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(list(CUTS.values())[int(self.path[1:])])


def by_sseclient_py(url):
    with requests.get(url, stream=True, timeout=10) as answer:
        return [(event.id, event.data) for event in sseclient.SSEClient(answer).events()]


def by_httpx_sse(url):
    with (
        httpx.Client(trust_env=False, timeout=10) as client,
        httpx_sse.connect_sse(client, "GET", url) as source,
    ):
        return [(event.id, event.data) for event in source.iter_sse()]


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("by the standard: 1 whole")
for name, read in (("sseclient-py", by_sseclient_py), ("httpx-sse", by_httpx_sse)):
    for place, cut in enumerate(CUTS):
        events = read(f"http://127.0.0.1:{server.server_port}/{place}")
        told = ", ".join(f"{number} {data}" for number, data in events)
        print(f"{name}, cut {cut}: {told}")
PYTHON

expected="by the standard: 1 whole
sseclient-py, cut inside the data: 1 whole, 2 ha
sseclient-py, cut before the empty line: 1 whole, 2 half
httpx-sse, cut inside the data: 1 whole
httpx-sse, cut before the empty line: 1 whole"
seen=$(NO_PROXY=127.0.0.1 timeout 60 "$folder/venv/bin/python" "$folder/read.py")
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
