"""Causes decided by the person's machine: present, a near miss, absent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from streamtriage.causes.client_environment import by_settings
from streamtriage.causes.local.config_entry_masked import config_entry_masked
from streamtriage.causes.local.config_entry_not_approved import (
    config_entry_not_approved,
)
from streamtriage.causes.local.config_entry_unusable import config_entry_unusable
from streamtriage.causes.local.config_in_wrong_place import config_in_wrong_place
from streamtriage.causes.local.config_sse_url_as_http import config_sse_url_as_http
from streamtriage.causes.local.config_value_with_blank import config_value_with_blank
from streamtriage.causes.local.config_variable_not_filled import (
    config_variable_not_filled,
)
from streamtriage.causes.network.container_localhost import container_localhost
from streamtriage.causes.network.wake_network_not_ready import wake_network_not_ready
from streamtriage.causes.proxy.lb_idle_60s import lb_idle_60s
from streamtriage.causes.proxy.platform_max_request_300s import (
    platform_max_request_300s,
)
from streamtriage.causes.proxy.proxy_env_connect_refused import (
    proxy_env_connect_refused,
)
from streamtriage.causes.stream.instant_close_flap import instant_close_flap
from streamtriage.causes.version.bun_idle_360s import bun_idle_360s
from streamtriage.causes.version.claude_code_147_404_loop import (
    claude_code_147_404_loop,
)
from streamtriage.causes.version.claude_code_disconnects_on_optional_stream import (
    claude_code_disconnects_on_optional_stream,
)
from streamtriage.causes.version.client_bodytimeout_300s import client_bodytimeout_300s
from streamtriage.causes.version.h2_empty_reason import h2_empty_reason
from streamtriage.causes.version.sdk_exhausted_silent import sdk_exhausted_silent
from streamtriage.error_text.parse import parse
from streamtriage.model import (
    Attempt,
    Client,
    End,
    Evidence,
    Exchange,
    Failure,
    Flap,
    HandshakeEvidence,
    HoldEvidence,
    Intake,
    LifetimeEvidence,
    LocalEvidence,
    Machine,
    OpenEvidence,
    ProxyEvidence,
    ReachEvidence,
    RemoteServer,
    ReopenEvidence,
    Reopening,
    ServerLog,
    ShapeProblem,
    Signature,
    Variable,
    VersionCount,
    Watch,
)
from streamtriage.observations.case import Case
from streamtriage.workstation.logs.clusters import clusters

if TYPE_CHECKING:
    from streamtriage.causes.cause import Cause

URL = "https://mcp.example.test/mcp"
REOPEN = (
    "Failed to reconnect SSE stream: Streamable HTTP error: Failed to open SSE stream"
)
CLOSES = {"Closing transport (SSE reconnection exhausted)": 3}
STAYS = {"SSE GET-stream reconnection exhausted; leaving transport up": 3}


def exchange(status: int | None, method: str = "GET", **more: Any) -> Exchange:
    given: dict[str, Any] = {
        "label": method,
        "method": method,
        "session": "live",
        "status": status,
        "reason": "Reason",
        "http_version": "HTTP/1.1",
    }
    return Exchange(**(given | more))


def stream(lived_s: float, end: End = End.WATCHED) -> Exchange:
    return exchange(
        200,
        content_type="text/event-stream",
        lived_s=lived_s,
        silent_s=lived_s,
        end=end,
    )


def handshake(initialize: int = 200, post: int = 200) -> HandshakeEvidence:
    return HandshakeEvidence(
        initialize=exchange(initialize, "POST"),
        post=exchange(post, "POST"),
        revision="2025-11-25",
    )


def opened(status: int, **more: Any) -> OpenEvidence:
    return OpenEvidence(live=exchange(status, **more), post=exchange(200, "POST"))


def reopened(status: int, post: int = 200, **more: Any) -> ReopenEvidence:
    tries = (Attempt(after_s=1.0, get=exchange(status, **more)),)
    one = Reopening(
        ended_by="server",
        first=stream(3.0),
        attempts=tries,
        posts=(exchange(post, "POST"),),
    )
    return ReopenEvidence(after_close=one)


def held(*streams: Exchange) -> HoldEvidence:
    """Return the watches, each begun some seconds after the one before."""
    return HoldEvidence(
        asked_s=400,
        watches=tuple(
            Watch(stream=s.model_copy(update={"started_s": 7.3 * n}))
            for n, s in enumerate(streams)
        ),
    )


def log(version: str = "2.1.197", **more: Any) -> ServerLog:
    lives = more.pop("lives", ())
    given: dict[str, Any] = {
        "client": "Claude Code",
        "server": "notes",
        "url": URL,
        "versions": (VersionCount(version=version),) if version else (),
        "clusters": clusters(lives),
        "signature": Signature(runtime=more.pop("runtime", "v1-bun")),
    }
    return ServerLog(**(given | more))


def local(*logs: ServerLog, **more: Any) -> LocalEvidence:
    return LocalEvidence(logs=logs, **more)


@dataclass
class Row:
    """One case and what the cause must say of it."""

    status: str
    evidence: tuple[Evidence, ...] = ()
    error: str = ""
    url: str = URL
    client: str = ""
    version: str = ""
    says: str = ""

    def judge(self, cause: Cause) -> Any:
        intake = Intake(url=self.url, client=self.client, client_version=self.version)
        signature = parse(self.error) if self.error else Signature()
        return cause.find(Case(intake, signature, self.evidence))


OPTIONAL = {
    "log says so": Row("present", (local(log("2.1.109", closing=CLOSES)),), says="3"),
    "first version, reopening refused": Row(
        "present", (local(log("2.1.83")), handshake(), reopened(404))
    ),
    "last version, reopening refused": Row(
        "present", (local(log("2.1.140")), handshake(), opened(200), reopened(502))
    ),
    "version given by the person": Row(
        "present",
        (handshake(), reopened(404)),
        client="claude-code",
        version="2.1.109",
    ),
    "text alone": Row(
        "suspected", (local(log("2.1.109")),), error=f"{REOPEN}: Conflict"
    ),
    "one version earlier": Row(
        "absent", (local(log("2.1.82")), handshake(), reopened(404))
    ),
    "one version later": Row(
        "absent",
        (local(log("2.1.141")), handshake(), reopened(404)),
        says="cosmetic",
    ),
    "first GET refused, never tried again": Row(
        "absent", (local(log("2.1.109")), handshake(), opened(404))
    ),
    "reopening refused, POST too": Row(
        "absent", (local(log("2.1.109")), handshake(post=404), reopened(404))
    ),
    "GET answered 405": Row(
        "absent", (local(log("2.1.109")), handshake(), opened(405))
    ),
    "another client": Row("unknown", (handshake(), reopened(404)), client="Cursor"),
    "no version": Row("unknown", (handshake(), reopened(404))),
}
LOOP = {
    "log says so": Row(
        "present",
        (local(log("2.1.147", session_expired=5, session_expired_any_404=5)),),
        says="5 times",
    ),
    "GET 404, POST works": Row(
        "present", (local(log("2.1.152")), handshake(), opened(404))
    ),
    "text alone": Row(
        "suspected", (local(log("2.1.150")),), error=f"{REOPEN}: Not Found"
    ),
    "one version earlier": Row(
        "absent", (local(log("2.1.146")), handshake(), opened(404))
    ),
    "one version later": Row(
        "absent", (local(log("2.1.153")), handshake(), opened(404))
    ),
    "session really lost": Row(
        "absent",
        (local(log("2.1.150")), handshake(), opened(200), reopened(404, post=404)),
        says="really lost",
    ),
    "another status": Row("absent", (local(log("2.1.150")), handshake(), opened(502))),
    "nothing known": Row("unknown"),
}
SILENT = {
    "calls lost while POST works": Row(
        "present",
        (local(log(exhausted=2, unanswered_calls=3, closing=STAYS)), handshake()),
        says="3 tool calls",
    ),
    "log alone": Row("suspected", (local(log(exhausted=2, unanswered_calls=3)),)),
    "given up, calls answered": Row("absent", (local(log(exhausted=2)), handshake())),
    "calls lost, never given up": Row("absent", (local(log(unanswered_calls=3)),)),
    "no log": Row("unknown", (handshake(),)),
}
EMPTY = {
    "refused over HTTP/2": Row(
        "present",
        (handshake(), opened(404, reason=None, http_version="HTTP/2")),
        error=f"{REOPEN}: ",
        says="404 over HTTP/2",
    ),
    "dropped by an HTTP/1.1 hop": Row(
        "present", (handshake(), opened(502, reason="")), error=f"{REOPEN}: "
    ),
    "not reproduced": Row("suspected", (handshake(),), error=f"{REOPEN}: "),
    "phrase seen": Row("absent", (handshake(), opened(404)), error=f"{REOPEN}: "),
    "phrase printed": Row(
        "absent", (opened(404, reason=None),), error=f"{REOPEN}: Not Found"
    ),
    "no text": Row("unknown", (opened(404, reason=None),)),
}
NODE = {"runtime": "v1-node"}
AT_300 = (301.2, 301.4, 301.0, 302.1, 45.0)
AT_360 = (360.4, 360.2, 361.0, 12.0)
BODY = {
    "ages in the log, probe lived on": Row(
        "present", (local(log(lives=AT_300, **NODE)), held(stream(320.0)))
    ),
    "ages alone": Row("suspected", (local(log(lives=AT_300, **NODE)),), says="4 of 5"),
    "probe cut at 300 s too": Row(
        "absent", (local(log(lives=AT_300, **NODE)), held(stream(300.5, End.RESET)))
    ),
    "probe cut at 60 s": Row(
        "absent", (local(log(lives=AT_300, **NODE)), held(stream(60.1, End.RESET)))
    ),
    "on Bun": Row("absent", (local(log(lives=AT_300)), held(stream(320.0)))),
    "other ages": Row("absent", (local(log(lives=(60.1, 60.2, 60.0), **NODE)),)),
    "two are chance": Row("absent", (local(log(lives=AT_300[:2], **NODE)),)),
    "watched too short": Row(
        "suspected", (local(log(lives=AT_300, **NODE)), held(stream(130.0)))
    ),
    "no log": Row("unknown", (held(stream(320.0)),)),
}
BUN = {
    "ages in the log, probe lived on": Row(
        "present", (local(log(lives=AT_360)), held(stream(380.0)))
    ),
    "ages alone": Row("suspected", (local(log(lives=AT_360)),)),
    "on Node": Row("absent", (local(log(lives=AT_360, **NODE)), held(stream(380.0)))),
    "350 s is another's": Row("absent", (local(log(lives=(350.1, 350.2, 350.3))),)),
    "probe cut too": Row(
        "absent", (local(log(lives=AT_360)), held(stream(360.0, End.RESET)))
    ),
}
WAKE = {
    "log, and works now": Row("present", (local(log(wakes=2)), handshake())),
    "several servers at once": Row("present", (local(log(wakes=1, shared_drops=4)),)),
    "log alone": Row("suspected", (local(log(wakes=1)),)),
    "name does not exist now": Row(
        "absent", (local(log(wakes=1)), ReachEvidence(failure=Failure.DNS_NOT_FOUND))
    ),
    "no silence before": Row("absent", (local(log()), handshake())),
    "no log": Row("unknown", (handshake(),)),
}
REFUSED = ReachEvidence(host="localhost", port=8000, failure=Failure.REFUSED)
INSIDE = local(machine=Machine(inside=("container",)))
LOCALHOST = "http://localhost:8000/mcp"
CONTAINER = {
    "localhost refused in a container": Row(
        "suspected", (INSIDE, REFUSED), url=LOCALHOST, says="container"
    ),
    "in WSL": Row(
        "suspected",
        (local(machine=Machine(inside=("wsl",))), REFUSED),
        url="http://127.0.0.1:8000/mcp",
    ),
    "not in a container": Row("absent", (local(), REFUSED), url=LOCALHOST),
    "over SSH only": Row(
        "absent", (local(machine=Machine(inside=("ssh",))), REFUSED), url=LOCALHOST
    ),
    "another host refused": Row("absent", (INSIDE, REFUSED)),
    "localhost answers": Row(
        "absent", (INSIDE, ReachEvidence(host="localhost")), url=LOCALHOST
    ),
    "machine not looked at": Row("unknown", (REFUSED,), url=LOCALHOST),
}


def variable(name: str, value: str) -> Variable:
    return Variable(name=name, where="environment", value=value, does="x", source="x")


PROXY = variable("HTTPS_PROXY", "http://proxy.example.test:3128")
TUNNEL = "Proxy refused to open a tunnel: 407 Proxy Authentication Required"
PROXIES = {
    "probe was refused": Row(
        "present",
        (ReachEvidence(proxy="http://p:1", failure=Failure.PROXY_REFUSED), local()),
    ),
    "log and variable": Row(
        "present", (local(log(error=TUNNEL), variables=(PROXY,)),), says="HTTPS_PROXY"
    ),
    "log alone": Row("suspected", (local(log(error=TUNNEL)),)),
    "log, but direct here": Row(
        "suspected", (local(log(error=TUNNEL), variables=(PROXY,)), ReachEvidence())
    ),
    "proxy set, nothing refused": Row(
        "absent", (local(log(), variables=(PROXY,)),), says="is set"
    ),
    "host is exempt": Row(
        "absent",
        (local(variables=(PROXY, variable("NO_PROXY", "a.test,.example.test"))),),
        says="No proxy applies",
    ),
    "another host is exempt": Row(
        "absent",
        (local(variables=(PROXY, variable("NO_PROXY", "ample.test"))),),
        says="is set",
    ),
    "proxy for http only": Row("absent", (local(),), says="No proxy applies"),
}
ASKED = {
    "settings name a proxy that the probe did not ask": Row(
        "present", (local(log(error=TUNNEL), variables=(PROXY,)),), says="HTTPS_PROXY"
    ),
    "the probe asked it": Row(
        "absent",
        (
            local(log(error=TUNNEL), variables=(PROXY,)),
            ProxyEvidence(connect=exchange(200, "CONNECT")),
        ),
        says="opens a tunnel",
    ),
    "nothing telling": Row("unknown", (local(variables=(PROXY,)),)),
}
LB_AGES = (60.1, 60.3, 59.9, 61.0, 60.4, 17.0)
CUT_60 = stream(60.0, End.RESET)
POLLED_60 = stream(60.0, End.COMPLETE).model_copy(update={"event_ids": 1})
CUT_WITH_ID_60 = CUT_60.model_copy(update={"event_ids": 1})
NOISY_60 = CUT_60.model_copy(
    update={"silent_s": 2.0, "events": 20, "longest_silence_s": 3.0}
)


def later(seen: Exchange) -> Exchange:
    return seen.model_copy(update={"started_s": 7.0})


LB = {
    "log and probe agree": Row(
        "present",
        (local(log(lives=LB_AGES)), held(CUT_60, CUT_60, CUT_60)),
        says="The client's log agrees",
    ),
    "log and one cut agree": Row(
        "present", (local(log(lives=LB_AGES)), held(CUT_60, stream(59.0)))
    ),
    "log alone": Row("suspected", (local(log(lives=LB_AGES)),), says="nginx"),
    "watched too short": Row(
        "suspected", (local(log(lives=LB_AGES)), held(stream(30.0), stream(30.0)))
    ),
    "probe lived on": Row(
        "absent",
        (local(log(lives=LB_AGES)), held(stream(130.0), stream(130.0))),
        says="were not seen",
    ),
    "probe alone": Row("present", (held(CUT_60, CUT_60, CUT_60),)),
    "the client's own limit": Row(
        "unknown", (local(log(lives=AT_360)),), says="No stream"
    ),
    "polling that the probe saw through": Row(
        "absent",
        (local(log(lives=LB_AGES)), held(POLLED_60, POLLED_60)),
        says="as revision 2025-11-25 allows",
    ),
    "cut, as no server polls": Row(
        "present",
        (local(log(lives=LB_AGES)), held(*[CUT_WITH_ID_60] * 3)),
    ),
    "age, as the probe saw": Row(
        "absent",
        (
            local(log(lives=LB_AGES)),
            held(CUT_60, later(CUT_60)),
            LifetimeEvidence(noisy=NOISY_60, provoked=True, noises=5),
        ),
        says="it is age",
    ),
    "scattered ages": Row("unknown", (local(log(lives=(5.0, 17.0, 44.0, 90.0))),)),
}
AGE_EVIDENCE: tuple[Evidence, ...] = (
    held(CUT_60, later(CUT_60)),
    LifetimeEvidence(noisy=NOISY_60, provoked=True, noises=5),
)
AGE = {
    "log and probe agree": Row(
        "present",
        (local(log(lives=LB_AGES)), *AGE_EVIDENCE),
        says="The client's log agrees: 5 of 6",
    ),
    "the log shows other ages": Row(
        "present", (local(log(lives=AT_360)), *AGE_EVIDENCE), says="."
    ),
    "log alone": Row("unknown", (local(log(lives=LB_AGES)),)),
}
LOOP_FLAP = Flap(began="10:00", ended="10:05", lines=300, per_s=1.0)
BRIEF = stream(0.1, End.COMPLETE)
FLAP = {
    "log and probe agree": Row(
        "present", (local(log(flap=LOOP_FLAP)), held(BRIEF, BRIEF)), says="300 openings"
    ),
    "some streams ended at once, and the log shows a loop": Row(
        "present",
        (local(log(flap=LOOP_FLAP)), held(BRIEF, BRIEF, stream(9.0))),
        says="2 of 3",
    ),
    "some streams ended at once, no loop in the log": Row(
        "suspected", (local(log()), held(BRIEF, BRIEF, stream(9.0)))
    ),
    "log alone": Row("suspected", (local(log(flap=LOOP_FLAP)),), says="1 a second"),
    "streams stay open now": Row(
        "absent",
        (local(log(flap=LOOP_FLAP)), held(stream(9.0), stream(9.0))),
        says="that was something else",
    ),
    "polling that is allowed": Row(
        "absent",
        (
            local(log(flap=LOOP_FLAP)),
            held(*[BRIEF.model_copy(update={"retry_ms": 1000})] * 2),
        ),
        says="polling",
    ),
    "probe alone": Row("present", (local(log()), held(BRIEF, BRIEF))),
    "neither": Row("unknown", (local(log()),)),
}

TABLES: tuple[tuple[Cause, dict[str, Row]], ...] = (
    (claude_code_disconnects_on_optional_stream, OPTIONAL),
    (claude_code_147_404_loop, LOOP),
    (sdk_exhausted_silent, SILENT),
    (h2_empty_reason, EMPTY),
    (client_bodytimeout_300s, BODY),
    (bun_idle_360s, BUN),
    (wake_network_not_ready, WAKE),
    (container_localhost, CONTAINER),
    (replace(proxy_env_connect_refused, judge=by_settings), PROXIES),
    (proxy_env_connect_refused, ASKED),
    (lb_idle_60s, LB),
    (platform_max_request_300s, AGE),
    (instant_close_flap, FLAP),
)


@pytest.mark.parametrize(
    ("cause", "row"),
    [
        pytest.param(cause, row, id=f"{cause.id}: {name}")
        for cause, rows in TABLES
        for name, row in rows.items()
    ],
)
def test_cause_is_judged(cause: Cause, row: Row) -> None:
    """Each row shows the smallest change that flips the answer."""
    found = row.judge(cause)

    assert found.status == row.status, found.because
    assert row.says in found.because
    assert found.because.endswith(".")
    assert bool(found.settle) == (row.status == "suspected")


# --- configuration --------------------------------------------------------------------

FAMILIES: dict[str, tuple[Cause, str, str]] = {
    "no type": (config_entry_unusable, "type-missing", "wrong-key"),
    "unknown type": (config_entry_unusable, "type-unknown", "duplicate-name"),
    "no address": (config_entry_unusable, "url-invalid", "outer-blank"),
    "wrong key": (config_in_wrong_place, "wrong-key", "type-missing"),
    "wrong file": (config_in_wrong_place, "wrong-file", "not-approved"),
    "broken file": (config_in_wrong_place, "unreadable", "url-invalid"),
    "not set": (config_variable_not_filled, "variable-unset", "outer-blank"),
    "not expanded": (
        config_variable_not_filled,
        "variable-not-expanded",
        "url-invalid",
    ),
    "blank": (config_value_with_blank, "outer-blank", "variable-unset"),
    "line break": (config_value_with_blank, "newline-in-value", "variable-unset"),
    "masked": (config_entry_masked, "duplicate-name", "not-approved"),
    "not approved": (config_entry_not_approved, "not-approved", "duplicate-name"),
}


def configured(kind: str, server: str = "notes", url: str = URL) -> LocalEvidence:
    entry = RemoteServer(
        client="Claude Code",
        name="notes",
        scope="user",
        path="~/.claude.json",
        transport="http",
        url=url,
    )
    problem = ShapeProblem(
        kind=kind,  # type: ignore[arg-type]
        client="Claude Code",
        path="~/.claude.json",
        server=server,
        says=f"{server} is wrong.",
        fix="Mend it.",
    )
    return local(servers=(entry,), problems=(problem,))


@pytest.mark.parametrize(("cause", "kind", "near"), FAMILIES.values(), ids=FAMILIES)
def test_mistake_is_a_cause(cause: Cause, kind: str, near: str) -> None:
    """A mistake counts for the server at hand; another kind, or another entry, not."""
    rows = (
        Row("present", (configured(kind),)),
        Row("suspected", (configured(kind),), url=""),
        Row("suspected", (configured(kind, server=""),)),
        Row("absent", (configured(near),)),
        Row("absent", (configured(kind, server="other"),)),
        Row("absent", (configured(kind, url="https://other.test/mcp"),)),
        Row("absent", (local(),)),
        Row("unknown"),
    )

    assert [row.judge(cause).status for row in rows] == [row.status for row in rows]


SSE = {
    "refused there": ("present", handshake(initialize=405)),
    "not probed": ("suspected", None),
    "answered all the same": ("absent", handshake()),
}


@pytest.mark.parametrize(("status", "probed"), SSE.values(), ids=SSE)
def test_sse_address_is_weighed_with_the_probe(
    status: str, probed: HandshakeEvidence | None
) -> None:
    evidence: tuple[Evidence, ...] = (configured("sse-url-as-http"),)
    row = Row(status, (*evidence, probed) if probed else evidence)

    assert row.judge(config_sse_url_as_http).status == status


def test_sse_address_that_was_looked_for_and_not_found_is_none() -> None:
    """Nor is another mistake; who did not look does not know."""
    rows = (
        Row("absent", (local(), handshake(initialize=405))),
        Row("absent", (configured("too-small-timeout"), handshake(initialize=405))),
        Row("unknown", (handshake(initialize=405),)),
    )

    found = [row.judge(config_sse_url_as_http).status for row in rows]

    assert found == [row.status for row in rows]


def test_log_of_another_server_is_no_evidence() -> None:
    other = log("2.1.109", closing=CLOSES, url="https://other.test/mcp")
    row = Row("unknown", (local(other),))

    assert row.judge(claude_code_disconnects_on_optional_stream).status == "unknown"


def test_installed_version_counts_without_a_log() -> None:
    clients = (Client(name="Claude Code", version="2.1.109"),)
    row = Row("present", (local(clients=clients), handshake(), reopened(404)))

    found = row.judge(claude_code_disconnects_on_optional_stream)

    assert found.status == "present"
    assert "2.1.109" in found.because
