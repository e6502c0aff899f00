"""What can be typed, and what is said of what cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtriage.model import Intake, Target
from streamtriage.transport.requester import Wire
from streamtriage.transport.target import IntakeError, shown, target_of
from streamtriage.transport.trust_stores import stores_at_hand, trusting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CANARY = "canary-0451"


def reach(url: str = "http://h/mcp", env: Mapping[str, str] | None = None) -> Target:
    return target_of(Intake(url=url), env or {})


def refusal(intake: Intake, env: Mapping[str, str] | None = None) -> str:
    with pytest.raises(IntakeError) as caught:
        target_of(intake, env or {})
    return str(caught.value)


# --- the URL --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        pytest.param("http://h/mcp", "http://h/mcp", id="plain"),
        pytest.param("  https://h/mcp\n", "https://h/mcp", id="blanks around"),
        pytest.param("HTTPS://H.Example/Mcp", "https://h.example/Mcp", id="upper case"),
        pytest.param("http://h/mcp#part", "http://h/mcp", id="a fragment"),
        pytest.param("http://h/a?b=c&d", "http://h/a?b=c&d", id="a query"),
        pytest.param("http://[::1]:80/", "http://[::1]/", id="an IPv6 address"),
        pytest.param("http://[::1]:8000/", "http://[::1]:8000/", id="IPv6 and a port"),
        pytest.param("http://127.0.0.1:65535/", "http://127.0.0.1:65535/", id="65535"),
        pytest.param(
            "http://b\u00fccher.example/", "http://xn--bcher-kva.example/", id="IDNA"
        ),
        pytest.param("http://a_b.example/", "http://a_b.example/", id="an underscore"),
        pytest.param("http://h", "http://h", id="no path"),
        pytest.param(
            "http://h/" + "x" * 20_000, "http://h/" + "x" * 20_000, id="a long path"
        ),
    ],
)
def test_url_is_taken_as_typed(typed: str, url: str) -> None:
    assert reach(typed).url == url


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        pytest.param("", "No server URL", id="nothing"),
        pytest.param(" \n", "No server URL", id="blanks"),
        pytest.param("localhost:8000/mcp", "must start with http", id="no scheme"),
        pytest.param("/mcp", "must start with http", id="a path"),
        pytest.param("ws://h/mcp", "must start with http", id="WebSocket"),
        pytest.param("file:///etc/passwd", "must start with http", id="a file"),
        pytest.param("http:///mcp", "no host", id="no host"),
        pytest.param("http:\\\\h\\mcp", "no host", id="backslashes"),
        pytest.param("http://h mcp/", "blanks", id="a blank inside"),
        pytest.param("http://h/\nx: y", "blanks", id="a line break"),
        pytest.param("http://h/\0", "blanks", id="NUL"),
        pytest.param("http://h/\x1b[31m", "blanks", id="ANSI"),
        pytest.param("http://h/\u202egnp", "control", id="a bidirectional mark"),
        pytest.param("http://[::1/mcp", "cannot be read", id="half a bracket"),
        pytest.param("http://h:port/", "cannot be read", id="a port that is a word"),
        pytest.param("http://h:0/", "port", id="port 0"),
        pytest.param("http://h:65536/", "port", id="port 65536"),
        pytest.param("http://" + "a" * 64 + ".example/", "no host", id="a long label"),
        pytest.param("http://a..example/", "no host", id="an empty label"),
        pytest.param("http://h/" + "x" * 70_000, "cannot be read", id="70 kB"),
    ],
)
def test_url_that_cannot_be_used_is_refused(typed: str, hint: str) -> None:
    assert hint in refusal(Intake(url=typed))


@pytest.mark.parametrize(
    "typed",
    [
        f"http://me:{CANARY}@h/mcp",
        f"https://{CANARY}@h/mcp",
        f"http://{CANARY}:@h/mcp",
        f"{CANARY}:x@h/mcp",
        f"me:{CANARY}@h:99999999/mcp",
        f"http://me:{CANARY}@[::1/mcp",
    ],
)
def test_userinfo_is_refused_without_repeating_it(typed: str) -> None:
    assert "canary" not in refusal(Intake(url=typed))


# --- secrets --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("abc", "Bearer abc"),
        ("Bearer abc", "Bearer abc"),
        ("bearer abc", "bearer abc"),
        ("Basic YTpi", "Basic YTpi"),
    ],
)
def test_scheme_is_added_only_where_it_lacks(value: str, header: str) -> None:
    target = target_of(Intake(url="http://h/", auth_env="TOKEN"), {"TOKEN": value})

    assert target.headers["Authorization"].get_secret_value() == header


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        pytest.param(None, "is not set", id="missing"),
        pytest.param("", "is not set", id="empty"),
        pytest.param(f"{CANARY}\n", "newline", id="a newline at the end"),
        pytest.param(f" {CANARY}", "blank", id="a blank in front"),
        pytest.param(f"a\r\nX: {CANARY}", "newline", id="a header in it"),
        pytest.param(f"\u201c{CANARY}\u201d", "no HTTP header", id="curly quotes"),
        pytest.param(f"{CANARY}\x1b[0m", "no HTTP header", id="ANSI"),
    ],
)
def test_unusable_secret_is_named_and_not_shown(value: str | None, hint: str) -> None:
    env = {} if value is None else {"TOKEN": value}
    said = refusal(Intake(url="http://h/", auth_env="TOKEN"), env)

    assert "TOKEN" in said
    assert hint in said
    assert "canary" not in said


@pytest.mark.parametrize(
    "typed",
    [
        "Bearer canary",
        "X=canary",
        "sk-canary/0451",
        "canary canary",
        "ghp_canary0123456789012345678901234567890",
    ],
)
def test_secret_in_place_of_a_name_is_not_repeated(typed: str) -> None:
    said = refusal(Intake(url="http://h/", auth_env=typed))

    assert "looks like the secret itself" in said
    assert "canary" not in said


@pytest.mark.parametrize(
    "name", ["", "X Key", "X-Key: canary", "X\nKey", "K\u00e9y", "Key:", "(x)"]
)
def test_name_that_is_no_token_is_refused(name: str) -> None:
    said = refusal(Intake(url="http://h/", header_envs={name: "V"}), {"V": "x"})

    assert "Header number 1" in said
    assert "canary" not in said


@pytest.mark.parametrize("name", ["Mcp-Session-Id", "LAST-EVENT-ID", "Content-Length"])
def test_header_that_we_set_ourselves_is_refused(name: str) -> None:
    """With the person's own session id, the session that we delete would be theirs."""
    said = refusal(Intake(url="http://h/", header_envs={name: "V"}), {"V": "x"})

    assert name in said


def test_several_headers_are_all_kept() -> None:
    intake = Intake(url="http://h/", auth_env="A", header_envs={"X-One": "B"})
    target = target_of(intake, {"A": "a", "B": "b"})

    assert {n: v.get_secret_value() for n, v in target.headers.items()} == {
        "X-One": "b",
        "Authorization": "Bearer a",
    }
    assert '"b"' not in target.model_dump_json()


# --- proxies --------------------------------------------------------------------------


PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("url", "env", "proxy"),
    [
        pytest.param("http://h/", {}, None, id="none"),
        pytest.param("http://h/", {"http_proxy": PROXY}, PROXY, id="http"),
        pytest.param("https://h/", {"HTTPS_PROXY": PROXY}, PROXY, id="upper case"),
        pytest.param("https://h/", {"http_proxy": PROXY}, None, id="other scheme"),
        pytest.param(
            "http://h/",
            {"HTTP_PROXY": "http://upper:1", "http_proxy": PROXY},
            PROXY,
            id="lower case wins",
        ),
        pytest.param("http://h/", {"http_proxy": "proxy:3128"}, PROXY, id="no scheme"),
        pytest.param("http://h/", {"http_proxy": ""}, None, id="empty"),
        pytest.param("http://h/", {"http_proxy": "socks5://p:1"}, None, id="SOCKS"),
    ],
)
def test_proxy_is_that_of_the_scheme(
    url: str, env: dict[str, str], proxy: str | None
) -> None:
    assert reach(url, env).proxy == proxy


@pytest.mark.parametrize(
    ("no_proxy", "url", "bypassed"),
    [
        ("h.example", "http://h.example/", True),
        ("H.Example", "http://h.example/", True),
        (".example", "http://h.example/", True),
        ("*.example", "http://h.example/", True),
        ("example", "http://h.example/", True),
        ("ample", "http://h.example/", False),
        ("other.example", "http://h.example/", False),
        ("a, h.example", "http://h.example/", True),
        ("a h.example", "http://h.example/", True),
        ("*", "http://h.example/", True),
        ("h.example:8000", "http://h.example:8000/", True),
        ("h.example:8000", "http://h.example/", False),
        ("h.example:80", "http://h.example/", True),
        ("127.0.0.1", "http://127.0.0.1:9/", True),
        ("::1", "http://[::1]:9/", True),
        ("[::1]:9", "http://[::1]:9/", True),
        ("[::1]:8", "http://[::1]:9/", False),
        (",,", "http://h.example/", False),
        ("", "http://h.example/", False),
    ],
)
def test_no_proxy_rules(no_proxy: str, url: str, *, bypassed: bool) -> None:
    proxy = reach(url, {"http_proxy": PROXY, "no_proxy": no_proxy}).proxy

    assert (proxy is None) is bypassed


@pytest.mark.parametrize(
    "proxy", ["http://", "http://[", f"http://me:{CANARY}@", "http://p:99999"]
)
def test_proxy_that_cannot_be_read_is_named_and_not_shown(proxy: str) -> None:
    said = refusal(Intake(url="http://h/"), {"http_proxy": proxy})

    assert "HTTP_PROXY" in said
    assert "canary" not in said


def test_password_of_the_proxy_is_never_shown() -> None:
    target = reach(env={"http_proxy": f"http://me:{CANARY}@proxy:3128"})

    assert shown(target).proxy == PROXY
    assert "canary" not in Wire(target).wall.let_in(f"407 for me:{CANARY}").shown


# --- the CA file ----------------------------------------------------------------------


UNUSABLE = pytest.mark.parametrize(
    ("content", "hint"),
    [
        pytest.param(None, "does not exist", id="missing"),
        pytest.param(b"", "PEM", id="empty"),
        pytest.param(b"\x30\x82\x01\x0a\x02", "PEM", id="DER"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "PEM",
            id="a broken certificate",
        ),
    ],
)
NO_PATHS = ["x" * 5000, "-----BEGIN CERTIFICATE-----\n" + "MIIB/" * 900, "a\0b"]


def ca_path(folder: Path, content: bytes | None) -> str:
    path = folder / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    return str(path)


@UNUSABLE
def test_ca_file_that_cannot_be_used_is_refused(
    content: bytes | None, hint: str, tmp_path: Path
) -> None:
    path = ca_path(tmp_path, content)

    assert hint in refusal(Intake(url="https://h/", ca_file=path))


@UNUSABLE
def test_ca_file_of_a_variable_that_cannot_be_used_is_passed_over_and_named(
    content: bytes | None, hint: str, tmp_path: Path
) -> None:
    """As clients do: they warn, and go on without it."""
    path = ca_path(tmp_path, content)
    env = {"NODE_EXTRA_CA_CERTS": path}
    (store, system) = stores_at_hand(env)

    assert reach("https://h/", env).ca_file is None
    assert (store.name, store.path) == ("NODE_EXTRA_CA_CERTS", path)
    assert hint in store.problem
    assert system.name == "system"


@pytest.mark.parametrize("name", ["NODE_EXTRA_CA_CERTS", "SSL_CERT_DIR"])
@pytest.mark.parametrize("given", NO_PATHS, ids=["long", "PEM", "NUL"])
def test_what_is_no_path_at_all_does_not_exist(given: str, name: str) -> None:
    (store, _) = stores_at_hand({name: given})

    assert "does not exist" in store.problem
    trusting((store,))


def test_folder_in_place_of_a_ca_file_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refusal(Intake(url="https://h/", ca_file=str(tmp_path)))


def test_ca_file_of_the_environment_is_used(ca_file: str) -> None:
    assert reach("https://h/", {"NODE_EXTRA_CA_CERTS": ca_file}).ca_file == ca_file
