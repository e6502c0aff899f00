// Connects one client, prints what it tells its owner as JSON lines, and leaves in time.

const started = performance.now();

function print(fact) {
  const t = Math.round(performance.now() - started) / 1000;
  process.stdout.write(`${JSON.stringify({ t, ...fact })}\n`);
}

export async function watch(client, transport, seconds) {
  client.onerror = (error) => print({ message: error.message });
  client.onclose = () => print({ event: "onclose" });
  try {
    await client.connect(transport);
    print({ event: "connected" });
  } catch (error) {
    print({ event: "connect-failed", message: error.message });
  }
  // A silent stream must not keep the process, nor an exhausted client end it early.
  setTimeout(() => process.exit(0), seconds * 1000);
}
