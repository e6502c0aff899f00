"""Causes in a server that is away for a moment and comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.causes.ages import ended_together, times
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    cut,
    flap,
    not_reached,
    refused,
    unanswered,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.waits import alike, failed_late, waited_s
from streamtriage.causes.words import answer, seconds
from streamtriage.knowledge.fingerprints import pages
from streamtriage.model import Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = [
    "deploy_window_5xx",
    "proxy_404_during_recreate",
    "server_gone_meanwhile",
]

# Fewer refusals, or closer together, are one hiccup.
LEAST_REFUSALS = 2
LEAST_SPAN_S = 0.3


@dataclass(frozen=True)
class _Window:
    """A time in which everything was refused, between times in which nothing was."""

    refused: tuple[Exchange, ...]
    good_after_s: float
    cut: tuple[Exchange, ...] = ()

    @property
    def from_s(self) -> float:
        first_s = self.refused[0].started_s
        return min([first_s, *(seen.ended_at_s or first_s for seen in self.cut)])

    @property
    def span_s(self) -> float:
        return self.refused[-1].started_s - self.from_s


def _window(case: Case, refused: Callable[[Exchange], bool]) -> _Window | None:
    """Return the one window of refusals that began and ended while we watched."""
    asked = sorted(
        (seen for seen in case.exchanges if _same_question(seen)),
        key=lambda seen: seen.started_s,
    )
    bad = tuple(seen for seen in asked if refused(seen))
    good = [seen.started_s for seen in asked if seen.accepted or seen.status == 405]
    if not bad:
        return None
    first_s, last_s = bad[0].started_s, bad[-1].started_s
    before = [at_s for at_s in good if at_s < first_s]
    after = [at_s for at_s in good if at_s > last_s]
    if len(before) < 2 or not after or len(before) + len(after) < len(good):
        return None
    window = _Window(bad, min(after), _cut_by_it(case, max(before), first_s))
    enough = len(bad) + bool(window.cut) >= LEAST_REFUSALS
    return window if enough and window.span_s >= LEAST_SPAN_S else None


def _cut_by_it(case: Case, after_s: float, until_s: float) -> tuple[Exchange, ...]:
    """Return streams that were cut at one moment right before the first refusal.

    Who goes away ends what is open: that is the first thing to be seen of it.
    """
    gone = ended_together(case)
    hard = all(seen.end is not None and not seen.end.clean for seen in gone)
    moments = [seen.ended_at_s or 0.0 for seen in gone]
    between = all(after_s <= at_s <= until_s for at_s in moments)
    return gone if hard and between else ()


def _same_question(seen: Exchange) -> bool:
    """True for what a sound server accepts: no made-up session, no foreign revision."""
    own = seen.session == "live" or seen.method == "POST"
    return (
        own
        and seen.session not in ("made-up", "ended")
        and not seen.label.startswith("server/discover")
        and seen.method != "DELETE"
        and seen.failure is not Failure.NOT_SENT
    )


def _came_back(case: Case) -> bool:
    """True when a session that had been refused was accepted again."""
    return any(r.refused and r.recovered for r in case.reopenings)


@cause(
    layer="proxy",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="gateway-blocks-get",
    explains=(
        refused(502, 503, 504, at=EVERY_ANSWER),
        not_reached(Failure.REFUSED, at=EVERY_ANSWER),
        cut(),
        flap((Phase.OPEN, Phase.LISTEN)),
    ),
    eras=ANY,
    fixes=(
        Fix(
            where="the deployment",
            what="Start the new process before the old one ends, and let the old one "
            "finish what it answers: a client tries again only at +1.0 s and +2.5 s.",
            paste="strategy:\n  rollingUpdate: {maxUnavailable: 0}\n"
            "# and in the container:\n"
            "lifecycle: {preStop: {exec: {command: [sleep, '15']}}}",
            verify="hold",
        ),
    ),
    citations=(
        Citation(source="typescript-sdk 1.30.0 src/client/streamableHttp.ts:8-13"),
        Citation(source="https://github.com/anthropics/claude-code/issues/55228"),
    ),
)
def deploy_window_5xx(case: Case) -> Judgement:
    """The server was away for a moment, as while it is deployed, and came back."""
    if not case.exchanges:
        return unknown(say("deploy-window-5xx.unknown"))
    window = _window(case, _is_away)
    if window is not None and _waited_for(case, window.refused):
        waits = times([waited_s(seen) for seen in window.refused])
        return absent(
            say("deploy-window-5xx.absent", n_refused=len(window.refused), waits=waits),
            *case.probes_of(window.refused, "hold"),
        )
    if window is None:
        return absent(
            say("deploy-window-5xx.absent.there-was-no-time"),
            *case.probes_of(case.exchanges, "hold"),
        )
    cut = window.cut
    opening = say("deploy-window-5xx.opening", n_cut=len(cut)) if cut else ""
    text = say(
        "deploy-window-5xx.text",
        opening=opening,
        from_s=seconds(window.from_s),
        span_s=seconds(window.span_s),
        n_refused=len(window.refused),
        answer=answer(window.refused[0]),
        good_after_s=seconds(window.good_after_s),
    )
    fresh = any(r.fresh is not None and r.fresh.accepted for r in case.reopenings)
    last = case.afterwards.initialize if case.afterwards is not None else None
    if _came_back(case) or fresh or (last is not None and last.accepted):
        return present(
            say("deploy-window-5xx.present", text=text),
            "hold",
            "reopen",
            "afterwards",
        )
    return suspected(
        say("deploy-window-5xx.suspected", text=text),
        say("deploy-window-5xx.suspected.settle"),
        "hold",
    )


def _waited_for(case: Case, refused: Sequence[Exchange]) -> bool:
    late = all(failed_late(case, seen) for seen in refused)
    return late and alike(refused)


def _is_away(seen: Exchange) -> bool:
    return seen.status in (502, 503, 504) or seen.failure is Failure.REFUSED


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="server-restart-session-lost",
    explains=(
        refused(404, at=EVERY_ANSWER),
        cut(),
        flap((Phase.OPEN, Phase.LISTEN)),
    ),
    fixes=(
        Fix(
            where="the proxy, while it has no backend",
            what="Answer 503, never 404: clients take 404 for the end of the session, "
            "and Claude Code gives the server up after the second one.",
            paste="http:\n  routers:\n    maintenance:  # Traefik, lowest priority\n"
            "      rule: PathPrefix(`/mcp`)\n      priority: 1\n"
            "      service: answers-503",
            verify="hold",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/anthropics/claude-code/issues/94273", grade="I"
        ),
    ),
)
def proxy_404_during_recreate(case: Case) -> Judgement:
    """A proxy without a backend says 404, which clients take for a lost session."""
    if not case.exchanges:
        return unknown(say("proxy-404-during-recreate.unknown"))
    window = _window(case, _is_a_proxys_404)
    if window is None:
        return absent(
            say("proxy-404-during-recreate.absent"),
            *case.probes_of(case.exchanges, "hold"),
        )
    first = window.refused[0]
    text = say(
        "proxy-404-during-recreate.text",
        span_s=seconds(window.span_s),
        n_refused=len(window.refused),
        answer=answer(first),
    )
    if not _came_back(case):
        return absent(
            say("proxy-404-during-recreate.absent.but-no-refused-session", text=text),
            "hold",
            "reopen",
        )
    known = pages(first)
    if not known:
        return suspected(
            say("proxy-404-during-recreate.suspected", text=text),
            say("proxy-404-during-recreate.suspected.settle"),
            "hold",
        )
    return present(
        say("proxy-404-during-recreate.present", text=text, says=known[0].says),
        "hold",
        "reopen",
    )


def _is_a_proxys_404(seen: Exchange) -> bool:
    return (
        seen.status == 404
        and seen.jsonrpc_code is None
        and "session" not in seen.excerpt.lower()
    )


@cause(
    layer="network",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="deploy-window-5xx",
    explains=(
        not_reached(Failure.REFUSED, Failure.UNREACHABLE, at=EVERY_ANSWER),
        unanswered(at=EVERY_ANSWER),
        cut(),
        flap((Phase.OPEN, Phase.LISTEN)),
    ),
    eras=ANY,
    fixes=(
        Fix(
            where="the server's host",
            what="See whether the process lives, and why it ended: its log, the log of "
            "whoever starts it, memory.",
            paste="systemctl status mcp-server; journalctl -u mcp-server -n 50",
            verify="reach",
        ),
        Fix(
            where="the deployment",
            what="Have it started again when it ends.",
            paste="Restart=always  # systemd, [Service]",
            verify="reach",
        ),
    ),
    citations=(Citation(source="RFC 9293, 3.5.3: RST to a SYN where nobody listens"),),
)
def server_gone_meanwhile(case: Case) -> Judgement:
    """The server answered, then took no connection any more: its process ended."""
    asked = sorted(case.exchanges, key=lambda seen: seen.started_s)
    took = [seen for seen in asked if seen.answered]
    refused = [seen for seen in asked if seen.failure is Failure.REFUSED]
    if not took:
        return unknown(say("server-gone-meanwhile.unknown"))
    if not refused:
        return absent(
            say("server-gone-meanwhile.absent"), *case.probes_of(case.exchanges, "hold")
        )
    since = [seen for seen in refused if seen.started_s > took[-1].started_s]
    text = say(
        "server-gone-meanwhile.text",
        n_took=len(took),
        started_s=seconds(refused[0].started_s),
        n_refused=len(refused),
    )
    if not since:
        return absent(
            say(
                "server-gone-meanwhile.absent.but-at-it-answered",
                text=text,
                started_s=seconds(took[-1].started_s),
            ),
            *case.probes_of(took, "afterwards"),
        )
    last = case.afterwards.initialize if case.afterwards is not None else None
    span_s = since[-1].started_s - since[0].started_s
    if last is None or len(since) < LEAST_REFUSALS or span_s < LEAST_SPAN_S:
        return suspected(
            say("server-gone-meanwhile.suspected", text=text),
            say("server-gone-meanwhile.suspected.settle"),
            *case.probes_of(since, "hold"),
        )
    return present(
        say("server-gone-meanwhile.present", text=text, span_s=seconds(span_s)),
        *case.probes_of(since, "hold"),
        "afterwards",
    )
