"""What the proxy let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.model import ProxyEvidence
from streamtriage.model.message import tell
from streamtriage.phrases import FAILURES, answer
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import ProxyPath

__all__ = ["rows"]


@tells(ProxyEvidence, "Does the proxy let it through?")
def rows(seen: ProxyEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("Proxy", f"{seen.proxy} ({seen.source})")
    for choice in seen.choices:
        way = choice.proxy or translate("direct")
        yield Row(
            tell("report.path-facts.proxy", runtime=choice.runtime),
            f"{way}: {choice.because}",
        )
    if seen.connect:
        yield Row("CONNECT", answer(seen.connect))
    yield Row("Through the proxy", _path(seen.proxied))
    yield Row("Without it", _path(seen.direct))


def _path(path: ProxyPath | None) -> str:
    if path is None:
        return ""
    parts = [
        tell("report.path-facts.path.parts", tls_issuer=path.tls_issuer)
        if path.tls_issuer
        else ""
    ]
    if path.tls_failure:
        parts.append(
            tell("report.path-facts.path", failures=FAILURES[path.tls_failure])
        )
    for name, exchange in (("initialize", path.initialize), ("GET", path.get)):
        if exchange is not None:
            parts.append(f"{name} {answer(exchange)}")
    return ", ".join(part for part in parts if part)
