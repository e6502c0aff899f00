"""Keys of every kind are hidden wherever people and programs put them."""

from __future__ import annotations

import random
import re
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from streamtriage.knowledge.secret_kinds import SecretKind, secret_kinds
from streamtriage.redaction import Redactor, last_look

if TYPE_CHECKING:
    from collections.abc import Callable

REDACTOR = Redactor()
# Looking around says what must not stand there, which a generator cannot read.
_AROUND = re.compile(r"\(\?<?[=!](?:[^()\[\]]|\[[^\]]*\])*\)")
_SIGNS = string.ascii_letters + string.digits


def leaks(secret: str, text: str) -> str | None:
    """Return what is written, if ten characters of the secret in a row are in it."""
    shown = last_look(REDACTOR.text(text))
    runs = (secret[at : at + 10] for at in range(max(1, len(secret) - 9)))
    return shown if any(run in shown for run in runs) else None


def draw(seed: int, size: int, signs: str = _SIGNS) -> str:
    return "".join(random.Random(seed).choices(signs, k=size))


PLAIN_CONTEXTS: tuple[Callable[[str], str], ...] = (
    "the server answered {} and closed".format,
    "curl -H 'X-Team: {}' https://mcp.example.test/mcp".format,
    '{{"headers": {{"X-Team": "{}"}}}}'.format,
    "https://mcp.example.test/{}/mcp".format,
    "line one\n{}\nline three".format,
    '"log":"request\\n{}\\nfailed"'.format,
    "https://mcp.example.test/mcp?x%3D{}".format,
)


@pytest.mark.parametrize("row", secret_kinds(), ids=lambda r: f"{r.issuer}: {r.kind}")
def test_each_kind_is_hidden_where_nothing_tells(row: SecretKind) -> None:
    drawn = st.from_regex(_AROUND.sub("", row.shape), fullmatch=True)

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(key=drawn, context=st.sampled_from(PLAIN_CONTEXTS))
    def holds(key: str, context: Callable[[str], str]) -> None:
        assume(key.isascii() and "\n" not in key)
        assume(re.fullmatch(row.shape, key))
        assert any(anchor in key for anchor in row.anchors.split())
        assume(any(map(str.isdigit, key)))

        assert leaks(key, context(key)) is None

    holds()


TELLING = (
    *("api_key", "apiKey", "X-Api-Key", "MY_SERVICE_KEY", "GITHUB_PAT", "access_token"),
    *("clientSecret", "X-Auth-Token", "bearer_token", "private-token", "密钥", "令牌"),
    *("Schlüssel", "Zugangsschlüssel", "signing_key", "webhook_secret", "auth"),
)
WRITTEN: tuple[Callable[[str, str], str], ...] = (
    "{}={}".format,
    "{}: {}".format,
    'export {}="{}"'.format,
    "  {}: '{}'".format,
    '{{"{}": "{}"}}'.format,
    '"{{\\"{}\\": \\"{}\\"}}"'.format,
    "<{0}>{1}</{0}>".format,
    "--{} {}".format,
    "{} = '{}'  # set by hand".format,
    "('{}', '{}')".format,
    "https://h.example.test/mcp?{}={}&page=2".format,
    "the {} {} was not accepted".format,
    "{} “{}” ungültig".format,
    "{}：{}".format,  # noqa: RUF001 - as people write it in Chinese
    '{{"name": "{}", "value": "{}"}}'.format,
)
MADE = (
    st.builds(draw, st.integers(0, 10**9), st.integers(32, 64)),
    st.builds(
        draw, st.integers(0, 10**9), st.just(32), st.just(string.hexdigits.lower()[:16])
    ),
    st.builds(
        "{}{}{}".format,
        st.from_regex("[a-z]{2,6}", fullmatch=True),
        st.sampled_from("_-"),
        st.builds(draw, st.integers(0, 10**9), st.integers(32, 48)),
    ),
    st.uuids(version=4).map(str),
)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(
    key=st.one_of(*MADE), name=st.sampled_from(TELLING), form=st.sampled_from(WRITTEN)
)
def test_kinds_that_nobody_has_seen_are_hidden_where_a_name_tells(
    key: str, name: str, form: Callable[[str, str], str]
) -> None:
    assert leaks(key, form(name, key)) is None


@settings(max_examples=800, deadline=None, derandomize=True)
@given(
    key=st.one_of(MADE[0], MADE[2]),
    context=st.sampled_from(PLAIN_CONTEXTS),
)
def test_random_letters_and_digits_need_no_telling_name(
    key: str, context: Callable[[str], str]
) -> None:
    assert leaks(key, context(key)) is None


BODY = "\n".join(draw(line, 64, f"{_SIGNS}+/") for line in range(6))
BLOCKS = {
    "PKCS #8": f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----",
    "encrypted": f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{BODY}\n-----END",
    "EC": f"-----BEGIN EC PRIVATE KEY-----\n{BODY}",
    "OpenSSH": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}\n"
    "-----END OPENSSH PRIVATE KEY-----",
    "RFC 4716": f"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{BODY}\n"
    "---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    "PGP": f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{BODY}\n"
    "-----END PGP PRIVATE KEY BLOCK-----",
    "OpenVPN": f"-----BEGIN OpenVPN Static key V1-----\n{BODY}\n"
    "-----END OpenVPN Static key V1-----",
    "PuTTY": "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: mine\n"
    f"Public-Lines: 2\n{BODY[:64]}\nPrivate-Lines: 4\n{BODY[65:]}\nPrivate-MAC: "
    f"{draw(9, 64, '0123456789abcdef')}",
}


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize(
    "context",
    [
        pytest.param("{}".format, id="alone"),
        pytest.param("MY_KEY='{}'".format, id="variable"),
        pytest.param(
            lambda block: '{"key": "%s", "a": 1}' % block.replace("\n", "\\n"),  # noqa: UP031
            id="JSON",
        ),
        pytest.param(
            lambda block: "key: |\n  " + block.replace("\n", "\n  ") + "\nhost: h",
            id="YAML",
        ),
        pytest.param(lambda block: block.replace("\n", "\r\n"), id="Windows"),
    ],
)
def test_private_keys_are_hidden_whole(
    kind: str, context: Callable[[str], str]
) -> None:
    shown = last_look(REDACTOR.text(context(BLOCKS[kind])))

    secret = BLOCKS[kind].partition("Private-Lines")[2] or BLOCKS[kind]
    lines = [line for line in secret.splitlines() if len(line) >= 60]
    assert len(lines) >= 5
    assert not [line for line in lines if line[:12] in shown or line[-12:] in shown]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curl -u me:hunter2 https://h/", "curl -u me:<hidden> https://h/"),
        ("docker run -u 1000:1000 image", "docker run -u 1000:1000 image"),
        ("--password hunter2 --port 80", "--password <hidden> --port 80"),
        ("--token-file /run/token", "--token-file /run/token"),
        ("DB_PASS=hunter2", "DB_PASS=<hidden>"),
        ("the password is hunter2.", "the password is <hidden>"),
        ("the password is wrong", "the password is wrong"),
        ("密码是hunter2", "密码是<hidden>"),
        ("<password>hunter2</password>", "<password><hidden></password>"),
        ("password = self._password", "password = self._password"),
        ("token = next(tokens)", "token = next(tokens)"),
        ("next_token=abc123def", "next_token=abc123def"),
        ("api_key: str | None = None", "api_key: str | None = None"),
        ("password: the one you chose", "password: the one you chose"),
        ("commit 4f0c1d2e" + "0a" * 16, "commit 4f0c1d2e" + "0a" * 16),
        ("https://h/docs/a.html#section-6.9", "https://h/docs/a.html#section-6.9"),
        ("https://h/list?page=2&lang=de", "https://h/list?page=2&lang=de"),
        ("https://h/#id_token=CANARY", "https://h/#<hidden>"),
    ],
)
def test_names_are_told_from_values(text: str, expected: str) -> None:
    assert REDACTOR.text(text) == expected
