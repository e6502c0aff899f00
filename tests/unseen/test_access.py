"""Servers that refuse by credential, header or replica, and some that only seem to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from unseen.world import (
    HEALTHY,
    UNKNOWN,
    Asked,
    Seen,
    Trial,
    World,
    forever,
    judge_all,
    maybe,
    only,
)

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

TOKEN = {"T": "secret-token-1"}
BEARER = 'Bearer error="invalid_token"'
PAGE = "<html><title>403</title>Blocked by policy</html>"


@dataclass
class StickyByCookie(World):
    """Three processes; only a cookie leads back to the one that knows the session."""

    turns: int = 0
    owner: dict[str, str] = field(default_factory=dict)

    async def serve(self, asked: Asked) -> None:
        here = asked.headers.get("cookie", "").removeprefix("SERVERID=")
        if not here:
            here, self.turns = str(self.turns % 3), self.turns + 1
        if asked.rpc == "initialize":
            made = self.fresh_id()
            self.owner[made] = here
            result = {"protocolVersion": "2025-06-18", "capabilities": {}}
            await asked.answer(
                200,
                {"jsonrpc": "2.0", "id": 1, "result": result},
                Mcp_Session_Id=made,
                Set_Cookie=f"SERVERID={here}; Path=/",
            )
        elif asked.session and self.owner.get(asked.session) != here:
            await self.lost(asked)
        else:
            self.known |= set(self.owner)
            await super().serve(asked)


@dataclass
class AnyId(World):
    """Checks nothing of a session id: mcp-go's default."""

    async def in_session(self, asked: Asked) -> None:
        if asked.session:
            self.known.add(asked.session)
        await super().in_session(asked)

    async def delete(self, asked: Asked) -> None:
        await asked.answer(200)


@dataclass
class OneAtATime(World):
    """Refuses a second stream only while the first is really open."""

    open: set[str | None] = field(default_factory=set)

    async def get(self, asked: Asked) -> None:
        if asked.session in self.open:
            await asked.answer(409, "Conflict: Only one SSE stream is allowed")
            return
        self.open.add(asked.session)
        try:
            await super().get(asked)
        finally:
            self.open.discard(asked.session)


@dataclass
class Refuses(World):
    """Answers every request with the same refusal."""

    status: int = 403
    body: Any = ""
    kind: str = ""
    more: dict[str, str] = field(default_factory=dict)

    async def serve(self, asked: Asked) -> None:
        await asked.answer(self.status, self.body, self.kind, **self.more)


@dataclass
class Protected(World):
    """Wants a token, and publishes metadata about where to get one."""

    found: bool = True
    issuer: str = ""
    scheme: str = "http"
    named: str = ""

    async def serve(self, asked: Asked) -> None:
        here = f"http://{asked.headers['host']}"
        named = self.named or f"/.well-known/oauth-protected-resource{self.path}"
        if asked.path != named and not asked.path.startswith("/.well-known/"):
            challenge = f'Bearer resource_metadata="{here}{named}"'
            await asked.answer(401, WWW_Authenticate=challenge)
        elif asked.path == named and self.found:
            resource = f"{self.scheme}://{asked.headers['host']}{self.path}"
            document = {"resource": resource, "authorization_servers": [here]}
            await asked.answer(200, document)
        elif "authorization-server" in asked.path:
            document = {"issuer": self.issuer or here}
            ends = ("authorization_endpoint", "token_endpoint")
            await asked.answer(200, document | dict.fromkeys(ends, f"{here}/x"))
        else:
            await asked.answer(404, "<html>no</html>", "text/html")


@dataclass
class GetUnauthorized(World):
    """Refuses GET alone, for its credential."""

    async def get(self, asked: Asked) -> None:
        await asked.answer(401, WWW_Authenticate=BEARER)


@dataclass
class Numbered(World):
    """Numbers the one event of each answer, and has nothing left to replay after it."""

    async def tools(self, asked: Asked) -> None:
        told = json.dumps({"jsonrpc": "2.0", "id": asked.number, "result": {}})
        await asked.stream(f"id: 7\ndata: {told}\n\n")
        await asked.end()

    async def get(self, asked: Asked) -> None:
        await asked.stream()
        if "last-event-id" in asked.headers:
            await asked.end()
        else:
            await forever()


@dataclass
class Browsable(World):
    """Answers preflights for every origin, and refuses one that it does not know."""

    refuses: bool = True

    async def serve(self, asked: Asked) -> None:
        if asked.method == "OPTIONS":
            await asked.answer(
                204, Access_Control_Allow_Origin="*", Access_Control_Allow_Headers="*"
            )
        elif self.refuses and "origin" in asked.headers:
            await asked.answer(403, "origin not allowed")
        else:
            await super().serve(asked)


@dataclass
class FailsOnce(World):
    """Answers the first initialize 500 and is sound from then on."""

    failed: bool = False

    async def initialize(self, asked: Asked) -> None:
        if self.failed:
            await super().initialize(asked)
        else:
            self.failed = True
            await asked.answer(500)


@dataclass
class PerAgent(World):
    """Refuses programs by their User-Agent, unless it is one of its own."""

    lets: tuple[str, ...] = ("Mozilla/",)

    async def serve(self, asked: Asked) -> None:
        if asked.headers.get("user-agent", "").startswith(self.lets):
            await super().serve(asked)
        else:
            await asked.answer(403, PAGE, "text/html")

    async def missing(self, asked: Asked) -> None:
        error = {"code": -32000, "message": "Mcp-Session-Id header is required"}
        await asked.answer(400, {"jsonrpc": "2.0", "id": None, "error": error})


INSPECTOR = {"client": "MCP Inspector"}
TRIALS = [
    Trial("replicas by cookie", StickyByCookie(), only("multi-replica-no-affinity")),
    Trial("any id accepted", AnyId(), HEALTHY),
    Trial("one stream at a time", OneAtATime(), HEALTHY),
    Trial("403 from the app", Refuses(body={"error": "forbidden"}), UNKNOWN),
    Trial("403 page, no product", Refuses(body=PAGE, kind="text/html"), UNKNOWN),
    Trial(
        "421 for every Host", Refuses(status=421, body="Misdirected"), maybe("host-421")
    ),
    Trial("503 JSON", Refuses(status=503, body={"error": "busy"}), UNKNOWN),
    Trial(
        "500 and nothing else",
        Refuses(status=500, kind="text/plain"),
        maybe("stateless-transport-reused-500"),
    ),
    Trial(
        "500 page",
        Refuses(status=500, body="Internal Server Error", kind="text/plain"),
        maybe("asgi-lifespan-missing-500"),
    ),
    Trial("500 once", FailsOnce(), UNKNOWN),
    Trial("good metadata", Protected(), maybe("token-expired-no-provider")),
    # Both look like secrets, and would be hidden in a report.
    *(
        Trial(
            f"good metadata at {named}",
            Protected(named=named),
            maybe("token-expired-no-provider"),
        )
        for named in ("/prm?tenant=abc123", "/prm/9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c")
    ),
    Trial(
        "metadata 404",
        Protected(found=False),
        only("oauth-metadata-broken"),
    ),
    Trial(
        "metadata for https",
        Protected(scheme="https"),
        only("oauth-metadata-broken"),
    ),
    Trial(
        "other issuer",
        Protected(issuer="https://other.invalid"),
        only("oauth-metadata-broken"),
    ),
    Trial(
        "GET 401, nothing given", GetUnauthorized(), maybe("token-refresh-401-loop-v1")
    ),
    Trial(
        "GET 401, token given",
        GetUnauthorized(),
        only("token-refresh-401-loop-v1"),
        given={"auth_env": "T"},
        environ=TOKEN,
    ),
    Trial("nothing left to replay", Numbered(), HEALTHY),
    Trial(
        "foreign origin refused",
        Browsable(),
        HEALTHY,
        given={"client": "my browser app"},
    ),
    Trial("origin refused, not a browser", Browsable(), HEALTHY),
    Trial("Inspector refused", Browsable(), only("origin-403"), given=INSPECTOR),
    Trial("programs refused", PerAgent(), only("waf-bot-403")),
    # It is asked as the client that failed asks, and that one is let in.
    Trial("programs but Node refused", PerAgent(lets=("Mozilla/", "node")), HEALTHY),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_refusal_is_judged_fairly(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    report = reports[each.id]

    first_answer(report, fits=Seen.of(report) == each.expected)


def test_cookies_are_named_and_not_shown(reports: dict[str, Report]) -> None:
    """The finding names the cookie that would help, and never its value."""
    report = reports["replicas by cookie"]

    assert "SERVERID" in report.verdict.summary
    assert "SERVERID=0" not in report.model_dump_json()


def test_healthy_server_costs_no_more(reports: dict[str, Report]) -> None:
    """Of a server that refused nothing, nothing is asked that explains a refusal."""
    probes = {each.probe for each in reports["any id accepted"].evidence}

    assert not probes & {"auth", "guard", "second", "resume", "silence"}
