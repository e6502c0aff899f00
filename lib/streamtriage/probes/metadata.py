"""OAuth metadata: where RFC 9728 and RFC 8414 say that it is, and what it says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from streamtriage.model import Failure, Metadata
from streamtriage.transport.http_library import httpx
from streamtriage.transport.reach_rules import origin

if TYPE_CHECKING:
    from streamtriage.model import Event
    from streamtriage.transport.requester import LiveResponse, Wire

__all__ = ["Finder", "issuer_places", "resource_matches", "resource_places"]

Place = Literal["challenge", "path", "root", "issuer"]
_WELL_KNOWN = "/.well-known/"


class Finder:
    """Fetches metadata documents without any credential, within bounds."""

    def __init__(self, wire: Wire, patience_s: float) -> None:
        self._wire, self._patience_s = wire, patience_s
        self._target = httpx.URL(wire.target.url)
        self.events: list[Event] = []

    async def find(self, named: str) -> tuple[Metadata, ...]:
        """Ask for the resource's metadata everywhere, then for its first server's."""
        places = resource_places(self._target, named)
        asked = await asyncio.gather(
            *(self._resource(place, url) for place, url in places)
        )
        found = [each for each, _ in asked]
        servers = next((s for each, s in asked if each.found and s), ())
        if not any(each.found for each in found):
            # Revision 2025-03-26 had the server's own origin be the issuer.
            servers = (str(self._target.copy_with(path="/", query=None)).rstrip("/"),)
        if servers:
            found += await self._server(servers[0])
        return tuple(found)

    async def _resource(
        self, place: Place, url: httpx.URL
    ) -> tuple[Metadata, tuple[str, ...]]:
        live = await self._ask(f"protected resource metadata ({place})", url)
        document = live.recorder.document if live.recorder.status == 200 else {}
        resource = _word(document.get("resource"))
        named = document.get("authorization_servers")
        servers = tuple(map(_word, named[:5])) if isinstance(named, list) else ()
        scopes = document.get("scopes_supported")
        return Metadata(
            kind="resource",
            place=place,
            asked=live.exchange(),
            found=bool(document),
            says=resource,
            matches=resource_matches(resource, self._target) if document else None,
            servers=len(servers),
            scopes=tuple(
                _word(s) for s in (scopes[:20] if isinstance(scopes, list) else ())
            ),
            lacks=() if resource or not document else ("resource",),
        ), servers

    async def _server(self, issuer: str) -> list[Metadata]:
        """Ask in the order that the specification prescribes, until one is found."""
        asked: list[Metadata] = []
        for url in issuer_places(issuer):
            live = await self._ask("authorization server metadata", url)
            document = live.recorder.document if live.recorder.status == 200 else {}
            says = _word(document.get("issuer"))
            asked.append(
                Metadata(
                    kind="authorization server",
                    place="issuer",
                    asked=live.exchange(),
                    found=bool(document),
                    says=says,
                    matches=says.rstrip("/") == issuer.rstrip("/")
                    if document
                    else None,
                    lacks=_lacks(document) if document else (),
                )
            )
            if document or live.recorder.failure is Failure.NOT_SENT:
                break
        return asked

    async def _ask(self, label: str, url: httpx.URL) -> LiveResponse:
        live = await self._wire.ask(
            f"GET {label}",
            method="GET",
            accept="application/json",
            elsewhere=str(url),
            patience_s=self._patience_s,
        )
        self.events.extend(live.events)
        return live


def resource_places(target: httpx.URL, named: str) -> list[tuple[Place, httpx.URL]]:
    """Return where the metadata of a resource may be: named, by path, at the root."""
    places: list[tuple[Place, httpx.URL]] = []
    if named and (url := _url(named)) is not None:
        places.append(("challenge", url))
    origin = target.copy_with(query=None, fragment=None)
    known = f"{_WELL_KNOWN}oauth-protected-resource"
    path = target.path.rstrip("/")
    if path:
        places.append(("path", origin.copy_with(path=known + path)))
    places.append(("root", origin.copy_with(path=known)))
    once = {str(url): (place, url) for place, url in reversed(places)}
    return list(reversed(once.values()))


def issuer_places(issuer: str) -> list[httpx.URL]:
    """Return where the metadata of an issuer may be, in the order to be tried."""
    url = _url(issuer)
    if url is None:
        return []
    origin, path = url.copy_with(query=None, fragment=None), url.path.rstrip("/")
    paths = [
        f"{_WELL_KNOWN}oauth-authorization-server{path}",
        f"{_WELL_KNOWN}openid-configuration{path}",
    ]
    if path:
        paths.append(f"{path}{_WELL_KNOWN}openid-configuration")
    return [origin.copy_with(path=each) for each in paths]


def resource_matches(resource: str, target: httpx.URL) -> bool:
    """Tell whether the reference client takes `resource` for the one that it asked.

    `checkResourceAllowed` of the TypeScript SDK: the same origin, and a path that is
    the endpoint's own or one above it.
    """
    url = _url(resource)
    if url is None or origin(url) != origin(target):
        return False
    ours, theirs = target.path.rstrip("/") + "/", url.path.rstrip("/") + "/"
    return ours.startswith(theirs)


def _lacks(document: dict[str, Any]) -> tuple[str, ...]:
    needed = ("issuer", "authorization_endpoint", "token_endpoint")
    lacking = [name for name in needed if not _word(document.get(name))]
    methods = document.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        lacking.append("S256 in code_challenge_methods_supported")
    return tuple(lacking)


def _word(value: object) -> str:
    return value[:2048] if isinstance(value, str) else ""


def _url(text: str) -> httpx.URL | None:
    try:
        url = httpx.URL(text[:2048])
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return None
    return url if url.scheme in ("http", "https") and url.host else None
