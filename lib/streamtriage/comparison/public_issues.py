"""Issues of clients and known behaviours of their versions, held against one case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.comparison.aspects import (
    Answer,
    Aspect,
    Mine,
    Resemblance,
    aspect,
    concluded,
    mechanism,
)
from streamtriage.comparison.cause_index import causes_by_issue
from streamtriage.knowledge.versions import between, version_of
from streamtriage.languages import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from streamtriage.knowledge.client_defects import Defect
    from streamtriage.knowledge.reports import Issue

__all__ = ["defect", "issue"]

# What a person writes for the client that an issue is about, by its repository.
_OF_CLIENT: Mapping[str, str] = {
    "anthropics/claude-code": "claude",
    "cline/cline": "cline",
    "google-gemini/gemini-cli": "gemini",
    "danny-avila/LibreChat": "librechat",
}


def issue(row: Issue, mine: Mine) -> Resemblance:
    """Compare mechanism, client and version with those of an issue."""
    aspects = [mechanism(causes_by_issue()[f"{row.repo}#{row.number}"], mine)]
    named = _OF_CLIENT.get(row.repo)
    if named:
        aspects += _of_client(
            named, mine, lambda: _reported(row.versions, row.fix, mine)
        )
    helped = row.workaround if row.workaround not in ("-", "") else row.fix
    return concluded(row.source, f"{row.title}: {row.symptom}", helped, aspects)


def _of_client(
    named: str, mine: Mine, version: Callable[[], Aspect]
) -> Iterator[Aspect]:
    if not mine.client:
        yield aspect(
            "client", "unknown", translate("Which client it is here was not said.")
        )
    elif named not in mine.client:
        yield aspect(
            "client",
            "no match",
            translate("Another client is in use: {client}.", client=mine.client),
        )
    elif not mine.version:
        yield aspect(
            "version", "unknown", translate("Your client's version was not said.")
        )
    else:
        yield version()


def _reported(versions: str, fix: str, mine: Mine) -> Aspect:
    """Read "2.1.146 ok -> 2.1.147 bad", "2.1.1-2.1.121", "2.1.4x" or "2.1.109"."""
    number = mine.version
    turned = re.search(r"([\d.]+) ok -> ([\d.]+) bad", versions)
    span = re.search(r"(\d+\.\d+\.\d+)-(\d+\.\d+\.\d+)", versions)
    if turned:
        mended = re.search(
            r"(?:>=\s*|ends )?(\d+\.\d+\.\d+) (?:good|\()|^(\d+\.\d+\.\d+)", fix
        )
        ended = next(filter(None, mended.groups()), "") if mended else ""
        return _turned(number, turned[1], turned[2], _later(ended, turned[2]))
    if span:
        inside = between(number, span[1], span[2])
        says = translate(
            "There {span}; yours is {number}.", span=span[0], number=number
        )
        return aspect("version", "match" if inside else "unknown", says)
    pattern = re.search(r"(\d+\.\d+\.\d*)x", versions)
    same = number in versions.split() or bool(
        pattern and re.fullmatch(rf"{re.escape(pattern[1])}\d*", number)
    )
    if same:
        return aspect(
            "version",
            "match",
            translate(
                "There {versions}; yours is {number}.", versions=versions, number=number
            ),
        )
    says = translate(
        "There {versions}; whether {number} does the same is not known.",
        versions=versions,
        number=number,
    )
    return aspect("version", "unknown", says)


def _later(version: str, than: str) -> str:
    return version if version and version_of(version) > version_of(than) else ""


def _turned(number: str, good: str, bad: str, mended: str) -> Aspect:
    until = translate(", mended in {mended}", mended=mended) if mended else ""
    says = translate(
        "There {good} was good and {bad} bad{until}; yours is {number}.",
        good=good,
        bad=bad,
        until=until,
        number=number,
    )
    if version_of(number) <= version_of(good):
        return aspect("version", "no match", says)
    if version_of(number) < version_of(bad):
        return aspect("version", "unknown", says)
    if mended and version_of(number) >= version_of(mended):
        return aspect("version", "no match", says)
    return aspect("version", "match" if mended else "unknown", says)


def defect(row: Defect, mine: Mine) -> Resemblance:
    """Compare version, runtime, system and printed text with a known behaviour."""

    def version() -> Aspect:
        inside = between(mine.version, row.from_version, row.to_version)
        says = translate(
            "It is known of {versions}; yours is {version}.",
            versions=row.versions,
            version=mine.version,
        )
        return aspect("version", "match" if inside else "no match", says)

    aspects = [*_of_client(row.client.split()[0].lower(), mine, version)]
    if row.runtime:
        known = mine.runtime in ("v1", "v2")
        same: Answer = "match" if mine.runtime == row.runtime else "no match"
        says = translate(
            "It is of the runtime {runtime}; yours is {runtime_2}.",
            runtime=row.runtime,
            runtime_2=mine.runtime,
        )
        aspects.append(aspect("runtime", same if known else "unknown", says))
    if row.system:
        says = translate(
            "It is of {system}; which system it is here was not said.",
            system=row.system,
        )
        aspects.append(aspect("system", "unknown", says))
    aspects.append(_signed(row.sign, mine))
    about = f"{row.client} {row.versions}: {row.what}"
    return concluded(row.source, about, row.advice, aspects)


def _signed(sign: str, mine: Mine) -> Aspect:
    if not sign:
        return aspect(
            "sign", "unknown", translate("It has no text of its own to look for.")
        )
    if sign.lower().rstrip(".") in mine.error:
        return aspect(
            "sign",
            "match",
            translate("What was pasted has its text: {sign}", sign=sign),
        )
    says = translate("Its text is not in what was pasted: {sign}", sign=sign)
    return aspect("sign", "unknown", says)
