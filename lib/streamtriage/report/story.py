"""What a report says, in the order in which every rendering says it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.languages import translate
from streamtriage.model import AfterwardsEvidence, BugEvidence, Failure, Status
from streamtriage.model.message import join_sentences, tell, told
from streamtriage.phrases import OUTCOMES, STATUSES, count, duration
from streamtriage.report.curl import address
from streamtriage.report.document import Row
from streamtriage.report.probes import question
from streamtriage.wording import said, spoken_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import (
        AskedAs,
        ClientReaction,
        Evidence,
        Exchange,
        Finding,
        Fix,
        Report,
        Target,
        Verdict,
    )

__all__ = [
    "Group",
    "Prediction",
    "about",
    "command",
    "evidence_of",
    "fixes",
    "for_clients",
    "groups",
    "headline",
    "last_post",
    "leading",
    "notes",
    "pasted",
    "predictions",
    "unmeasured",
    "verify",
]

# Unknown stands before what is ruled out, so that nobody takes the one for the other.
_ORDER = (Status.PRESENT, Status.SUSPECTED, Status.UNKNOWN, Status.ABSENT)
_CLIENTS = {
    "v1-node": "v1 client on Node.js",
    "v1-bun": "v1 client on Bun",
    "v2-node": "v2 client on Node.js",
    "v1-node-h2": "v1 client on Node.js 26 or newer, over HTTP/2",
    "v2-node-h2": "v2 client on Node.js 26 or newer, over HTTP/2",
}


class Group(NamedTuple):
    """All findings of one status, under its name."""

    status: Status
    title: str
    findings: tuple[Finding, ...]


class Prediction(NamedTuple):
    """The lines that one reference client would log; whether the paste holds them."""

    client: str
    lines: tuple[str, ...]
    reproduced: bool


def headline(verdict: Verdict) -> str:
    """Return the outcome in words, which colour may support but not replace."""
    return OUTCOMES[verdict.outcome]


def leading(report: Report) -> Finding | None:
    """Return what the verdict names first: what is present, else what is suspected."""
    verdict = report.verdict
    names = (verdict.lead, *verdict.causes, *verdict.suspected)
    by_name = {finding.cause: finding for finding in report.findings}
    return next((by_name[name] for name in names if name in by_name), None)


def last_post(report: Report) -> Exchange | None:
    """Return the last POST of the run that was sent as a client sends it, if any."""
    for seen in report.evidence:
        if isinstance(seen, AfterwardsEvidence) and (seen.post or seen.initialize):
            return seen.post or seen.initialize
    posts = [
        each
        for seen in report.evidence
        for each in seen.exchanges
        if each.method == "POST"
        and each.session in ("live", "none")
        and each.failure is not Failure.NOT_SENT
    ]
    return max(posts, key=lambda each: each.started_s, default=None)


_SITUATIONS = {
    "get-401": "the first GET is answered 401",
    "get-404": "the first GET is answered 404",
    "get-502": "the first GET is refused",
    "clean-end": "the stream ends cleanly",
    "reset": "the stream is cut",
    "reopening-502": "the reopening is refused",
    "retry": "the stream ends with a `retry`",
    "priming-event": "the stream begins with an empty event",
    "session-lost": "the session is forgotten",
    "post-401": "a request is answered 401",
    "post-503": "a request is answered 503",
}
_AGAIN = {
    "never": "does not ask again",
    "gives up": "gives up",
    "for ever": "asks again without end",
}


def for_clients(verdict: Verdict) -> str:
    """Say what the client that failed does, or for which ones it is the end."""
    parts = [
        tell(
            "report.story.for-clients.measured",
            situation=_SITUATIONS[each.situation],
            measured=each.measured,
            does=_does(each),
        )
        for each in verdict.reactions
        if each.situation in _SITUATIONS
    ]
    parts += [
        tell(
            "report.story.for-clients",
            join=", ".join(each.left) or "none",
            join_2=", ".join(each.lost) or "none",
        )
        for each in verdict.for_whom
        if each.situation == "certificate"
    ]
    parts += [
        tell(
            "report.story.for-clients.when-no-tools-are",
            situations=_SITUATIONS[each.situation],
            join=", ".join(each.lost),
            few=_few(each.left),
        )
        for each in verdict.for_whom
        if each.situation in _SITUATIONS
    ]
    return said(join_sentences(parts))


def _does(each: ClientReaction) -> str:
    tools = "keeps its tools" if each.tools == "left" else "loses its tools"
    again = _AGAIN.get(each.again, "")
    return spoken_list([translate(text) for text in (tools, again) if text])


def _few(clients: Sequence[str]) -> str:
    """Name the clients, or count them where they are many."""
    if len(clients) > 6:
        return tell("report.story.few", n_clients=len(clients))
    return ", ".join(clients) or "none"


def pasted(report: Report) -> str:
    """Say whether what the person pasted is what a client prints for what was seen."""
    if not report.intake.error.strip():
        return "No error text was given."
    if report.verdict.reproduced:
        names = report.predicted_text.reproduced
        clients = [
            tell("report.story.a-client", client=_CLIENTS.get(name, name))
            for name in names
        ]
        who = spoken_list(clients) if clients else "a known client"
        return tell("report.story.pasted", who=who)
    if report.signature.half == "none":
        return tell(
            "report.story.pasted.not-recognised-as-this", asks=report.signature.asks
        ).strip()
    if report.signature.half in ("connect", "unknown"):
        return f"{report.signature.means} {report.signature.asks}".strip()
    if report.signature.half == "look-alike":
        return tell("report.story.pasted.not-this-error", means=report.signature.means)
    return "Not reproduced: what was seen would make no known client print this."


def groups(report: Report) -> tuple[Group, ...]:
    """Return the findings by status; the ones that matter most first."""
    first = {cause: place for place, cause in enumerate(report.verdict.causes)}
    ranked = sorted(report.findings, key=lambda f: first.get(f.cause, len(first)))
    return tuple(
        Group(status, STATUSES[status], found)
        for status in _ORDER
        if (found := tuple(f for f in ranked if f.status is status))
    )


def fixes(report: Report) -> tuple[tuple[Finding, Fix], ...]:
    """Return the fixes of the causes that are present, the leading cause first."""
    present = next((g for g in groups(report) if g.status is Status.PRESENT), None)
    return tuple(
        (f, fix) for f in (present.findings if present else ()) for fix in f.fixes
    )


def command(report: Report, *, to_check: bool = False) -> str:
    """Return the command that repeats this triage, without its secrets.

    `to_check` leaves out what was printed: once it is mended, the error that comes up
    no more would only keep the exit code from being 0.
    """
    intake = report.intake
    words = ["streamtriage", "triage", address(report), "--hold", f"{intake.hold_s:g}"]
    if intake.idle_s:
        words += ["--idle", f"{intake.idle_s:g}"]
    if intake.auth_env:
        words += ["--auth-env", shlex.quote(intake.auth_env)]
    for name, variable in intake.header_envs.items():
        words += ["--header", shlex.quote(f"{name}={variable}")]
    given = {
        "--second-auth-env": intake.second_auth_env,
        "--ca": intake.ca_file,
        "--proxy": intake.proxy,
        "--provider": intake.provider_url,
        "--client": intake.client,
        "--client-version": intake.client_version,
        # A whole log belongs into a file; one line tells whether it is reproduced.
        "--error": intake.error if _is_line(intake.error) and not to_check else "",
    }
    for option, value in given.items():
        words += [option, shlex.quote(value)] if value else []
    return " ".join(words)


def _is_line(text: str) -> bool:
    return len(text) <= 200 and "\n" not in text.strip()


def verify(fix: Fix) -> str:
    """Say how to see that a fix worked."""
    if not fix.verify:
        return "Run the triage again."
    asked = question(fix.verify)
    named = (
        tell("report.story.verify.named", asked=asked, verify=fix.verify)
        if asked != fix.verify
        else fix.verify
    )
    return tell("report.story.verify", named=named)


def predictions(report: Report) -> tuple[Prediction, ...]:
    """Return what each reference client would log, if it would log anything."""
    text = report.predicted_text
    lines = {
        "v1-node": text.v1_node,
        "v1-bun": text.v1_bun,
        "v2-node": text.v2_node,
        "v1-node-h2": text.v1_node_h2,
        "v2-node-h2": text.v2_node_h2,
    }
    return tuple(
        Prediction(_CLIENTS[name], logged, name in text.reproduced)
        for name, logged in lines.items()
        if logged
    )


def unmeasured(report: Report) -> tuple[str, ...]:
    """Return what nobody may take for fine: gaps of measurement and unjudged causes.

    How many causes were not judged is said here; the JSON has their names.
    """
    unknown = sum(f.status is Status.UNKNOWN for f in report.findings)
    judged = tell("report.story.unmeasured.judged", count=count(unknown, "cause"))
    gaps = (told(gap.message, gap.says) for gap in report.verdict.gaps)
    return (*gaps, *((judged,) if unknown else ()))


def notes(report: Report) -> tuple[str, ...]:
    """Return what must be known before anything else is read."""
    crashed = [e for e in report.evidence if isinstance(e, BugEvidence)]
    found = [
        tell("report.story.notes.found", crashed=e.crashed)
        for e in crashed
        if e.failure is not Failure.OWN_SHORTAGE
    ]
    found += [
        tell("report.story.notes", name=each.name, path=each.path, problem=each.problem)
        for each in report.target.stores
        if each.problem
    ]
    if report.rehearsal:
        found.insert(
            0, "REHEARSAL on the built-in fault lab: nothing here is about your server."
        )
    if report.ended_by == "deadline":
        found.append(
            "The server kept this triage busy beyond its time, so it was ended: this "
            "is what was seen until then."
        )
    elif report.interrupted:
        found.append("The triage was interrupted: this is what was seen until then.")
    return tuple(found)


def about(report: Report) -> tuple[Row, ...]:
    """Return where, when and with what the measurement was made."""
    intake, signature = report.intake, report.signature
    client = " ".join(filter(None, (intake.client, intake.client_version)))
    rows = (
        Row("Server", report.target.url),
        Row("Protocol", _ERAS[report.era]),
        Row("Proxy", report.target.proxy or "none"),
        Row("Certificates trusted", _trusted(report.target)),
        Row("Headers sent", ", ".join(report.target.headers) or "none of yours"),
        Row("Client", client or "not said"),
        Row("Asked as", asked_as(report.asked_as)),
        Row("What triggered it", intake.action),
        Row("The text means", signature.means),
        Row("Taken", f"{report.taken_at:%Y-%m-%d %H:%M:%S %Z}".strip()),
        Row("Took", duration(report.took_s)),
        Row("Tool", f"{report.tool.name} {report.tool.version}"),
    )
    return tuple(row for row in rows if row.value)


def _trusted(target: Target) -> str:
    stores = [each for each in target.stores if each.used and not each.problem]
    names = [
        each.path or tell("report.story.trusted.names", name=each.name)
        for each in stores
    ]
    if not target.stores and target.ca_file:
        names = [target.ca_file]
    return ", ".join(("Mozilla's roots", *names))


def asked_as(asked: AskedAs) -> str:
    """Say whose requests the probes sent and who chose that; "" in old reports."""
    if not asked.rows:
        return ""
    whose, _, version = asked.rows.partition("@")
    if asked.by == "default" and asked.not_known:
        return tell(
            "report.story.asked-as",
            whose=whose,
            version=version,
            not_known=asked.not_known,
        )
    if asked.by == "default":
        return tell(
            "report.story.asked-as.as-nothing-says-which", whose=whose, version=version
        )
    named = f"{asked.client} {asked.version}".strip()
    if whose != asked.client:
        return tell(
            "report.story.asked-as.the-nearest-to",
            whose=whose,
            version=version,
            named=named,
            chosen=_CHOSEN[asked.by],
        )
    other = asked.version not in ("", version)
    near = tell("report.story.asked-as.near", version=asked.version) if other else ""
    return f"{whose} {version}{near}: {translate(_CHOSEN[asked.by])}"


_CHOSEN = {
    "given": "that client was given",
    "text": "the pasted text is one of its",
    "config": "this machine's configuration of it has this server",
    "log": "a log of it on this machine has this server",
}
_ERAS = {
    "legacy": "revisions up to 2025-11-25: sessions and a GET stream",
    "modern": "revision 2026-07-28: no sessions, no GET stream",
    "dual": "both eras: up to 2025-11-25, and 2026-07-28",
    "unknown": "not known",
}


def evidence_of(report: Report, probe: str) -> tuple[Evidence, ...]:
    """Return what one probe saw; more than one entry if it crashed several times."""
    return tuple(e for e in report.evidence if e.probe == probe)
