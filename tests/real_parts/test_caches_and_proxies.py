"""Varnish, lighttpd and nghttpx in front of a sound server, as people set them up."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from first_answers import explain
from real_parts.running import Trial, judge_all, mcp_server, program, started
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="products"), pytest.mark.timeout(900)]

VARNISH = program("varnishd")
LIGHTTPD = program("lighttpd")
NGHTTPX = program("nghttpx")

VCL = """vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{upstream}"; {backend} }}
{rules}
"""
PASS = 'sub vcl_recv { if (req.url ~ "^/mcp") { return (pass); } }'
WHOLE = f"{PASS} sub vcl_backend_response {{ set beresp.do_stream = false; }}"
LIGHTTPD_CONF = """server.modules = ("mod_proxy")
server.document-root = "/nonexistent"
server.bind = "127.0.0.1"
server.port = {port}
{more}
$HTTP["url"] =~ "^/mcp" {{
  proxy.server = ("" => (("host" => "127.0.0.1", "port" => {upstream})))
}}
"""
STREAMING = "server.stream-response-body = 2"


@contextlib.contextmanager
def varnish(rules: str = "", backend: str = "", comments_s: float = 0) -> Iterator[str]:
    def command(folder: Path, port: int) -> list[str]:
        config = VCL.format(upstream=upstream, backend=backend, rules=rules)
        (folder / "default.vcl").write_text(config)
        listen = ["-a", f"127.0.0.1:{port}", "-n", str(folder / "work")]
        memory = ["-s", "malloc,16m", "-f", str(folder / "default.vcl")]
        return [str(VARNISH), "-F", *listen, *memory]

    with mcp_server(comments_s=comments_s) as upstream, started(command) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@contextlib.contextmanager
def lighttpd(more: str = "") -> Iterator[str]:
    def command(folder: Path, port: int) -> list[str]:
        config = LIGHTTPD_CONF.format(port=port, upstream=upstream, more=more)
        (folder / "lighttpd.conf").write_text(config)
        return [str(LIGHTTPD), "-D", "-f", str(folder / "lighttpd.conf")]

    with mcp_server(comments_s=0.5) as upstream, started(command) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@contextlib.contextmanager
def nghttpx(*more: str, comments_s: float = 0) -> Iterator[str]:
    def command(_folder: Path, port: int) -> list[str]:
        ways = [f"-f127.0.0.1,{port};no-tls", f"-b127.0.0.1,{upstream}"]
        quiet = ["--conf=/dev/null", "--errorlog-file=/dev/stderr", "--workers=1"]
        return [str(NGHTTPX), *quiet, *ways, *more]

    with mcp_server(comments_s=comments_s) as upstream, started(command) as port:
        yield f"http://127.0.0.1:{port}/mcp"


def idle(comments_s: float = 0) -> contextlib.AbstractContextManager[str]:
    return nghttpx("--backend-read-timeout=2s", comments_s=comments_s)


PRODUCTS: Mapping[str, tuple[str | None, list[Trial]]] = {
    "varnish": (
        VARNISH,
        [
            Trial("passed by", lambda: varnish(PASS, comments_s=0.2), HEALTHY),
            Trial(
                "a whole answer first",
                lambda: varnish(WHOLE, comments_s=0.2),
                only("headers-never-flushed"),
            ),
        ],
    ),
    "lighttpd": (
        LIGHTTPD,
        [
            Trial("as by default", lighttpd, only("headers-never-flushed")),
            Trial("streaming", lambda: lighttpd(STREAMING), HEALTHY),
        ],
    ),
    "nghttpx": (
        NGHTTPX,
        [
            Trial("2 s, silent", idle, only("lb-idle-60s"), hold_s=8),
            Trial("2 s, comments", lambda: idle(0.5), HEALTHY, hold_s=4),
        ],
    ),
}
NAMED = [(name, trial) for name, (_, trials) in PRODUCTS.items() for trial in trials]
MISSING = {name for name, (found, _) in PRODUCTS.items() if found is None}


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, Report]]:
    return {
        name: judge_all(trials)
        for name, (_, trials) in PRODUCTS.items()
        if name not in MISSING
    }


@pytest.fixture(scope="module")
def cached() -> Report:
    """Return what is judged of a Varnish that follows its built-in rules."""
    trial = Trial("cached", lambda: varnish(comments_s=0.2), HEALTHY)
    return judge_all([trial])["cached"]


@pytest.mark.parametrize(
    ("name", "trial"), NAMED, ids=[f"{name}: {trial.id}" for name, trial in NAMED]
)
def test_proxy_is_judged_fairly(
    name: str,
    trial: Trial,
    reports: dict[str, dict[str, Report]],
    first_answer: FirstAnswer,
) -> None:
    """The verdict is that of a person who knows the configuration."""
    if name in MISSING:
        pytest.skip(f"{name} is missing: NO CASE WITH {name.upper()} WAS JUDGED")
    report = reports[name][trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)


@pytest.mark.skipif(VARNISH is None, reason="varnish is missing: NO CACHE WAS JUDGED")
def test_refusal_that_varnish_keeps_is_found_and_does_no_harm(cached: Report) -> None:
    """By its built-in rules it keeps a 404; no GET of a live session may be given it.

    Whether it notices in time that a client is gone is not its cache's matter.
    """
    causes = set(cached.verdict.causes) - {"half-open-stream-409"}

    assert causes == {"cdn-caches-stream"}, explain(cached)
    assert "404" not in cached.verdict.reopen
