"""For which clients a certificate is good, and what gives the others its authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.met import client_of
from streamtriage.knowledge.client_texts import title_of
from streamtriage.knowledge.client_trust import all_trust, trust_of
from streamtriage.model import Fix, ForWhom

if TYPE_CHECKING:
    from streamtriage.knowledge.client_trust import Trust
    from streamtriage.model import TlsEvidence
    from streamtriage.observations.case import Case

__all__ = ["fix_of_trust", "good_for", "lacks_its_chain", "trusted_by"]


def good_for(case: Case) -> ForWhom | None:
    """Return the measured clients that trust the certificate, and those that do not.

    By the stores at hand, each asked apart; None where Mozilla's roots decide for all,
    or where nothing at hand knows the authority.
    """
    seen = case.tls
    if seen is None or seen.mozilla_trusts is not False or not seen.stores:
        return None
    if not any(each.trusts for each in seen.stores):
        return None
    rows = all_trust()
    good = tuple(each.key for each in rows if _reaches(each, seen))
    bad = tuple(each.key for each in rows if each.key not in good)
    return ForWhom(situation="certificate", left=good, lost=bad)


def _reaches(rows: Trust, seen: TlsEvidence) -> bool:
    trusting = {each.name for each in seen.stores if each.trusts}
    return "given" in trusting or bool(trusting & set(rows.trusted))


def trusted_by(case: Case) -> str:
    """Say which stores at hand know the authority, and which do not."""
    if case.tls is None:
        return ""
    asked = [each for each in case.tls.stores if each.trusts is not None]
    yes = [_called(each.name) for each in asked if each.trusts]
    no = [_called(each.name) for each in asked if not each.trusts]
    told = f" {_list(yes)} {_know(yes)} it." if yes else ""
    return told + (f" {_list(no)} {_know(no)} it not." if no else "")


def _know(names: list[str]) -> str:
    return "knows" if len(names) == 1 else "know"


def _called(name: str) -> str:
    return {
        "system": "the operating system's store",
        "given": "the file that was given",
    }.get(name, f"the file of {name}")


def _list(names: list[str]) -> str:
    *first, last = names
    told = f"{', '.join(first)} and {last}" if first else last
    return f"{told[0].upper()}{told[1:]}"


def lacks_its_chain(case: Case) -> bool:
    """Tell whether the server sends its leaf alone, and a link is missing above it.

    Whatever was set: RFC 8446, 4.4.2, lets a server leave out the root alone. That the
    issuer is no root is told by its name, which is that of an authority between, or of
    the make of one that was given.
    """
    seen, reach = case.tls, case.reach
    tls = reach.tls if reach is not None else None
    if seen is None or tls is None or len(seen.sent) != 1 or seen.issuer_known:
        return False
    left_out = seen.issuer_known is False and seen.issuer_related
    return left_out and tls.issuer != tls.subject


def fix_of_trust(case: Case) -> Fix | None:
    """Return the first fix of an unknown authority: a variable that it reads."""
    client, version = client_of(case)
    rows = trust_of(f"{client}@{version}") if client else None
    if rows is None or not rows.variable:
        return None
    return Fix(
        where=f"the shell that starts {title_of(client)}",
        what=f"Give it the authority: {rows.variable} was measured to be read "
        f"({rows.key}).",
        paste=f"export {rows.variable}=/path/to/company-ca.pem",
        verify="reach",
    )
