"""Causes in how the person wrote the server down: one for each kind of mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import local
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Fix
from streamtriage.observations.this_machine import local_of, servers_of

if TYPE_CHECKING:
    from streamtriage.model import ShapeKind, ShapeProblem
    from streamtriage.observations.case import Case

__all__ = [
    "config_entry_masked",
    "config_entry_not_approved",
    "config_entry_unusable",
    "config_in_wrong_place",
    "config_sse_url_as_http",
    "config_value_with_blank",
    "config_variable_not_filled",
]

_DOCS = Citation(source="https://code.claude.com/docs/en/mcp")
_LAB = Citation(source="lab, Claude Code 2.1.330, 2026-11-22", grade="L")
_SHAPE = Fix(
    where="the client's MCP configuration",
    what="Write the entry as the client wants it.",
    paste='{"mcpServers": {"NAME": {"type": "http", "url": "https://HOST/mcp"}}}',
    verify="handshake",
)


def _mistakes(
    case: Case, *kinds: ShapeKind
) -> tuple[list[ShapeProblem], list[ShapeProblem]] | None:
    """Return the mistakes of the entry at hand, and those of files as a whole."""
    local = local_of(case)
    if local is None:
        return None
    of_kind = [problem for problem in local.problems if problem.kind in kinds]
    own = {(s.client, s.name, s.path) for s in servers_of(case)}
    mine = [p for p in of_kind if (p.client, p.server, p.path) in own]
    whole = [p for p in of_kind if not p.server]
    if not case.intake.url:
        mine = [p for p in of_kind if p.server]
    return mine, whole


def _judged(case: Case, *kinds: ShapeKind, right: str) -> Judgement:
    found = _mistakes(case, *kinds)
    if found is None:
        return unknown("The person's machine was not looked at.")
    mine, whole = found
    if mine and case.intake.url:
        return present(_said(mine), "local")
    if mine:
        return suspected(_said(mine), "Give the URL of the server that fails.", "local")
    if whole:
        return suspected(
            _said(whole), "Mend the file, and start the client again.", "local"
        )
    return absent(right, "local")


def _said(problems: list[ShapeProblem]) -> str:
    said = [f"{problem.says} ({problem.path}) {problem.fix}" for problem in problems]
    more = f" And {len(said) - 3} more." if len(said) > 3 else ""
    return " ".join(dict.fromkeys(said[:3])) + more


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="config-in-wrong-place",
    explains=(local("type-missing", "type-unknown", "url-invalid", "elsewhere"),),
    fixes=(_SHAPE,),
    citations=(_DOCS, _LAB),
)
def config_entry_unusable(case: Case) -> Judgement:
    """The server's entry lacks what the client needs, so it is skipped."""
    return _judged(
        case,
        "type-missing",
        "type-unknown",
        "url-invalid",
        right="The entry has a type and an address.",
    )


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="config-entry-unusable",
    explains=(local("wrong-key", "wrong-file", "unreadable", "elsewhere"),),
    fixes=(_SHAPE,),
    citations=(
        Citation(source="https://code.claude.com/docs/en/debug-your-config"),
        Citation(source="https://github.com/anthropics/claude-code/issues/59956"),
    ),
)
def config_in_wrong_place(case: Case) -> Judgement:
    """The server stands in a file, or under a key, that the client does not read."""
    return _judged(
        case,
        "wrong-key",
        "wrong-file",
        "unreadable",
        right="Every file that was found is one that its client reads.",
    )


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="get-not-implemented-404",
    explains=(local("sse-url-as-http", "elsewhere"),),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Name the older transport, or use the server's newer address.",
            paste='"type": "sse"',
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Backwards Compatibility"),
        Citation(source="worldmonitor#1848", grade="I"),
    ),
)
def config_sse_url_as_http(case: Case) -> Judgement:
    """An address of the older SSE transport is configured as Streamable HTTP."""
    found = _mistakes(case, "sse-url-as-http")
    if found is None:
        return unknown("The person's machine was not looked at.")
    if not found[0]:
        return absent("No such entry was found for this server.", "local")
    if case.speaks_old:
        return absent("The client speaks HTTP+SSE all the same.", "local")
    first = case.handshake.initialize if case.handshake else None
    if first is not None and first.accepted:
        return absent(
            f"The address ends in /sse, but initialize is answered {answer(first)}: it "
            "is Streamable HTTP all the same.",
            "local",
            "handshake",
        )
    if first is not None and first.status in (404, 405, 400):
        return present(
            f"{_said(found[0])} initialize is answered {answer(first)} there.",
            "local",
            "handshake",
        )
    return suspected(_said(found[0]), "Run the triage against this address.", "local")


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="token-expired-no-provider",
    explains=(local("variable-unset", "variable-not-expanded", "elsewhere"),),
    fixes=(
        Fix(
            where="the shell that starts the client",
            what="Set the variable before the client starts, or give it a default.",
            paste="export NAME=...",
            verify="handshake",
        ),
    ),
    citations=(_DOCS, Citation(source="claude-code CHANGELOG 2.1.119")),
)
def config_variable_not_filled(case: Case) -> Judgement:
    """A variable in the entry is sent as it stands, or is not set."""
    return _judged(
        case,
        "variable-unset",
        "variable-not-expanded",
        right="Every variable in the entry is set, and the client fills it in.",
    )


@cause(
    layer="local",
    owner="client",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike="token-expired-no-provider",
    explains=(local("outer-blank", "newline-in-value", "elsewhere"),),
    fixes=(
        Fix(
            where="the file or shell that holds the token",
            what="Store the token without a line break or blank around it.",
            paste="export NAME=\"$(tr -d '[:space:]' < token-file)\"",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 5.5: a field value has no line break"),
        Citation(source="claude-code CHANGELOG 2.1.219"),
    ),
)
def config_value_with_blank(case: Case) -> Judgement:
    """A header or address has a line break or a blank at its edge."""
    return _judged(
        case,
        "outer-blank",
        "newline-in-value",
        right="No value of the entry has a blank or line break at its edge.",
    )


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="degraded",
    eras=ANY,
    look_alike="config-entry-not-approved",
    explains=(local("masked", "elsewhere"),),
    fixes=(
        Fix(
            where="Claude Code",
            what="Keep one entry of the name.",
            paste="claude mcp remove NAME --scope SCOPE",
            verify="handshake",
        ),
    ),
    citations=(_DOCS, Citation(source="claude-code CHANGELOG 2.1.110")),
)
def config_entry_masked(case: Case) -> Judgement:
    """Another entry of the same name is used instead of this one."""
    return _judged(
        case, "duplicate-name", right="No two different entries share the name."
    )


@cause(
    layer="local",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="config-entry-masked",
    explains=(local("not-approved", "elsewhere"),),
    fixes=(
        Fix(
            where="the project's folder",
            what="Approve the server when Claude Code asks.",
            paste="claude mcp reset-project-choices",
            verify="handshake",
        ),
    ),
    citations=(_DOCS, Citation(source="claude-code CHANGELOG 2.1.154")),
)
def config_entry_not_approved(case: Case) -> Judgement:
    """The project's entry was not approved in this folder, so it is not connected."""
    return _judged(
        case, "not-approved", right="No entry of a project waits for an approval."
    )
