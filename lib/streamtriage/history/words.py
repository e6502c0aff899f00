"""The history in words, tables and pictures; everything foreign is escaped."""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from streamtriage.history.answer import answer_of
from streamtriage.knowledge.limits import limits
from streamtriage.report.markdown_markup import cells, folded, plain, prose, table
from streamtriage.report.phrases import count, duration
from streamtriage.report.pictures import Picture, drops_per_hour, uptime_histogram

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtriage.history.reading import History, ServerHistory
    from streamtriage.model import Cluster, VersionCount

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
_NETWORK = "dropped together with a server of another host: this network"
_SERVER = "dropped together with another client's stream: this server or its proxy"
# Fewer ends than these tell nothing of an age.
ENOUGH = 3
# The rest of an error is its stack or its advice.
ERROR_SHOWN = 120


def name_of(server: ServerHistory) -> str:
    """Return what the logs call a server."""
    return server.log.server or server.log.url or "(no name)"


def overview_markdown(told: History) -> str:
    """Show one row a server, the one that failed most first."""
    if not told.servers:
        return ""
    columns = (
        "Server",
        "Client",
        "Logged",
        "Connects",
        "Drops",
        "Never opened",
        "Given up",
        "Since",
    )
    rows = (
        (
            name_of(each),
            each.log.client or "unknown",
            f"{_day(each.log.first_at)} to {_day(each.log.last_at)}",
            str(each.log.connects),
            str(each.drops),
            str(each.never_opened),
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
    if not told.told:
        return UNTOLD
    sentences = "\n".join(f"- {prose(_ages(server))}" for server in told.servers)
    if not rows:
        return f"{sentences}\n"
    columns = ("Server", "Age", "How many", "Who is known for that limit", "Since")
    return f"{sentences}\n\n{table(columns, cells(rows))}"


def _ages(server: ServerHistory) -> str:
    """Say at which ages streams of one server ended; nothing of what was not seen."""
    lives, name = server.uptimes_s, f"`{plain_name(server)}`"
    if not lives:
        dropped = count(server.drops, "stream")
        ended = f"{dropped} ended at an age that is not logged" if server.drops else ""
        return f"{name}: {ended or 'no end of an open stream is in what was read'}."
    span = f"median {duration(median(lives))}, {_span(min(lives), max(lives))}"
    if len(lives) < ENOUGH:
        few = f"{count(len(lives), 'end')} ({span}) tell too little of a limit"
        return f"{name}: {few}."
    young = server.log.young_ends
    if young is not None:
        return (
            f"{name}: {young.count} of {young.of} ended "
            f"{_span(young.from_s, young.to_s)} after opening: whoever answers ends "
            "each stream at once (`instant-close-flap`)."
        )
    if server.log.clusters:
        best = server.log.clusters[0]
        return (
            f"{name}: {best.count} of {best.of} ended at "
            f"{_span(best.from_s, best.to_s)}, as at a limit; all: {span}."
        )
    return (
        f"{name}: no age repeats among {len(lives)} ends ({span}), so they look like "
        "the network, a sleeping machine or restarts rather than a timer."
    )


def _span(first: float, last: float) -> str:
    low, high = duration(first), duration(last)
    return low if low == high else f"{low} to {high}"


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
        return f"No refused opening is in the {count(told.files_read, 'file')} read.\n"
    return table(("Server", "What happened", "How often"), cells(rows))


def _refusals(server: ServerHistory) -> Iterator[tuple[str, str, str]]:
    log, name = server.log, name_of(server)
    for reason, number in log.refused.items():
        yield name, f"opening again refused: {reason}", str(number)
    for reason, number in log.refused_first.items():
        yield name, f"first opening refused: {reason}", str(number)
    last = f", at last: {log.error[:ERROR_SHOWN]}" if log.connect_failures else ""
    counted = (
        ("both tries failed, the client gave the stream up", log.exhausted),
        ("the client gave the server up", log.given_up),
        ("the session had expired", log.session_expired),
        (f"the server could not be connected{last}", log.connect_failures),
        (_NETWORK, log.shared_drops),
        (_SERVER, log.same_server_drops),
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
    steps = [f"- {prose(each)}" for server in told.servers for each in _steps(server)]
    return "\n".join(filter(None, (table(columns, cells(rows)), *steps))) + "\n"


def _steps(server: ServerHistory) -> Iterator[str]:
    """Compare each new version with the week before it, and with nothing older."""
    for step in server.log.steps:
        rates = f"{_rate(step.after)} in its first week, {_rate(step.before)} before it"
        named = f"`{plain_name(server)}`: version {plain(step.version)}"
        if step.worse is None:
            yield f"{named}: too few connections within a week of it to compare."
        else:
            said = "worse" if step.worse else "no worse"
            yield f"{named} is {said} than the one in the week before: {rates}."


def _rate(seen: VersionCount) -> str:
    share = seen.failures / seen.connects if seen.connects else 0.0
    return f"{share:.1f} failures a connect"


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
    size = sum(s.log.bytes_skipped for s in told.servers)
    read = count(told.files_read, "file")
    head = f"Read from {plain(told.source)}: {read}{_left(told)}.\n"
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
    read = f"{count(told.files_read, 'file')} read{_left(told)}"
    source = f"Logs of {told.source}: {read}"
    lines = ["REHEARSAL, made-up logs" if told.rehearsal else source]
    if not any(each.drops for each in told.servers):
        lines.append(answer_of(told).says)
    for server in told.servers:
        lines += ["", *_text(server)]
    return "\n".join(lines) + "\n"


def _text(server: ServerHistory) -> Sequence[str]:
    log = server.log
    named = f"{name_of(server)} ({log.client or 'unknown client'})"
    many = f"{count(server.drops, 'drop')} in {count(log.connects, 'connection')}"
    if server.never_opened:
        many += f", {server.never_opened} never opened"
    lines = [f"{named}: {many}, {_day(log.first_at)} to {_day(log.last_at)}"]
    if server.first_drop_at:
        lines.append(f"  first drop {_stamp(server.first_drop_at)} UTC")
    if log.failing_since_version:
        lines.append(f"  failures began with version {log.failing_since_version}")
    lines.append(f"  ages: {_ages(server).partition(': ')[2].replace('`', '')}")
    for each, since in _clusters(server):
        age, number, who = _cluster(each)
        lines.append(f"  {number} ended at {age}, since {_stamp(since)}: {who}")
    lines += [f"  {what}: {number}" for _, what, number in _refusals(server)]
    for row in _versions(server):
        lines.append(f"  version {row[1]} since {row[2]}: {row[5]} failures a connect")
    steps = (each.partition(": ")[2] for each in _steps(server))
    return [*lines, *(f"  {each}" for each in steps)]


def _day(stamp: str) -> str:
    return stamp[:10] or "?"


def _stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "—"


def headline(told: History) -> str:
    """Say in one sentence which server dropped most, and since when."""
    worst = next((each for each in told.servers if each.drops), None)
    if worst is None and not told.told:
        return prose(answer_of(told).says)
    if worst is None:
        return f"{prose(answer_of(told).says)}{_unread(told)}"
    since, limit = f"{_stamp(worst.first_drop_at)} UTC", ""
    if worst.log.clusters:
        best, first = worst.log.clusters[0], _stamp(worst.cluster_since[0])
        limit = (
            f" {best.count} of {best.of} ended at about {duration(best.middle_s)}, the "
            f"first of these on {first} UTC."
        )
    elif worst.log.young_ends:
        limit = f" {_ages(worst).partition(': ')[2]}"
    told_of = prose(f"`{plain_name(worst)}` dropped most")
    times = count(worst.drops, "time")
    return f"{told_of}: {times} since {since}.{limit}{_unread(told)}"


def _unread(told: History) -> str:
    return f" Of the logs, {told.files_unread} were not read." * bool(told.files_unread)


def _left(told: History) -> str:
    return f", {told.files_unread} not read" if told.files_unread else ""
