"""Ordinary logs, documentation and code pass the redactor as they are."""

from __future__ import annotations

import random
import sysconfig
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.redaction import Redactor, last_look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST = 1 / 1000
_ENOUGH = 3_000_000
_PATHS = ("/mcp", "/", "/health", "/sse", "/static/app.3f9a1c2b.js", "/v1/items/4711")


def lines_of(files: Iterable[Path]) -> list[str]:
    """Read files until there is enough."""
    lines: list[str] = []
    size = 0
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        lines += text.splitlines()
        size += len(text)
        if size > _ENOUGH:
            break
    return lines


def touched(lines: list[str]) -> list[tuple[str, str]]:
    """Return the lines that are not as they were."""
    redactor = Redactor()
    shown = ((line, last_look(redactor.text(line))) for line in lines)
    return [(line, after) for line, after in shown if line != after]


def code() -> list[str]:
    return lines_of(sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")))


def documentation() -> list[str]:
    """Return what packages say of themselves: prose, badges, links, examples."""
    return lines_of(
        sorted(Path(sysconfig.get_paths()["purelib"]).glob("*.dist-info/METADATA"))
    )


class Drawn:
    """What logs are full of: hashes, ids and addresses, drawn by lot."""

    def __init__(self) -> None:
        self.lot = random.Random(4)

    def hexadecimal(self, size: int) -> str:
        return f"{self.lot.getrandbits(size * 4):0{size}x}"

    def uuid(self) -> str:
        return "-".join(self.hexadecimal(size) for size in (8, 4, 4, 4, 12))

    def base64(self, size: int) -> str:
        signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(self.lot.choices(signs, k=size))


def logs() -> Iterator[str]:
    """Write what nginx, HAProxy, applications, registries and tracing write."""
    drawn = Drawn()
    lot, begun = drawn.lot, datetime(2026, 11, 20, tzinfo=UTC)
    for number in range(700):
        at = begun + timedelta(seconds=number * 7)
        path, clf = lot.choice(_PATHS), f"{at:%d/%b/%Y:%H:%M:%S}"
        ip = f"10.1.{lot.randrange(256)}.{lot.randrange(256)}"
        yield (
            f'{ip} - - [{clf} +0000] "POST {path} HTTP/1.1" 200 512 "-"'
            f' "node" rt=60.001 request_id={drawn.hexadecimal(32)}'
        )
        yield (
            f"{at:%b %d %H:%M:%S} lb haproxy[71]: {ip}:50112 [{clf}.004] fe~ be/srv1"
            f' 0/0/1/3/60001 200 99 - - sH-- 1/1/0/0/0 0/0 "GET {path} HTTP/2.0"'
        )
        yield (
            f'{{"ts":"{at.isoformat()}","msg":"upstream","status":502,"request_id":'
            f'"{drawn.uuid()}","etag":"W/\\"{drawn.hexadecimal(40)}\\""}}'
        )
        yield f"commit {drawn.hexadecimal(40)}"
        yield f"Digest: sha256:{drawn.hexadecimal(64)}"
        yield f'    "integrity": "sha512-{drawn.base64(86)}==",'
        yield f"golang.org/x/net v0.44.0 h1:{drawn.base64(43)}="
        yield f"x-amz-cf-id: {drawn.base64(54)}=="
        yield f"cf-ray: {drawn.hexadecimal(16)}-AMS"
        yield f"traceparent: 00-{drawn.hexadecimal(32)}-{drawn.hexadecimal(16)}-01"
        yield f"x-amzn-requestid: {drawn.uuid()}, retry-after: 30"
        yield f"pod/mcp-server-{drawn.hexadecimal(10)}-x2k4q, uid {drawn.uuid()}"
        yield f"Error: req_011C{drawn.base64(20)} failed with status 529 after 3 tries"
        yield f"at open (/app/node_modules/sdk/dist/esm/streamableHttp.js:{number}:12)"


def test_one_line_in_a_thousand_is_touched_at_most() -> None:
    lines = [*code(), *documentation(), *logs()]
    changed = touched(lines)

    assert len(lines) > 50_000
    assert len(changed) <= _MOST * len(lines), changed[:40]


def test_of_logs_nothing_is_touched() -> None:
    assert touched(list(logs())) == []
