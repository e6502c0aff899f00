"""A secret that is known is hidden in whatever spelling it comes back."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtriage.redaction import Redactor, last_look
from streamtriage.redaction.last_look import MASK

if TYPE_CHECKING:
    from collections.abc import Callable

SECRETS = {
    "base64": "Wq3/Tz+8Lk1yVx5Sc7Mo==",
    "words": "tulip-Canal-bicycle-orange7",
    "signs": "p@$$-w0rd!&%<>'\"#9",
    "other scripts": "ключ-Straße-密码-42",
    "hexadecimal": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
}


def pieces(text: str, size: int, between: str) -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


def signs(text: str, form: str) -> str:
    """Spell every sign that is neither a letter nor a digit."""
    return "".join(c if c.isalnum() else form.format(ord(c)) for c in text)


def utf8(text: str, form: str, between: str = "") -> str:
    return between.join(map(form.format, text.encode()))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "PHP's JSON": lambda s: json.dumps(s)[1:-1].replace("/", r"\/"),
    ".NET's JSON": lambda s: signs(s, r"\u{:04X}"),
    "JSON, all": lambda s: "".join(rf"\u{ord(c):04x}" for c in s),
    "JSON in JSON": lambda s: json.dumps(json.dumps(json.dumps(s)))[3:-3],
    "JavaScript": lambda s: "".join(rf"\u{{{ord(c):x}}}" for c in s),
    "HTML, hexadecimal": lambda s: signs(s, "&#x{:X};"),
    "HTML, decimal, all": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "HTML in HTML": lambda s: html.escape(signs(s, "&#x{:x};")),
    "JSON in HTML": lambda s: html.escape(json.dumps(s)[1:-1]),
    "percent, all": lambda s: utf8(s, "%{:02X}"),
    "percent, in part": lambda s: "".join(
        quote(c, safe="") if at % 2 else c for at, c in enumerate(s)
    ),
    "percent, twice": lambda s: quote(quote(s, safe=""), safe=""),
    "lower case": str.lower,
    "upper case": str.upper,
    "hexadecimal": lambda s: s.encode().hex(),
    "hex dump": lambda s: s.encode().hex(" "),
    "fingerprint": lambda s: s.encode().hex(":").upper(),
    "C": lambda s: utf8(s, r"\x{:02x}"),
    "octal": lambda s: utf8(s, r"\{:03o}"),
    "bytes": lambda s: utf8(s, "0x{:02x}", ", "),
    "base64": lambda s: b64encode(s.encode()).decode(),
    "base64, off by one": lambda s: b64encode(b"u:" + s.encode()).decode(),
    "base64, off by two": lambda s: b64encode(b"me:" + s.encode() + b"x").decode(),
    "base64 of a URL": lambda s: urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "base64 in lines": lambda s: pieces(b64encode(s.encode()).decode(), 12, "\n"),
    "backwards": lambda s: s[::-1],
    "first half": lambda s: s[: len(s) // 2 + 2],
    "second half": lambda s: s[len(s) // 2 - 2 :],
    "without its middle": lambda s: f"{s[:9]}...{s[-5:]}",
    "with stars": lambda s: f"{s[:4]}********{s[-4:]}",
    "in lines": lambda s: pieces(s, 7, "\n    "),
    "in lines, backwards": lambda s: pieces(s[::-1], 9, "\r\n"),
    "quoted-printable": lambda s: pieces(s, 9, "=\n"),
    "with signs that nobody sees": "\u200b".join,
    "UTF-16": "\x00".join,
    "UTF-16, escaped": r"\0".join,
}


def left_of(spelled: str, shown: str) -> list[str]:
    """Return what is still there of a spelling, ten characters in a row."""
    size = min(10, len(spelled))
    runs = (spelled[at : at + size] for at in range(len(spelled) - size + 1))
    return [run for run in runs if run in shown and sum(map(str.isalnum, run)) > 2]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", SECRETS)
def test_a_known_secret_is_hidden_in_any_spelling(kind: str, spelling: str) -> None:
    spelled = SPELLINGS[spelling](SECRETS[kind])
    text = f"401: bad credential ({spelled}) was sent"

    for shown in (
        Redactor([SECRETS[kind]]).text(text),
        last_look(text, [SECRETS[kind]]),
    ):
        assert left_of(spelled, shown) == []
        assert shown.startswith("401: bad credential (")
        assert shown.endswith(") was sent")


@pytest.mark.parametrize("kind", SECRETS)
def test_numbers_of_a_buffer_are_hidden(kind: str) -> None:
    numbers = list(SECRETS[kind].encode())
    shown = Redactor([SECRETS[kind]]).text(f'{{"type":"Buffer","data":{numbers}}}')

    assert str(numbers)[1:-1] not in shown
    assert str(numbers[3:9])[1:-1] not in shown


def test_a_secret_in_two_pieces_is_hidden_in_both() -> None:
    """Chunks, strings that are joined, and elements of a list keep their form."""
    secret = "Wq3Tz8Lk1yVx5Sc7Mo2Np4"
    redactor = Redactor([secret])
    listed = json.dumps([secret[:11], secret[11:], "kept"])

    assert redactor.text(f"{secret[:12]}\r\nb\r\n{secret[12:]}").count("<hidden>") == 2
    assert (
        redactor.text(f'"{secret[:5]}" + "{secret[5:]}"') == '"<hidden>" + "<hidden>"'
    )
    assert json.loads(last_look(listed, [secret])) == [MASK, MASK, "kept"]


def test_json_stays_json_and_html_html() -> None:
    secret = SECRETS["signs"]
    content = {"said": f"no {secret}, {secret.upper()}", "after": 'a "quoted" word'}
    masked = last_look(json.dumps(content), [secret])
    page = last_look(f'<a title="{html.escape(secret)}">x</a>', [secret])

    assert json.loads(masked)["after"] == 'a "quoted" word'
    assert MASK in json.loads(masked)["said"]
    assert "w0rd" not in masked.lower()
    assert page.startswith('<a title="')
    assert page.endswith('">x</a>')


@pytest.mark.parametrize(
    "text",
    [
        "the tulip canal is 404 m long, 2026-11-28T10:00:00Z",
        "orange: 200 OK, bicycle 7",
        "session-0a1b2c3d of mcp-server 1.2.3",
        "invalid_token: the access token expired",
    ],
)
def test_words_of_which_a_secret_is_made_stay(text: str) -> None:
    assert Redactor(SECRETS.values()).text(text) == text


@settings(max_examples=400, deadline=None)
@given(
    secret=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=16),
    spelling=st.sampled_from(sorted(SPELLINGS)),
    around=st.text(max_size=20),
)
def test_redacting_a_spelling_twice_equals_once(
    secret: str, spelling: str, around: str
) -> None:
    redactor = Redactor([secret])
    once = redactor.text(f"{around} {SPELLINGS[spelling](secret)} {around}")

    assert redactor.text(once) == once
