"""A hop that refuses only the reopening, beside what looks like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from causes.samples import (
    case,
    find,
    hold,
    opened,
    post,
    refusal,
    reopen,
    reopening,
    stream,
)

if TYPE_CHECKING:
    from streamtriage.causes import Case
    from streamtriage.model import Exchange

NGINX = {"server": "nginx"}
PAGE = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
PAGE += "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>"
BAD = refusal(502, started_s=9.0)


def again(*tries: Exchange, posts: tuple[Exchange, ...] = (post(),)) -> Case:
    """Return a case in which two streams were ended and asked for again."""
    one = reopening(*tries, posts=posts)
    return case(reopen(one, after_vanish=one))


ROWS = [
    ("502 each time", again(BAD, BAD, BAD), "present"),
    ("503 of nobody", again(*[refusal(503, started_s=9.0)] * 3), "suspected"),
    (
        "a page that names its writer",
        again(*[refusal(503, PAGE, started_s=9.0, headers=NGINX)] * 3),
        "present",
    ),
    (
        "404 of another writer",
        again(*[refusal(404, headers=NGINX, started_s=9.0)] * 3),
        "present",
    ),
    (
        "404 by JSON-RPC",
        again(*[refusal(404, jsonrpc_code=-32001, started_s=9.0)] * 3),
        "absent",
    ),
    ("404, session", again(*[refusal(404, "no session", started_s=9.0)] * 3), "absent"),
    ("409", again(*[refusal(409, started_s=9.0)] * 3), "absent"),
    ("it came back", again(BAD, BAD, stream(0.3)), "absent"),
    ("POST fails too", again(BAD, BAD, BAD, posts=(post(502),)), "absent"),
    (
        "only the very first GET",
        case(
            opened(stream()),
            hold(BAD, BAD),
            reopen(reopening(first=BAD), after_vanish=None),
        ),
        "present",
    ),
    (
        "no GET at all",
        case(opened(BAD), hold(BAD, BAD), without=("reopen",)),
        "unknown",
    ),
    ("sound", case(), "absent"),
]


@pytest.mark.parametrize(
    ("seen", "status"), [pytest.param(seen, st, id=words) for words, seen, st in ROWS]
)
def test_only_the_reopening_is_refused(seen: Case, status: str) -> None:
    found = find("gateway-refuses-reopening", seen)

    assert found.status == status, found.because


def test_the_hop_that_said_so_is_named() -> None:
    because = find("gateway-refuses-reopening", ROWS[2][1]).because

    assert "nginx" in because
    assert "503" in because
