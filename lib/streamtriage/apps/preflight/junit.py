"""A preflight as JUnit XML: one test suite a server, one test case a check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from streamtriage.redaction import cut, visible
from streamtriage.report.story import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.apps.preflight.model import Check, Preflight, Server

__all__ = ["render_junit"]

_TEXT_LIMIT = 8000
# `visible` spells out controls and lone surrogates; XML knows no non-characters either.
_NOT_XML = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
# Whether an answer was had at all is a test of its own: a suite in which every unknown
# check is merely skipped would be green.
_TOLD = "could it be told?"


def render_junit(done: Preflight) -> str:
    """Render as Jenkins (xUnit's junit-10.xsd) and GitLab read it.

    A check that fails is a failure, one that is unknown or was not asked is skipped;
    a server that could not be judged has an error, unless the policy passes it.
    """
    suites = [_suite(done, server) for server in done.servers]
    root = ET.Element("testsuites", name="streamtriage preflight")
    _count(root, suites)
    root.set("time", f"{done.took_s:.3f}")
    root.extend(suites)
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(done: Preflight, server: Server) -> ET.Element:
    took_s = sum(each.took_s for each in server.tries)
    label = "REHEARSAL " if done.rehearsal else ""
    suite = ET.Element(
        "testsuite",
        name=_text(f"{label}{server.name or server.url}"),
        timestamp=f"{done.taken_at:%Y-%m-%dT%H:%M:%S}",
        time=f"{took_s:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(done, server):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    cases = [_case(server, check) for check in server.checks]
    cases.append(_told(done, server))
    suite.extend(cases)
    _count(suite, cases)
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    return suite


def _properties(done: Preflight, server: Server) -> Iterator[tuple[str, str]]:
    yield "tool", f"{done.tool.name} {done.tool.version}"
    yield "preflight_version", done.preflight_version
    yield "url", server.url
    yield "rehearsal", str(done.rehearsal).lower()
    yield "result", server.result
    yield "fail_on", ",".join(done.policy.fail_on)
    yield "unknown", done.policy.unknown
    for name, reason in done.policy.allow.items():
        yield f"allow.{name}", reason
    for each in server.tries:
        causes = f" ({', '.join(each.causes)})" if each.causes else ""
        yield f"try.{each.number}", f"{each.result}{causes}"


def _case(server: Server, check: Check) -> ET.Element:
    case = _test(server, f"{check.name}: {check.question}")
    if check.result == "fail":
        failed = [c.cause for c in server.decided("fails") if c.cause in check.causes]
        failing = ", ".join(failed)
        failure = ET.SubElement(
            case, "failure", type=_text(failing), message=_text(check.says)
        )
        failure.text = _text(_why(server, check))
    elif check.result in ("unknown", "not asked"):
        said = f"{check.result}: {check.says}"
        ET.SubElement(case, "skipped", message=_text(said))
    elif check.result == "warn":
        ET.SubElement(case, "system-out").text = _text(f"Warning: {check.says}")
    return case


def _why(server: Server, check: Check) -> str:
    lines = []
    for each in server.causes:
        if each.cause not in check.causes:
            continue
        lines += [f"{each.cause} ({each.decision}: {each.reason})", each.title + "."]
        lines += [each.because, f"Whose to fix: the {each.owner} ({each.scope})."]
        if each.fix:
            lines += [f"{each.fix.where}: {each.fix.what}", each.fix.paste]
            lines.append(verify(each.fix))
    return "\n".join(filter(None, lines))


def _told(done: Preflight, server: Server) -> ET.Element:
    case = _test(server, _TOLD)
    fault = server.result == "tool-fault"
    if fault or (server.result == "unknown" and done.policy.unknown != "pass"):
        error = ET.SubElement(
            case, "error", type=server.result, message=_text(server.says)
        )
        error.text = _text("\n".join(server.not_known))
    elif server.result == "unknown":
        ET.SubElement(case, "skipped", message=_text(f"unknown: {server.says}"))
    return case


def _test(server: Server, name: str) -> ET.Element:
    return ET.Element(
        "testcase", name=_text(name), classname=_text(server.name or server.url)
    )


def _count(parent: ET.Element, children: list[ET.Element]) -> None:
    """Set the numbers that a reader shows before it looks at any case."""
    cases = [case for child in children for case in child.iter("testcase")]
    parent.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error")):
        parent.set(name, str(sum(case.find(tag) is not None for case in cases)))


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", cut(visible(text), _TEXT_LIMIT))
