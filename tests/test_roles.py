"""Every request that a report can hold has one role, and no row is left over."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Union, get_args, get_origin

import pytest

from streamtriage.model import (
    ROLES,
    Attempt,
    ConcurrentEvidence,
    EraEvidence,
    Evidence,
    Exchange,
    Failure,
    HandshakeEvidence,
    HoldEvidence,
    ListenEvidence,
    Noun,
    OpenEvidence,
    Reopening,
    Role,
    Watch,
    asked,
    role_of,
    streams_open,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS: tuple[type[Noun], ...] = get_args(get_args(Evidence)[0])


def paths(kind: type[Noun], before: str = "") -> Iterator[str]:
    for name, field in kind.model_fields.items():
        for part in parts(field.annotation):
            path = f"{before}.{name}".lstrip(".")
            if part is Exchange:
                yield path
            elif isinstance(part, type) and issubclass(part, Noun):
                yield from paths(part, path)


def parts(annotation: object) -> Iterator[object]:
    if get_origin(annotation) in (Union, types.UnionType, tuple, Annotated):
        for each in get_args(annotation):
            yield from parts(each)
    else:
        yield annotation


def name_of(kind: type[Noun]) -> str:
    return str(kind.model_fields["probe"].default)


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_each_exchange_field_has_a_role(kind: type[Noun]) -> None:
    assert set(ROLES.get(name_of(kind), {})) == set(paths(kind))


def test_table_has_no_other_probe() -> None:
    assert set(ROLES) <= {name_of(kind) for kind in KINDS}


def test_indices_are_no_part_of_a_row() -> None:
    role = role_of("hold", "watches[1].reopening.attempts[0].get")

    assert role is Role.REOPEN_GET


def test_comparisons_are_not_our_own() -> None:
    own = {role for role in Role if role.own}

    assert {Role.GET, Role.HELD_POST, Role.LAST_POST, Role.DELETE} <= own
    assert own.isdisjoint(
        {
            Role.OLD_DISCOVER,
            Role.NEW_INITIALIZE,
            Role.MADE_UP_SESSION,
            Role.ENDED_SESSION,
            Role.MISSING_SESSION,
            Role.OTHER_HOST,
            Role.OTHER_ORIGIN,
            Role.VARIANT,
            Role.OPTIONS,
            Role.METADATA,
            Role.PROXIED,
            Role.DIRECT,
            Role.PROVIDER,
            Role.CONTROL,
            Role.ALIVE,
            Role.SECOND_GET,
        }
    )


def sent(
    label: str, at_s: float, ended_s: float | None = None, **facts: object
) -> Exchange:
    given: dict[str, object] = {"method": "GET", **facts}
    return Exchange(label=label, started_s=at_s, ended_s=ended_s, **given)  # type: ignore[arg-type]


def test_requests_come_in_the_order_in_which_they_were_sent() -> None:
    watched = sent("watched", 3.0, 4.0)
    hold = HoldEvidence(
        watches=(
            Watch(
                stream=watched,
                reopening=Reopening(
                    ended_by="server",
                    first=watched,
                    attempts=(Attempt(after_s=1.0, get=sent("again", 5.0)),),
                ),
            ),
        )
    )
    opened = OpenEvidence(live=sent("live", 2.0), made_up=sent("made up", 4.5))

    found = asked((hold, opened))

    assert [(a.exchange.label, a.role, a.path) for a in found] == [
        ("live", Role.GET, "live"),
        ("watched", Role.HOLD_GET, "watches[0].stream"),
        ("made up", Role.MADE_UP_SESSION, "made_up"),
        ("again", Role.REOPEN_GET, "watches[0].reopening.attempts[0].get"),
    ]


@pytest.mark.parametrize(
    ("era", "role"),
    [
        (EraEvidence(modern=True), Role.DISCOVER),
        (EraEvidence(modern=False), Role.OLD_DISCOVER),
        (EraEvidence(modern=None), Role.OLD_DISCOVER),
    ],
)
def test_discover_is_a_comparison_at_an_old_server(
    era: EraEvidence, role: Role
) -> None:
    seen = era.model_copy(update={"discover": sent("discover", 0.0)})

    assert asked((seen,))[0].role is role


def test_initialize_is_a_comparison_at_a_new_server() -> None:
    new = HandshakeEvidence(
        initialize=sent("initialize", 0.0), post=sent("post", 1.0), modern_only=True
    )

    assert [a.role for a in asked((new,))] == [Role.NEW_INITIALIZE, Role.POST]


def test_streams_are_open_from_the_last_byte_sent_until_their_end() -> None:
    concurrent = ConcurrentEvidence(
        stream=sent("held", 1.0, 5.0, sent_s=0.5),
        held=(sent("post", 2.0, 3.0, method="POST"),),
        again_stream=sent("silent head", 2.0),
    )
    listened = ListenEvidence(streams=(sent("listen", 2.5, 1.0, method="POST"),))
    refused = OpenEvidence(live=sent("never sent", 0.0, failure=Failure.NOT_SENT))

    def at(moment_s: float) -> list[str]:
        evidence = (concurrent, listened, refused)
        return [a.exchange.label for a in streams_open(evidence, moment_s)]

    assert at(1.2) == []
    assert at(1.5) == ["held"]
    assert at(3.0) == ["held", "silent head", "listen"]
    assert at(6.0) == ["silent head"]
