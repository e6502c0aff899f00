"""squid as the forward proxy between the person and a sound MCP server."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from real_parts.running import Trial, judge_all, mcp_server, program, started
from streamtriage.model import Intake
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

    from first_answers import FirstAnswer
    from streamtriage.model import Report

SQUID = program("squid")
pytestmark = [
    pytest.mark.real(part="products"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        SQUID is None, reason="squid is missing: NO CASE WITH SQUID WAS JUDGED"
    ),
]

CONFIG = """
http_port 127.0.0.1:{port}
pid_filename {folder}/squid.pid
cache_log /dev/stderr
access_log none
cache deny all
coredump_dir {folder}
shutdown_lifetime 0 seconds
{rules}
"""
# Who asks for a password is told 407; the helper only has to exist.
PASSWORD = """auth_param basic program /bin/cat
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all"""


@contextlib.contextmanager
def squid(rules: str, ca_file: str, tls: dict[str, str]) -> Iterator[Intake]:
    def command(folder: Path, port: int) -> list[str]:
        config = CONFIG.format(port=port, folder=folder, rules=rules)
        (folder / "squid.conf").write_text(config)
        folder.chmod(0o777)
        return [str(SQUID), "-N", "-f", str(folder / "squid.conf")]

    with mcp_server(tls=tls) as upstream, started(command) as port:
        yield Intake(
            url=f"https://127.0.0.1:{upstream}/mcp",
            proxy=f"http://127.0.0.1:{port}",
            ca_file=ca_file,
            hold_s=0,
        )


DENIED = "acl CONNECT method CONNECT\nhttp_access deny CONNECT\nhttp_access allow all"
# As Debian ships it: a port that is not listed is refused.
NOT_LISTED = """acl SSL_ports port 443
acl CONNECT method CONNECT
http_access deny CONNECT !SSL_ports
http_access allow all"""
RULES = {
    "CONNECT allowed": ("http_access allow all", HEALTHY),
    "CONNECT denied": (DENIED, only("proxy-env-connect-refused")),
    "port not listed": (NOT_LISTED, only("proxy-env-connect-refused")),
    "password wanted": (PASSWORD, only("proxy-env-connect-refused")),
}


@pytest.fixture(scope="module")
def reports(
    authority: trustme.CA, ca_file: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Report]:
    pem = tmp_path_factory.mktemp("squid") / "server.pem"
    leaf = authority.issue_cert("127.0.0.1")
    leaf.private_key_and_cert_chain_pem.write_to_path(pem)
    tls = {"ssl_certfile": str(pem), "ssl_keyfile": str(pem)}

    def trial(name: str) -> Trial:
        rules, expected = RULES[name]
        return Trial(name, lambda: squid(rules, ca_file, tls), expected)

    return judge_all([trial(name) for name in RULES])


@pytest.mark.parametrize("name", RULES)
def test_squid_is_judged_fairly(
    name: str, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the configuration."""
    report = reports[name]

    first_answer(report, fits=Seen.of(report) == RULES[name][1])
