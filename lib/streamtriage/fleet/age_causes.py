"""Causes in how long silent streams live from here and from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.fleet.comparing import across
from streamtriage.fleet.vantage_reports import named
from streamtriage.model import CauseId, Fix
from streamtriage.wording import seconds

if TYPE_CHECKING:
    from streamtriage.fleet.vantage_reports import Lived, View, Views

__all__ = ["shared_limit", "vantage_limit"]

# A shorter life is a stream that was hardly opened, which is another cause.
_LEAST_S = 1.0
# Timers of one length, seen from several places: one part in twenty, or a good second,
# since some look at theirs once a second, squid for one.
_SLACK, _SLACK_S = 0.05, 1.2
# Who watched this much longer than the others' limit has outlived it.
_OUTLIVED = 1.2


@across(
    layer="network",
    owner="network",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("shared-limit"),
    fixes=(
        Fix(
            where="the firewall, NAT or proxy of that vantage point",
            what="Raise its idle timeout for established connections.",
            paste="# squid\nread_timeout 1 hour\n"
            "# Linux NAT\nsysctl net.netfilter.nf_conntrack_tcp_timeout_established",
            verify="hold",
        ),
        Fix(
            where="the server",
            what="Write a comment on the stream every 15 s: that keeps idle timers on "
            "every way from firing.",
            paste="npm install @modelcontextprotocol/sdk@^1.30",
            verify="hold",
        ),
    ),
)
def vantage_limit(views: Views) -> Judgement:
    """Silent streams are cut on the way from one vantage point only."""
    watched = _watched(views)
    cut = tuple(view for view, lived in watched if lived.cut)
    if not cut:
        return _nothing_cut(watched)
    ages = dict(watched)
    longest_s = max(ages[view].longest_s for view in cut)
    outlived = tuple(
        view
        for view, lived in watched
        if not lived.cut and lived.shortest_s >= longest_s * _OUTLIVED
    )
    if not outlived:
        return _no_contrast(watched, cut)
    first = ages[cut[0]]
    text = (
        f"From {named(cut)} silent streams ended after {_ages(first)}; from "
        f"{named(outlived)} they were open for {seconds(ages[outlived[0]].shortest_s)} "
        "and more"
    )
    if first.one_age:
        return present(f"{text}. The limit is on the way from there.", "hold")
    return suspected(
        f"{text}. One cut, or cuts at different ages, may also be a single event.",
        "Run the fleet again with the same --hold.",
        "hold",
    )


@across(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("vantage-limit"),
    fixes=(
        Fix(
            where="the load balancer in front of the server",
            what="Raise its idle timeout for the MCP path.",
            paste="# nginx\nproxy_read_timeout 1h;\n"
            "# AWS ALB\naws elbv2 modify-load-balancer-attributes "
            "--load-balancer-arn ARN --attributes "
            "Key=idle_timeout.timeout_seconds,Value=4000",
            verify="hold",
        ),
        Fix(
            where="the server",
            what="Write a comment on the stream every 15 s.",
            paste="npm install @modelcontextprotocol/sdk@^1.30",
            verify="hold",
        ),
    ),
)
def shared_limit(views: Views) -> Judgement:
    """Silent streams are cut at one age from everywhere.

    The limit is at a load balancer, a platform, or the server itself.
    """
    watched = _watched(views)
    if len(watched) < 2:
        return unknown(
            "Silent streams were watched from fewer than two vantage points."
        )
    cut = tuple(view for view, lived in watched if lived.cut)
    if not cut:
        return _nothing_cut(watched)
    if len(cut) < len(watched):
        rest = tuple(view for view, _ in watched if view not in cut)
        return absent(f"From {named(rest)} they were not cut while we watched.", "hold")
    return _one_limit(tuple(lived for _, lived in watched), cut)


def _one_limit(lives: tuple[Lived, ...], cut: tuple[View, ...]) -> Judgement:
    shortest = min(lived.shortest_s for lived in lives)
    longest = max(lived.longest_s for lived in lives)
    alone = [lived.one_age for lived in lives]
    if False in alone or not _alike(shortest, longest):
        return absent(
            f"They ended after {seconds(shortest)} to {seconds(longest)}, so at no one "
            "age.",
            "hold",
        )
    text = (
        f"From {named(cut)} every silent stream ended after {_range(shortest, longest)}"
    )
    if True not in alone:
        return suspected(
            f"{text}, but each watched only one, and a restart would look the same.",
            "Run the fleet again with the same --hold.",
            "hold",
        )
    return present(
        f"{text}, so the limit is where all these ways meet: a load balancer or the "
        "server.",
        "hold",
    )


def _watched(views: Views) -> tuple[tuple[View, Lived], ...]:
    pairs = ((view, view.lived) for view in views.telling)
    return tuple(
        (view, lived)
        for view, lived in pairs
        if lived is not None and not (lived.cut and lived.shortest_s < _LEAST_S)
    )


def _nothing_cut(watched: tuple[tuple[View, Lived], ...]) -> Judgement:
    if not watched:
        return unknown("No silent stream was watched.")
    least = min(lived.shortest_s for _, lived in watched)
    return absent(
        f"No silent stream ended by itself in {seconds(least)}. Not measured beyond.",
        "hold",
    )


def _no_contrast(
    watched: tuple[tuple[View, Lived], ...], cut: tuple[View, ...]
) -> Judgement:
    if len(cut) == len(watched):
        return absent(f"They are cut from {named(cut)} alike.", "hold")
    return unknown(
        "Nobody else watched for long enough to tell whether the same limit is there; "
        "run again with a longer --hold."
    )


def _alike(shortest_s: float, longest_s: float) -> bool:
    return longest_s - shortest_s <= max(_SLACK * longest_s, _SLACK_S)


def _ages(lived: Lived) -> str:
    return _range(lived.shortest_s, lived.longest_s)


def _range(shortest_s: float, longest_s: float) -> str:
    if _alike(shortest_s, longest_s):
        return f"about {seconds((shortest_s + longest_s) / 2)}"
    return f"{seconds(shortest_s)} to {seconds(longest_s)}"
