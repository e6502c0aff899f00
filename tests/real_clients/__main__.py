"""Measures clients and writes their rows: `python -m real_clients [NAME ...]`.

A name may end in @VERSION; without names, it measures every client of `clients.py`.
`--trust` measures only whom they trust, `--requests` only the rest, and `--kept` reads
the runs of an earlier time where there are some, to write their rows anew. A row of
another version of the same client stays. MEASURED_ON in the environment is the day that
is cited, by default today.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit

import sdk_clients
from real_clients.clients import CLIENTS, RealClient, client_called
from real_clients.installing import Npm, Unavailable, cache
from real_clients.reading import reaction, speech
from real_clients.server import FAULTS, Fault
from real_clients.trial import Trial, run_apart, trial_of
from real_clients.trusting import CELLS, trust, try_cell
from streamtriage.knowledge.client_reactions import Reactions
from streamtriage.knowledge.client_requests import Dialect
from streamtriage.knowledge.client_trust import Trust
from streamtriage.knowledge.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tomlkit.items import Array

CLIENTS_FOLDER = Path(__file__).parents[2] / "lib/streamtriage/knowledge/clients"
_ONCE = "Its command line makes one call and ends, so nothing after a fault is seen."
# They wait most of the time; more at once would disturb the waits that are measured.
AT_ONCE = 4


def told(line: str) -> None:
    """Say how far it is: a whole run takes a quarter of an hour."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def measure(
    client: RealClient, gate: asyncio.Semaphore, *, kept: bool
) -> dict[Fault, Trial]:
    """Run one client against every fault; or read the runs that were kept."""
    found: dict[Fault, Trial] = {}
    for fault in FAULTS:
        path = cache() / "trials" / f"{client.key} {fault}.json"
        if kept and path.is_file():
            found[fault] = trial_of(path.read_text())
            continue
        async with gate:
            found[fault] = await run_apart(client, fault)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(found[fault])))
        told(f"{client.key} {fault}: {reaction(found[fault])}")
    return found


def cited(client: RealClient) -> dict[str, Any]:
    """Return the columns that say what was measured, how and when."""
    day = os.environ.get("MEASURED_ON") or datetime.now(UTC).date().isoformat()
    runtime = _runtime(client)
    return {
        "version": client.version,
        "runtime": runtime,
        "source": f"measured with {client.package} {client.version} on {day} "
        f"(tests/real_clients, {runtime})",
        "grade": "L",
        "date": day,
    }


def _runtime(client: RealClient) -> str:
    """Name what it runs on, with the packages that write its bytes."""
    folder = client.install()
    if isinstance(client.packages, Npm):
        if client.drives == "model" and client.name not in ("gemini-cli", "qwen-code"):
            return "its own program, Linux x64"
        return f"Node.js {_said(sdk_clients.executable('node'), '--version')}"
    python = str(folder / "bin" / "python")
    listed = json.loads(_said(python, "-m", "pip", "list", "--format=json"))
    having = {each["name"]: each["version"] for each in listed}
    library = "httpx2" if version_of(having["mcp"])[0] >= 2 else "httpx"
    parts = ["mcp", library]
    number = _said(python, "--version").removeprefix("Python ")
    told = ", ".join(f"{name} {having[name]}" for name in parts)
    return f"Python {number}, {told}"


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip().removeprefix("v")


# --- writing --------------------------------------------------------------------------


def rows_of(
    client: RealClient, trials: dict[Fault, Trial]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the row of requests and that of reactions, checked."""
    citation = cited(client)
    asking = {**citation, **speech(trials)}
    starts = asking["sessions"]
    after = {fault: reaction(trial, starts) for fault, trial in trials.items()}
    Dialect.model_validate({**asking, "client": client.name})
    Reactions.model_validate({**citation, "after": after, "client": client.name})
    return _plain(asking), _plain({**citation, "after": after})


def _plain(value: Any) -> Any:
    """Return pydantic's records as what TOML knows."""
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def write(client: str, file: str, row: dict[str, Any]) -> None:
    """Put one version's row into a file, and keep those of other versions."""
    path = CLIENTS_FOLDER / client / f"{file}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    old = tomllib.loads(path.read_text()) if path.is_file() else {}
    rows = [r for r in old.get("measured", []) if r["version"] != row["version"]]
    rows = sorted([*rows, row], key=lambda each: version_of(each["version"]))
    document = tomlkit.document()
    document.add(
        tomlkit.comment("Written by `make clients`; measure again, do not edit.")
    )
    tables = tomlkit.aot()
    for each in rows:
        tables.append(_table(each))
    document.add("measured", tables)
    path.write_text(re.sub(r"\n{3,}", "\n\n", tomlkit.dumps(document)))


def _table(row: dict[str, Any]) -> tomlkit.items.Table:
    table = tomlkit.table()
    for name, value in row.items():
        if isinstance(value, dict) and (
            name in ("requests", "after") or _is_record(value)
        ):
            table.add(name, _table(value))
        else:
            table.add(name, _item(name, value))
    return table


def _is_record(value: dict[str, Any]) -> bool:
    return "headers" in value or "again" in value


def _item(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        for key, each in value.items():
            inline.append(key, _item(key, each))
        return inline
    if isinstance(value, list):
        array: Array = tomlkit.array()
        array.extend(_item(name, each) for each in value)
        return array.multiline(name == "headers")
    return value


# --- the whole ------------------------------------------------------------------------


async def ask(client: RealClient, gate: asyncio.Semaphore, *, kept: bool) -> None:
    """Measure how a client asks and what it does, and write both files."""
    requests, reactions = rows_of(client, await measure(client, gate, kept=kept))
    write(client.name, "requests", requests)
    if client.drives == "once":
        # One call and no longer: nothing that comes after a fault can be seen.
        path = CLIENTS_FOLDER / client.name / "reactions.toml"
        path.write_text(tomlkit.dumps({"not_measured": {"why": _ONCE}}))
    else:
        write(client.name, "reactions", reactions)


async def probe_trust(client: RealClient, gate: asyncio.Semaphore) -> None:
    """Measure whom a client trusts, and write the file."""
    cells = {}
    for cell in CELLS:
        try:
            async with gate:
                cells[cell] = await try_cell(client, cell)
        except RuntimeError as reason:
            # Without root the system's store cannot be replaced: not tried is not "no".
            if not cell.startswith("system"):
                raise
            told(f"{client.key} {cell} NOT TRIED: {reason}")
            continue
        told(f"{client.key} {cell}: {cells[cell]}")
    row = {**cited(client), **trust(cells)}
    Trust.model_validate({**row, "client": client.name})
    write(client.name, "trust", _plain(row))


async def main(clients: Sequence[RealClient], given: Collection[str]) -> int:
    """Measure these clients, a few at a time, and write what is found."""
    gate = asyncio.Semaphore(AT_ONCE)
    failed = 0

    async def one(client: RealClient) -> None:
        nonlocal failed
        try:
            client.install()
            if "--trust" not in given:
                await ask(client, gate, kept="--kept" in given)
            if "--requests" not in given:
                await probe_trust(client, gate)
        except (Unavailable, RuntimeError) as reason:
            failed += 1
            told(f"{client.key} NOT MEASURED: {reason}")

    await asyncio.gather(*(one(client) for client in clients))
    return 1 if failed else 0


if __name__ == "__main__":
    names = [each for each in sys.argv[1:] if not each.startswith("--")]
    wanted = [each for name in names for each in client_called(name)]
    sys.exit(asyncio.run(main(wanted or CLIENTS, sys.argv[1:])))
