"""Real clients ask as their rows say, and what is left of them is what rows predict."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from real_clients.clients import client_called
from real_clients.installing import Unavailable
from real_clients.reading import differences, reaction, requests
from real_clients.trial import Trial, run_apart
from streamtriage.error_text.parse import parse
from streamtriage.knowledge.client_reactions import Reaction, reactions_of
from streamtriage.knowledge.client_requests import AskedRequest, RequestRole, dialect_of
from streamtriage.knowledge.client_texts import SeenInClient, client_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from real_clients.clients import RealClient
    from real_clients.server import Fault

pytestmark = [pytest.mark.real(part="clients"), pytest.mark.timeout(900)]

CLIENTS = (
    "mcp-typescript@1.32.2",
    "mcp-typescript@2.4.0",
    "ai-sdk@2.0.99",
    "mcp-python@1.30.0",
    "mcp-python@2.3.0",
    "mcp-remote@0.15.1",
    "gemini-cli@0.61.0",
    "codex@0.171.0",
)
FAULTS: tuple[Fault, ...] = (
    "get-404",
    "get-502",
    "clean-end",
    "reset",
    "session-lost",
)
PAIRS = [(client, fault) for client in CLIENTS for fault in FAULTS]
# What of a reaction no load of the machine can change.
# What a GET more makes of it: one that was refused again, or a stream that ended.
_RACED = {"never": "gives up", "held": "for ever"}
TOLD = ("again", "sends_last_event_id", "session", "tools")

# They wait most of the time.
AT_ONCE = 5

# The same faults in the words of what people see.
SHOWN: dict[Fault, tuple[str, ...]] = {
    "get-404": ("GET refused, 404", "GET refused"),
    "get-502": ("GET refused",),
    "clean-end": ("open stream ended cleanly",),
    "reset": ("open stream cut",),
    "session-lost": ("session forgotten",),
}

# What each fault is, as far as a text can tell it; "unknown" where a client hides it.
TOLD_AS: dict[Fault, set[str]] = {
    "get-404": {"initial-open"},
    "get-502": {"initial-open", "unknown"},
    "clean-end": {"cut"},
    "reset": {"cut", "unknown"},
    "session-lost": {"session-lost"},
}

Found = dict[tuple[str, str], Trial]


async def run_all() -> Found:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(client: RealClient, fault: Fault) -> Trial:
        async with gate:
            return await run_apart(client, fault)

    pairs = [(client_called(name)[0], fault) for name, fault in PAIRS]
    trials = await asyncio.gather(*(one(client, fault) for client, fault in pairs))
    return dict(zip(PAIRS, trials, strict=True))


@pytest.fixture(scope="module")
def found() -> Found:
    try:
        for name in CLIENTS:
            client_called(name)[0].install()
    except Unavailable as reason:
        pytest.skip(f"NOT PROVEN against real clients: {reason}")
    return asyncio.run(run_all())


def row_of(client: str) -> Mapping[RequestRole, AskedRequest]:
    row = dialect_of(client)
    assert row.key == client, "the row is of another version"
    return row.requests


def predicted(client: str, fault: Fault) -> Reaction:
    row = reactions_of(client)
    assert row is not None
    assert row.key == client
    return row.after[fault]


def seen_in(client: str, fault: Fault) -> SeenInClient | None:
    rows = next(each for each in client_texts() if each.name == client).seen
    named: dict[str, SeenInClient] = {row.fault: row for row in rows}
    return next((named[each] for each in SHOWN[fault] if each in named), None)


def told(what: Reaction) -> dict[str, object]:
    return {name: getattr(what, name) for name in TOLD}


def also_raced(client: str, what: Reaction) -> dict[str, object]:
    """Return what is told where an early GET and the session's own come otherwise.

    Who asks for a stream before it has a session asks once or twice, as the answers to
    its two requests come in.
    """
    again = _RACED.get(what.again, what.again)
    races = "early-get" in row_of(client)
    return told(what) | ({"again": again} if races else {})


@pytest.mark.parametrize(("client", "fault"), PAIRS, ids="-".join)
def test_requests_are_those_of_the_row(found: Found, client: str, fault: Fault) -> None:
    """Names, spelling, order, framing and values, for every request of the run."""
    seen = requests([found[client, fault]])

    lost = predicted(client, fault).session == "lost"
    assert "initialize" in seen
    assert differences(row_of(client), seen, session_lost=lost) == []


@pytest.mark.parametrize(("client", "fault"), PAIRS, ids="-".join)
def test_what_is_left_is_predicted(found: Found, client: str, fault: Fault) -> None:
    """Does it ask again, in which session, and are its tools left."""
    seen = reaction(found[client, fault], dialect_of(client).sessions)

    row = predicted(client, fault)
    assert told(seen) in (told(row), also_raced(client, row))


@pytest.mark.parametrize(("client", "fault"), PAIRS, ids="-".join)
def test_what_it_prints_is_predicted(found: Found, client: str, fault: Fault) -> None:
    """Its own text is read as the fault that it is; silence where the row has it.

    Who asks for a stream before it has a session prints that refusal in any case.
    """
    name, number = client.partition("@")[0], fault.removeprefix("get-")
    row = seen_in(name, fault)
    early = {"initial-open"} if "early-get" in row_of(client) else set()

    told = parse(found[client, fault].printed)

    halves = {told.half, *told.halves} - {"none", "look-alike"}
    # "Session not found" alone could be anybody's.
    if row is not None and parse(row.shows, name).half != "none":
        assert told.client is not None
        assert told.client.name == name
        assert halves & TOLD_AS[fault], told.means
        assert not told.statuses or number == fault or int(number) in told.statuses
    else:
        silent = row is not None and not row.shows
        assert halves <= early | (set() if silent else TOLD_AS[fault]), told.means


def test_enough_real_clients_met_enough_faults(found: Found) -> None:
    """A row of clients that shrinks in silence would prove nothing."""
    asked = {pair for pair, trial in found.items() if len(trial.asked) >= 3}

    assert len({client.partition("@")[0] for client, _ in asked}) >= 6
    assert len({fault for _, fault in asked}) >= 5
    assert len(asked) == len(PAIRS) >= 30


@pytest.mark.parametrize("role", ["initialize", "initialized", "get", "list"])
@pytest.mark.parametrize("client", CLIENTS)
def test_row_without_one_header_fails(
    found: Found, client: str, role: RequestRole
) -> None:
    """The comparison can fail: any one line less in a row is a difference."""
    seen = requests([found[client, "clean-end"]])
    row = row_of(client)

    for place in range(len(row[role].headers)):
        lines = row[role].headers[:place] + row[role].headers[place + 1 :]
        change = {role: row[role].model_copy(update={"headers": lines})}
        assert differences({**row, **change}, seen), row[role].headers[place]


def test_clients_differ_where_it_matters(found: Found) -> None:
    """What one prediction for all would get wrong."""
    tools = {pair: reaction(trial).tools for pair, trial in found.items()}
    again = {pair: reaction(trial).again for pair, trial in found.items()}

    assert tools["ai-sdk@2.0.99", "get-404"] == "lost"
    assert tools["mcp-typescript@1.32.2", "get-404"] == "left"
    assert tools["gemini-cli@0.61.0", "get-502"] == "lost"
    assert tools["codex@0.171.0", "session-lost"] == "left"
    # It asks for a stream before it has a session, once or twice, and not once after
    # an end.
    ended = reaction(found["ai-sdk@2.0.99", "clean-end"])
    assert ended.again in {"never", _RACED["never"]}
    assert all(wait_s <= 0 for wait_s in ended.waits_s)
    assert again["mcp-typescript@1.32.2", "clean-end"] == "for ever"
    assert again["mcp-python@2.3.0", "reset"] == "gives up"
