"""Apache and Caddy in front of a sound MCP server, set up wrongly and then rightly."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from real_parts.running import Trial, judge_all, mcp_server, program, started
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="products"), pytest.mark.timeout(900)]

APACHE = program("apache2")
CADDY = program("caddy")

CONFIG = """
ServerName 127.0.0.1
ServerRoot {folder}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex file:{folder}
Listen 127.0.0.1:{port}
ErrorLog /dev/stderr
User nobody
Group nogroup
{modules}
ProxyTimeout {timeout}
ProxyPass /mcp http://127.0.0.1:{upstream}/mcp flushpackets=on
<Location /mcp>
  {location}
</Location>
"""
MODULES = (
    "mpm_event",
    "authz_core",
    "authz_host",
    "proxy",
    "proxy_http",
    "filter",
    "deflate",
)
FOLDER = "/usr/lib/apache2/modules"
LIMIT = "<LimitExcept POST>\nRequire all denied\n</LimitExcept>"


@contextlib.contextmanager
def apache(
    *, timeout_s: int = 3600, location: str = "", comments_s: float = 0
) -> Iterator[str]:
    def command(folder: Path, port: int) -> list[str]:
        lines = [f"LoadModule {m}_module {FOLDER}/mod_{m}.so" for m in MODULES]
        config = CONFIG.format(
            folder=folder,
            port=port,
            upstream=upstream,
            modules="\n".join(lines),
            timeout=timeout_s,
            location=location,
        )
        (folder / "apache.conf").write_text(config)
        config_file = str(folder / "apache.conf")
        return [str(APACHE), "-D", "FOREGROUND", "-f", config_file]

    with mcp_server(comments_s=comments_s) as upstream, started(command) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@contextlib.contextmanager
def caddy() -> Iterator[str]:
    def command(folder: Path, port: int) -> list[str]:
        (folder / "Caddyfile").write_text(
            "{\n  admin off\n  auto_https off\n}\n"
            f"http://127.0.0.1:{port} {{\n  reverse_proxy 127.0.0.1:{upstream}\n}}\n"
        )
        return [str(CADDY), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]

    with mcp_server() as upstream, started(command) as port:
        yield f"http://127.0.0.1:{port}/mcp"


WITH_APACHE = [
    # Apache notices at the second write that a client is gone: long before +1 s.
    Trial("comments", lambda: apache(comments_s=0.2), HEALTHY, hold_s=4),
    # Apache waits for a silent server and does not look whether the client is there.
    Trial("silent", apache, only("half-open-stream-409")),
    # Its own cut frees the place at once; a client's end it notices only by that cut.
    Trial(
        "ProxyTimeout 2 s",
        lambda: apache(timeout_s=2),
        Seen(("lb-idle-60s",), suspected=("half-open-stream-409",)),
        hold_s=8,
    ),
    Trial(
        "ProxyTimeout 2 s, comments",
        lambda: apache(timeout_s=2, comments_s=0.2),
        HEALTHY,
        hold_s=4,
    ),
    Trial(
        "LimitExcept POST",
        lambda: apache(location=LIMIT, comments_s=0.5),
        only("gateway-blocks-get"),
    ),
]
WITH_CADDY = [Trial("as by default", caddy, HEALTHY, hold_s=4)]


@pytest.fixture(scope="module")
def behind_apache() -> dict[str, Report]:
    return judge_all(WITH_APACHE)


@pytest.fixture(scope="module")
def behind_caddy() -> dict[str, Report]:
    return judge_all(WITH_CADDY)


@pytest.mark.skipif(
    APACHE is None, reason="apache2 is missing: NO CASE WITH APACHE WAS JUDGED"
)
@pytest.mark.parametrize("trial", WITH_APACHE, ids=lambda each: each.id)
def test_apache_is_judged_fairly(
    trial: Trial, behind_apache: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the configuration."""
    report = behind_apache[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)


@pytest.mark.skipif(
    CADDY is None, reason="caddy is missing: NO CASE WITH CADDY WAS JUDGED"
)
@pytest.mark.parametrize("trial", WITH_CADDY, ids=lambda each: each.id)
def test_caddy_is_judged_fairly(
    trial: Trial, behind_caddy: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the configuration."""
    report = behind_caddy[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)
