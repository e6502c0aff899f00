"""The fix of the product that was recognised comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.knowledge.dialects import spoken
from streamtriage.knowledge.families import (
    client_named,
    clients_of,
    families_of,
    family_of,
    hops_of,
)
from streamtriage.knowledge.fingerprints import traces
from streamtriage.knowledge.remedies import remedies
from streamtriage.model import Fix
from streamtriage.observations.transport import entries_at_hand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtriage.knowledge.remedies import RemedyFor
    from streamtriage.model import RemoteServer
    from streamtriage.observations.case import Case

__all__ = ["Recognised", "filled_in", "fixes_for", "recognised"]

# Changes of an entry, which each client writes in its own way.
_OWN_FORM = frozenset(("speak-sse", "speak-http"))


@dataclass(frozen=True)
class Recognised:
    """The products that left a trace: hops, the server and how sure, the client.

    What is certain of the hops comes before what is only likely.
    """

    hops: tuple[str, ...] = ()
    server: str = ""
    sure: bool = False
    client: str = ""

    def __contains__(self, product: object) -> bool:
        return product in tuple(self)

    def __iter__(self) -> Iterator[str]:
        yield from self.hops
        yield from (name for name in (self.server, self.client) if name)

    @property
    def family(self) -> str:
        return family_of(self.server)


def recognised(case: Case) -> Recognised:
    """Return the products that left a trace: hops first, then server, then client."""
    reach = case.reach
    tls = reach.tls if reach is not None else None
    hops = traces(
        case.exchanges, reach.host if reach else "", tls.issuer if tls else ""
    )
    name = case.handshake.server_name if case.handshake is not None else ""
    server = spoken(case.exchanges, name)
    typed = client_named(case.intake.client) or client_named(case.signature.runtime)
    entries = {
        client_named(each.wrapper or each.client) for each in entries_at_hand(case)
    }
    if not typed and len(entries) == 1:
        typed = entries.pop()
    return Recognised(
        hops=(
            *(row.product for row in hops if row.certainty == "decisive"),
            *(row.product for row in hops if row.certainty != "decisive"),
        ),
        server=server.server if server is not None else "",
        sure=server is not None and server.certainty == "decisive",
        client=typed,
    )


def fixes_for(
    kinds: Sequence[RemedyFor], fixes: tuple[Fix, ...], products: Recognised
) -> tuple[Fix, ...]:
    """Return these kinds of change for these products, then what holds for any.

    First the hop that was seen, then the family of the server, then the client that was
    named, then what fits anybody, and last what is meant for others. What is meant for
    a server of another make than the one that is known beyond doubt, or for another
    client than the one that was named, is left out unless nothing else is known.
    """
    verify = next((fix.verify for fix in fixes if fix.verify), "")
    for_them = [
        Fix(where=row.where, what=row.what, paste=row.paste, verify=verify)
        for product in products
        for row in remedies()
        if row.product == product and row.remedy in kinds
    ]
    said = {fix.paste for fix in for_them}
    own = [fix for fix in fixes if fix.paste not in said]
    if for_them and _OWN_FORM & set(kinds):
        # What fits anybody is wrong for who has a form of their own.
        own = [fix for fix in own if fix.where != "the client's MCP configuration"]
    fitting = [fix for fix in own if not _excluded(fix, products)]
    if not for_them and not fitting:
        return tuple(own)
    return (*for_them, *sorted(fitting, key=lambda fix: _rank(fix, products)))


def filled_in(case: Case, fixes: tuple[Fix, ...]) -> tuple[Fix, ...]:
    """Return fixes of a client's configuration with its own file, name and address.

    What is not known stays as it is: NAME, URL.
    """
    entries = entries_at_hand(case)
    return tuple(_filled(case, each, entries) for each in fixes)


def _filled(case: Case, fix: Fix, entries: tuple[RemoteServer, ...]) -> Fix:
    clients = clients_of(fix.where)
    if not clients:
        return fix
    own = [e for e in entries if client_named(e.wrapper or e.client) in clients]
    paste = (
        _ADDRESS.sub(lambda _: case.intake.url, fix.paste)
        if case.intake.url
        else fix.paste
    )
    if len(own) != 1:
        return fix.model_copy(update={"paste": paste})
    where = fix.where.partition(",")[0]
    return fix.model_copy(
        update={
            "where": f"{where}, {own[0].path}",
            "paste": _NAME.sub(lambda _: own[0].name, paste),
        }
    )


_ADDRESS = re.compile(r"\bURL\b")
_NAME = re.compile(r"\bNAME\b")


def _rank(fix: Fix, products: Recognised) -> int:
    """Return which of its neighbours a fix of the cause itself stands before."""
    families, hops = families_of(fix.where), hops_of(fix.where)
    clients = clients_of(fix.where)
    if hops & set(products.hops):
        return 0
    if families and products.family in families:
        return 1
    if clients and products.client in clients:
        return 2
    # An example is for anybody, and a fix for nobody in particular too.
    meant = (
        (families and products.family)
        or (clients and products.client)
        or (hops and products.hops)
    )
    return 4 if meant and "shown" not in fix.where else 3


def _excluded(fix: Fix, products: Recognised) -> bool:
    families, clients = families_of(fix.where), clients_of(fix.where)
    other_server = bool(
        products.sure
        and products.family
        and families
        and products.family not in families
    )
    other_client = bool(products.client and clients and products.client not in clients)
    return "shown" not in fix.where and (other_server or other_client)
