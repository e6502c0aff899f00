"""Random characters told apart from names, words and paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["HEXADECIMAL", "are_random", "is_random", "mixed", "reads_at_random"]

HEXADECIMAL = compile_later(r"[0-9A-Fa-f-]{32,}")
# How much likelier a pair of neighbours is in random letters and digits than in names,
# words and paths: twice the natural logarithm of the ratio, as a letter with J for
# zero. Counted over 10 MB of Python, JavaScript and documentation. The rows are the
# first sign and the columns the second: a to z, any digit, anything else.
_TABLE = """
NHFHMLHOIPKFGFQHNFGEIILKJNNJ HMLMINOQJLQHNNJNQJKNIQQNKQNJ
GMJKGMPGJPGHMOELPHJGIOPSLRNI HKLJEKMNGOOJMMILPKJKINOOMQNG
GJFFIHILKJMGGEKHJDEFLIJGJOME IMMMIJOPGRSJOOHOQJLKJQQQLRNK
KPMOFOLJIRRJLJLMRJILKPORNQOI HPOOGPQPIPPLMOHNRKLJKQQSMRQI
IHGHHIHQOPMGHDFINIGFMIQKQJRJ MRQQKRRRPRPRRQMPQQIRMSQSSSRR
KPNNGNMPKRQNPNNMQOKNNQNRPRRI GLLIEMMNFNNGNMGKQLIHILOQIPPG
GKMMFOOQHQOJIMHHOOKLKMQOLQPG GMGGGIGNHNJKMJGIPMGEIJOPMPOG
JJHGNJJOKNJHGEIHMFIHHJIMNPOI FOLJGOMKIRMHJNHIQGJHIPORIQQI
QSSQSRQSPSRMPROQNPNRIRPSRSPO FMIIEMIPFRKJIJGKPIGHJJMQIRQG
INHLEJMHGRKHLLHHLKGEHMLOJQOF FMIKEKMGEQNJKLGJOFHHINLNHPOF
KJKKILKRJRPHIGLIQHHHPQRMRORM HOOPGQQRIRRQOOLOQPOOORQRRSPL
JPONKPQLJRRMOLJPQKLPRQPPRSRK NQKOKQSPKRROKQNIQPJIPQQOMQPJ
MMMNMNNPMRQKLKMHQNJJPPMQQOQI LSSSJRSQMRSPOQMRSQRSQSRSPOQN
NNNNNNPRSRSQRRRQQQQQRQQQRQKK HHFGHHHIGKJHHGHGNHFGIIJLOMKF
"""
_SIGNS = "abcdefghijklmnopqrstuvwxyz0_"
_LIKELIER = {
    first + second: ord(letter) - ord("J")
    for first, row in zip(_SIGNS, _TABLE.split(), strict=True)
    for second, letter in zip(_SIGNS, row, strict=True)
}
_OTHER = compile_later("[^a-z0]")
_DIGIT = compile_later("[1-9]")
_ALPHABET = compile_later("abcdefg|ABCDEFG|0123456789|zyxwvut|qwertyui", re.IGNORECASE)
_PARTS = compile_later("[-_/]")
# Of fewer signs nothing can be told.
_SHORTEST = 16
# What decides is a text's mean; past this many signs it does not move any more.
_ENOUGH = 160


def mixed(run: str) -> bool:
    """Tell whether a run has digits and letters of both cases, as random ones do."""
    kinds: tuple[Callable[[str], bool], ...] = (str.isdigit, str.isupper, str.islower)
    return all(any(map(kind, run)) for kind in kinds)


def _likelier(run: str) -> float:
    signs = _OTHER.sub("_", _DIGIT.sub("0", run[:_ENOUGH].lower()))
    pairs = map(str.__add__, signs, signs[1:])
    return sum(map(_LIKELIER.__getitem__, pairs)) / max(1, len(signs) - 1)


def is_random(run: str) -> bool:
    """Tell whether a run of 16 and more characters looks drawn by lot.

    Of random ones over letters and digits, 1 in 1,000 with 32 characters is missed, and
    1 in 100 with 20; of names in code, 1 in 1,000 is taken for one.
    """
    letters = sum(map(str.isalpha, run))
    if letters < 4 or len(run) < _SHORTEST or _ALPHABET.search(run):
        return False
    if len(set(run[:_ENOUGH])) < 7:
        return False
    if mixed(run):
        return _likelier(run) >= (0.4 if len(run) >= 32 else 0.6)
    # Names that clusters and build tools make up have several such parts, all short.
    part = max(_PARTS.split(run), key=len)
    one_case = part.islower() or part.isupper()
    if sum(map(str.isdigit, part)) >= 3:
        return len(part) >= 20 and _likelier(part) >= 1.2
    return len(part) >= 24 and _likelier(part) >= (1.8 if one_case else 1.0)


def are_random(steps: Sequence[str]) -> bool:
    """Tell whether pieces that slashes part are one random text in base64.

    It has a slash at every 32nd place on the average; a path has more, between words.
    """
    joined = "".join(steps)
    return (
        len(joined) >= 28
        and len(joined) > 7 * len(steps)
        and mixed(joined)
        and len(set(joined[:_ENOUGH])) >= 12
        and _likelier(joined) >= 1.0
    )


def reads_at_random(run: str) -> bool:
    """Tell whether a run of letters, however short, is rather no word than one."""
    return _likelier(run) >= 1.5
