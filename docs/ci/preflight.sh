#!/bin/sh
# For any other CI: MCP_URL names the server, MCP_TOKEN holds its token if it needs one.
# Ends with 0 pass, 1 fail, 2 bad usage, 3 could not tell; what it wrote is under out/.
set -eu
: "${MCP_URL:?set MCP_URL to the server, like https://host/mcp}"
out=${OUT:-out}

# Skipped where it is installed already.
command -v streamtriage >/dev/null ||
  python3 -m pip install "${STREAMTRIAGE:-streamtriage[notebook]}"

code=0
streamtriage preflight "$MCP_URL" ${MCP_TOKEN:+--auth-env MCP_TOKEN} \
  --junit "$out/junit.xml" --sarif "$out/preflight.sarif" \
  --json "$out/preflight.json" || code=$?

# The whole story of a failure, as notebook and HTML, for whoever has to mend it.
if [ "$code" -ne 0 ]; then
  streamtriage runbook --url "$MCP_URL" ${MCP_TOKEN:+--auth-env MCP_TOKEN} \
    --hold "${HOLD:-20}" --out "$out" || true
fi
exit "$code"
