"""Whom this tool may ask: a server must not send it where the server cannot reach.

An address that the person gave is asked. One that a server names, in a challenge, in a
document or in a certificate, is asked on the server's own origin, or where it resolves
to a public address, which is looked at when it is connected to. A person who tries a
server on the own machine may have its login server there too: other ports of loopback
are asked for well-known documents (RFC 8615), in whose path nothing is the server's
choice.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Literal

from streamtriage.model.addresses import USUAL_PORTS, origin_of
from streamtriage.on_first_use import compile_later
from streamtriage.transport.failures import NotAskedError

if TYPE_CHECKING:
    from streamtriage.model.addresses import Origin
    from streamtriage.transport.http_library import httpx

__all__ = ["Reach", "check_address", "is_public", "origin", "reach_of"]

Reach = Literal["any", "loopback", "public"]
_KNOWN = compile_later(r"/\.well-known/[A-Za-z0-9._-]{1,64}")
# RFC 6052, 2.1: the IPv4 address is in the last 32 bits.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def reach_of(target: httpx.URL, named: httpx.URL, *, plain: bool = False) -> Reach:
    """Return where a URL that a server named may lead; raises NotAskedError.

    `target` is the URL that the person gave. `plain` allows http to other hosts, for
    what is signed in itself.
    """
    if named.scheme not in USUAL_PORTS or not named.host:
        raise NotAskedError("not asked: it is no address of a web server")
    if named.userinfo:
        raise NotAskedError("not asked: the address has a user name in it")
    if origin(named) == origin(target):
        return "any"
    if _loopback(named.host):
        if not _loopback(target.host):
            raise NotAskedError("not asked: it is an address of this machine itself")
        path = named.path
        if path.startswith("/.well-known/") and len(target.path) > 1:
            path = path.removesuffix(target.path)
        if named.query or not _KNOWN.fullmatch(path):
            raise NotAskedError(
                "not asked: another port of this machine, and no well-known document"
            )
        return "loopback"
    if named.scheme == "http" and not plain and named.host != target.host:
        raise NotAskedError("not asked: another host, and not encrypted")
    return "public"


def check_address(address: str, reach: Reach) -> None:
    """Refuse an address that is about to be connected to; raises NotAskedError."""
    if reach == "any":
        return
    if reach == "loopback":
        if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            raise NotAskedError("not asked: the name is not this machine's")
        return
    if not is_public(address):
        raise NotAskedError(
            "not asked: the server named it, and it is no public address"
        )


def is_public(address: str) -> bool:
    """Tell whether an address is one of the internet, also where it is wrapped."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inside: list[ipaddress.IPv4Address] = []
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        inside += [found.sixtofour] if found.sixtofour is not None else []
        inside += list(found.teredo or ())
        if found in _NAT64:
            inside.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
            return all(map(_global, inside))
    return _global(found) and all(map(_global, inside))


def _global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast


def origin(url: httpx.URL) -> Origin:
    """Return scheme, host and port of a URL as they are compared."""
    return origin_of(url.scheme, url.host, url.port)


def _loopback(host: str) -> bool:
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
