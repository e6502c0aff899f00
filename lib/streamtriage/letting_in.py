"""The inner wall for records that come from elsewhere: files, workers, notebooks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from streamtriage.causes import CAUSES
from streamtriage.knowledge.remedies import remedies
from streamtriage.model import Noun, Report
from streamtriage.redaction import has_passed, let_in, settle, vouch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Fix

__all__ = ["checked", "read_checked", "shipped_lines"]

N = TypeVar("N", bound=Noun)


def read_checked(
    kind: type[N],
    text: str | bytes,
    secrets: Iterable[str] = (),
    *,
    as_written: bool = False,
) -> N:
    """Read a record that was saved, and let it in.

    With `as_written` a report is left in its short form, and nothing is judged.
    Raises pydantic's ValidationError if it is none, RecursionError if it is nested too
    deep.
    """
    told = {"as_written": as_written}
    return checked(kind.model_validate_json(text, context=told), secrets)


def checked(noun: N, secrets: Iterable[str] = ()) -> N:
    """Return a record as it may be shown; one that has passed is not scanned again.

    What this tool ships to be pasted stays as it is in a report: it shows where a
    secret belongs, and looks like one. With `secrets` it is looked through for these.
    """
    secrets = tuple(secrets)
    if has_passed(noun) and not secrets:
        return noun
    _settle_shipped()
    seen = let_in(noun, secrets).shown
    if not (isinstance(noun, Report) and isinstance(seen, Report)):
        return seen
    pairs = zip(noun.findings, seen.findings, strict=True)
    findings = tuple(
        after.model_copy(update={"fixes": tuple(map(_own, before.fixes, after.fixes))})
        for before, after in pairs
    )
    return vouch(seen.model_copy(update={"findings": findings})).shown


def _own(before: Fix, after: Fix) -> Fix:
    return before if (before.what, before.paste) in _shipped() else after


def shipped_lines() -> frozenset[str]:
    """Return the lines of the changes that this tool ships."""
    return frozenset(
        line for pair in _shipped() for text in pair for line in text.split("\n")
    )


@cache
def _settle_shipped() -> None:
    """Pass over what stands in every report: the catalogue's own words."""
    settle(text for cause in CAUSES for text in (cause.title, cause.look_alike))
    fixes_of_all = (fix for cause in CAUSES for fix in cause.fixes)
    settle(text for fix in fixes_of_all for text in (fix.where, fix.what, fix.paste))
    settle(t for row in remedies() for t in (row.where, row.what, row.paste))


@cache
def _shipped() -> frozenset[tuple[str, str]]:
    in_causes = ((fix.what, fix.paste) for cause in CAUSES for fix in cause.fixes)
    return frozenset((*in_causes, *((row.what, row.paste) for row in remedies())))
