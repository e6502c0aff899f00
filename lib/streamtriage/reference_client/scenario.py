"""Chooses which observation of a stream a client's own course is replayed from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streamtriage.model import (
    ConcurrentEvidence,
    Exchange,
    Failure,
    HandshakeEvidence,
    HoldEvidence,
    OpenEvidence,
    ReopenEvidence,
    Reopening,
    Watch,
)
from streamtriage.model.message import Text, join_sentences, say
from streamtriage.reference_client.client import (
    V1_NODE,
    Dialect,
    Meaning,
    ReconnectMachine,
    State,
    ends_silently,
    meaning,
)
from streamtriage.reference_client.schedule import on_schedule, said

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Scene", "choose", "replay"]


@dataclass(frozen=True, slots=True)
class Scene:
    """One observation to replay: how a stream opened, whether it ended, what followed.

    `post` replaces all of it: the POST whose refusal kept the client from connecting.
    """

    story: Text
    first: Exchange | None = None
    ended: bool = False
    by_us: bool = False
    attempts: tuple[Exchange, ...] = ()
    post: Exchange | None = None


def choose(
    *,
    handshake: HandshakeEvidence | None,
    concurrent: ConcurrentEvidence | None = None,
    opened: OpenEvidence | None,
    hold: HoldEvidence | None,
    reopen: ReopenEvidence | None,
) -> Scene:
    """Return the one observation that says most about what a client would log."""
    streams = _streams(concurrent, opened, hold)
    natural = _natural_end(hold, streams, reopen)
    scene = _without_get(handshake)
    if scene is None and natural is not None and _tells(natural):
        scene = _followed(natural, _refused_after_us(hold, reopen))
    return scene or _refusal(streams, hold, reopen) or natural or _quiet(streams)


def _streams(
    concurrent: ConcurrentEvidence | None,
    opened: OpenEvidence | None,
    hold: HoldEvidence | None,
) -> tuple[Exchange, ...]:
    """Return the first GETs of the sessions that the probes opened, as far as sent.

    The one that was sent before all others counts where no other was: what it was
    answered has stopped the rest.
    """
    live = (opened.live,) if opened is not None and opened.live is not None else ()
    watched = tuple(watch.stream for watch in hold.watches) if hold is not None else ()
    early = concurrent.stream if concurrent is not None else None
    sent = tuple(g for g in live + watched if g.failure is not Failure.NOT_SENT)
    return sent or ((early,) if early is not None and early.answered else ())


def replay(scene: Scene, dialect: Dialect) -> ReconnectMachine:
    """Return a client's machine after it went through the whole scene."""
    machine = ReconnectMachine(dialect)
    if scene.first is not None:
        machine.answer(scene.first)
        if scene.ended:
            machine.end(scene.first, by_us=scene.by_us)
    for get in scene.attempts:
        if machine.state is State.BACKOFF:
            machine.answer(get)
    return machine


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
                say("scene.post-refused", request=name, answer=said(post)), post=post
            )
    told = handshake.initialized
    if told is not None and told.accepted and told.status != 202:
        return Scene(say("scene.initialized-not-202", status=told.status))
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
    return max(scenes, key=lambda scene: len(replay(scene, V1_NODE).lines))


def _tells(scene: Scene) -> bool:
    """Return whether it says what followed the end, or at least what cut it."""
    return bool(scene.attempts or replay(scene, V1_NODE).lines)


def _followed(cut: Scene, refused: Scene | None) -> Scene:
    """Let the refusals that another stream met follow a cut that nobody went after."""
    if cut.attempts or refused is None:
        return cut
    return replace(
        cut,
        story=join_sentences((cut.story, say("scene.another-refused"))),
        attempts=refused.attempts,
    )


def _ended_by_itself(stream: Exchange) -> bool:
    opened = meaning(stream) is Meaning.OPENED
    return opened and stream.end is not None and stream.end.natural


def _scene_of(watch: Watch) -> Scene:
    stream, reopening = watch.stream, watch.reopening
    attempts, told = on_schedule(reopening, stream.retry_ms)
    scene = Scene("", stream, ended=True, attempts=attempts)
    if replay(scene, V1_NODE).lines:
        if ends_silently(stream):
            story = say("scene.ended-politely", reopening=told)
        else:
            cut = say(f"ended.{stream.end}") if stream.end else ""
            story = say("scene.cut", cut=cut, reopening=told)
    elif not stream.is_event_stream:
        kind = stream.media_type or say("scene.no-type")
        story = say("scene.any-type", status=stream.status, type=kind, reopening=told)
    elif not attempts:
        story = say("scene.polite", reopening=told)
    else:
        story = say("scene.goes-on", reopening=told)
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
            return Scene(say("scene.first-refused", answer=said(get)), get)
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
        attempts, told = on_schedule(reopening, reopening.first.retry_ms)
        by_rst = reopening.ended_by == "client-rst"
        we = say("scene.vanished") if by_rst else say("scene.closed")
        scene = Scene(
            say("scene.after-us", ended=we, reopening=told),
            reopening.first,
            ended=True,
            by_us=True,
            attempts=attempts,
        )
        if replay(scene, V1_NODE).lines:
            return scene
    return None


def _probed(reopen: ReopenEvidence | None) -> tuple[Reopening, ...]:
    if reopen is None:
        return ()
    both = (reopen.after_close, reopen.after_vanish)
    return tuple(each for each in both if each is not None)


# --- stories: nothing is printed ------------------------------------------------------


def _quiet(streams: Sequence[Exchange]) -> Scene:
    for get in streams:
        heard = meaning(get)
        if heard is Meaning.NO_STREAM:
            story = say("scene.no-stream", answer=said(get))
        elif heard is Meaning.WAITING:
            story = say("scene.waiting")
        elif heard is Meaning.UNKNOWN:
            story = say("scene.not-followed", answer=said(get))
        else:
            continue
        return Scene(story, get)
    if streams:
        return Scene(say("scene.held"), streams[0])
    return Scene(say("scene.no-get"))
