"""Redaction settles after one pass, in linear time, whatever it is given."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtriage.redaction import VALUE_LIMIT, Redactor, last_look

# Words and signs that the patterns look for, so that random text meets them often.
PIECES = st.sampled_from(
    [
        *("authorization", "cookie", "set-cookie", "token", "password", "pwd", "=>"),
        *("mcp-session-id", "session-0a1b2c3d", "Bearer", "basic", "eyJ", "sk-", "://"),
        *("https://", "u:p@h", "?a=", "&b=", "#", "=", ":", ": ", ",", ";", "[", "]"),
        *(
            "'",
            '"',
            '\\"',
            "\\",
            "\n",
            "\r\n",
            " ",
            "<",
            ">",
            "\u202e",
            "\x1b",
            "-----",
        ),
        *("<hidden>", "<hidden: 3 characters>", "<user>", "/home/", "C:\\Users\\"),
        *("-----BEGIN PRIVATE KEY-----", "0123456789abcdef" * 2, "AbCdEf01" * 5),
    ]
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=24).map("".join),
)
SECRETS = st.lists(st.text(min_size=1, max_size=12), max_size=3)


@given(text=TEXTS, secrets=SECRETS)
def test_redacting_twice_equals_once(text: str, secrets: list[str]) -> None:
    redactor = Redactor(secrets)
    once = redactor.text(text)

    assert redactor.text(once) == once
    once.encode("utf-8")


@given(text=TEXTS, secrets=SECRETS)
def test_urls_and_values_settle_too(text: str, secrets: list[str]) -> None:
    redactor = Redactor(secrets)
    url = redactor.url(text)

    assert redactor.url(url) == url
    for name in ("location", "set-cookie", "www-authenticate", "server", "x-other"):
        value = redactor.value(name, text)
        assert redactor.value(name, value) == value
        assert len(value) <= VALUE_LIMIT
        assert "\n" not in value


@given(
    text=TEXTS,
    secret=st.text(st.characters(categories=("L", "N")), min_size=8, max_size=40),
)
def test_known_secret_never_survives(text: str, secret: str) -> None:
    shown = Redactor([secret]).text(f"{text}{secret}{text}")

    assert secret not in shown


HOSTILE = (
    *("a", "0", "=", "&", "?", "/", "\\", '"', "'", "-", ":", "<", ">", " ", "\n", "@"),
    *("token", 'token"', "token: ", 'token="', 'token\\"', 'token:\\\\"x', '{"token":'),
    *("eyJ", "xeyJ", "eyJa.", "http://", "http:\\/\\/", "https://a@", "https://a:b"),
    *("https://h/aB3dE5/", "?a=", "&a=b", "&amp;", "/home/a", "C:\\Users\\"),
    *("C:\\Users\\a ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "Bearer "),
    *("PuTTY-User-Key-File-3:", "Private-Lines: 1\n", "cookie:", "basic a"),
    *("authorization: x", "Authorization: Basic ", "0a1b2c3d/", "sk-", "sk-a", "AKIA"),
    *("a=", 'a="', 'a="\\', "pwd=", "password: a ", "the password is ", "密码是"),
    *("session " + "aB3" * 20 + " ", "AbC1" * 5 + " is not valid ", "<apiKey>", "<a>"),
    *(
        "--api-key ",
        "--api-key-",
        "--a",
        "-H x:",
        "-u a:",
        "<hidden>",
        "\x1b",
        "....",
        "xxxx",
    ),
    *("%41", "%25", "&#x41;", "\\u0041", "\\\\", "0x4b,", "65,", "<U+0041>"),
    *("cana", "canary-123", "CANARY-12", "x-api-key", "aB3dE5gH7jK9mN1p", "key-"),
)
# Eight times the text may take eight times as long; a quadratic search takes 64 times.
_SMALL, _LARGE, _MOST = 5_000, 40_000, 24
# Below this the clock's own steps and what is done once decide.
_LEAST_S = 0.003


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_as_the_text_does(unit: str) -> None:
    redactor = Redactor(["canary-1234", "abc", "tulip canal bicycle orange"])

    def taken(size: int) -> float:
        text = unit * (size // len(unit))
        begun = time.process_time()
        redactor.text(text)
        redactor.url(text)
        redactor.value("www-authenticate", text)
        redactor.value("set-cookie", text)
        last_look(text, ["canary-1234-canary"])
        return time.process_time() - begun

    small = min(taken(_SMALL) for _ in range(2))

    assert taken(_LARGE) <= _MOST * max(small, _LEAST_S)
