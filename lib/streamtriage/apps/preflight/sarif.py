"""A preflight as SARIF 2.1.0, as GitHub's code scanning takes it in."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from streamtriage.model import Status
from streamtriage.redaction import cut, visible
from streamtriage.report.story import verify

if TYPE_CHECKING:
    from streamtriage.apps.preflight.model import Judged, Preflight, Server

__all__ = ["ANCHOR", "render_sarif"]

# Code scanning shows a result only beside a file of the repository; a server has none,
# so its results stand beside the file that names it.
ANCHOR = ".mcp.json"
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json"
)
_UNTOLD = "could-not-tell"
_FAULT = "tool-fault"
_TEXTS = {
    _UNTOLD: "Preflight could not tell whether the server is sound",
    _FAULT: "A probe of streamtriage crashed, so nothing is known of the server",
}


def render_sarif(done: Preflight, anchor: str = ANCHOR) -> str:
    """Render one run; `anchor` is the repository's file that results stand beside.

    A cause that the policy allows is a suppressed result with the reason given.
    """
    rules: dict[str, dict[str, Any]] = {}
    results: list[dict[str, Any]] = []
    for server in done.servers:
        for judged in server.causes:
            rules.setdefault(judged.cause, _rule(judged))
            results.append(_result(server, judged, anchor))
        if server.result in (_FAULT, "unknown"):
            name = _FAULT if server.result == _FAULT else _UNTOLD
            rules.setdefault(name, _untold_rule(name))
            level = "note" if done.policy.unknown == "pass" else "error"
            results.append(_placed(server, name, level, server.says, anchor))
    places = {name: place for place, name in enumerate(rules)}
    for each in results:
        each["ruleIndex"] = places[each["ruleId"]]
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [_run(done, list(rules.values()), results)],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _run(
    done: Preflight, rules: list[dict[str, Any]], results: list[dict[str, Any]]
) -> dict[str, Any]:
    ended = f"{done.taken_at:%Y-%m-%dT%H:%M:%SZ}"
    policy = done.policy.model_dump(mode="json")
    return {
        "tool": {
            "driver": {
                "name": done.tool.name,
                "version": done.tool.version,
                "rules": rules,
            }
        },
        "automationDetails": {"id": "streamtriage/preflight/"},
        "invocations": [
            {
                "executionSuccessful": done.result != _FAULT,
                "endTimeUtc": ended,
                "exitCode": done.exit_code,
            }
        ],
        "results": results,
        "columnKind": "unicodeCodePoints",
        "properties": {
            "result": done.result,
            "rehearsal": done.rehearsal,
            "policy": policy,
        },
    }


def _rule(judged: Judged) -> dict[str, Any]:
    fix = judged.fix
    told = "" if fix is None else f"{fix.where}: {fix.what} {verify(fix)}"
    return {
        "id": judged.cause,
        "shortDescription": {"text": _text(judged.title)},
        "fullDescription": {"text": _text(f"{judged.title}.")},
        "help": {"text": _text(told or "Run `streamtriage triage` for the fix.")},
        "properties": {
            "tags": ["mcp", "event-stream", judged.layer],
            "owner": judged.owner,
            "scope": judged.scope,
            "impact": judged.impact,
            # Without a tag "security" nobody takes this for a vulnerability.
            "problem.severity": "error" if judged.decision == "fails" else "warning",
        },
    }


def _untold_rule(name: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": _TEXTS[name]}}


def _result(server: Server, judged: Judged, anchor: str) -> dict[str, Any]:
    levels = {"fails": "error", "allowed": "warning", "warns": "warning"}
    harmless = judged.impact in ("cosmetic", "none")
    level = "note" if harmless and judged.decision != "fails" else None
    sure = "" if judged.status is Status.PRESENT else "Suspected: "
    says = f"{sure}{judged.title}. {judged.because}"
    placed = _placed(
        server, judged.cause, level or levels[judged.decision], says, anchor
    )
    placed["properties"] = {
        "status": judged.status.value,
        "decision": judged.decision,
        "reason": _text(judged.reason),
        "tries": [each.result for each in server.tries],
    }
    if judged.decision == "allowed":
        accepted = {
            "kind": "external",
            "status": "accepted",
            "justification": _text(judged.reason),
        }
        placed["suppressions"] = [accepted]
    return placed


def _placed(
    server: Server, rule: str, level: str, says: str, anchor: str
) -> dict[str, Any]:
    named = server.name or server.url
    digest = hashlib.sha256(f"{rule}\n{named}".encode()).hexdigest()
    file = {
        "artifactLocation": {"uri": _relative(anchor)},
        "region": {"startLine": 1},
    }
    logical = {"fullyQualifiedName": _text(named), "kind": "resource"}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": _text(f"{named}: {says}")},
        "locations": [{"physicalLocation": file, "logicalLocations": [logical]}],
        "partialFingerprints": {"serverAndCause/v1": digest},
    }


def _relative(anchor: str) -> str:
    """Spell a path as a relative URI reference, which code scanning asks for."""
    return quote(anchor.replace("\\", "/").lstrip("/")) or ANCHOR


def _text(text: str) -> str:
    return cut(" ".join(visible(text).split()), 1000)
