"""Servers that refuse the first GET, each in the words of another product."""

from __future__ import annotations

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
    judge_all,
    maybe,
    only,
)

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

NOT_404 = only("get-not-implemented-404")
NOT_405 = only("get-4xx-instead-of-405")
BLOCKED = only("gateway-blocks-get")
DOCUMENT = only("get-200-html-or-json")
LIMITED = only("rate-limit-429")
EXPRESS = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    "<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET /api/v2/tools</pre>\n"
    "</body>\n</html>\n"
)
DJANGO = (
    "\n<!doctype html>\n<html lang='en'><head><title>Not Found</title></head></html>"
)
NGINX = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1>"
    "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
LOGIN = (
    "<!doctype html><html><title>Sign in</title><form action='/login'></form></html>"
)


@dataclass
class Refuses(World):
    """Answers every GET in the same way, whatever session it names."""

    status: int = 404
    body: str | dict[str, Any] = ""
    kind: str = ""
    reason: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    sessionless_too: bool = True

    async def serve(self, asked: Asked) -> None:
        if asked.method == "GET" and self.sessionless_too:
            await self.get(asked)
        else:
            await super().serve(asked)

    async def get(self, asked: Asked) -> None:
        await asked.answer(
            self.status, self.body, self.kind, reason=self.reason, **self.extra
        )


@dataclass
class SecondGetLimited(World):
    """A limiter lets one GET through and refuses the next."""

    asked_before: int = 0

    async def get(self, asked: Asked) -> None:
        self.asked_before += 1
        if self.asked_before > 1:
            await asked.answer(429, "slow down", "text/plain")
        else:
            await super().get(asked)


@dataclass
class PostLimited(World):
    """The limiter counts POSTs."""

    async def tools(self, asked: Asked) -> None:
        await asked.answer(429, {"error": "quota"}, Retry_After="60")


@dataclass
class WantsBothTypes(World):
    """A GET is served only if it also accepts JSON."""

    async def get(self, asked: Asked) -> None:
        if "application/json" not in asked.headers["accept"]:
            await asked.answer(406, "Not Acceptable", "text/plain")
        else:
            await super().get(asked)


@dataclass
class LoginAgain(World):
    """The first GET of a session is a stream; the next one gets a login page."""

    opened: set[str | None] = field(default_factory=set)

    async def get(self, asked: Asked) -> None:
        if asked.session in self.opened:
            await asked.answer(200, LOGIN, "text/html; charset=utf-8")
        else:
            self.opened.add(asked.session)
            await super().get(asked)


@dataclass
class RouteWithoutStream(World):
    """Knows GET, for it asks for a session, but answers 404 to one that has it."""

    async def get(self, asked: Asked) -> None:
        await asked.answer(404, {"detail": "Not Found"})


def refuses(
    status: int, body: str | dict[str, Any] = "", kind: str = "", **more: Any
) -> World:
    return Refuses(status=status, body=body, kind=kind, **more)


def rpc(code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}


def trial(name: str, world: World, expected: Seen, **more: Any) -> Trial:
    return Trial(name, world, expected, **more)


TRIALS = [
    # 404
    trial("express 404", refuses(404, EXPRESS, "text/html; charset=utf-8"), NOT_404),
    trial("django 404", refuses(404, DJANGO, "text/html"), NOT_404),
    trial("go mux 404", refuses(404, "404 page not found\n", "text/plain"), NOT_404),
    trial("ingress 404", refuses(404, "default backend - 404", "text/plain"), NOT_404),
    trial(
        "nginx 404", refuses(404, NGINX.format("404 Not Found"), "text/html"), NOT_404
    ),
    trial("fastapi 404", refuses(404, {"detail": "Not Found"}), NOT_404),
    trial("empty 404", refuses(404), NOT_404),
    trial("404 without a phrase", refuses(404, reason=""), NOT_404),
    trial(
        "404 without sessions",
        refuses(404, "nope", with_sessions=False),
        NOT_404,
    ),
    trial(
        "404 of another replica, JSON-RPC",
        refuses(404, rpc(-32001, "Session not found"), sessionless_too=False),
        maybe("get-not-implemented-404"),
    ),
    trial(
        "404 of another replica, text",
        refuses(404, "session not found\n", "text/plain", sessionless_too=False),
        maybe("get-not-implemented-404"),
    ),
    trial(
        "404 where a GET without session is 400",
        RouteWithoutStream(),
        maybe("get-not-implemented-404"),
    ),
    # other 4xx
    trial("406 JSON", refuses(406, {"error": "not acceptable"}), NOT_405),
    trial("406 empty", refuses(406), NOT_405),
    trial(
        "406 that names the type, for having none",
        refuses(406, rpc(-32000, "Not Acceptable: text/event-stream is switched off")),
        NOT_405,
    ),
    trial("415 text", refuses(415, "Unsupported Media Type", "text/plain"), NOT_405),
    trial("422 JSON", refuses(422, {"detail": [{"loc": ["body"]}]}), NOT_405),
    trial("501 empty", refuses(501), NOT_405),
    trial("400 parse error", refuses(400, rpc(-32700, "Parse error")), NOT_405),
    trial("400 without a phrase", refuses(400, reason=""), NOT_405),
    trial(
        "400 missing session where none is issued",
        refuses(400, "Invalid or missing session ID", with_sessions=False),
        NOT_405,
    ),
    trial(
        "400 not initialized where no session is issued",
        refuses(
            400, rpc(-32000, "Bad Request: Server not initialized"), with_sessions=False
        ),
        NOT_405,
    ),
    trial(
        "400 missing session though it was sent",
        refuses(400, "Invalid or missing session ID"),
        maybe("get-4xx-instead-of-405", "session-id-not-exposed"),
    ),
    trial(
        "400 version",
        refuses(
            400, rpc(-32000, "Bad Request: Unsupported protocol version: 2025-06-18")
        ),
        maybe("protocol-version-header-400", "get-4xx-instead-of-405"),
    ),
    trial(
        "406 although the type was accepted",
        refuses(
            406, rpc(-32000, "Not Acceptable: Client must accept text/event-stream")
        ),
        maybe("accept-406", "get-4xx-instead-of-405"),
    ),
    trial(
        "406 cured by both types",
        WantsBothTypes(),
        maybe("accept-406", "get-4xx-instead-of-405"),
    ),
    # 405 and 2xx
    trial(
        "405 with HTML",
        refuses(405, NGINX.format("405 Not Allowed"), "text/html"),
        HEALTHY,
    ),
    trial("405 empty", refuses(405, reason=""), HEALTHY),
    trial("204", refuses(204), only("get-204")),
    trial("200 login page", refuses(200, LOGIN, "text/html; charset=utf-8"), DOCUMENT),
    trial("200 JSON", refuses(200, {"status": "ok"}), DOCUMENT),
    trial("200 nothing at all", refuses(200), DOCUMENT),
    trial("200 login page on reopening", LoginAgain(), DOCUMENT),
    # gateways
    trial(
        "403 nginx", refuses(403, NGINX.format("403 Forbidden"), "text/html"), BLOCKED
    ),
    trial(
        "403 JSON of the app",
        refuses(403, {"error": "no"}),
        maybe("gateway-blocks-get"),
    ),
    trial(
        "403 of another writer",
        refuses(403, "no", extra={"Server": "edge"}, name="app/1.0"),
        BLOCKED,
    ),
    trial(
        "403 scope",
        refuses(
            403,
            {"error": "insufficient_scope"},
            extra={"WWW_Authenticate": 'Bearer error="insufficient_scope", scope="s"'},
        ),
        only("insufficient-scope-403"),
    ),
    trial("502 empty", refuses(502), BLOCKED),
    trial("504 empty", refuses(504, reason=""), BLOCKED),
    trial("503 empty", refuses(503), maybe("gateway-blocks-get")),
    trial("503 Envoy", refuses(503, "no healthy upstream", "text/plain"), BLOCKED),
    trial("500 on GET", refuses(500, "Internal Server Error", "text/plain"), UNKNOWN),
    # rights and limits
    trial(
        "401 on GET only",
        refuses(401, {"error": "unauthorized"}),
        maybe("token-refresh-401-loop-v1"),
    ),
    trial("429 on POST", PostLimited(), LIMITED),
    trial("429 on the second GET", SecondGetLimited(), LIMITED),
    trial(
        "302 on GET to a login",
        refuses(302, extra={"Location": "https://login.example/authorize"}),
        only("redirect-cross-origin-login"),
    ),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_first_get_is_judged_fairly(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    report = reports[each.id]

    first_answer(report, fits=Seen.of(report) == each.expected)


def test_redirect_is_named(reports: dict[str, Report]) -> None:
    """Where a GET is led elsewhere, the summary says where."""
    assert "login.example" in reports["302 on GET to a login"].verdict.summary


def test_gateway_page_makes_the_proxy_the_owner(reports: dict[str, Report]) -> None:
    """A 404 page that names its product is for whoever runs that product."""
    assert reports["ingress 404"].verdict.owner == "proxy"
    assert reports["go mux 404"].verdict.owner == "server"
