"""Nothing secret survives redaction, and diagnostics stay readable."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from streamtriage.model import Exchange, Intake, Target
from streamtriage.redaction import VALUE_LIMIT, Redactor, label

REDACTOR = Redactor()
SECRET = 'canary/7Q+"x y'
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
PEM = "-----BEGIN PRIVATE KEY-----\n"
UUID = "9a9d1665-a007-4550-aff7-69cf4c15eb50"


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(SECRET, id="as it is"),
        pytest.param(quote(SECRET, safe=""), id="percent-encoded"),
        pytest.param(
            quote(SECRET, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
            id="percent-encoded, lower case",
        ),
        pytest.param(quote(SECRET), id="percent-encoded, slash kept"),
        pytest.param(SECRET.replace('"', "&quot;"), id="in HTML"),
        pytest.param(json.dumps(SECRET), id="in JSON"),
        pytest.param(json.dumps(json.dumps(SECRET)), id="in JSON in JSON"),
        pytest.param(b64encode(SECRET.encode()).decode(), id="base64"),
    ],
)
def test_exact_secret_hidden_in_every_spelling(spelling: str) -> None:
    shown = Redactor([SECRET]).text(f"the server echoed {spelling} back")

    assert "7Q" not in shown
    assert spelling.strip('"') not in shown
    assert shown.startswith("the server echoed ")


@pytest.mark.parametrize("user", ["", "a:", "ab:", "abc:", "a-long-name:"])
def test_exact_secret_hidden_inside_longer_base64(user: str) -> None:
    encoded = b64encode(f"{user}swordfish-42".encode()).decode()

    shown = Redactor(["swordfish-42"]).text(f"sent {encoded} to it")

    # What is left belongs to the user name, but for the last bits of the secret.
    kept = shown.replace("<hidden>", "").removeprefix("sent ").removesuffix(" to it")
    assert "<hidden>" in shown
    assert len(kept) <= len(b64encode(user.encode())) + 4


def test_scheme_before_a_secret_is_no_part_of_it() -> None:
    redactor = Redactor(["Bearer canary-1234", "Basic dXNlcjpjYW5hcnktNTY3OA=="])

    assert redactor.text("got canary-1234") == "got <hidden>"
    assert redactor.text("got canary-5678") == "got <hidden>"


def test_short_secret_hidden_only_alone() -> None:
    redactor = Redactor(["abc", "", "  "])

    assert redactor.text("abc, abcd and x=abc") == "<hidden>, abcd and x=<hidden>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer CANARY x\nHost: h", "Authorization: <hidden>\nHost: h"),
        ("-H 'Authorization: Bearer CANARY' u", "-H 'Authorization: <hidden>' u"),
        ("Proxy-Authorization: Basic CANARY", "Proxy-Authorization: <hidden>"),
        ('Authorization: Digest u="CANARY", r="CANARY"', "Authorization: <hidden>"),
        ("Cookie: a=CANARY; b=CANARY", "Cookie: a=<hidden>; b=<hidden>"),
        ('Cookie: a="CANARY"; b=1', "Cookie: a=<hidden>; b=<hidden>"),
        ("Set-Cookie: AWSALB=CANARY; Path=/", "Set-Cookie: AWSALB=<hidden>"),
        ("X-Api-Key: CANARY", "X-Api-Key: <hidden>"),
        ("{'x-api-key': 'CANARY', 'a': 1}", "{'x-api-key': '<hidden>', 'a': 1}"),
        ('{"token":"CAN\\"ARY","a":1}', '{"token":"<hidden>","a":1}'),
        (r'"{\"token\":\"CANARY\",\"a\"}', r'"{\"token\":\"<hidden>\",\"a\"}'),
        ("[('authorization', 'Bearer CANARY')]", "[('authorization', '<hidden>')]"),
        ("password=CANARY&user=me", "password=<hidden>&user=<hidden>"),
        ("client_secret = CANARY", "client_secret = <hidden>"),
        ("password: CANARY", "password: <hidden>"),
        ("refused (Bearer CANARY)", "refused (Bearer <hidden>)"),
        ("refused (basic Y2FuYXJ5OmNhbmFyeQ==)", "refused (basic <hidden>)"),
        ("GET /mcp?key=CANARY&code=C x", "GET /mcp?key=<hidden>&code=<hidden> x"),
        ("https://u:CANARY@h:80/mcp", "https://<hidden>@h:80/mcp"),
        ("https://h/mcp?a=CANARY&b=#CANARY", "https://h/mcp?a=<hidden>&b=#<hidden>"),
        ("https://u:CAN/A#R@Y@h/mcp", "https://<hidden>@h/mcp"),
        (r"https:\/\/u:CANARY@h\/?a=CANARY", r"https:\/\/<hidden>@h\/?a=<hidden>"),
        ("https://h/s/CaNaRy0123456789CaNaRy012/mcp", "https://h/s/<hidden>/mcp"),
        ("https://h/mcp?CANARY", "https://h/mcp?<hidden>"),
        (f"jwt {JWT}.", "jwt <hidden>"),
        ("key sk-ant-api03-CANARY-CANARY", "key <hidden>"),
        ("ghp_CANARYCANARYCANARY1", "<hidden>"),
        ("github_pat_CANARYCANARYCANARY1", "<hidden>"),
        ("glpat-CANARY_CANARY1", "<hidden>"),
        ("xoxb-CANARY-1234", "<hidden>"),
        ("AKIACANARYCANARY12", "<hidden>"),
        ("AIzaCANARYCANARYCANARYCANARY", "<hidden>"),
        ("ya29.CANARYCANARY", "<hidden>"),
        ("npm_CANARYCANARYCANARYCANARY", "<hidden>"),
        ("pypi-CANARYCANARYCANARY", "<hidden>"),
        ("hf_CANARYCANARYCANARY", "<hidden>"),
        (f"{PEM}CANARY\n-----END PRIVATE KEY----- ok", "<hidden> ok"),
        (f"{PEM}CANARY, cut off", "<hidden>"),
        (f"the key was {'0a' * 20}", "the key was <hidden>"),
        (f"Session {UUID} not found", "Session <hidden> not found"),
        ("/home/canary/.claude.json", "/home/<user>/.claude.json"),
        ("file:///Users/canary/a.js:1:2", "file:///Users/<user>/a.js:1:2"),
        (r"C:\Users\Ca Nary\AppData", r"C:\Users\<user>\AppData"),
        (r'"C:\\Users\\canary\\x"', r'"C:\\Users\\<user>\\x"'),
    ],
)
def test_pattern_hides_the_value_alone(text: str, expected: str) -> None:
    assert REDACTOR.text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/1.1 409 Conflict after 1.02 s, 61.3 s of silence, node v26.3.0",
        "Failed to reconnect SSE stream: Failed to open SSE stream: Conflict",
        '{"error":{"code":-32001,"message":"Session not found"},"id":null}',
        "Bad Request: Mcp-Session-Id header is required",
        'Bearer realm="OAuth", error="invalid_token", error_description="No token"',
        "No Bearer token given; Basic authentication is off",
        """SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON""",
        "OAuth error: invalid_token: expired",
        "max_tokens=100, progress 3/7, code=ECONNREFUSED, errno: -111",
        "connect ECONNREFUSED 127.0.0.1:8080 (mcp.example.com, [::1]:443)",
        "GET https://mcp.example.com:8443/a/mcp 404",
        "at a (file:///srv/node_modules/@x/sdk/dist/esm/client/streamableHttp.js:12:3)",
        "trace-id 4bf92f3577b34da6a3ce929d0e0e4736, cf-ray 8f1c2d3e4f5a6b7c-AMS",
        "server-restart-session-lost, session-400-instead-of-404",
        "2026-11-22T22:27:23.452Z [DEBUG] No token data found",
        '"headers":{"Accept-Encoding":"identity"},"hasAuthProvider":true,"token":null',
    ],
)
def test_ordinary_diagnostics_stay(text: str) -> None:
    assert Redactor(["hunter2-canary"]).text(text) == text


def test_session_id_becomes_one_stable_label() -> None:
    named = label(UUID)

    assert REDACTOR.text(f"mcp-session-id: {UUID}") == f"mcp-session-id: {named}"
    assert REDACTOR.text(f'{{"sessionId":"{UUID}"}}') == f'{{"sessionId":"{named}"}}'
    assert REDACTOR.value("Mcp-Session-Id", UUID) == named
    assert REDACTOR.value("Mcp-Session-Id", named) == named


def test_headers_show_only_the_allowed() -> None:
    shown = REDACTOR.headers(
        [
            ("Content-Type", "text/event-stream"),
            ("X-Amzn-RequestId", UUID),
            ("X-Vercel-Oidc-Token", "CANARY"),
            ("X-Custom", "CANARY"),
            ("Set-Cookie", "AWSALB=CANARY; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
            ("Set-Cookie", "__cf_bm=CANARY; Secure"),
            ("Location", "https://u:CANARY@idp.example/login?state=CANARY#CANARY"),
            ("Via", "1.1 a\r\nX: \x1b[31m\u202e"),
        ]
    )

    assert shown == {
        "content-type": "text/event-stream",
        "x-amzn-requestid": UUID,
        "x-vercel-oidc-token": "<hidden: 6 characters>",
        "x-custom": "<hidden: 6 characters>",
        "set-cookie": "AWSALB=<hidden>; __cf_bm=<hidden>",
        "location": "https://<hidden>@idp.example/login?state=<hidden>#<hidden>",
        "via": "1.1 a<U+000A>X: <U+001B>[31m<U+202E>",
    }
    assert REDACTOR.headers(shown.items()) == shown


def test_challenge_keeps_what_explains_it() -> None:
    challenge = (
        'Bearer realm="mcp", error="invalid_token", error_description="expired", '
        'scope="read write", resource_metadata="https://h/.well-known/x/mcp", '
        'nonce="CANARY", Negotiate YIICANARYCANARYCANARYCANARY=='
    )

    shown = REDACTOR.value("WWW-Authenticate", challenge)

    assert "CANARY" not in shown
    assert shown.startswith(challenge.partition("nonce")[0])


def test_header_value_is_bounded() -> None:
    shown = REDACTOR.value("Server", "x" * 100_000)

    assert len(shown) == VALUE_LIMIT
    assert shown.endswith("(100000 characters in all)")
    assert REDACTOR.value("Server", shown) == shown


def test_noun_keeps_type_and_closed_words() -> None:
    exchange = Exchange(
        label="GET with none", method="GET", headers={"Server": "none", "X-A": "secret"}
    )

    shown = Redactor(["none"]).noun(exchange)

    assert isinstance(shown, Exchange)
    assert shown.session == "none"
    assert shown.label == "GET with <hidden>"
    assert shown.headers == {"server": "<hidden>", "x-a": "<hidden: 6 characters>"}


def test_noun_keeps_names_of_variables() -> None:
    intake = Intake(auth_env="MCP_TOKEN", header_envs={"X-Api-Key": "MY_KEY_VARIABLE"})

    assert REDACTOR.noun(intake) == intake


def test_noun_drops_secret_headers() -> None:
    target = Target(
        url="https://h/mcp", headers={"authorization": SecretStr("Bearer CANARY")}
    )

    shown = REDACTOR.noun(target)

    assert shown.headers["authorization"].get_secret_value() == "<hidden>"


def test_noun_walks_json() -> None:
    value = {"a": ["Bearer CANARY", {"password": "CANARY"}], "n": 1, "t": (None, True)}

    assert REDACTOR.noun(value) == {
        "a": ["Bearer <hidden>", {"password": "<hidden>"}],
        "n": 1,
        "t": (None, True),
    }


def test_redactor_keeps_secrets_to_itself() -> None:
    redactor = Redactor(["canary-1234"])

    assert "canary" not in repr(redactor)
    with pytest.raises(AttributeError):
        redactor.secrets = ("canary-5678",)
