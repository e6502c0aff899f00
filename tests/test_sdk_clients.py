"""Real SDK clients against the lab print what a triage of the lab predicts."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest

import sdk_clients
from streamtriage.lab import serve
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping

    from sdk_clients import ClientName, Printed
    from streamtriage.model import PredictedText

pytestmark = pytest.mark.real(part="clients")

CUT = "SSE stream disconnected: TypeError: terminated"

QUICK_S = 1.5  # a refused first GET is final, a healthy one says nothing
WHOLE_S = 5.5  # the stream ends at 2.0 s at the latest, then two attempts and slack


@dataclass(frozen=True)
class Row:
    """One scenario of the lab: how long a client runs, and whether we cut its stream.

    The prediction leaves out the line of a cut that did not happen by itself; where the
    test has to cut, it is the first line.
    """

    name: str
    seconds: float
    cut_s: float | None = None

    @property
    def cut_lines(self) -> tuple[str, ...]:
        return () if self.cut_s is None else (CUT,)


ROWS = (
    Row("half-open-stream-409", WHOLE_S),
    Row("server-restart-session-lost", WHOLE_S),
    Row("token-expired-no-provider", WHOLE_S, cut_s=2.0),
    Row("instant-close-flap", 2.6),
    Row("get-not-implemented-404", QUICK_S),
    Row("get-4xx-instead-of-405", QUICK_S),
    Row("rate-limit-429", QUICK_S),
    Row("gateway-blocks-get", QUICK_S),
    Row("healthy", QUICK_S),
    Row("healthy-get-405", QUICK_S),
)
SILENT = {"instant-close-flap", "healthy", "healthy-get-405"}


# --- a cut on demand ------------------------------------------------------------------


@contextlib.asynccontextmanager
async def cutting(url: str, after_s: float | None) -> AsyncIterator[str]:
    """Relay to this URL, and end the client's side of each long answer at that age."""
    if after_s is None:
        yield url
        return
    address = url.split("/")[2]
    host, _, port = address.partition(":")
    tasks: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(host, int(port))
        sending = asyncio.ensure_future(copy(reader, up_writer))
        try:
            async with asyncio.timeout(after_s):
                await copy(up_reader, writer)
        except TimeoutError:
            pass
        finally:
            sending.cancel()
            up_writer.close()
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.get_running_loop().create_task(relay(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield url.replace(address, f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


# --- one lab for each client and one for the triage -----------------------------------

T = TypeVar("T")


async def printed_by(row: Row, client: ClientName) -> Printed:
    with serve(row.name) as lab:
        async with cutting(lab.url, row.cut_s) as url:
            return await sdk_clients.run(client, url, row.seconds)


async def predicted_for(row: Row) -> PredictedText:
    with serve(row.name) as lab:
        return ((await triage(lab.intake)).shown).predicted_text


async def ask_all() -> tuple[
    dict[tuple[str, ClientName], Printed], dict[str, PredictedText]
]:
    # Measured on two cores: more at once would disturb the seconds that are measured.
    gate = asyncio.Semaphore(8)

    async def gated(work: Awaitable[T]) -> T:
        async with gate:
            return await work

    keys = [(row, client) for row in ROWS for client in sdk_clients.CLIENTS]
    lines, texts = await asyncio.gather(
        asyncio.gather(*(gated(printed_by(row, client)) for row, client in keys)),
        asyncio.gather(*(gated(predicted_for(row)) for row in ROWS)),
    )
    printed = {
        (row.name, client): each
        for (row, client), each in zip(keys, lines, strict=True)
    }
    names = (row.name for row in ROWS)
    return printed, dict(zip(names, texts, strict=True))


async def alone(row: Row, client: ClientName) -> tuple[Printed, PredictedText]:
    return await printed_by(row, client), await predicted_for(row)


def of_client(text: PredictedText, client: ClientName) -> tuple[str, ...]:
    return text.v1_node if client == "v1" else text.v2_node


@pytest.fixture(scope="module")
def asked() -> tuple[
    Mapping[tuple[str, ClientName], Printed], Mapping[str, PredictedText]
]:
    try:
        sdk_clients.install()
    except sdk_clients.Unavailable as reason:
        pytest.skip(f"NOT PROVEN against the real SDK clients: {reason}")
    return asyncio.run(ask_all())


@pytest.mark.parametrize("client", sdk_clients.CLIENTS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_real_client_prints_prediction(
    asked: tuple[Mapping[tuple[str, ClientName], Printed], Mapping[str, PredictedText]],
    row: Row,
    client: ClientName,
) -> None:
    """Each line that a real client prints was predicted from what the probes saw."""
    printed, predicted = asked
    lines, expected = printed[row.name, client], of_client(predicted[row.name], client)
    if lines.messages != row.cut_lines + expected:
        # Beside seven others a token may have expired before it was first used.
        lines, text = asyncio.run(alone(row, client))
        expected = of_client(text, client)

    assert lines.connected
    assert lines.messages == row.cut_lines + expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_only_sound_or_silent_predict_nothing(
    asked: tuple[Mapping[tuple[str, ClientName], Printed], Mapping[str, PredictedText]],
    row: Row,
) -> None:
    """Two empty answers are equal too; here each fault is known to print or not."""
    text = asked[1][row.name]

    assert (text.v1_node == ()) == (row.name in SILENT)
    assert text.story
