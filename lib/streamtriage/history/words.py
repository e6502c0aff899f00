"""The history in words, tables and pictures; everything foreign is escaped."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from streamtriage.history.answer import answer_of
from streamtriage.knowledge import limits
from streamtriage.report.markdown_markup import cells, folded, plain, prose, table
from streamtriage.report.pictures import Picture, drops_per_hour, uptime_histogram
from streamtriage.report.wording import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtriage.history.reading import History, ServerHistory
    from streamtriage.model import Cluster

__all__ = [
    "ages_markdown",
    "ages_picture",
    "drops_picture",
    "headline",
    "looked_markdown",
    "name_of",
    "overview_markdown",
    "refusals_markdown",
    "render_text",
    "versions_markdown",
]


UNTOLD = "_See the first answer above: these logs do not tell._\n"


def name_of(server: ServerHistory) -> str:
    """Return what the logs call a server."""
    return server.log.server or server.log.url or "(no name)"


def overview_markdown(told: History) -> str:
    """Show one row a server, the one that failed most first."""
    if not told.servers:
        return ""
    columns = ("Server", "Client", "Logged", "Connects", "Drops", "Given up", "Since")
    rows = (
        (
            name_of(each),
            each.log.client or "unknown",
            f"{_day(each.log.first_at)} to {_day(each.log.last_at)}",
            str(each.log.connects),
            str(each.drops),
            str(each.log.exhausted + each.log.given_up),
            _stamp(each.first_drop_at),
        )
        for each in told.servers
    )
    return table(columns, cells(rows))


def drops_picture(server: ServerHistory) -> Picture | None:
    """Draw how often streams dropped, with new versions of the client marked."""
    times = [
        datetime.fromisoformat(hour)
        for hour, number in server.drops_per_hour.items()
        for _ in range(number)
    ]
    changes = [(each.at, f"version {each.version}") for each in server.changes]
    # The first version that a log names is no change.
    return drops_per_hour(times, changes[1:], f"Drops of {plain_name(server)}")


def ages_picture(server: ServerHistory) -> Picture | None:
    """Draw at which age streams ended, with the known limits marked."""
    title = f"How long streams of {plain_name(server)} lived"
    return uptime_histogram(server.uptimes_s, limits(), title)


def plain_name(server: ServerHistory) -> str:
    """Return a name that is short enough for a title."""
    return name_of(server)[:40]


def ages_markdown(told: History) -> str:
    """Explain the ages that repeat, and say where none does."""
    rows = [
        (name_of(server), *_cluster(cluster), _stamp(since))
        for server in told.servers
        for cluster, since in zip(
            server.log.clusters, server.cluster_since, strict=True
        )
    ]
    if not told.told or not any(server.drops for server in told.servers):
        return UNTOLD if not told.told else "No stream dropped, so none has an age.\n"
    if not rows:
        return (
            "No age repeats often enough to be a limit. Drops at any age come from "
            "the network, a sleeping machine or restarts, not from a timer.\n"
        )
    columns = ("Server", "Age", "How many", "Who is known for that limit", "Since")
    return table(columns, cells(rows))


def _clusters(server: ServerHistory) -> Iterator[tuple[Cluster, datetime | None]]:
    return zip(server.log.clusters, server.cluster_since, strict=True)


def _cluster(cluster: Cluster) -> tuple[str, str, str]:
    return (
        f"{duration(cluster.from_s)} to {duration(cluster.to_s)}",
        f"{cluster.count} of {cluster.of}",
        cluster.suspects or "nobody in this tool's table",
    )


def refusals_markdown(told: History) -> str:
    """Show what a refused opening was answered, and how often the client gave up."""
    rows = [row for server in told.servers for row in _refusals(server)]
    if not rows and not told.told:
        return UNTOLD
    if not rows:
        return "No refused opening is in the logs.\n"
    return table(("Server", "What happened", "How often"), cells(rows))


def _refusals(server: ServerHistory) -> Iterator[tuple[str, str, str]]:
    log, name = server.log, name_of(server)
    for reason, number in log.refused.items():
        yield name, f"opening again refused: {reason}", str(number)
    for reason, number in log.refused_first.items():
        yield name, f"first opening refused: {reason}", str(number)
    counted = (
        ("both tries failed, the client gave the stream up", log.exhausted),
        ("the client gave the server up", log.given_up),
        ("the session had expired", log.session_expired),
        ("the server could not be connected", log.connect_failures),
        ("dropped together with another server: this network", log.shared_drops),
        ("failed after the machine had slept", log.wakes),
        ("tool calls unanswered after the stream was given up", log.unanswered_calls),
    )
    yield from ((name, what, str(number)) for what, number in counted if number)


def versions_markdown(told: History) -> str:
    """Show how each version of the client fared, and since when it is there."""
    rows = [row for server in told.servers for row in _versions(server)]
    if not rows and not told.told:
        return UNTOLD
    if not rows:
        return "No log names a version of its client.\n"
    columns = ("Server", "Version", "Since", "Connects", "Failures", "For each connect")
    return table(columns, cells(rows))


def _versions(server: ServerHistory) -> Iterator[tuple[str, ...]]:
    since = {each.version: each.at for each in server.changes}
    for each in server.log.versions:
        share = f"{each.failures / each.connects:.1f}" if each.connects else "—"
        yield (
            name_of(server),
            each.version,
            _stamp(since.get(each.version)),
            str(each.connects),
            str(each.failures),
            share,
        )


def looked_markdown(told: History) -> str:
    """Say what was read and what was left out, folded away where it is long."""
    left = [each for each in told.looked if each.outcome != "read" or each.detail]
    read = sum(each.outcome == "read" for each in told.looked)
    size = sum(s.log.bytes_skipped for s in told.servers)
    head = f"Read from {plain(told.source)}: {count(read, 'file')}.\n"
    if size:
        head += "Older parts of large logs were searched for failures only, or left.\n"
    left = [each for each in left if each.outcome != "nothing there"]
    if not left:
        return head
    rows = ((e.what, e.path, e.outcome, e.detail) for e in left[:60])
    columns = ("What", "Where", "Outcome", "Detail")
    return f"{head}\n{folded('What was left out', table(columns, cells(rows)))}"


def render_text(told: History) -> str:
    """Render for a terminal: a few lines a server."""
    if not told.told:
        return f"{answer_of(told).says}\n"
    label = "REHEARSAL, made-up logs" if told.rehearsal else f"Logs of {told.source}"
    lines = [label]
    if not any(each.drops for each in told.servers):
        lines.append(answer_of(told).says)
    for server in told.servers:
        lines += ["", *_text(server)]
    return "\n".join(lines) + "\n"


def _text(server: ServerHistory) -> Sequence[str]:
    log = server.log
    named = f"{name_of(server)} ({log.client or 'unknown client'})"
    many = f"{count(server.drops, 'drop')} in {count(log.connects, 'connection')}"
    lines = [f"{named}: {many}, {_day(log.first_at)} to {_day(log.last_at)}"]
    if server.first_drop_at:
        lines.append(f"  first drop {_stamp(server.first_drop_at)} UTC")
    if log.failing_since_version:
        lines.append(f"  failures began with version {log.failing_since_version}")
    for each, since in _clusters(server):
        age, number, who = _cluster(each)
        lines.append(f"  {number} ended at {age}, since {_stamp(since)}: {who}")
    lines += [f"  {what}: {number}" for _, what, number in _refusals(server)]
    for row in _versions(server):
        lines.append(f"  version {row[1]} since {row[2]}: {row[5]} failures a connect")
    return lines


def _day(stamp: str) -> str:
    return stamp[:10] or "?"


def _stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "—"


def headline(told: History) -> str:
    """Say in one sentence which server dropped most, and since when."""
    worst = next((each for each in told.servers if each.drops), None)
    if worst is None:
        return plain(answer_of(told).says)
    since, limit = f"{_stamp(worst.first_drop_at)} UTC", ""
    if worst.log.clusters:
        best, first = worst.log.clusters[0], _stamp(worst.cluster_since[0])
        limit = (
            f" {best.count} of {best.of} ended at about {duration(best.middle_s)}, the "
            f"first of these on {first} UTC."
        )
    told_of = prose(f"`{plain_name(worst)}` dropped most")
    return f"{told_of}: {count(worst.drops, 'time')} since {since}.{limit}"
