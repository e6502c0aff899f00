"""Keeps the catalogues of sentences: `make languages`.

English says which sentences there are. Every other language gets what it lacks, with
the English beside it, and what is used no more is taken out; then all are compiled.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from streamtriage.languages import DOMAIN, LANGUAGES

__all__ = ["compiled", "place_of", "read"]

# The language that says which sentences there are.
_FIRST = "en"
_DAY = datetime(2026, 11, 29, tzinfo=UTC)
_ROOM = Path(__file__).parents[1] / "lib" / "streamtriage" / "languages"


def place_of(language: str) -> Path:
    """Return where the catalogue of a language is."""
    return _ROOM / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """Read the catalogue of a language as it is written."""
    with place_of(language).open("rb") as written:
        return read_po(written, locale=language.replace("-", "_"))


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    made = BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def _empty(language: str) -> Catalog:
    """Return one without a sentence, whose head is the same on each day."""
    made = Catalog(
        locale=language.replace("-", "_"),
        project=DOMAIN,
        version="1",
        copyright_holder="the authors",
        msgid_bugs_address="see README.md",
        creation_date=_DAY,
        revision_date=_DAY,
        last_translator="see git log",
        language_team=language,
        fuzzy=False,
    )
    made.header_comment = f"# The sentences of {DOMAIN}: {language}."
    return made


def _written(catalogue: Catalog) -> bytes:
    made = BytesIO()
    write_po(made, catalogue, width=88, sort_output=True, omit_header=False)
    return made.getvalue()


def main() -> int:
    """Write each catalogue in order and compile it; return how many lack something."""
    english = read(_FIRST)
    lacking = 0
    for language in LANGUAGES:
        kept = english if language == _FIRST else read(language)
        made = _empty(language)
        for each in english:
            if not each.id:
                continue
            found = kept.get(each.id)
            text = found.string if found is not None else ""
            beside = () if kept is english else (str(each.string),)
            made.add(each.id, text, auto_comments=beside)
        empty = sum(1 for each in made if each.id and not each.string)
        lacking += bool(empty)
        place = place_of(language)
        place.write_bytes(_written(made))
        place.with_suffix(".mo").write_bytes(compiled(read(language)))
        sys.stdout.write(f"{language}: {len(made)} sentences, {empty} of them empty\n")
    return lacking


if __name__ == "__main__":
    sys.exit(main())
