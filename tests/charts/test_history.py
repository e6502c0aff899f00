"""Weeks of drops: their ages against the known limits, and when they were."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtriage.charts import drops_per_hour, uptime_histogram
from streamtriage.charts.uptimes import marked_limits
from streamtriage.knowledge.limits import limits

from .reading import Drawing

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


class Known(NamedTuple):
    product: str
    seconds: float | None


NGINX, ENVOY = Known("nginx", 60.0), Known("Envoy", 300.0)


def test_a_peak_at_a_known_limit_is_told() -> None:
    """The picture marks the limit, and its words say how many ended there."""
    picture = uptime_histogram([60.2] * 31 + [7.0, 410.0], [ENVOY, NGINX])

    assert picture is not None
    assert picture.alt == (
        "33 streams dropped after 7.0 s to 410.0 s, half of them within 60.2 s. "
        "31 of them ended just at the known limit of 60 s: nginx."
    )
    words = Drawing(picture).words
    assert "31 of 33 ended here" in words
    assert "none ended here" in words
    assert {"60 s", "300 s", "nginx", "Envoy"} <= set(words)


def test_no_limit_is_blamed_for_what_it_does_not_fit() -> None:
    picture = uptime_histogram([40.0, 41.0], [NGINX])

    assert picture is not None
    assert "None of the known limits that are marked fits." in picture.alt


@pytest.mark.parametrize(
    ("age_s", "hits"), [(59.4, 0), (59.5, 1), (64.0, 1), (64.1, 0)]
)
def test_a_timer_fires_late_and_never_early(age_s: float, hits: int) -> None:
    (marked,) = marked_limits([age_s], [NGINX])

    assert marked.hits == hits


def test_limits_of_the_same_time_share_one_mark() -> None:
    others = [Known(f"p{i}", 60.0) for i in range(5)]
    (marked,) = marked_limits([61.0], [NGINX, *others, Known("none", None)])

    assert marked.names == ("nginx", "p0", "p1", "p2", "p3", "p4")


def test_at_most_six_limits_are_marked_those_that_explain_most() -> None:
    many = [Known(f"p{i}", 10.0 * i) for i in range(1, 20)]
    marked = marked_limits([150.2] * 5 + [190.0], many)

    assert len(marked) == 6
    assert (150.0, 5) in [(each.seconds, each.hits) for each in marked]


def test_the_real_table_of_limits_fits_the_picture() -> None:
    picture = uptime_histogram([60.3, 300.2, 3600.4], limits())

    assert picture is not None
    assert "1 of 3 ended here" in Drawing(picture).words


@pytest.mark.parametrize("none", [[], [math.nan], [math.inf, -1.0]])
def test_without_a_life_there_is_no_picture(none: list[float]) -> None:
    assert uptime_histogram(none, [NGINX]) is None


@given(st.lists(st.floats(), max_size=30), st.lists(st.floats(), max_size=5))
def test_any_numbers_give_a_drawing_or_none(
    lives: list[float], times: list[float]
) -> None:
    picture = uptime_histogram(lives, [Known("x", each) for each in times])

    if picture is not None:
        assert "nan" not in picture.svg
        assert Drawing(picture).count("rect") >= 2


def test_drops_are_counted_by_the_hour() -> None:
    times = [MONDAY + timedelta(hours=9, minutes=i) for i in range(7)]
    picture = drops_per_hour([*times, MONDAY + timedelta(hours=30)])

    assert picture is not None
    assert picture.title == "Drops per hour"
    assert picture.alt == (
        "8 streams dropped from 2026-11-02 09:00 to 2026-11-03 06:00 UTC; "
        "most in the hour from 2026-11-02 09:00: 7."
    )


@pytest.mark.parametrize(
    ("days", "title"),
    [
        (4, "Drops per hour"),
        (20, "Drops per 6 hours"),
        (90, "Drops per day"),
        (500, "Drops per week"),
        (40_000, "Drops per 52 weeks"),
    ],
)
def test_longer_times_get_wider_bars(days: int, title: str) -> None:
    picture = drops_per_hour([MONDAY, MONDAY + timedelta(days=days)])

    assert picture is not None
    assert picture.title == title
    assert Drawing(picture).count("rect") == 3


def test_zones_are_brought_to_utc() -> None:
    """A time without a zone is read as UTC; the same moment twice is one bar."""
    tokyo = timezone(timedelta(hours=9))
    times = [MONDAY.replace(tzinfo=None), MONDAY.astimezone(tokyo)]
    picture = drops_per_hour(times)

    assert picture is not None
    assert "most in the hour from 2026-11-02 00:00: 2." in picture.alt


def test_changes_are_marked_only_where_they_fall_into_the_picture() -> None:
    times = [MONDAY, MONDAY + timedelta(hours=20)]
    inside = (MONDAY + timedelta(hours=5), "claude-code 2.1.9")
    outside = (MONDAY + timedelta(days=50), "claude-code 3.0.0")
    picture = drops_per_hour(times, [outside, inside])

    assert picture is not None
    words = Drawing(picture).words
    assert "2026-11-02 05:00 claude-code 2.1.9" in words
    assert not any("3.0.0" in word for word in words)


def test_one_drop_is_one_sentence() -> None:
    picture = drops_per_hour([MONDAY])

    assert picture is not None
    assert picture.alt == "One stream dropped, at 2026-11-02 00:00 UTC."
    assert drops_per_hour([]) is None
