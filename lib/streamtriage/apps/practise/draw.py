"""Which fault is played, and between which causes the guess is made."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from streamtriage.causes import CAUSES
from streamtriage.lab import FAULTS, SCENARIOS, SOUND, scenario
from streamtriage.languages import translate
from streamtriage.transport.target import IntakeError
from streamtriage.wording import cause_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streamtriage.causes import Cause

__all__ = [
    "ANY",
    "HEALTHY",
    "candidates",
    "drawn",
    "group_words",
    "groups",
    "known_causes",
    "title_of",
]

HEALTHY = "healthy"
ANY = "anything"
_SOUND = "nothing is wrong"
_GROUPS = {
    "name": "finding the server",
    "network": "finding the server",
    "tls": "TLS and certificates",
    "proxy": "proxies and gateways",
    "http": "answers of the server",
    "session": "sessions",
    "stream": "the life of a stream",
    "auth": "credentials and headers",
    "rate": "limits on requests",
    "version": "protocol revisions",
    "local": "this machine",
}
_CHOICES = 5
_BY_ID: Mapping[str, Cause] = {cause.id: cause for cause in CAUSES}


def groups() -> dict[str, tuple[str, ...]]:
    """Return every scenario of the lab, by the part of the way where it lies."""
    found: dict[str, list[str]] = {}
    for each in FAULTS:
        found.setdefault(_group_of(each.name), []).append(each.name)
    found[_SOUND] = [each.name for each in SOUND]
    return {name: tuple(found[name]) for name in sorted(found)}


def _group_of(fault: str) -> str:
    """Return the group of a fault; a sound scenario has one of its own."""
    cause = scenario(fault).cause
    return _GROUPS[_BY_ID[cause].layer] if cause else _SOUND


def group_words(group: str) -> str:
    """Return the name of a group in the language spoken."""
    if group == ANY:
        return translate(ANY)
    if group == _SOUND:
        return translate(_SOUND)
    layer = next(layer for layer, name in _GROUPS.items() if name == group)
    return translate(_GROUPS[layer])


def drawn(seed: int, group: str = ANY) -> str:
    """Draw a scenario; the same seed draws the same one, while the lab has it.

    A scenario that is added to the lab changes few draws.
    """
    names = [s.name for s in SCENARIOS] if group == ANY else groups()[group]
    return _in_order(names, seed)[0]


def candidates(fault: str, seed: int) -> tuple[str, ...]:
    """Return ids of causes to guess from: the real one, its look-alikes, and "healthy".

    Their order tells nothing of which is the real one. Raises IntakeError for a fault
    that the lab lacks.
    """
    try:
        truth = scenario(fault).cause
    except LookupError as problem:
        raise IntakeError(str(problem.args[0])) from None
    near = [truth, *_alike(truth)] if truth else _in_order(_BY_ID, seed)
    kept = [each for each in dict.fromkeys(near) if each in _BY_ID][:_CHOICES]
    return tuple(_in_order([*kept, HEALTHY], seed))


def known_causes() -> tuple[str, ...]:
    """Return the ids of all causes."""
    return tuple(_BY_ID)


def title_of(cause: str) -> str:
    """Return what a cause says of the server."""
    if cause in _BY_ID:
        return cause_title(cause)
    return translate("Nothing is wrong here")


def _alike(truth: str) -> Iterator[str]:
    """Return what is taken for this cause, the nearest first."""
    cause = _BY_ID[truth]
    yield cause.look_alike
    yield from (each.id for each in CAUSES if each.look_alike == truth)
    yield from (each.id for each in CAUSES if each.layer == cause.layer)


def _in_order(names: Iterable[str], seed: int) -> list[str]:
    def place(name: str) -> str:
        return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()

    return sorted(names, key=place)
