"""Replays what the probes saw: the exact lines that each reference client would log."""

from __future__ import annotations

import re
from functools import partial, reduce
from typing import TYPE_CHECKING

from streamtriage.model import (
    ConcurrentEvidence,
    HandshakeEvidence,
    HoldEvidence,
    OpenEvidence,
    PredictedText,
    ReopenEvidence,
    Signature,
)
from streamtriage.model.message import join_sentences, message_of, say
from streamtriage.reference_client.client import (
    V1_BUN,
    V1_NODE,
    V2_NODE,
    Dialect,
    Meaning,
    State,
    is_telling,
    meaning,
    names_no_runtime,
    post_text,
    schedule,
    settled,
)
from streamtriage.reference_client.http1_view import as_http1
from streamtriage.reference_client.scenario import Scene, choose, replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamtriage.model.message import Message, Text

__all__ = ["predict", "reproduced_by", "schedule"]


def predict(
    *,
    handshake: HandshakeEvidence | None,
    concurrent: ConcurrentEvidence | None = None,
    opened: OpenEvidence | None,
    hold: HoldEvidence | None,
    reopen: ReopenEvidence | None,
) -> PredictedText:
    """Return what each reference client would log for what the probes saw.

    What was refused over HTTP/2 is replayed as it was answered over HTTP/1.1, which
    Bun and Node up to 24 speak; Node from 26 on speaks HTTP/2.
    """
    chosen = partial(choose, handshake=handshake, concurrent=concurrent)
    as_seen = chosen(opened=opened, hold=hold, reopen=reopen)
    opened, hold, reopen = as_http1(opened, hold, reopen)
    scene = chosen(opened=opened, hold=hold, reopen=reopen)
    lines = {d.name: _replay(scene, d) for d in (V1_NODE, V1_BUN, V2_NODE)}
    over_h2: dict[str, tuple[str, ...]] = {}
    if scene != as_seen:
        found = {d.name: _replay(as_seen, d) or () for d in (V1_NODE, V2_NODE)}
        over_h2 = {name: each for name, each in found.items() if each != lines[name]}
    told = join_sentences((scene.story, *_reservations(scene, lines, over_h2)))
    return PredictedText(
        story=str(told),
        message=message_of(told),
        v1_node=lines["v1-node"] or (),
        v1_bun=lines["v1-bun"] or (),
        v2_node=lines["v2-node"] or (),
        v1_node_h2=over_h2.get("v1-node", ()),
        v2_node_h2=over_h2.get("v2-node", ()),
    )


def _replay(scene: Scene, dialect: Dialect) -> tuple[str, ...] | None:
    """Return the lines of one client; None when they cannot be known."""
    if scene.post is not None:
        line = post_text(scene.post, dialect)
        return None if line is None else (line,)
    machine = replay(scene, dialect)
    return None if machine.state is State.UNKNOWN else tuple(machine.lines)


def _reservations(
    scene: Scene,
    lines: Mapping[str, tuple[str, ...] | None],
    over_h2: Mapping[str, tuple[str, ...]],
) -> Iterator[Message]:
    if over_h2:
        yield say("scene.over-h2")
    gets = (scene.first, *scene.attempts)
    if any(
        get is not None
        and get.answered
        and get.reason is None
        and meaning(get) is Meaning.REFUSED
        for get in gets
    ):
        yield say("scene.refused-over-h2")
    unknown = [name for name, printed in lines.items() if printed is None]
    if unknown:
        names: list[Text] = [*unknown]
        named = reduce(lambda one, next_: say("scene.and", one=one, next=next_), names)
        yield say("scene.text-not-known", clients=named)


# --- is it what was pasted? -----------------------------------------------------------


def reproduced_by(signature: Signature, predicted: PredictedText) -> tuple[str, ...]:
    """Return the clients whose predicted lines hold every line that was pasted.

    A line matches as a whole: a text cut off before its reason is not the same text.
    What v2 prints of a refused response is the same on every runtime (measured on Bun
    1.4.5), so `v2-node` also stands for v2 on Bun where nothing else is pasted.
    """
    pasted = {settled(line) for line in signature.lines}
    if not any(is_telling(line) for line in pasted):
        return ()
    clients = {
        "v1-node": predicted.v1_node,
        "v1-bun": predicted.v1_bun,
        "v2-node": predicted.v2_node,
        "v1-node-h2": predicted.v1_node_h2,
        "v2-node-h2": predicted.v2_node_h2,
    }
    any_engine = all(names_no_runtime(line) for line in pasted)
    return tuple(
        name
        for name, lines in clients.items()
        if pasted <= {settled(line) for line in lines}
        and _may_be(name, signature.runtime, any_engine=any_engine)
    )


def _may_be(client: str, runtime: str, *, any_engine: bool) -> bool:
    """Return whether what the signature knows of the runtime allows this client."""
    said = set(re.split(r"[^a-z0-9]+", runtime.lower()))
    version, engine, *over = client.split("-")
    if said & {"v1", "v2"} and version not in said:
        return False
    stands_for_all = any_engine and version == "v2" and not over
    return stands_for_all or engine in said or not said & {"node", "bun", "other"}
