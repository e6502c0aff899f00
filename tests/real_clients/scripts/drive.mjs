// What every client is made to do: connect, list, wait, call twice, end.

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function tell(step, action) {
  try {
    await action();
    console.log(`${step}: done`);
  } catch (error) {
    console.log(`${step}: ${error?.message ?? error}`);
  }
}

export async function drive(seconds, { open, list, call, end }) {
  process.on("uncaughtException", (error) => console.log(`uncaught: ${error.message}`));
  await tell("open", open);
  await tell("list", list);
  await pause(Number(seconds));
  await tell("call", call);
  await tell("call again", call);
  await tell("end", end);
  process.exit(0);
}
