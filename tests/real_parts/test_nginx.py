"""nginx in front of a sound MCP server, set up wrongly and then rightly."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from real_parts.running import Trial, judge_all, mcp_server, program, started
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

    from first_answers import FirstAnswer
    from streamtriage.model import Report

NGINX = program("nginx")
pytestmark = [
    pytest.mark.real(part="products"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        NGINX is None, reason="nginx is missing: NO CASE WITH NGINX WAS JUDGED"
    ),
]

CONFIG = """
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off;
  {http}
  client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  server {{
    listen 127.0.0.1:{port} {listen};
    {server}
    location /mcp {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_http_version {version};
      {location}
    }}
  }}
}}
"""
# What nginx' documentation advises for a response that comes in small pieces.
RIGHT = "proxy_buffering off; proxy_read_timeout 1h;"
# Buffering is nginx' default, but both SDKs ask it not to by a response header. Where
# that has no effect and nginx speaks HTTP/1.0 to the server, its default before 1.29.7,
# it keeps all of it, the head included, until 4 KB have come.
BUFFERING = "proxy_read_timeout 1h; proxy_ignore_headers X-Accel-Buffering;"
# The head passes, and then the body waits, only over HTTP/1.0 and only if something
# makes the head leave: no minimum for what is sent at once, or 4 KB right behind it.
# Over HTTP/1.1 nginx passes each chunk on, buffering or not.
HEAD_FIRST = BUFFERING + "postpone_output 0;"
FIRST_4_KB = b":" + b" " * 4200 + b"\r\n\r\n"
GZIP = "gzip on; gzip_proxied any; gzip_min_length 0; gzip_types text/event-stream;"


def dated() -> str:
    """Return what sse-starlette writes every 15 s, and these servers more often."""
    return f"ping - {datetime.now(UTC)}"


@contextlib.contextmanager
def nginx(
    location: str,
    *,
    comments_s: float = 0,
    listening: bool = True,
    tls: trustme.LeafCert | None = None,
    h2: str = "",
    version: str = "1.1",
    first: bytes = b"",
    http: str = "",
) -> Iterator[str]:
    def command(folder: Path, port: int) -> list[str]:
        server = ""
        if tls is not None:
            tls.private_key_and_cert_chain_pem.write_to_path(folder / "tls.pem")
            server = f"ssl_certificate {folder}/tls.pem;"
            server += f"ssl_certificate_key {folder}/tls.pem;"
        config = CONFIG.format(
            port=port,
            listen=f"ssl {h2}" if tls else "",
            server=server,
            upstream=upstream,
            location=location,
            version=version,
            http=http,
        )
        (folder / "nginx.conf").write_text(config)
        return [str(NGINX), "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]

    server = mcp_server(
        comments_s=comments_s, comment=dated, listening=listening, first=first
    )
    with server as upstream, started(command) as port:
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}/mcp"


# A client's first requests come within a second: a bucket of four is full by then.
PACED = "limit_req_zone $binary_remote_addr zone=mcp:1m rate=4r/s;"
LIMITED = RIGHT + "limit_req zone=mcp burst=4 nodelay;"
TRIALS = [
    Trial("as advised", lambda: nginx(RIGHT), HEALTHY, hold_s=5),
    Trial("buffering, which the SDK forbids", lambda: nginx(""), HEALTHY),
    Trial("buffering, silent", lambda: nginx(BUFFERING), only("headers-never-flushed")),
    Trial(
        "buffering, comments",
        lambda: nginx(BUFFERING, comments_s=0.5, version="1.0"),
        only("headers-never-flushed"),
    ),
    Trial(
        "buffering, but not of the head",
        lambda: nginx(HEAD_FIRST, comments_s=0.05, version="1.0"),
        only("nginx-buffering"),
        hold_s=7,
    ),
    Trial(
        "buffering after the first 4 KB",
        lambda: nginx(BUFFERING, comments_s=0.05, version="1.0", first=FIRST_4_KB),
        only("nginx-buffering"),
        hold_s=7,
    ),
    Trial(
        "buffering, cured by HTTP/1.1",
        lambda: nginx(HEAD_FIRST, comments_s=0.05),
        HEALTHY,
        hold_s=7,
    ),
    Trial(
        "buffering, cured by switching it off",
        lambda: nginx(RIGHT, comments_s=0.05, version="1.0", first=FIRST_4_KB),
        HEALTHY,
        hold_s=7,
    ),
    Trial(
        "read timeout of 2 s",
        lambda: nginx("proxy_buffering off; proxy_read_timeout 2s;"),
        only("lb-idle-60s"),
        hold_s=8,
    ),
    Trial(
        "read timeout of 2 s, comments",
        lambda: nginx("proxy_read_timeout 2s;", comments_s=0.5),
        HEALTHY,
        hold_s=5,
    ),
    Trial(
        "read timeout of 2 s, comments but while listening",
        lambda: nginx("proxy_read_timeout 2s;", comments_s=0.5, listening=False),
        only("lb-idle-60s"),
        hold_s=5,
    ),
    Trial(
        "limit_except POST",
        lambda: nginx(RIGHT + "limit_except POST { deny all; }"),
        only("gateway-blocks-get"),
    ),
    Trial(
        "limit_req, which refuses by 503",
        lambda: nginx(LIMITED, http=PACED),
        only("rate-limit-503"),
        hold_s=4,
    ),
    Trial(
        "limit_req, told to refuse by 429",
        lambda: nginx(LIMITED + "limit_req_status 429;", http=PACED),
        only("rate-limit-429"),
        hold_s=4,
    ),
    Trial(
        "limit_req, with room for a client's start",
        lambda: nginx(
            RIGHT + "limit_req zone=mcp burst=200 nodelay;",
            http=PACED.replace("4r/s", "100r/s"),
        ),
        HEALTHY,
        hold_s=4,
    ),
    # Silent, so nothing shows that what is compressed would be held back.
    Trial("gzip, silent", lambda: nginx(RIGHT + GZIP), HEALTHY),
    Trial(
        "gzip, flushed",
        lambda: nginx(RIGHT + GZIP, comments_s=0.5),
        HEALTHY,
    ),
    Trial(
        "gzip and buffering, but not of the head",
        lambda: nginx(HEAD_FIRST + GZIP, comments_s=0.5),
        only("compression-buffers-sse"),
    ),
    Trial(
        "gzip and buffering",
        lambda: nginx(BUFFERING + GZIP, comments_s=0.5, version="1.0"),
        only("headers-never-flushed"),
    ),
]


def over_tls(authority: trustme.CA, ca_file: str) -> list[Trial]:
    leaf = authority.issue_cert("127.0.0.1")
    given = {"ca_file": ca_file}
    return [
        Trial("TLS", lambda: nginx(RIGHT, tls=leaf), HEALTHY, given=given),
        # Over HTTP/2 and TLS, nginx keeps the head until there is something behind it.
        Trial(
            "TLS and HTTP/2, silent",
            lambda: nginx(RIGHT, tls=leaf, h2="http2"),
            only("headers-never-flushed"),
            given=given,
        ),
        Trial(
            "TLS and HTTP/2, comments",
            lambda: nginx(RIGHT, tls=leaf, h2="http2", comments_s=0.5),
            HEALTHY,
            given=given,
        ),
    ]


@pytest.fixture(scope="module")
def reports(authority: trustme.CA, ca_file: str) -> dict[str, tuple[Seen, Report]]:
    tried = [*TRIALS, *over_tls(authority, ca_file)]
    found = judge_all(tried)
    return {each.id: (each.expected, found[each.id]) for each in tried}


@pytest.mark.parametrize(
    "name",
    [
        *(each.id for each in TRIALS),
        "TLS",
        "TLS and HTTP/2, silent",
        "TLS and HTTP/2, comments",
    ],
)
def test_nginx_is_judged_fairly(
    name: str, reports: dict[str, tuple[Seen, Report]], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the configuration."""
    expected, report = reports[name]

    first_answer(report, fits=Seen.of(report) == expected)


@pytest.mark.parametrize(
    ("reason", "clients", "also"),
    [
        ("Forbidden", {"v1-node", "v1-bun"}, ()),
        ("", {"v1-node-h2"}, ("h2-empty-reason",)),
    ],
)
def test_refusal_over_h2_has_the_words_of_http1(
    reason: str,
    clients: set[str],
    also: tuple[str, ...],
    authority: trustme.CA,
    ca_file: str,
    first_answer: FirstAnswer,
) -> None:
    """The phrase that nginx says in HTTP/1.1 reproduces what Node 24 and Bun print."""
    leaf = authority.issue_cert("127.0.0.1")
    text = f"Streamable HTTP error: Failed to open SSE stream: {reason}"
    trial = Trial(
        "limit_except POST, HTTP/2",
        lambda: nginx(RIGHT + "limit_except POST { deny all; }", tls=leaf, h2="http2"),
        Seen(("gateway-blocks-get", *also)),
        given={"ca_file": ca_file, "error": text},
    )
    report = judge_all([trial])[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)
    assert set(report.predicted_text.reproduced) == clients
