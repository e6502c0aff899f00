"""A limit on what is taken at a time is told from streams that were cut."""

from __future__ import annotations

from causes.samples import case, hold, opened, post, stream
from streamtriage.causes.overload import capacity_told
from streamtriage.model import End, Failure


def test_post_that_is_dropped_beside_others_tells_of_a_limit() -> None:
    dropped = post(None, failure=Failure.RESET, headers_s=None, end=None, started_s=1.5)
    told = capacity_told(case(opened(post=dropped)))

    assert told is not None
    assert "POSTs that this tool sent were accepted" in str(told.means)


def test_stream_that_was_cut_had_been_taken() -> None:
    """Its head had come, so nothing was refused for want of room."""
    cut = stream(1.0, End.RESET, failure=Failure.RESET)

    assert capacity_told(case(hold(cut, cut))) is None
