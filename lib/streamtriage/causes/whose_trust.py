"""For which clients a certificate is good, and what gives the others its authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.met import client_of
from streamtriage.knowledge.client_texts import title_of
from streamtriage.knowledge.client_trust import all_trust, trust_of
from streamtriage.model import Fix, ForWhom
from streamtriage.model.message import begin_capital, say

if TYPE_CHECKING:
    from streamtriage.knowledge.client_trust import Trust
    from streamtriage.model import TlsEvidence
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["fix_of_trust", "good_for", "lacks_its_chain", "trusted_by"]


def good_for(case: Case) -> ForWhom | None:
    """Return the measured clients that trust the certificate, and those that do not.

    By the stores at hand, each asked apart; None where Mozilla's roots decide for all,
    where nothing at hand knows the authority, or where no authority would help: a date
    or a name is wrong for every client.
    """
    seen = case.tls
    if seen is None or seen.mozilla_trusts is not False or not seen.stores:
        return None
    tls = case.reach.tls if case.reach is not None else None
    if tls is not None and False in (tls.dates_hold, tls.names_match):
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


def trusted_by(case: Case) -> Text:
    """Say which stores at hand know the authority, and which do not."""
    if case.tls is None:
        return ""
    asked = [each for each in case.tls.stores if each.trusts is not None]
    yes = [_called(each.name) for each in asked if each.trusts]
    no = [_called(each.name) for each in asked if not each.trusts]
    told = (
        say("whose-trust.trusted-by.told", list=_list(yes), know=_know(yes))
        if yes
        else ""
    )
    return told + (
        say("whose-trust.trusted-by", list=_list(no), know=_know(no)) if no else ""
    )


def _know(names: list[Text]) -> Text:
    return say("word.knows") if len(names) == 1 else say("word.know")


def _called(name: str) -> Text:
    return {
        "system": say("whose-trust.called.the-operating-system-s"),
        "given": say("whose-trust.called.the-file-that-was"),
    }.get(name, say("whose-trust.called", name=name))


def _list(names: list[Text]) -> Text:
    *first, last = names
    told = say("whose-trust.list.told", join=tuple(first), last=last) if first else last
    return begin_capital(told)


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
