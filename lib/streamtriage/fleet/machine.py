"""The servers that this machine's MCP clients know, as targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamtriage.fleet.targets import BadRow, Targets, checked
from streamtriage.own_process import look_apart
from streamtriage.workstation.candidates import prefill

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.workstation.candidates import Candidate

__all__ = ["targets_of_this_machine"]


def targets_of_this_machine(found: Iterable[Candidate] | None = None) -> Targets:
    """Return each remote server that a client here is configured with, once.

    Credentials are not looked for: where a server wants one, write a list that names
    its variable. A server whose URL holds a secret is named among the bad rows.
    """
    candidates = list(prefill(look_apart()) if found is None else found)
    rows: list[tuple[int, Any]] = []
    bad: list[BadRow] = []
    seen: set[str] = set()
    for number, one in enumerate(candidates, 1):
        if not one.url or one.url in seen:
            continue
        seen.add(one.url)
        if not one.url_is_whole:
            bad.append(
                BadRow(
                    number,
                    f"the address of {one.server} ({one.client}) holds a secret or a "
                    "variable; write a list with url = env:NAME for it.",
                )
            )
            continue
        rows.append((number, _row(one, {name["name"] for _, name in rows})))
    targets = checked(rows)
    return Targets(targets.good, (*bad, *targets.bad))


def _row(one: Candidate, taken: set[str]) -> dict[str, str]:
    name = one.server
    if name in taken:
        name = f"{one.server} ({one.client})"
    return {
        "url": one.url,
        "name": name[:120],
        "client": one.client,
        "client_version": one.client_version,
        "error": one.error,
    }
