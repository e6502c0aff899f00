"""Replays what the probes saw: the exact lines that each reference client would log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.model import (
    Exchange,
    Failure,
    HandshakeEvidence,
    HoldEvidence,
    OpenEvidence,
    PredictedText,
    ReopenEvidence,
    Reopening,
    Signature,
    Watch,
)
from streamtriage.wire.reference_client import (
    V1_BUN,
    V1_NODE,
    V2_NODE,
    Dialect,
    Meaning,
    ReconnectMachine,
    State,
    ends_silently,
    is_telling,
    meaning,
    names_no_runtime,
    post_text,
    schedule,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streamtriage.model import Attempt

__all__ = ["predict", "reproduced_by", "schedule"]


# --- which observation to replay ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scene:
    """One observation to replay: how a stream opened, whether it ended, what followed.

    `post` replaces all of it: the POST whose refusal kept the client from connecting.
    """

    story: str
    first: Exchange | None = None
    ended: bool = False
    by_us: bool = False
    attempts: tuple[Exchange, ...] = ()
    post: Exchange | None = None


def predict(
    *,
    handshake: HandshakeEvidence | None,
    opened: OpenEvidence | None,
    hold: HoldEvidence | None,
    reopen: ReopenEvidence | None,
) -> PredictedText:
    """Return what each reference client would log for what the probes saw."""
    streams = _streams(opened, hold)
    natural = _natural_end(hold, streams, reopen)
    scene = _without_get(handshake)
    if scene is None and natural is not None and _is_whole(natural):
        scene = natural
    scene = scene or _refusal(streams, hold, reopen) or natural or _quiet(streams)
    lines = {d.name: _replay(scene, d) for d in (V1_NODE, V1_BUN, V2_NODE)}
    return PredictedText(
        story=" ".join((scene.story, *_reservations(scene, lines))),
        v1_node=lines["v1-node"] or (),
        v1_bun=lines["v1-bun"] or (),
        v2_node=lines["v2-node"] or (),
    )


def _streams(
    opened: OpenEvidence | None, hold: HoldEvidence | None
) -> tuple[Exchange, ...]:
    """Return the first GETs of the sessions that the probes opened, as far as sent."""
    live = (opened.live,) if opened is not None and opened.live is not None else ()
    watched = tuple(watch.stream for watch in hold.watches) if hold is not None else ()
    return tuple(g for g in live + watched if g.failure is not Failure.NOT_SENT)


def _replay(scene: Scene, dialect: Dialect) -> tuple[str, ...] | None:
    """Return the lines of one client; None when they cannot be known."""
    if scene.post is not None:
        line = post_text(scene.post, dialect)
        return None if line is None else (line,)
    machine = _run(scene, dialect)
    return None if machine.state is State.UNKNOWN else tuple(machine.lines)


def _run(scene: Scene, dialect: Dialect) -> ReconnectMachine:
    machine = ReconnectMachine(dialect)
    if scene.first is not None:
        machine.answer(scene.first)
        if scene.ended:
            machine.end(scene.first, by_us=scene.by_us)
    for get in scene.attempts:
        if machine.state is State.BACKOFF:
            machine.answer(get)
    return machine


def _reservations(
    scene: Scene, lines: Mapping[str, tuple[str, ...] | None]
) -> Iterator[str]:
    gets = (scene.first, *scene.attempts)
    if any(
        get is not None
        and get.answered
        and get.reason is None
        and meaning(get) is Meaning.REFUSED
        for get in gets
    ):
        yield (
            "The refusal was seen over HTTP/2, which has no reason phrase; a client "
            "that speaks HTTP/1.1 would show the server's own after the colon."
        )
    unknown = [name for name, printed in lines.items() if printed is None]
    if unknown:
        yield f"The exact text of {' and '.join(unknown)} is not known here."


# --- stories: no GET at all -----------------------------------------------------------


def _without_get(handshake: HandshakeEvidence | None) -> Scene | None:
    """Return the scene of a client that never comes to its GET."""
    if handshake is None:
        return None
    for name, post in (
        ("initialize", handshake.initialize),
        ("notifications/initialized", handshake.initialized),
    ):
        if post is not None and _refused_post(post):
            return Scene(
                f"`{name}` was refused ({_said(post)}), so the client does not connect "
                "and asks for no stream.",
                post=post,
            )
    told = handshake.initialized
    if told is not None and told.accepted and told.status != 202:
        return Scene(
            f"`notifications/initialized` was answered {told.status}, and only a 202 "
            "makes the client ask for the stream: it prints nothing."
        )
    return None


def _refused_post(post: Exchange) -> bool:
    if post.status is None:
        return post.failure not in (None, Failure.TIMED_OUT, Failure.NOT_SENT)
    return not post.accepted


# --- stories: the stream ended, or was refused ----------------------------------------


def _natural_end(
    hold: HoldEvidence | None,
    streams: Sequence[Exchange],
    reopen: ReopenEvidence | None,
) -> Scene | None:
    """Return the scene of a stream that opened and ended without us."""
    watches = list(hold.watches) if hold is not None else []
    watched = [watch.stream for watch in watches]
    watches += [Watch(stream=get) for get in streams if get not in watched]
    # A stream that ends before we could end it was not ended by us.
    watches += [Watch(stream=each.first, reopening=each) for each in _probed(reopen)]
    scenes = [_scene_of(watch) for watch in watches if _ended_by_itself(watch.stream)]
    if not scenes:
        return None
    # The most telling one; `max` keeps the first of equals.
    return max(scenes, key=lambda scene: len(_run(scene, V1_NODE).lines))


def _is_whole(scene: Scene) -> bool:
    """Return whether it says what followed the end, or at least what cut it."""
    return bool(scene.attempts or _run(scene, V1_NODE).lines)


def _ended_by_itself(stream: Exchange) -> bool:
    opened = meaning(stream) is Meaning.OPENED
    return opened and stream.end is not None and stream.end.natural


def _scene_of(watch: Watch) -> Scene:
    stream, reopening = watch.stream, watch.reopening
    attempts, told = _on_schedule(reopening, stream.retry_ms)
    scene = Scene("", stream, ended=True, attempts=attempts)
    if _run(scene, V1_NODE).lines:
        how = "politely" if ends_silently(stream) else f"in a cut ({stream.end})"
        story = f"A watched stream opened and ended {how}; {told}."
    elif not stream.is_event_stream:
        kind = stream.media_type or "no type"
        story = (
            f"The GET was answered {stream.status} with {kind}, and the client reads "
            f"any type as a stream; {told}: it asks again each second, without end, "
            "and prints nothing."
        )
    elif not attempts:
        story = f"A watched stream ended politely, which prints nothing; {told}."
    else:
        story = (
            f"A watched stream ended politely and {told}: "
            "the client goes on so and prints nothing."
        )
    return Scene(story, stream, ended=True, attempts=attempts)


def _refusal(
    streams: Sequence[Exchange],
    hold: HoldEvidence | None,
    reopen: ReopenEvidence | None,
) -> Scene | None:
    """Return the scene of a refused reopening or of a refused first GET.

    Where some sessions got their stream and another did not, the reopening is the one
    that a client with an open stream would meet.
    """
    first, again = _refused_at_first(streams), _refused_after_us(hold, reopen)
    some_opened = any(meaning(get) is Meaning.OPENED for get in streams)
    return (again or first) if some_opened else (first or again)


def _refused_at_first(streams: Sequence[Exchange]) -> Scene | None:
    for get in streams:
        if meaning(get) is Meaning.REFUSED:
            return Scene(
                f"The first GET was refused ({_said(get)}); the client prints that "
                "twice and never tries again.",
                get,
            )
    return None


def _refused_after_us(
    hold: HoldEvidence | None, reopen: ReopenEvidence | None
) -> Scene | None:
    # A watch outlives what the reopening probe waits for, such as a token.
    watches = hold.watches if hold is not None else ()
    aged = [watch.reopening for watch in watches if watch.reopening is not None]
    for reopening in (*aged, *_probed(reopen)):
        if reopening.ended_by == "server":
            continue
        attempts, told = _on_schedule(reopening, reopening.first.retry_ms)
        ended = "vanished" if reopening.ended_by == "client-rst" else "closed"
        scene = Scene(
            f"Nothing ended by itself while we watched; after we {ended}, {told}: "
            "these lines follow whatever ends the stream, "
            "without the line that a cut would print first.",
            reopening.first,
            ended=True,
            by_us=True,
            attempts=attempts,
        )
        if _run(scene, V1_NODE).lines:
            return scene
    return None


def _probed(reopen: ReopenEvidence | None) -> tuple[Reopening, ...]:
    if reopen is None:
        return ()
    both = (reopen.after_close, reopen.after_vanish)
    return tuple(each for each in both if each is not None)


def _on_schedule(
    reopening: Reopening | None, retry_ms: int | None
) -> tuple[tuple[Exchange, ...], str]:
    """Return the answers that the client's own attempts would get, and say so.

    For each of its moments the measured attempt that is nearest. We stop at a 429, it
    does not; its later attempts are then taken to be answered as the last one.
    """
    tried = [
        attempt
        for attempt in (reopening.attempts if reopening is not None else ())
        if attempt.get.failure is not Failure.NOT_SENT
    ]
    if not tried:
        return (), "its reopening was not measured"
    chosen: list[tuple[float, Attempt]] = []
    for moment in schedule(retry_ms):
        nearest = min(tried, key=lambda a: abs(a.after_s - moment))
        chosen.append((moment, nearest))
        if meaning(nearest.get) is not Meaning.REFUSED:
            break
    return tuple(attempt.get for _, attempt in chosen), _told(chosen)


def _told(chosen: Sequence[tuple[float, Attempt]]) -> str:
    parts = [f"{_said(a.get)} at +{moment:.1f} s" for moment, a in chosen]
    text = f"reopening it was answered {' and '.join(parts)}"
    repeated = len({id(attempt) for _, attempt in chosen}) < len(chosen)
    return f"{text} (measured once)" if repeated else text


def _said(exchange: Exchange) -> str:
    """Return the answer in a word or two: the status, or the failure."""
    if exchange.status is not None:
        return f"{exchange.status} {exchange.reason or ''}".strip()
    return str(exchange.failure or "nothing")


# --- stories: nothing is printed ------------------------------------------------------


def _quiet(streams: Sequence[Exchange]) -> Scene:
    for get in streams:
        heard = meaning(get)
        if heard is Meaning.NO_STREAM:
            story = (
                f"The GET was answered {_said(get)}: no stream is offered, "
                "and the client prints nothing."
            )
        elif heard is Meaning.WAITING:
            story = (
                "The GET was not answered while we waited; the client waits for "
                "300 s (Node) or 360 s (Bun) and prints nothing until then."
            )
        elif heard is Meaning.UNKNOWN:
            story = f"The GET was answered {_said(get)}, which was not followed."
        else:
            continue
        return Scene(story, get)
    if streams:
        return Scene(
            "The stream was held as long as we watched and no reopening was refused: "
            "the client prints nothing.",
            streams[0],
        )
    return Scene("No GET was sent, so there is nothing to replay.")


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
    version, engine = client.split("-")
    if said & {"v1", "v2"} and version not in said:
        return False
    stands_for_all = any_engine and version == "v2"
    return stands_for_all or engine in said or not said & {"node", "bun", "other"}
