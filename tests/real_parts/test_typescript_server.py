"""The TypeScript SDK's server: the official examples, and what people make of them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sdk_clients
from real_parts.running import Trial, judge_all, started
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="products"), pytest.mark.timeout(900)]

HERE = Path(sdk_clients.__file__).parent
PACKAGE = HERE / "node_modules" / "@modelcontextprotocol" / "sdk"
EXAMPLES = PACKAGE / "dist" / "esm" / "examples" / "server"


@contextlib.contextmanager
def example(name: str) -> Iterator[str]:
    """Run one of the SDK's own examples, as published."""

    def command(_folder: Path, port: int) -> list[str]:
        # The program reads its port from the environment, as `env` hands it over.
        node = sdk_clients.executable("node")
        return ["env", f"MCP_PORT={port}", node, str(EXAMPLES / f"{name}.js")]

    with started(command) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@contextlib.contextmanager
def server(mode: str) -> Iterator[str]:
    def command(_folder: Path, port: int) -> list[str]:
        node = sdk_clients.executable("node")
        return [node, str(HERE / "server.mjs"), mode, str(port)]

    with started(command) as port:
        yield f"http://127.0.0.1:{port}/mcp"


TRIALS = [
    Trial("the example", lambda: example("simpleStreamableHttp"), HEALTHY, hold_s=4),
    # It has one transport without sessions, and lets it answer GET.
    Trial(
        "the example in Hono",
        lambda: example("honoWebStandardStreamableHttp"),
        only("stateless-200-dead-stream"),
    ),
    Trial(
        "session code with one refusal for all",
        lambda: server("examples"),
        only("session-400-instead-of-404"),
    ),
    Trial("stateless, GET 405", lambda: server("stateless"), HEALTHY),
    Trial(
        "stateless, GET answered",
        lambda: server("stateless-get"),
        only("stateless-200-dead-stream"),
        hold_s=4,
    ),
    Trial(
        "one stateless transport for all",
        lambda: server("reused"),
        only("stateless-transport-reused-500"),
    ),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    try:
        sdk_clients.install()
    except sdk_clients.Unavailable as why:
        pytest.skip(f"NO SERVER OF THE TYPESCRIPT SDK WAS JUDGED: {why}")
    return judge_all(TRIALS)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda each: each.id)
def test_typescript_server_is_judged_fairly(
    trial: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server's code."""
    report = reports[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)
