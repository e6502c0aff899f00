"""Redaction settles after one pass, in linear time, whatever it is given."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtriage.redaction import VALUE_LIMIT, Redactor

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


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "0", "=", "&", "?", "/", "\\", '"', "'", "-", ":", "<", " ", "\n", "@"),
        *("token", 'token"', "token: ", 'token="', 'token\\"', 'token:\\\\"x', "eyJ"),
        *("xeyJ", "http://", "https://a@", "https://a:b", "?a=", "&a=b", "/home/a"),
        *("-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "Bearer ", "cookie:"),
        *(
            "basic a",
            "authorization: x",
            "C:\\Users\\",
            "C:\\Users\\a ",
            "0a1b2c3d/",
            "sk-",
        ),
        *(
            "a=",
            'a="',
            'a="\\',
            "session " + "aB3" * 20 + " ",
            "<hidden>",
            "\x1b",
            "pwd=",
        ),
    ],
)
def test_time_grows_with_length_only(unit: str) -> None:
    redactor = Redactor(["canary-1234", "abc"])
    text = unit * (40_000 // len(unit))

    started = time.process_time()
    redactor.text(text)
    redactor.url(text)
    redactor.value("www-authenticate", text)
    redactor.value("set-cookie", text)

    # A quadratic pattern needs minutes for this; a linear one about a second.
    assert time.process_time() - started < 5
