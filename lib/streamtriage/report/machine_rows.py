"""What the person's machine says, as pairs of words and as a few tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.model.message import tell
from streamtriage.phrases import count, duration, known
from streamtriage.report.document import Row
from streamtriage.wording import spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streamtriage.model import (
        Client,
        Cluster,
        LocalEvidence,
        RemoteServer,
        SecretFacts,
        ServerLog,
        ShapeProblem,
    )

__all__ = [
    "LocalTable",
    "failures_since",
    "local_facts",
    "local_tables",
    "place",
    "short_facts",
]

# A report is read by people: the newest of what repeats is enough.
_MOMENTS_SHOWN = 20
_ROWS_SHOWN = 40


class LocalTable(NamedTuple):
    """One table; a folded one opens on a click, where there is something to click."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    folded: bool = False


def local_facts(seen: LocalEvidence) -> Iterator[Row]:
    """Yield what is told in one line: failures first, then who and where."""
    for log in seen.logs[:5]:
        yield Row(
            tell("report.local-facts.local-facts", named=_named(log)), _summary(log)
        )
    if not seen.logs:
        yield Row("Logs", "none of a remote server was found")
    if not seen.clients:
        yield Row("Clients", "none was found; the last table says where it looked")
    yield Row("Signs in by", ", ".join(seen.account.methods))
    yield Row("Connectors are off because of", seen.account.connectors_off_because)
    yield Row("Needs a sign-in", ", ".join(_needs(seen)))
    for fact in seen.account.named:
        yield Row(
            tell("report.local-facts.local-facts.variable", name=fact.name),
            _token(fact),
        )
    machine = seen.machine
    system = f"{machine.system} {machine.release} {machine.architecture}"
    inside = (
        tell(
            "report.local-facts.local-facts.inside", inside=spoken_list(machine.inside)
        )
        if machine.inside
        else ""
    )
    yield Row("System", f"{' '.join(system.split())}{inside}")
    yield Row("localhost is", ", ".join(machine.localhost))
    yield Row("Name of the host outside", machine.host_gateway)
    if machine.default_route is False:
        yield Row("Default route", "none: only local servers can be reached")
    if machine.clock_synchronised is not None:
        yield Row("Clock synchronised", known(machine.clock_synchronised))
    if machine.log_ahead_s is not None:
        yield Row("A log lies in the future by", duration(machine.log_ahead_s))
    for note in seen.notes:
        yield Row("Left undone", note)


def short_facts(seen: LocalEvidence) -> Iterator[Row]:
    """Yield the few lines that a terminal has room for, nothing if all is quiet."""
    for client in seen.clients[:3]:
        fatal = [each for each in client.known if each.matters == "fatal"]
        if client.version:
            said = f"{fatal[0].what}. {fatal[0].advice}".strip() if fatal else "found"
            yield Row(f"{client.name} {client.version}", said)
    for log in seen.logs[:2]:
        if log.failures or log.flap:
            yield Row(
                tell("report.local-facts.short-facts", named=_named(log)), _summary(log)
            )
            yield from (
                Row(
                    "Ages of streams",
                    tell(
                        "report.local-facts.short-facts.known",
                        cluster=_cluster(each),
                        suspects=each.suspects,
                    ),
                )
                for each in log.clusters[:1]
            )


def local_tables(seen: LocalEvidence) -> tuple[LocalTable, ...]:
    """Return the tables that have rows, what matters most first."""
    tables = (
        _table("Mistakes in the configuration", _MISTAKES, _mistakes(seen.problems)),
        _table("Clients", _CLIENTS, map(_client, seen.clients)),
        _table("Remote servers", _SERVERS, map(_server, seen.servers)),
        _table("Ages at which streams ended", _AGES, _ages(seen.logs)),
        _table(
            "Environment that matters",
            ("Variable", "Value", "Where", "What it does"),
            ((v.name, v.value, v.where, v.does) for v in seen.variables),
        ),
        _table("Newest moments of the logs", _MOMENTS, _moments(seen.logs), fold=True),
        _table(
            "Where it looked",
            ("What", "Place", "What was there"),
            ((o.what, o.path, _outcome(o.outcome, o.detail)) for o in seen.looked),
            fold=True,
        ),
    )
    return tuple(table for table in tables if table.rows)


def failures_since(failures: int, since: str) -> str:
    """Write "41 failures since 2026-11-03"."""
    said = count(failures, "failure") if failures else "no failure"
    return (
        tell("report.local-facts.failures-since", said=said, since=since[:10])
        if failures and since
        else said
    )


def place(path: str, line: int | None) -> str:
    """Write a file, and the line in it if that is known."""
    return tell("report.local-facts.place", path=path, line=line) if line else path


def _table(
    title: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    *,
    fold: bool = False,
) -> LocalTable:
    found = tuple(rows)
    return LocalTable(title, columns, found[:_ROWS_SHOWN], fold or len(found) > 12)


def _named(log: ServerLog) -> str:
    name = log.server or log.url or "a server without a name"
    return (
        tell("report.local-facts.named", name=name, client=log.client)
        if log.client
        else name
    )


def _summary(log: ServerLog) -> str:
    refused = Counter(log.refused) + Counter(log.refused_first)
    reasons = ", ".join(
        tell("report.local-facts.summary.reasons", number=n, reason=reason)
        for reason, n in refused.most_common(3)
    )
    parts = (
        failures_since(log.failures, log.failing_since),
        count(log.connects, "connection") * bool(log.connects),
        count(log.cuts, "cut") * bool(log.cuts),
        count(log.polite_ends, "polite end") * bool(log.polite_ends),
        tell("report.local-facts.summary.parts", reasons=reasons) if reasons else "",
        tell("report.local-facts.summary.parts.given-up-times", exhausted=log.exhausted)
        if log.exhausted
        else "",
        count(log.session_expired, "expired session") * bool(log.session_expired),
        _flap(log),
        tell(
            "report.local-facts.summary.parts.since-version",
            failing_since_version=log.failing_since_version,
        )
        * bool(log.failing_since_version),
        tell(
            "report.local-facts.summary.parts.the-last-request-before",
            iter=next(iter(log.actions), ""),
        )
        * bool(log.actions),
        tell(
            "report.local-facts.summary.parts.older-bytes-were-not",
            bytes_skipped=log.bytes_skipped,
        )
        * bool(log.bytes_skipped),
    )
    return "; ".join(filter(None, parts))


def _flap(log: ServerLog) -> str:
    if log.flap is None:
        return ""
    return tell("report.local-facts.flap", per_s=log.flap.per_s, lines=log.flap.lines)


def _needs(seen: LocalEvidence) -> Iterator[str]:
    for each in seen.account.needs_auth:
        yield f"{each.server} ({each.at})" if each.at else each.server


def _token(fact: SecretFacts) -> str:
    if not fact.given:
        return "is not set"
    said = (
        tell("report.local-facts.token.said", form=fact.form) if fact.form else "is set"
    )
    return (
        tell("report.local-facts.token", said=said, expires=fact.expires)
        if fact.expires
        else said
    )


_CLIENTS = ("Client", "Version", "Runtime", "What this version is known for")


def _client(client: Client) -> tuple[str, ...]:
    said = [
        f"{each.what} ({each.matters}). {each.advice}".strip() for each in client.known
    ]
    more = (
        tell("report.local-facts.client.more", n_said=len(said) - 3)
        if len(said) > 3
        else ""
    )
    name = (
        tell("report.local-facts.client.name", name=client.name, sdk=client.sdk)
        if client.sdk
        else client.name
    )
    version = client.version or "not known"
    return name, version, client.runtime, " ".join(said[:3]) + more


_SERVERS = ("Server", "Client", "Entry", "Transport and address", "Is it used?")


def _server(server: RemoteServer) -> tuple[str, ...]:
    scope = " ".join(filter(None, (server.scope, server.project)))
    way = f"{server.transport or 'no type'} {server.url}".strip()
    state = server.state
    if state == "wins":
        state_text = "yes"
    elif state == "masked":
        state_text = tell(
            "report.local-facts.server.state-text", masked_by=server.masked_by
        )
    else:
        state_text = tell("report.local-facts.server.state-text.no", state=state)
    entry = f"{scope}: {place(server.path, server.line)}"
    return server.name, server.client, entry, way, state_text


_MISTAKES = ("Where", "What is wrong", "What to write")


def _mistakes(problems: Sequence[ShapeProblem]) -> Iterator[tuple[str, ...]]:
    for each in problems:
        yield place(each.path, each.line), each.says, each.fix


_AGES = ("Server", "Ends of streams", "Known for this limit")


def _ages(logs: Sequence[ServerLog]) -> Iterator[tuple[str, ...]]:
    for log in logs:
        for cluster in log.clusters:
            yield _named(log), _cluster(cluster), cluster.suspects or "nobody"


def _cluster(cluster: Cluster) -> str:
    between = tell(
        "report.local-facts.cluster.between", from_s=cluster.from_s, to_s=cluster.to_s
    )
    return tell(
        "report.local-facts.cluster",
        count=cluster.count,
        of=cluster.of,
        between=between,
    )


_MOMENTS = ("When", "Server", "What happened", "The stream had lived", "Asked before")


def _moments(logs: Sequence[ServerLog]) -> Iterator[tuple[str, ...]]:
    every = [(m.at, _named(log), m) for log in logs for m in log.moments]
    every.sort(key=lambda one: one[0], reverse=True)
    for at, name, moment in every[:_MOMENTS_SHOWN]:
        said = ": ".join(filter(None, (moment.kind, moment.detail)))
        lived = duration(moment.life_s)
        yield at or "not told", name, said, lived, moment.action or "—"


def _outcome(outcome: str, detail: str) -> str:
    return f"{outcome}: {detail}" if detail else outcome
