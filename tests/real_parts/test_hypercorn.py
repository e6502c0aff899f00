"""hypercorn, which speaks HTTP/2 itself: sound, refusing, ending streams by age."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real_parts.running import Trial, judge_all, started
from streamtriage.model import HoldEvidence, OpenEvidence
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme

    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="products"), pytest.mark.timeout(900)]

SERVERS = Path(__file__).parent / "servers"
REFUSED = "Streamable HTTP error: Failed to open SSE stream: "


@contextlib.contextmanager
def hypercorn(mode: str, leaf: trustme.LeafCert) -> Iterator[str]:
    def command(folder: Path, port: int) -> list[str]:
        leaf.private_key_pem.write_to_path(folder / "key.pem")
        chain = b"".join(each.bytes() for each in leaf.cert_chain_pems)
        (folder / "chain.pem").write_bytes(chain)
        return [
            *(sys.executable, "-m", "hypercorn", "--bind", f"127.0.0.1:{port}"),
            *("--certfile", str(folder / "chain.pem")),
            *("--keyfile", str(folder / "key.pem")),
            "over_h2:app",
        ]

    path = os.pathsep.join((str(SERVERS), os.environ.get("PYTHONPATH", "")))
    with started(command, {"MODE": mode, "PYTHONPATH": path}) as port:
        yield f"https://127.0.0.1:{port}/mcp"


def trials(leaf: trustme.LeafCert, ca_file: str) -> list[Trial]:
    given = {"ca_file": ca_file}
    return [
        Trial(
            "sound", lambda: hypercorn("sound", leaf), HEALTHY, hold_s=3, given=given
        ),
        Trial(
            "refused",
            lambda: hypercorn("refused", leaf),
            only("get-4xx-instead-of-405"),
            given=given,
        ),
        Trial(
            "refused, as Node prints it",
            lambda: hypercorn("refused", leaf),
            only("get-4xx-instead-of-405"),
            given={**given, "error": f"{REFUSED}Not Implemented"},
        ),
        Trial(
            "cut",
            lambda: hypercorn("cut", leaf),
            only("platform-max-request-300s"),
            hold_s=3,
            given=given,
        ),
    ]


@pytest.fixture(scope="module")
def reports(authority: trustme.CA, ca_file: str) -> dict[str, tuple[Seen, Report]]:
    tried = trials(authority.issue_cert("127.0.0.1"), ca_file)
    found = judge_all(tried)
    return {each.id: (each.expected, found[each.id]) for each in tried}


@pytest.mark.parametrize(
    "name", ["sound", "refused", "refused, as Node prints it", "cut"]
)
def test_hypercorn_is_judged_fairly(
    name: str, reports: dict[str, tuple[Seen, Report]], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the app."""
    expected, report = reports[name]

    first_answer(report, fits=Seen.of(report) == expected)


def test_everything_went_over_http2(reports: dict[str, tuple[Seen, Report]]) -> None:
    """What was refused was asked for once more, in the words of HTTP/1.1."""
    _, report = reports["refused"]
    opened = next(e for e in report.evidence if isinstance(e, OpenEvidence))

    assert opened.live is not None
    assert opened.live_http1 is not None
    assert (opened.live.http_version, opened.live.status) == ("HTTP/2", 501)
    assert (opened.live_http1.http_version, opened.live_http1.status) == (
        "HTTP/1.1",
        501,
    )


def test_a_client_that_speaks_http1_is_asked_for_in_http1(
    reports: dict[str, tuple[Seen, Report]],
) -> None:
    _, report = reports["refused, as Node prints it"]
    opened = next(e for e in report.evidence if isinstance(e, OpenEvidence))

    assert opened.live is not None
    assert opened.live_http1 is None
    assert (opened.live.http_version, opened.live.status) == ("HTTP/1.1", 501)
    # hypercorn sends no reason phrase in HTTP/1.1 either, and the text has one.
    assert report.verdict.text_match == "same-status"


def test_cut_is_an_end_of_the_stream_alone(
    reports: dict[str, tuple[Seen, Report]],
) -> None:
    """The connection outlives it: HTTP/2 marks the end on the stream's last frame.

    hypercorn sends no RST_STREAM where an app fails in mid-stream: the stream stays
    open and silent, so that is not tried here.
    """
    _, report = reports["cut"]
    hold = next(e for e in report.evidence if isinstance(e, HoldEvidence))

    assert {watch.stream.end for watch in hold.watches} == {"complete"}
    assert {watch.stream.http_version for watch in hold.watches} == {"HTTP/2"}
