"""Causes in how the person wrote the server down: one for each kind of mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import local
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Fix
from streamtriage.model.message import join_sentences, say
from streamtriage.observations.this_machine import local_of, servers_of

if TYPE_CHECKING:
    from streamtriage.model import ShapeKind, ShapeProblem
    from streamtriage.model.message import Text
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


def _judged(case: Case, *kinds: ShapeKind, right: Text) -> Judgement:
    found = _mistakes(case, *kinds)
    if found is None:
        return unknown(say("client-settings.judged.unknown"))
    mine, whole = found
    if mine and case.intake.url:
        return present(_said(mine), "local")
    if mine:
        return suspected(
            _said(mine), say("client-settings.judged.suspected.settle"), "local"
        )
    if whole:
        return suspected(
            _said(whole),
            say("client-settings.judged.suspected.settle.mend-the-file-and"),
            "local",
        )
    return absent(right, "local")


def _said(problems: list[ShapeProblem]) -> Text:
    said = [
        say(
            "client-settings.said.said",
            says=problem.says,
            path=problem.path,
            fix=problem.fix,
        )
        for problem in problems
    ]
    more = (
        say("client-settings.said.more", n_said=len(said) - 3) if len(said) > 3 else ""
    )
    return join_sentences(dict.fromkeys(said[:3])) + more


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
        right=say("config-entry-unusable"),
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
        right=say("config-in-wrong-place"),
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
        return unknown(say("config-sse-url-as-http.unknown"))
    if not found[0]:
        return absent(say("config-sse-url-as-http.absent"), "local")
    if case.speaks_old:
        return absent(
            say("config-sse-url-as-http.absent.the-client-speaks-http"), "local"
        )
    first = case.handshake.initialize if case.handshake else None
    if first is not None and first.accepted:
        return absent(
            say(
                "config-sse-url-as-http.absent.the-address-ends-in",
                answer=answer(first),
            ),
            "local",
            "handshake",
        )
    if first is not None and first.status in (404, 405, 400):
        return present(
            say(
                "config-sse-url-as-http.present",
                said=_said(found[0]),
                answer=answer(first),
            ),
            "local",
            "handshake",
        )
    return suspected(
        _said(found[0]), say("config-sse-url-as-http.suspected.settle"), "local"
    )


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
        right=say("config-variable-not-filled"),
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
        right=say("config-value-with-blank"),
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
    return _judged(case, "duplicate-name", right=say("config-entry-masked"))


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
    return _judged(case, "not-approved", right=say("config-entry-not-approved"))
