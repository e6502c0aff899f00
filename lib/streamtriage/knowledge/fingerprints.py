"""Intermediaries by the traces that they leave: headers, cookies, hosts, pages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from streamtriage.knowledge.rows import Fact, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamtriage.model import Exchange

__all__ = ["Fingerprint", "author", "fingerprints", "pages", "traces"]


class Fingerprint(Fact):
    """One trace of one product, with its known limits and how sure the trace makes us.

    `value` is the start of a header's value, part of a body or of an issuer, in lower
    case; an empty one accepts any. A header's `name` that ends with a hyphen is how
    several begin. A `body-start` counts only beside the header `name`.
    """

    where: Literal[
        "header",
        "cookie",
        "host",
        "issuer",
        "status",
        "body",
        "body-exact",
        "body-start",
    ]
    name: str
    value: str
    product: str
    says: str
    certainty: Literal["decisive", "likely"]
    limits: str
    note: str

    @property
    def sign(self) -> str:
        """Return the trace in words: what was seen where."""
        quoted = f" `{self.name or self.value}`"
        kinds = {"body": "page with", "body-exact": "page", "issuer": "certificate of"}
        return f"{kinds.get(self.where, self.where)}{quoted}"


@cache
def fingerprints() -> tuple[Fingerprint, ...]:
    """Return every known trace."""
    return load("fingerprints", Fingerprint)


def traces(
    exchanges: Iterable[Exchange], host: str = "", issuer: str = ""
) -> tuple[Fingerprint, ...]:
    """Return the traces that were left, the first one of each product, as found.

    Absence of a trace proves nothing: load balancers and Kubernetes services add none.
    """
    found: dict[str, Fingerprint] = {}
    for row in _of_place(host.lower().rstrip("."), issuer.lower()):
        found.setdefault(row.product, row)
    for seen in exchanges:
        for row in _left_by(seen):
            known = found.setdefault(row.product, row)
            if known.certainty == "likely" and row.certainty == "decisive":
                found[row.product] = row
    return tuple(found.values())


class _Index(NamedTuple):
    """The places of the rows in the table, by what a response must have for each.

    Hundreds of responses are looked through for each report, and almost all have
    nothing of most rows.
    """

    headers: dict[str, tuple[int, ...]]
    beginnings: tuple[int, ...]
    cookies: tuple[int, ...]
    statuses: dict[str, tuple[int, ...]]
    pages: tuple[int, ...]


@cache
def _index() -> _Index:
    headers: dict[str, tuple[int, ...]] = {}
    statuses: dict[str, tuple[int, ...]] = {}
    others: dict[str, list[int]] = {"beginning": [], "cookie": [], "body": []}
    for place, row in enumerate(fingerprints()):
        if row.where == "header" and row.name.endswith("-"):
            others["beginning"].append(place)
        elif row.where == "header":
            headers[row.name] = (*headers.get(row.name, ()), place)
        elif row.where == "status":
            statuses[row.name] = (*statuses.get(row.name, ()), place)
        elif row.where == "cookie":
            others["cookie"].append(place)
        elif row.where.startswith("body"):
            others["body"].append(place)
    beginnings, cookies, bodies = (tuple(places) for places in others.values())
    return _Index(headers, beginnings, cookies, statuses, bodies)


def _left_by(seen: Exchange) -> Iterator[Fingerprint]:
    """Yield the traces in one response, in the order of the table."""
    index, rows = _index(), fingerprints()
    places = [p for name in seen.headers for p in index.headers.get(name, ())]
    places += index.statuses.get(str(seen.status), ())
    if any("-" in name for name in seen.headers):
        places += index.beginnings
    if "set-cookie" in seen.headers:
        places += index.cookies
    if (seen.status or 0) >= 400:
        places += index.pages
    yield from (rows[place] for place in sorted(places) if _left(rows[place], seen))


def pages(seen: Exchange) -> tuple[Fingerprint, ...]:
    """Return whose error page this refusal can be; recalled pages are left out."""
    return tuple(
        row for row in fingerprints() if row.grade != "R" and _wrote(row, seen)
    )


def author(seen: Exchange) -> str:
    """Return the product that wrote this refusal, or an empty text.

    A page proves who wrote it, not that the server behind never saw the request. What
    is only recalled of a page proves nothing.
    """
    sure = (row for row in pages(seen) if row.certainty == "decisive")
    page = next((row.says for row in sure), "")
    return page or next((r.says for r in fingerprints() if _only_its_own(r, seen)), "")


def _of_place(host: str, issuer: str) -> Iterator[Fingerprint]:
    for row in fingerprints():
        if row.where == "host" and host.endswith(row.name):
            yield row
        if row.where == "issuer" and issuer and row.value in issuer:
            yield row


def _left(row: Fingerprint, seen: Exchange) -> bool:
    if row.where == "header" and row.name.endswith("-"):
        return any(name.startswith(row.name) for name in seen.headers)
    if row.where == "header":
        value = seen.headers.get(row.name)
        return value is not None and value.lower().startswith(row.value)
    if row.where == "cookie":
        cookies = seen.headers.get("set-cookie", "").lower()
        return re.search(rf"(?:^|[;,]\s*){re.escape(row.name)}", cookies) is not None
    if row.where == "status":
        return str(seen.status) == row.name
    return _wrote(row, seen)


def _wrote(row: Fingerprint, seen: Exchange) -> bool:
    # A tool's own answer may quote any page; only a refusal is a page of a hop.
    if seen.status is None or seen.status < 400:
        return False
    body = seen.excerpt.strip().lower()
    if row.where == "body-exact":
        return body == row.value
    if row.where == "body-start":
        return row.name in seen.headers and body.startswith(row.value)
    return row.where == "body" and row.value in body


def _only_its_own(row: Fingerprint, seen: Exchange) -> bool:
    """Tell a `Server` value that a balancer gives only replies of its own."""
    return (
        row.where == "header"
        and row.name == "server"
        and row.product in ("alb", "cloudfront")
        and _left(row, seen)
    )
