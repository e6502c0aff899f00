"""Parameters arrive as text from papermill, and never carry a secret."""

from __future__ import annotations

from typing import Any

import pytest

from streamtriage.apps.triage.parameters import ParameterError, Parameters
from streamtriage.model import Intake

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        pytest.param({"hold_s": "90"}, 90.0, id="a number as text"),
        pytest.param({"hold_s": " 1.5 "}, 1.5, id="blanks around it"),
        pytest.param({"ask": "true"}, True, id="true as text"),
        pytest.param({"ask": "False"}, False, id="False as text"),
        pytest.param({"ask": "auto"}, "auto", id="auto"),
        pytest.param({"client_version": 2.1}, "2.1", id="a version as a number"),
        pytest.param(
            {"header_envs": "X-Api-Key=MY_KEY, X-Team = TEAM"},
            {"X-Api-Key": "MY_KEY", "X-Team": "TEAM"},
            id="pairs as text",
        ),
        pytest.param({"header_envs": ""}, {}, id="no pairs"),
    ],
)
def test_text_becomes_what_it_says(given: dict[str, Any], value: object) -> None:
    read = Parameters.read(given)

    assert getattr(read, next(iter(given))) == value


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"hold_s": "soon"}, "hold_s: .*number", id="no number"),
        pytest.param({"hold_s": -1}, "hold_s: .*greater than", id="negative"),
        pytest.param({"ask": "perhaps"}, "ask: ", id="neither yes nor no"),
        pytest.param({"urls": "x"}, "urls: ", id="an unknown name"),
        pytest.param({"header_envs": "X-Api-Key"}, "X-Api-Key=", id="half a pair"),
    ],
)
def test_what_cannot_be_read_is_named(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        Parameters.read(given)


@pytest.mark.parametrize(
    ("given", "secret"),
    [
        pytest.param({"auth_env": JWT}, JWT, id="a token for a name"),
        pytest.param(
            {"auth_env": "ghp_0123456789abcdefghij"}, "ghp_", id="a token like a name"
        ),
        pytest.param({"auth_env": "s3cr3tvalue"}, "s3cr3t", id="a word with digits"),
        pytest.param({"auth_env": "Bearer abcdefgh"}, "abcdefgh", id="a whole header"),
        pytest.param(
            {"header_envs": {"X-Api-Key": "k3y-value"}}, "k3y", id="a header's value"
        ),
        pytest.param(
            {"url": "https://h.example/mcp?api_key=hunter2"}, "hunter2", id="a query"
        ),
        pytest.param(
            {"url": "https://me:hunter2@h.example/mcp"}, "hunter2", id="a password"
        ),
        pytest.param({"second_auth_env": JWT}, JWT, id="a second token for a name"),
        pytest.param(
            {"proxy": "http://me:hunter2@proxy:3128"},
            "hunter2",
            id="a proxy's",
        ),
        pytest.param(
            {"provider_url": "https://api.example/v1?key=hunter2"},
            "hunter2",
            id="a key",
        ),
        pytest.param({"action": f"curl -H 'token: {JWT}'"}, JWT, id="in the action"),
    ],
)
def test_a_secret_is_refused_and_not_repeated(
    given: dict[str, Any], secret: str
) -> None:
    with pytest.raises(ParameterError) as refused:
        Parameters.read(given)

    assert secret not in str(refused.value)


def test_everything_that_the_command_line_takes_reaches_the_triage() -> None:
    given = {
        "second_auth_env": "NEW_TOKEN",
        "proxy": "http://proxy:3128",
        "provider_url": "https://api.example/v1",
        "idle_s": "90",
    }
    intake = Parameters.read({"url": "https://h.example/mcp", **given}).intake({})
    asked = {name: getattr(intake, name) for name in given}

    assert asked == given | {"idle_s": 90.0}
    assert set(Intake.model_fields) <= set(Parameters.model_fields)


def test_a_secret_url_is_read_from_its_variable() -> None:
    url = "https://h.example/mcp?api_key=hunter2"
    read = Parameters.read({"url": "env:MCP_URL"})

    assert read.intake({"MCP_URL": url}).url == url
    with pytest.raises(ParameterError, match="MCP_URL"):
        read.intake({})
