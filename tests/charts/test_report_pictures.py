"""Each picture shows what its probe saw, and nothing where nothing was seen."""

from __future__ import annotations

import pytest

from report.samples import crashed, healthy, unknown
from streamtriage.charts import (
    Cell,
    Lane,
    Life,
    Picture,
    outcome_cell,
    path_map,
    probe_pictures,
    reopen_attempts,
    replica_grid,
    stream_lives,
    verdict_grid,
    verdict_pictures,
)
from streamtriage.model import (
    Attempt,
    End,
    Event,
    Exchange,
    FingerprintEvidence,
    Hop,
    LocalEvidence,
    LogMoment,
    Owner,
    ReachEvidence,
    Reopening,
    ReplicasEvidence,
    Report,
    ServerLog,
)
from streamtriage.report import render_html, render_markdown

from .__main__ import FILE, shown
from .reading import Drawing, saved

HALF_OPEN = "half-open-stream-409"


def stream(label: str, end: End | None, lived_s: float) -> Exchange:
    return Exchange(
        label=label,
        method="GET",
        started_s=5.0,
        status=200,
        reason="OK",
        content_type="text/event-stream",
        headers_s=0.03,
        ended_s=lived_s + 0.03,
        lived_s=lived_s,
        end=end,
    )


def answered(status: int, reason: str = "") -> Exchange:
    return Exchange(label="x", method="GET", status=status, reason=reason)


def only(pictures: tuple[Picture, ...]) -> Drawing:
    (picture,) = pictures
    return Drawing(picture)


# --- streams --------------------------------------------------------------------------


def test_how_a_stream_ended_is_a_sign_and_a_word() -> None:
    """FIN is a square, RST a cross, our own clock an arrow; each named beside it."""
    shapes = {}
    for end in (End.CLOSED, End.RESET, End.WATCHED):
        picture = stream_lives([Life(stream("GET", end, 4.0), [])])
        assert picture is not None
        drawing = Drawing(picture)
        shapes[end] = tuple(map(drawing.count, ("rect", "line", "polygon")))
        assert any(word.endswith(", 4.0 s") for word in drawing.words)

    assert len(set(shapes.values())) == 3


def test_suspects_are_marked_where_an_end_fits_and_only_there() -> None:
    cut = stream_lives([Life(stream("GET", End.TRUNCATED, 60.4), [])])
    ours = stream_lives([Life(stream("GET", End.WATCHED, 60.4), [])])
    other = stream_lives([Life(stream("GET", End.TRUNCATED, 44.0), [])])

    assert cut is not None
    assert ours is not None
    assert other is not None
    assert "60 s" in Drawing(cut).words
    assert "Known to cut at 60 s: nginx" in cut.alt
    assert "Known" not in ours.alt + other.alt


def test_moments_of_another_stream_are_not_drawn() -> None:
    moments = [Event(at_s=6.0, kind="comment", request=name) for name in ("a", "b")]
    counts = []
    for own in (moments[:1], moments, []):
        picture = stream_lives([Life(stream("a", End.RESET, 4.0), own)])
        assert picture is not None
        counts.append(Drawing(picture).count("line"))

    assert counts[0] == counts[1] == counts[2] + 1


# --- tries ----------------------------------------------------------------------------


def test_each_try_is_a_sign_with_its_answer() -> None:
    tries = (
        Attempt(after_s=1.0, get=answered(409, "Conflict")),
        Attempt(after_s=2.5, get=stream("again", None, 0.3)),
    )
    what = Reopening(
        ended_by="server", first=stream("GET", End.RESET, 1.0), attempts=tries
    )
    picture = reopen_attempts([Lane("It ended by itself", what)])

    assert picture is not None
    drawing = Drawing(picture)
    assert {"409 Conflict", "200, open", "+1 s", "+2.5 s"} <= set(drawing.words)
    assert drawing.count("circle") == 1
    assert picture.alt == (
        "It ended by itself: open again; 409 Conflict at +1 s, 200 OK at +2.5 s."
    )


def test_a_405_is_neither_good_nor_bad() -> None:
    what = Reopening(
        ended_by="server",
        first=stream("GET", End.RESET, 1.0),
        attempts=(Attempt(after_s=0.0, get=answered(405, "Method Not Allowed")),),
    )
    picture = reopen_attempts([Lane("x", what)])

    assert picture is not None
    assert Drawing(picture).count("polygon") == 1


# --- grids ----------------------------------------------------------------------------


def test_replicas_are_told_apart() -> None:
    seen = ReplicasEvidence(
        without_cookies=(answered(200, "OK"), answered(404, "Not Found")),
        with_cookies=(answered(200, "OK"),) * 2,
    )
    picture = replica_grid(seen)

    assert picture is not None
    assert picture.alt == (
        "One session, each time on a fresh connection. Without cookies: 1 of 2 "
        "accepted, the others got 404 Not Found. With the cookies set: 2 of 2 accepted."
    )
    assert Drawing(picture).count("circle") == 3
    assert replica_grid(ReplicasEvidence()) is None


def test_a_grid_says_what_it_leaves_out() -> None:
    rows = [f"server {i}" for i in range(50)]
    columns = [f"c{i}" for i in range(20)]
    cells = [[Cell("ok", "good")] * 20 for _ in rows]
    picture = verdict_grid(rows, columns, cells)

    assert picture is not None
    words = Drawing(picture).words
    assert "10 more rows and 8 more columns not shown." in words
    assert "server 49" not in words
    assert verdict_grid([], columns, []) is None


def test_each_outcome_has_a_sign_of_its_own() -> None:
    outcomes = ("healthy", "cause-present", "could-not-tell", "tool-fault", None)
    cells = [outcome_cell(each) for each in outcomes]  # type: ignore[arg-type]

    assert len({cell.sign for cell in cells}) == len(outcomes)
    assert len({cell.word for cell in cells}) == len(outcomes)


# --- the way --------------------------------------------------------------------------


def on_the_way(owner: Owner | None, *hops: Hop, proxy: str | None = None) -> Report:
    base = saved(HALF_OPEN)
    return base.model_copy(
        update={
            "evidence": (
                ReachEvidence(host="mcp.example", port=443, proxy=proxy),
                FingerprintEvidence(hops=hops),
            ),
            "verdict": base.verdict.model_copy(update={"owner": owner}),
        }
    )


CLOUDFLARE = Hop(
    name="Cloudflare",
    product="cloudflare",
    sign="header cf-ray",
    certainty="decisive",
    limits="120 s",
    source="x",
    grade="V",
)


@pytest.mark.parametrize(
    ("owner", "where"),
    [
        ("server", "The verdict points at Server"),
        ("client", "The verdict points at You"),
        ("proxy", "The verdict points at Cloudflare"),
        ("network", "The fault lies in the network"),
        ("server or a hop before it", "The verdict points at Cloudflare or Server"),
        ("auth provider", "The verdict points at Auth provider"),
        (None, "No stop is marked"),
    ],
)
def test_the_failing_stop_is_the_owner_of_the_verdict(
    owner: Owner | None, where: str
) -> None:
    picture = path_map(on_the_way(owner, CLOUDFLARE))

    assert picture is not None
    assert picture.alt.startswith("You, then Cloudflare, then Server.")
    assert where in picture.alt
    marked = [word for word in Drawing(picture).words if "the verdict" in word]
    assert len(marked) == ({None: 0, "server or a hop before it": 2}.get(owner, 1))


def test_a_stop_without_a_trace_is_dashed_and_doubted() -> None:
    picture = path_map(on_the_way("proxy"))

    assert picture is not None
    assert "stroke-dasharray" in picture.svg
    assert "something that left no trace" in picture.alt
    assert "Something between?" in Drawing(picture).words


def test_the_reverse_proxy_is_meant_unless_the_proxy_probe_says_so() -> None:
    """The client's own proxy is only marked for a cause that its probe found."""
    report = on_the_way("proxy", CLOUDFLARE, proxy="http://squid:3128")
    cause = next(f for f in report.findings if f.cause in report.verdict.causes)
    blamed = cause.model_copy(update={"rests_on": ("proxy",)})
    other = report.model_copy(update={"findings": (blamed,)})
    reverse, forward = path_map(report), path_map(other)

    assert reverse is not None
    assert forward is not None
    assert "points at Cloudflare" in reverse.alt
    assert "points at Proxy" in forward.alt


# --- the whole report -----------------------------------------------------------------


def test_logs_are_drawn_from_five_ends_on() -> None:
    moments = tuple(
        LogMoment(at=f"2026-11-0{i}T10:00:00Z", kind="cut", life_s=60.1)
        for i in range(1, 7)
    )
    log = ServerLog(client="c", server="s", lives_s=(60.1,) * 6, moments=(*moments,))
    base = saved(HALF_OPEN)
    many, few = (
        base.model_copy(update={"evidence": (LocalEvidence(logs=(each,)),)})
        for each in (log, log.model_copy(update={"lives_s": (60.1,), "moments": ()}))
    )
    ages, hours = probe_pictures(many, "local")

    assert "6 of them ended just at the known limit of 60 s" in ages.alt
    assert hours.title.startswith("Drops per")
    assert probe_pictures(few, "local") == ()


def test_a_time_in_a_log_that_is_none_is_left_out() -> None:
    moments = tuple(LogMoment(at="yesterday", kind="cut") for _ in range(9))
    report = saved(HALF_OPEN).model_copy(
        update={
            "evidence": (
                LocalEvidence(
                    logs=(ServerLog(client="c", server="s", moments=moments),)
                ),
            )
        }
    )

    assert probe_pictures(report, "local") == ()


def test_pictures_are_redacted() -> None:
    """A saved report may come from anywhere; what it draws passes the redactor."""
    base = saved(HALF_OPEN)
    reach = ReachEvidence(host="h", port=1, proxy="http://me:hunter2-canary@squid:1")
    report = base.model_copy(update={"evidence": (reach,)})
    (picture,) = verdict_pictures(report)

    assert "Proxy" in Drawing(picture).words
    assert "hunter2" not in picture.svg + picture.alt


def test_nothing_is_drawn_of_nothing() -> None:
    for sample in (unknown, crashed):
        report = sample().model_copy(update={"evidence": ()})
        assert verdict_pictures(report) == ()
        assert "<figure" not in render_html(report)
    assert probe_pictures(healthy(), "replicas") == ()


def test_the_page_shows_each_picture_and_the_comment_none() -> None:
    report = saved(HALF_OPEN)
    page, comment = render_html(report), render_markdown(report)
    titles = [
        each.title
        for each in (
            *verdict_pictures(report),
            *(
                p
                for seen in report.evidence
                for p in probe_pictures(report, seen.probe)
            ),
        )
    ]

    assert len(titles) >= 4
    assert page.count("<figure") == len(titles)
    assert all(f'aria-label="Picture: {title}"' in page for title in titles)
    assert "<svg" not in comment
    assert "data:" not in comment


def test_the_readme_shows_what_is_drawn_now() -> None:
    """If not: `cd tests && python -m charts`, and look at what it drew."""
    assert FILE.read_text(encoding="utf-8") == shown()
