"""What the probes of credentials and metadata take from hostile and honest servers."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from streamtriage.probes.auth import challenge_of, expires_s
from streamtriage.probes.metadata import (
    issuer_places,
    resource_matches,
    resource_places,
)

TARGET = httpx.URL("https://h.invalid/mcp?key=1")


def token(claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{body}.sig"


@pytest.mark.parametrize(
    ("text", "left_s"),
    [
        (token({"exp": 1060}), 60.0),
        (token({"exp": 940.0}), -60.0),
        (token({"exp": "soon"}), None),
        (token({"exp": -1}), None),
        (token({"exp": 1e300}), None),
        (token({}), None),
        (token([1]), None),
        ("opaque", None),
        ("a.b.c", None),
        ("a." + "A" * 20_000 + ".c", None),
        (f"a.{'[' * 9000}.c", None),
    ],
)
def test_expiry_is_read_or_left(text: str, left_s: float | None) -> None:
    assert expires_s(text, 1000.0) == left_s


def test_challenge_is_reduced_to_what_a_client_uses() -> None:
    seen = challenge_of(
        'Bearer realm="x", error="insufficient_scope", scope="a b", '
        'resource_metadata="https://h.invalid/m", junk=1'
    )

    assert (seen.scheme, seen.error, seen.scope) == (
        "Bearer",
        "insufficient_scope",
        "a b",
    )
    assert seen.resource_metadata == "https://h.invalid/m"


def test_endless_challenge_is_bounded() -> None:
    seen = challenge_of("Bearer " + 'scope="' * 100_000)

    assert len(seen.model_dump_json()) < 5000


def test_resource_metadata_is_asked_for_in_order() -> None:
    named = "https://h.invalid/.well-known/oauth-protected-resource"

    assert [(p, str(u)) for p, u in resource_places(TARGET, "")] == [
        ("path", f"{named}/mcp"),
        ("root", named),
    ]
    assert [p for p, _ in resource_places(TARGET, f"{named}/mcp")] == [
        "challenge",
        "root",
    ]
    assert [p for p, _ in resource_places(TARGET, "javascript:1")] == ["path", "root"]


def test_issuer_metadata_is_asked_for_in_order() -> None:
    assert list(map(str, issuer_places("https://a.invalid/t/"))) == [
        "https://a.invalid/.well-known/oauth-authorization-server/t",
        "https://a.invalid/.well-known/openid-configuration/t",
        "https://a.invalid/t/.well-known/openid-configuration",
    ]
    assert issuer_places("nonsense") == []


@pytest.mark.parametrize(
    ("resource", "matches"),
    [
        ("https://h.invalid/mcp", True),
        ("https://h.invalid/mcp/", True),
        ("https://h.invalid", True),
        ("https://h.invalid:443/mcp", True),
        ("https://h.invalid/mcp2", False),
        ("https://h.invalid/mcp/deeper", False),
        ("http://h.invalid/mcp", False),
        ("https://h.invalid:8443/mcp", False),
        ("https://other.invalid/mcp", False),
        ("", False),
    ],
)
def test_resource_is_compared_as_the_client_does(
    resource: str,
    matches: bool,  # noqa: FBT001 - a fact of the table
) -> None:
    assert resource_matches(resource, TARGET) is matches
