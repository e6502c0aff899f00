"""Whom each client trusts, which proxy it uses, and which HTTP it speaks over TLS."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

from streamtriage.knowledge.client_folders import (
    ClientName,
    MeasuredFact,
    NotMeasured,
    client_folder,
    client_names,
    name_client,
    nearest_version,
    read_measured,
)
from streamtriage.knowledge.client_requests import split_client

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "STORES",
    "Store",
    "Trust",
    "all_trust",
    "offers_http2",
    "reads_store",
    "trust_of",
    "uses_proxy",
]

Store = Literal[
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "CODEX_CA_CERTIFICATE",
    "system",
    "system, NODE_USE_SYSTEM_CA=1",
]
"""Where an authority can be told to a client: a variable that names a file or a folder,
or the operating system's store, with or without the variable that opens it to Node.
"""

STORES: tuple[Store, ...] = get_args(Store)


class Trust(MeasuredFact):
    """What decides whether one version of one client reaches a server.

    `trusts` says of each store whether an authority in it alone is trusted; a store
    that is missing was not tried. `proxy` is how it asks the proxy of HTTP_PROXY for a
    plain URL on loopback, `obeys_no_proxy` whether NO_PROXY keeps it from that.
    `http2_with` are the stores with which it picked HTTP/2 where a server offered both;
    some clients change their HTTP library's settings with a store of their own.
    """

    trusts: dict[Store, bool]
    proxy: Literal["absolute-form", "CONNECT", "not used"]
    obeys_no_proxy: bool
    http2_with: tuple[Store, ...]

    @property
    def trusted(self) -> tuple[Store, ...]:
        """Return the stores in which an authority is trusted, in the order of all."""
        return tuple(store for store in STORES if self.trusts.get(store))

    @property
    def variable(self) -> str:
        """Return the variable that gives it an authority; "" if none was found.

        Its own one first, then the one that adds to what it trusts anyway.
        """
        wanted = ("CODEX_CA_CERTIFICATE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
        return next((name for name in wanted if name in self.trusted), "")

    @property
    def picks_http2(self) -> bool:
        """Tell whether it speaks HTTP/2 where it can, whatever store is set."""
        return bool(self.trusted) and set(self.http2_with) == set(self.trusted)


@cache
def _table(client: ClientName) -> tuple[Trust, ...] | NotMeasured:
    return read_measured(client_folder(client), "trust", Trust)


def trust_of(client: str) -> Trust | None:
    """Return whom NAME or NAME@VERSION trusts, of the nearest measured version.

    None where neither it nor one that it is like was measured. Raises
    UnknownClientError for a name that no folder has.
    """
    name, version = split_client(client)
    found = _table(name)
    while isinstance(found, NotMeasured):
        if not found.like:
            return None
        found = _table(name_client(found.like))
    wanted = nearest_version([each.version for each in found], version)
    return next(each for each in found if each.version == wanted)


def offers_http2(client: str, environ: Mapping[str, str]) -> bool:
    """Tell whether NAME or NAME@VERSION speaks HTTP/2 where it can.

    Some do only where a variable of `environ` names a store of their own. Unknown
    clients count as those that do not: all but two of those measured speak HTTP/1.1.
    """
    rows = trust_of(client)
    if rows is None:
        return False
    return rows.picks_http2 or any(environ.get(store) for store in rows.http2_with)


def reads_store(rows: Trust, store: str, environ: Mapping[str, str]) -> bool:
    """Tell whether the client trusts what a store holds, with these variables set.

    `store` is a variable's name or "system"; what a person gave counts for any client.
    Node reads the system's store where a flag says so, and OpenSSL's variables
    likewise; Claude Code can be told to leave both alone.
    """
    if store == "given":
        return True
    options = environ.get("NODE_OPTIONS", "")
    told = environ.get("CLAUDE_CODE_CERT_STORE", "") if rows.client == CLAUDE else ""
    if told == "bundled" and store in ("system", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        return False
    if store == "system":
        flag = environ.get("NODE_USE_SYSTEM_CA") == "1" or "--use-system-ca" in options
        return bool(
            rows.trusts.get("system")
            or (flag and rows.trusts.get("system, NODE_USE_SYSTEM_CA=1"))
        )
    if store in ("SSL_CERT_FILE", "SSL_CERT_DIR") and "--use-openssl-ca" in options:
        return rows.runtime.startswith("Node") or bool(_trusts(rows, store))
    return _trusts(rows, store)


def _trusts(rows: Trust, store: str) -> bool:
    return any(trusts for name, trusts in rows.trusts.items() if name == store)


def all_trust() -> tuple[Trust, ...]:
    """Return the newest measured rows of each client, by name."""
    found = [trust_of(name) for name in client_names()]
    own = {rows.client: rows for rows in found if rows is not None}
    return tuple(own[name] for name in sorted(own))


CLAUDE = "claude-code"


def uses_proxy(rows: Trust, environ: Mapping[str, str]) -> bool:
    """Tell whether the client asks the proxy that the shell's variables name.

    Node from 24 on does where it is told to.
    """
    options = environ.get("NODE_OPTIONS", "")
    told = environ.get("NODE_USE_ENV_PROXY") == "1" or "--use-env-proxy" in options
    return rows.proxy != "not used" or (told and rows.runtime.startswith("Node"))
