"""Real ways to a server that differ: a proxy, a load balancer, a region, a guard.

One embedded cluster with three vantage points; the office goes out through nginx.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import httpx
import pytest

from fleet.samples import servers
from real_parts.running import mcp_server, program, started
from streamtriage.fleet.cluster import Place
from streamtriage.fleet.pipeline import Wanted, compared, conduct
from streamtriage.fleet.run import Limits
from streamtriage.fleet.targets import FleetTarget, Targets
from streamtriage.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from streamtriage.fleet.pipeline import Compared

HAPROXY, NGINX = program("haproxy"), program("nginx")
pytestmark = [
    pytest.mark.real(part="cluster"),
    pytest.mark.skipif(
        HAPROXY is None or NGINX is None,
        reason="haproxy or nginx is missing: NO WAYS THAT DIFFER WERE COMPARED",
    ),
]
# Silence for longer than this is cut on the way; the SDK's first comment is at 15 s.
CUT_S, HOLD_S = 3, 8
# Not squid, which looks at its timers once a second: at 3 s that is no common age yet.
FORWARDS = f"""daemon off;
pid {{folder}}/nginx.pid;
events {{{{ worker_connections 64; }}}}
http {{{{
  access_log off;
  proxy_temp_path {{folder}}/proxy; client_body_temp_path {{folder}}/body;
  fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u;
  scgi_temp_path {{folder}}/s;
  server {{{{
    listen 127.0.0.1:{{port}};
    location / {{{{
      proxy_pass http://$http_host$request_uri;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout {CUT_S}s;
    }}}}
  }}}}
}}}}
"""
BALANCES = f"""
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server {CUT_S}s
  option abortonclose
listen mcp
  bind 127.0.0.1:{{port}}
  server one 127.0.0.1:{{to}}
"""
# The same program of another region, at an address of its own.
PASSES = """
defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
listen mcp
  bind 127.0.0.1:{port},127.0.0.2:{port}
  server one 127.0.0.1:{to}
"""


@contextlib.contextmanager
def haproxy(config: str, to: int) -> Iterator[int]:
    def command(folder: Path, port: int) -> list[str]:
        (folder / "haproxy.cfg").write_text(config.format(port=port, to=to))
        return [str(HAPROXY), "-db", "-q", "-f", "haproxy.cfg"]

    with started(command) as port:
        yield port


@contextlib.contextmanager
def forward_proxy() -> Iterator[str]:
    def command(folder: Path, port: int) -> list[str]:
        text = FORWARDS.format(port=port, folder=folder)
        (folder / "nginx.conf").write_text(text)
        return [str(NGINX), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]

    with started(command) as port:
        yield f"http://127.0.0.1:{port}"


def target(name: str, url: str, *vantages: str) -> FleetTarget:
    return FleetTarget(name=name, url=url, vantages=vantages)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Status]]:
    """Return what is not absent for each target, by one run over all of them."""
    out = tmp_path_factory.mktemp("ways") / "out"
    labs = ("healthy-get-405", "get-not-implemented-404", "host-403")
    with contextlib.ExitStack() as stack:
        sound = stack.enter_context(mcp_server())
        chatty = f"http://127.0.0.1:{stack.enter_context(mcp_server(comments_s=1))}/mcp"
        balanced = stack.enter_context(haproxy(BALANCES, sound))
        served = stack.enter_context(servers(labs))
        good, missing, guarded = (served[name].url for name in labs)
        apart = stack.enter_context(haproxy(PASSES, httpx.URL(missing).port or 0))
        proxy = stack.enter_context(forward_proxy())
        places = (
            Place("office", {"http_proxy": proxy, "HTTP_PROXY": proxy}),
            Place("ci", {"REGION": good, "TWIN": good, "GUARDED": good}),
            Place(
                "eu",
                {
                    "REGION": f"http://127.0.0.2:{apart}/mcp",
                    "TWIN": missing,
                    "GUARDED": guarded,
                },
            ),
        )
        listed = (
            target("cut on one way", f"http://127.0.0.1:{sound}/mcp", "office", "ci"),
            target("cut for all", f"http://127.0.0.1:{balanced}/mcp", "ci", "eu"),
            target("sound", f"http://127.0.0.1:{sound}/mcp", "ci", "eu"),
            target("sound through a proxy", chatty, "office", "ci"),
            target("another region", "env:REGION", "ci", "eu"),
            target("another replica", "env:TWIN", "ci", "eu"),
            target("let in from one", "env:GUARDED", "ci", "eu"),
            target("missing for all", missing, "ci", "eu"),
        )
        return judged(Wanted(Targets(listed), out, places=places, limits=LIMITS))


LIMITS = Limits(hold_s=HOLD_S, per_host=8)


def judged(wanted: Wanted) -> dict[str, dict[str, Status]]:
    with pytest.MonkeyPatch.context() as bare:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            bare.delenv(name, raising=False)
            bare.delenv(name.upper(), raising=False)
        rows = asyncio.run(conduct(wanted))
    assert not [row.summary for row in rows if row.why]
    return {each.target: _shown(each) for each in compared(wanted.out, rows)}


def _shown(each: Compared) -> dict[str, Status]:
    silent = (Status.ABSENT, Status.UNKNOWN)
    return {f.cause: f.status for f in each.findings if f.status not in silent}


EXPECTED: Mapping[str, dict[str, Status]] = {
    # It is squid that cuts, which only a watch past it could prove.
    "cut on one way": {
        "vantage-limit": Status.PRESENT,
        "vantage-proxy": Status.SUSPECTED,
    },
    "cut for all": {"shared-limit": Status.PRESENT},
    "sound": {},
    "sound through a proxy": {},
    "another region": {"vantage-region": Status.PRESENT},
    "another replica": {"vantage-region": Status.SUSPECTED},
    "let in from one": {"vantage-refused": Status.PRESENT},
    "missing for all": {},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_difference_is_named_and_nothing_else(
    told: dict[str, dict[str, Status]], name: str
) -> None:
    assert told[name] == EXPECTED[name]
