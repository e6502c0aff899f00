"""Whom each client trusts, which proxy it uses, and which HTTP it speaks over TLS."""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

from streamtriage.knowledge.client_folders import (
    ClientName,
    MeasuredFact,
    NotMeasured,
    client_folders,
    name_client,
    nearest_version,
    read_measured,
)
from streamtriage.knowledge.client_requests import split_client

__all__ = ["STORES", "Store", "Trust", "trust_of"]

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
    `http_over_tls` is what it picks where a server offers HTTP/2 and HTTP/1.1.
    """

    trusts: dict[Store, bool]
    proxy: Literal["absolute-form", "CONNECT", "not used"]
    obeys_no_proxy: bool
    http_over_tls: Literal["HTTP/1.1", "HTTP/2"]


@cache
def _tables() -> dict[ClientName, tuple[Trust, ...] | NotMeasured]:
    return {
        ClientName(folder.name): read_measured(folder, "trust", Trust)
        for folder in client_folders()
    }


def trust_of(client: str) -> Trust | None:
    """Return whom NAME or NAME@VERSION trusts, of the nearest measured version.

    None where neither it nor one that it is like was measured. Raises
    UnknownClientError for a name that no folder has.
    """
    name, version = split_client(client)
    found = _tables()[name]
    while isinstance(found, NotMeasured):
        if not found.like:
            return None
        found = _tables()[name_client(found.like)]
    wanted = nearest_version([each.version for each in found], version)
    return next(each for each in found if each.version == wanted)
