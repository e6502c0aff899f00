"""The history in words, tables and pictures; everything foreign is escaped."""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from streamtriage.charts import Picture, drops_per_hour, uptime_histogram
from streamtriage.history.answer import answer_of, long_lines_left
from streamtriage.knowledge.limits import limits
from streamtriage.languages import translate
from streamtriage.markup.markdown import cells, folded, plain, prose, table
from streamtriage.phrases import count, duration
from streamtriage.workstation.logs.summary import status_before_sign_in

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


_WORSE = (
    "version {version} is worse than the one in the week before: {after} in its first "
    "week, {before} before it."
)
_NO_WORSE = (
    "version {version} is no worse than the one in the week before: {after} in its "
    "first week, {before} before it."
)
UNTOLD = "_See the first answer above: these logs do not tell._\n"
_NETWORK = "dropped together with a server of another host: this network"
_SERVER = "dropped together with another client's stream: this server or its proxy"
# Fewer ends than these tell nothing of an age.
ENOUGH = 3
# The rest of an error is its stack or its advice.
ERROR_SHOWN = 120


def name_of(server: ServerHistory) -> str:
    """Return what the logs call a server."""
    return server.log.server or server.log.url or translate("(no name)")


def overview_markdown(told: History) -> str:
    """Show one row a server, the one that failed most first."""
    if not told.servers:
        return ""
    columns = (
        translate("Server"),
        translate("Client"),
        translate("Logged"),
        translate("Connects"),
        translate("Drops"),
        translate("Never opened"),
        translate("Given up"),
        translate("Since"),
    )
    rows = (
        (
            name_of(each),
            each.log.client or "unknown",
            translate(
                "{low} to {high}",
                low=_day(each.log.first_at),
                high=_day(each.log.last_at),
            ),
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
    changes = [
        (each.at, translate("version {version}", version=each.version))
        for each in server.changes
    ]
    # The first version that a log names is no change.
    return drops_per_hour(
        times, changes[1:], translate("Drops of {server}", server=plain_name(server))
    )


def ages_picture(server: ServerHistory) -> Picture | None:
    """Draw at which age streams ended, with the known limits marked."""
    title = translate("How long streams of {server} lived", server=plain_name(server))
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
        return translate(UNTOLD)
    sentences = "\n".join(
        f"- {prose(_of(server, _ages(server)))}" for server in told.servers
    )
    if not rows:
        return f"{sentences}\n"
    columns = (
        translate("Server"),
        translate("Age"),
        translate("How many"),
        translate("Who is known for that limit"),
        translate("Since"),
    )
    return f"{sentences}\n\n{table(columns, cells(rows))}"


def _of(server: ServerHistory, said: str) -> str:
    return translate("`{server}`: {said}", server=plain_name(server), said=said)


def _ages(server: ServerHistory) -> str:
    """Say at which ages streams of one server ended; nothing of what was not seen."""
    lives = server.uptimes_s
    if not lives and server.drops:
        return translate(
            "{streams} ended at an age that is not logged.",
            streams=count(server.drops, "stream"),
        )
    if not lives:
        return translate("no end of an open stream is in what was read.")
    span = translate(
        "median {median}, {span}",
        median=duration(median(lives)),
        span=_span(min(lives), max(lives)),
    )
    if len(lives) < ENOUGH:
        return translate(
            "{ends} ({span}) tell too little of a limit.",
            ends=count(len(lives), "end"),
            span=span,
        )
    young = server.log.young_ends
    if young is not None:
        return translate(
            "{n} of {of} ended {span} after opening: whoever answers ends each stream "
            "at once (`instant-close-flap`).",
            n=young.count,
            of=young.of,
            span=_span(young.from_s, young.to_s),
        )
    if server.log.clusters:
        best = server.log.clusters[0]
        return translate(
            "{n} of {of} ended at {limit}, as at a limit; all: {span}.",
            n=best.count,
            of=best.of,
            limit=_span(best.from_s, best.to_s),
            span=span,
        )
    return translate(
        "no age repeats among {n} ends ({span}), so they look like the network, a "
        "sleeping machine or restarts rather than a timer.",
        n=len(lives),
        span=span,
    )


def _span(first: float, last: float) -> str:
    low, high = duration(first), duration(last)
    return low if low == high else translate("{low} to {high}", low=low, high=high)


def _clusters(server: ServerHistory) -> Iterator[tuple[Cluster, datetime | None]]:
    return zip(server.log.clusters, server.cluster_since, strict=True)


def _cluster(cluster: Cluster) -> tuple[str, str, str]:
    return (
        translate(
            "{low} to {high}",
            low=duration(cluster.from_s),
            high=duration(cluster.to_s),
        ),
        translate("{n} of {of}", n=cluster.count, of=cluster.of),
        translate(cluster.suspects or "nobody in this tool's table"),
    )


def refusals_markdown(told: History) -> str:
    """Show what a refused opening was answered, and how often the client gave up."""
    rows = [row for server in told.servers for row in _refusals(server)]
    if not rows and not told.told:
        return translate(UNTOLD)
    if not rows:
        return translate(
            "No refused opening is in the {files_read} read.\n",
            files_read=count(told.files_read, "file"),
        )
    return table(
        (translate("Server"), translate("What happened"), translate("How often")),
        cells(rows),
    )


def _refusals(server: ServerHistory) -> Iterator[tuple[str, str, str]]:
    log, name = server.log, name_of(server)
    for reason, number in log.refused.items():
        yield (
            name,
            translate("opening again refused: {reason}", reason=_refusal(reason)),
            str(number),
        )
    for reason, number in log.refused_first.items():
        yield (
            name,
            translate("first opening refused: {reason}", reason=_refusal(reason)),
            str(number),
        )
    failed = translate(
        "the server could not be connected, at last: {error}",
        error=log.error[:ERROR_SHOWN],
    )
    counted = (
        (translate("both tries failed, the client gave the stream up"), log.exhausted),
        (translate("the client gave the server up"), log.given_up),
        (translate("the session had expired"), log.session_expired),
        (failed, log.connect_failures),
        (translate(_NETWORK), log.shared_drops),
        (translate(_SERVER), log.same_server_drops),
        (translate("failed after the machine had slept"), log.wakes),
        (
            translate("tool calls unanswered after the stream was given up"),
            log.unanswered_calls,
        ),
    )
    yield from ((name, what, str(number)) for what, number in counted if number)


def versions_markdown(told: History) -> str:
    """Show how each version of the client fared, and since when it is there."""
    rows = [row for server in told.servers for row in _versions(server)]
    if not rows and not told.told:
        return translate(UNTOLD)
    if not rows:
        return translate("No log names a version of its client.\n")
    columns = (
        translate("Server"),
        translate("Version"),
        translate("Since"),
        translate("Connects"),
        translate("Failures"),
        translate("For each connect"),
    )
    steps = [
        f"- {prose(_of(server, each))}"
        for server in told.servers
        for each in _steps(server)
    ]
    return "\n".join(filter(None, (table(columns, cells(rows)), *steps))) + "\n"


def _steps(server: ServerHistory) -> Iterator[str]:
    """Compare each new version with the week before it, and with nothing older."""
    for step in server.log.steps:
        known = {
            "version": plain(step.version),
            "after": _rate(step.after),
            "before": _rate(step.before),
        }
        if step.worse is None:
            yield translate(
                "version {version}: too few connections within a week of it to "
                "compare.",
                version=known["version"],
            )
        elif step.worse:
            yield translate(_WORSE, **known)
        else:
            yield translate(_NO_WORSE, **known)


def _rate(seen: VersionCount) -> str:
    share = seen.failures / seen.connects if seen.connects else 0.0
    return translate("{share:.1f} failures a connect", share=share)


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
    head = translate(
        "Read from {source}: {read}{told}.\n",
        source=plain(told.source),
        read=read,
        told=_left(told),
    )
    if size:
        head += translate(
            "Older parts of large logs were searched for failures only, or left.\n"
        )
    left = [each for each in left if each.outcome != "nothing there"]
    if not left:
        return head
    rows = ((e.what, e.path, e.outcome, e.detail) for e in left[:60])
    columns = (
        translate("What"),
        translate("Where"),
        translate("Outcome"),
        translate("Detail"),
    )
    return f"{head}\n{folded('What was left out', table(columns, cells(rows)))}"


def render_text(told: History) -> str:
    """Render for a terminal: a few lines a server."""
    if not told.told:
        return f"{answer_of(told).says}\n"
    files = count(told.files_read, "file")
    read = translate("{files} read", files=files) + _left(told)
    source = translate("Logs of {source}: {read}", source=told.source, read=read)
    lines = [translate("REHEARSAL, made-up logs") if told.rehearsal else source]
    if not any(each.drops for each in told.servers):
        lines.append(answer_of(told).says)
    elif told.long_lines:
        lines.append(long_lines_left(told).strip())
    for server in told.servers:
        lines += ["", *_text(server)]
    return "\n".join(lines) + "\n"


def _text(server: ServerHistory) -> Sequence[str]:
    log = server.log
    named = f"{name_of(server)} ({log.client or translate('unknown client')})"
    many = translate(
        "{drops} in {connections}",
        drops=count(server.drops, "drop"),
        connections=count(log.connects, "connection"),
    )
    if server.never_opened:
        many += translate(", {n} never opened", n=server.never_opened)
    days = translate("{low} to {high}", low=_day(log.first_at), high=_day(log.last_at))
    lines = [f"{named}: {many}, {days}"]
    if server.first_drop_at:
        first = translate("first drop {at} UTC", at=_stamp(server.first_drop_at))
        lines.append(f"  {first}")
    if log.failing_since_version:
        since_version = translate(
            "failures began with version {version}", version=log.failing_since_version
        )
        lines.append(f"  {since_version}")
    ages = translate("ages: {said}", said=_ages(server).replace("`", ""))
    lines.append(f"  {ages}")
    for each, since in _clusters(server):
        age, number, who = _cluster(each)
        ended = translate(
            "{number} ended at {age}, since {since}: {who}",
            number=number,
            age=age,
            since=_stamp(since),
            who=who,
        )
        lines.append(f"  {ended}")
    lines += [f"  {what}: {number}" for _, what, number in _refusals(server)]
    for row in _versions(server):
        version = translate(
            "version {version} since {since}: {share} failures a connect",
            version=row[1],
            since=row[2],
            share=row[5],
        )
        lines.append(f"  {version}")
    return [*lines, *(f"  {each}" for each in _steps(server))]


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
        # The answer tells of long lines itself.
        return f"{prose(answer_of(told).says)}{_unread(told)}"
    since, limit = f"{_stamp(worst.first_drop_at)} UTC", ""
    if worst.log.clusters:
        best, first = worst.log.clusters[0], _stamp(worst.cluster_since[0])
        limit = " " + translate(
            "{n} of {of} ended at about {age}, the first of these on {first} UTC.",
            n=best.count,
            of=best.of,
            age=duration(best.middle_s),
            first=first,
        )
    elif worst.log.young_ends:
        limit = f" {_ages(worst)}"
    most = translate(
        "`{server}` dropped most: {times} since {since}.",
        server=plain_name(worst),
        times=count(worst.drops, "time"),
        since=since,
    )
    return f"{prose(most)}{limit}{_unread(told)}{long_lines_left(told)}"


def _unread(told: History) -> str:
    if not told.files_unread:
        return ""
    left = translate("Of the logs, {n} were not read.", n=told.files_unread)
    return f" {left}"


def _refusal(reason: str) -> str:
    """Name the answer of the GET before what the sign-in after it threw.

    That may hold the number of a request of its own.
    """
    status = status_before_sign_in(reason)
    if status is None:
        return reason
    return translate(
        "HTTP {status}, then a sign-in that failed ({reason})",
        status=status,
        reason=reason,
    )


def _left(told: History) -> str:
    if not told.files_unread:
        return ""
    return translate(", {n} not read", n=told.files_unread)
