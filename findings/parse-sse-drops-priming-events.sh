#!/usr/bin/env bash
# parse-sse 0.1.0 (npm), Node.js 20: an event whose data are empty is dropped, with the id
# from which the stream could be resumed; a CRLF that two chunks share ends an event early.
#
# Valid input, three streams:
#
# - priming: what MCP 2025-11-25 asks of a server (Transports, Sending Messages: "an SSE
#   event consisting of an event ID and an empty data field in order to prime the client to
#   reconnect"), closed after that to be polled.
# - example: the second example stream of the HTML Standard, 9.2.6, which "fires two
#   events": a `data` field adds a line end to the data buffer, and only an empty buffer is
#   passed over.
# - crlf: one event with two lines, where a chunk ends between CR and LF, which are one
#   line end together (9.2.5).
#
# Expected: what the standard says; the package calls itself spec-compliant. Seen, as id
# and data of each event, with eventsource-parser 3.1.1 for a reader that keeps to it:
#
#   priming, eventsource-parser: [["p1",""]]
#   priming, parse-sse: []
#   example, eventsource-parser: [["",""],["","\n"]]
#   example, parse-sse: [["","\n"]]
#   crlf, eventsource-parser: [["1","a\nb"]]
#   crlf, parse-sse: [["1","a"],["1","b"]]
#
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true, "type": "module"}' >package.json
npm install --silent --no-audit --no-fund parse-sse@0.1.0 eventsource-parser@3.1.1

cat >read.js <<'JAVASCRIPT'
import {EventSourceParserStream} from 'eventsource-parser/stream';
import {parseServerSentEvents} from 'parse-sse';

const streams = {
  priming: ['id: p1\nretry: 500\ndata: \n\n'],
  example: ['data\n\ndata\ndata\n\ndata:'],
  crlf: ['id: 1\r\ndata: a\r', '\ndata: b\r\n\r\n'],
};

async function byEventsourceParser(response) {
  const text = response.body.pipeThrough(new TextDecoderStream());
  const events = [];
  for await (const event of text.pipeThrough(new EventSourceParserStream())) {
    events.push([event.id ?? '', event.data]);
  }
  return events;
}

async function byParseSse(response) {
  const events = [];
  for await (const event of parseServerSentEvents(response)) {
    events.push([event.lastEventId, event.data]);
  }
  return events;
}

/** The response as fetch would hand it over, in just these chunks. */
function answer(chunks) {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
  const headers = {'content-type': 'text/event-stream'};
  return new Response(ReadableStream.from(bytes), {headers});
}

const readers = {'eventsource-parser': byEventsourceParser, 'parse-sse': byParseSse};
for (const [stream, chunks] of Object.entries(streams)) {
  for (const [name, read] of Object.entries(readers)) {
    console.log(`${stream}, ${name}: ${JSON.stringify(await read(answer(chunks)))}`);
  }
}
JAVASCRIPT

expected='priming, eventsource-parser: [["p1",""]]
priming, parse-sse: []
example, eventsource-parser: [["",""],["","\n"]]
example, parse-sse: [["","\n"]]
crlf, eventsource-parser: [["1","a\nb"]]
crlf, parse-sse: [["1","a"],["1","b"]]'
seen=$(timeout 60 node read.js)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
