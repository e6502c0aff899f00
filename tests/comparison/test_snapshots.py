"""Two machines compared, snapshots published, the intake filled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from streamtriage.comparison import compare_snapshots
from streamtriage.languages import speaking
from streamtriage.model import (
    Account,
    Client,
    LocalEvidence,
    Machine,
    NeedsAuth,
    RemoteServer,
    SecretFacts,
    ServerLog,
    Signature,
    Variable,
    VersionCount,
)
from streamtriage.workstation.candidates import prefill
from streamtriage.workstation.inspect import look
from streamtriage.workstation.snapshot import (
    SNAPSHOT_SCHEMA_FILE,
    Snapshot,
    snapshot,
    snapshot_schema,
    snapshot_schema_text,
)
from workstation.homes import HTTP, URL, Home

if TYPE_CHECKING:
    from pathlib import Path

WHEN = datetime(2026, 11, 22, tzinfo=UTC)
SERVER = RemoteServer(
    client="Claude Code",
    name="notes",
    scope="user",
    path="~/.claude.json",
    transport="http",
    url=URL,
    header_facts=(SecretFacts(name="Authorization", scheme="Bearer"),),
)
LOCAL = LocalEvidence(
    machine=Machine(architecture="x86_64"),
    clients=(Client(name="Claude Code", version="2.1.197", runtime="v1-bun"),),
    servers=(SERVER,),
)


def taken(**changes: Any) -> Snapshot:
    local = LOCAL.model_copy(update=changes)
    return Snapshot(tool={"version": "0"}, taken_at=WHEN, local=local)  # type: ignore[arg-type]


def variable(name: str, value: str) -> Variable:
    return Variable(name=name, where="environment", value=value, does="x", source="x")


def reopened(*statuses: int, reason: str | None = None) -> Signature:
    answered = bool(statuses)
    return Signature(half="reopen", statuses=statuses, reason=reason, answered=answered)


PROXY = (variable("HTTPS_PROXY", "http://proxy:1"),)
FACT = SecretFacts(name="Authorization", scheme="Bearer", newline=True)
BROKEN_TOKEN = SERVER.model_copy(update={"header_facts": (FACT,)})
OLD = (Client(name="Claude Code", version="2.1.83", runtime="v1-node"),)
ELSEWHERE = SERVER.model_copy(update={"url": "https://mcp.example.test/sse"})

# What differs, what the error says, and which value is to be changed first.
RANKED: dict[str, tuple[dict[str, Any], Signature, str]] = {
    "a token with a line break": (
        {"servers": (BROKEN_TOKEN,), "variables": PROXY},
        reopened(401),
        "Claude Code: server notes: header Authorization",
    ),
    "a proxy, for no answer": (
        {"servers": (BROKEN_TOKEN,), "variables": PROXY},
        reopened(reason="fetch failed"),
        "variable HTTPS_PROXY",
    ),
    "a proxy, for a 502": (
        {"variables": PROXY, "clients": OLD},
        reopened(502),
        "variable HTTPS_PROXY",
    ),
    "an address, for a 404": (
        {"servers": (ELSEWHERE,), "variables": PROXY},
        reopened(404),
        "Claude Code: server notes: URL",
    ),
    "a version": ({"clients": OLD}, reopened(404), "Claude Code: version"),
}


@pytest.mark.parametrize(("changes", "told", "first"), RANKED.values(), ids=RANKED)
def test_likeliest_difference_is_first(
    changes: dict[str, Any], told: Signature, first: str
) -> None:
    """The same differences rank by what the error points at."""
    found = compare_snapshots(taken(**changes), taken(), told)

    assert found.change_first.startswith(f"{first}: ")
    assert found.says.startswith(f"{len(found.differences)} facts differ.")
    ranks = [one.rank for one in found.differences]
    assert ranks == list(range(1, len(ranks) + 1))


def test_one_difference_is_counted_as_one() -> None:
    old = (LOCAL.clients[0].model_copy(update={"version": "2.1.83"}),)
    version = compare_snapshots(taken(clients=old), taken())
    arm = Machine(architecture="aarch64")
    machine = compare_snapshots(taken(), taken(machine=arm))

    assert version.says.startswith("1 fact differs. Change it: Claude Code: version. ")
    assert machine.says == "1 fact differs, and it cannot be changed by hand."


def test_in_chinese_the_facts_of_a_machine_are_chinese() -> None:
    with speaking("zh-CN"):
        found = compare_snapshots(
            taken(servers=(BROKEN_TOKEN,), variables=PROXY), taken()
        )

    told = {one.what: (one.broken, one.working) for one in found.differences}
    assert told["变量 HTTPS_PROXY"][0] == "http://proxy:1"
    (header,) = (pair for what, pair in told.items() if "Authorization" in what)
    assert "usual length" not in header[0]
    assert header[0].startswith("Bearer, 长度正常")


def test_a_name_with_braces_is_text() -> None:
    """Such a server once ended the command with a crash."""
    named = SERVER.model_copy(update={"name": "api{v2}"})
    off = named.model_copy(update={"state": "disabled"})

    found = compare_snapshots(taken(servers=(off,)), taken(servers=(named,)))

    assert "api{v2}" in found.change_first


def log(failures: int) -> ServerLog:
    return ServerLog(
        client="Claude Code",
        server="notes",
        connects=1,
        failures=failures,
        signature=Signature(),
    )


def test_machines_that_cannot_be_compared_are_named_first() -> None:
    failing, quiet = taken(logs=(log(3),)), taken(logs=(log(0),), variables=PROXY)
    foreign = SERVER.model_copy(update={"name": "crm", "url": "https://crm.example/"})

    twice = compare_snapshots(failing, failing).comparable
    strange = compare_snapshots(failing, taken(servers=(foreign,))).comparable
    swapped, right = (
        compare_snapshots(quiet, failing),
        compare_snapshots(failing, quiet),
    )

    assert (twice.fitness, strange.fitness) == ("same", "two-servers")
    assert swapped.comparable.swapped
    assert swapped.differences == right.differences
    assert not right.comparable.swapped


def test_equal_machines_do_not_differ() -> None:
    found = compare_snapshots(taken(), taken())

    assert found.differences == ()
    assert found.change_first == ""
    assert found.same > 5


def test_results_are_no_reasons() -> None:
    """What the logs count follows from the causes, so it is not compared."""
    log = ServerLog(client="Claude Code", server="notes", failures=9, cuts=9)

    assert compare_snapshots(taken(logs=(log,)), taken()).differences == ()


def test_missing_fact_is_a_difference() -> None:
    cache = Account(needs_auth=(NeedsAuth(server="notes"),))

    found = compare_snapshots(taken(account=cache), taken(), reopened(401))

    first = next(one for one in found.differences if one.change)
    assert found.change_first == f"{first.what}: {first.change}"
    assert (first.broken, first.working) == ("notes", "none")


def test_signature_comes_from_the_worst_log() -> None:
    told = reopened(401)
    log = ServerLog(client="Claude Code", server="notes", failures=9, signature=told)
    changes = {"servers": (BROKEN_TOKEN,), "variables": PROXY}

    assert compare_snapshots(
        taken(**changes, logs=(log,)), taken()
    ) == compare_snapshots(taken(**changes), taken(), told)


def test_snapshot_conforms_to_its_schema(tmp_path: Path) -> None:
    home = Home(tmp_path, environ={"MCP_TIMEOUT": "3000"})
    home.write("{claude_json}", {"mcpServers": {"notes": HTTP}})

    one = snapshot(
        look(home.home, home.environ, home.home, run_versions=False), label="a"
    )

    jsonschema.validate(one.model_dump(mode="json"), snapshot_schema())
    assert Snapshot.model_validate_json(one.model_dump_json()) == one
    assert one.local.servers[0].url == URL


def test_published_schema_is_current() -> None:
    """`python -m streamtriage.workstation.schema` writes the file again."""
    assert SNAPSHOT_SCHEMA_FILE.read_text(encoding="utf-8") == snapshot_schema_text()


def test_intake_lists_the_worst_server_first() -> None:
    quiet = RemoteServer(
        client="Cursor", name="other", scope="user", path="x", url=f"{URL}?k=<hidden>"
    )
    log = ServerLog(
        client="Claude Code",
        server="notes",
        failures=7,
        error="Failed to reconnect SSE stream: x",
        actions={"find_page": 3, "save": 1},
        versions=(VersionCount(version="2.1.83"),),
    )

    first, second = prefill(
        LOCAL.model_copy(update={"servers": (quiet, SERVER), "logs": (log,)})
    )

    assert (first.server, first.client, first.failures) == ("notes", "Claude Code", 7)
    assert (first.url, first.url_is_whole) == (URL, True)
    assert (first.client_version, first.action) == ("2.1.83", "find_page")
    assert first.error.startswith("Failed to reconnect")
    assert (second.server, second.failures, second.url_is_whole) == ("other", 0, False)


def test_intake_of_an_empty_machine_is_empty() -> None:
    assert prefill(LocalEvidence()) == []
