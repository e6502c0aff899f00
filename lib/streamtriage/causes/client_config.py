"""Mistakes of the client's configuration, as its causes tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import Citation, Fix
from streamtriage.model.message import join_sentences, say
from streamtriage.observations.this_machine import local_of, servers_of

if TYPE_CHECKING:
    from streamtriage.model import ShapeKind, ShapeProblem
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "CONFIG_DOCS",
    "WRITE_AS_WANTED",
    "config_mistakes",
    "judge_mistakes",
    "say_mistakes",
]

CONFIG_DOCS = Citation(source="https://code.claude.com/docs/en/mcp")
WRITE_AS_WANTED = Fix(
    where="the client's MCP configuration",
    what="Write the entry as the client wants it.",
    paste='{"mcpServers": {"NAME": {"type": "http", "url": "https://HOST/mcp"}}}',
    verify="handshake",
)


def config_mistakes(
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


def judge_mistakes(case: Case, *kinds: ShapeKind, right: Text) -> Judgement:
    """Judge mistakes of these kinds; `right` says that there is none."""
    found = config_mistakes(case, *kinds)
    if found is None:
        return unknown(say("client-settings.judged.unknown"))
    mine, whole = found
    if mine and case.intake.url:
        return present(say_mistakes(mine), "local")
    if mine:
        return suspected(
            say_mistakes(mine), say("client-settings.judged.suspected.settle"), "local"
        )
    if whole:
        return suspected(
            say_mistakes(whole),
            say("client-settings.judged.suspected.settle.mend-the-file-and"),
            "local",
        )
    return absent(right, "local")


def say_mistakes(problems: list[ShapeProblem]) -> Text:
    """Return every mistake with its file and its fix."""
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
