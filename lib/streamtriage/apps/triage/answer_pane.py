"""What stands under the button: how far it is, then the verdict's card."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from streamtriage.apps.triage.run_words import activity, steps_words
from streamtriage.languages import translate
from streamtriage.markup.html import Html, prose, tag
from streamtriage.notebook.labels import Labels
from streamtriage.notebook.live import dressed, line, living
from streamtriage.phrases import duration
from streamtriage.redaction import shown_text
from streamtriage.report.html import card_html
from streamtriage.report.sections import document_of
from streamtriage.report.steps import steps_of
from streamtriage.report.story import fixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamtriage.apps.triage.changes_notebook import Loop
    from streamtriage.apps.triage.run import Run
    from streamtriage.changes import Checked
    from streamtriage.model import Report
    from streamtriage.report.document import Key
    from streamtriage.report.steps import Step

__all__ = ["CARD", "Answer", "card_keys"]

CARD: tuple[Key, ...] = ("owner", "fix")
# Where no cause is known there is nothing to change, but something to do next.
_OPEN_CARD: tuple[Key, ...] = ("cause", "matters", "check")
_TONES = {"✓": "right", "✗": "wrong", "–": "quiet", "": "open"}
# A tab on a slow machine takes some seconds to take the widgets over.
_AGAIN_S = (2.0, 6.0, 15.0)
_START = "Paste what was printed, say which server, and press Run."
_FAILED = "The tool failed; this says nothing about the server. {why}"


class Answer:
    """The live line of steps, the card, and the button that checks a fix.

    All of it are widgets: they show the present in every page that is opened on this
    kernel. `run` and `problem` tell what there is to show.
    """

    def __init__(
        self,
        *,
        run: Callable[[], Run | None],
        problem: Callable[[], str],
        loop: Loop,
    ) -> None:
        self._run, self._problem, self._loop = run, problem, loop
        self.status: Any = living(kept=2)
        self.card: Any = living()
        self.labels = Labels()
        self.check: Any = self.labels.button(
            description="I applied this: check it",
            tooltip="Ask again only what proves the fix, and write the change down",
        )
        self.checked: Any = living()
        self.check.on_click(lambda _button: self._check())
        self._row = widgets.HBox([self.check, self.checked])
        self._row.layout.flex_flow = "row wrap"
        # Where the focus goes on Run: a box of widgets cannot take it, a label can.
        self._here: Any = self.labels.name(widgets.Label(), value="The answer")
        self._here.add_class("streamtriage-here")
        parts = [self._here, self.status, self.card, self._row]
        self.box: Any = widgets.VBox(parts)
        self._drawn: Report | None = None
        self._ended: Run | None = None
        self.refresh()

    def come_into_sight(self) -> None:
        """Move the focus to the answer, and so the page: what is to come is seen."""
        self.box.add_class("streamtriage-answer")
        if not self._here.has_trait("tabbable"):
            return  # ipywidgets 7 can move no focus
        # Not in the order of tabs, but can be moved to; a page heeds only the change.
        self._here.tabbable = None
        self._here.tabbable = False
        self._here.focus()

    @property
    def text(self) -> str:
        """The line of steps in plain words."""
        run, problem = self._run(), self._problem()
        if problem:
            return problem
        if run is None:
            return translate(_START)
        if run.problem:
            return translate(_FAILED, why=run.problem)
        return f"{steps_words(run.known, run)} {self._when(run)}"

    def say_again(self) -> None:
        """Say it in the language that is spoken now."""
        self.labels.say_again()
        # Drawn in another language, it is the same report.
        self._drawn = None

    def refresh(self) -> None:
        """Show what there is now."""
        _put(self.status, "".join(self._status()), kept=2)
        shown = self._shown()
        if shown is not self._drawn or shown is None:
            self._drawn = shown
            _put(self.card, "".join(self._card(shown)))
        self._refresh_check(shown)
        self._repeat_the_end()

    def _repeat_the_end(self) -> None:
        """Send the end of a run again: a tab may just have been opened or reloaded.

        Until it has taken all widgets over it hears of no change, and none comes after
        the last.
        """
        run = self._run()
        if run is None or not run.complete or run is self._ended:
            return
        self._ended = run
        with contextlib.suppress(RuntimeError):  # no loop, so nobody is looking on
            loop = asyncio.get_running_loop()
            for wait_s in _AGAIN_S:
                loop.call_later(wait_s, self._send)

    def _send(self) -> None:
        for each in (self.status, self.card, self.check, self.checked):
            each.send_state()

    def _shown(self) -> Report | None:
        """Return the report whose card is shown: a whole one, or a cause so far."""
        run = self._run()
        if run is None or run.problem:
            return None
        if run.complete or run.known is None:
            return run.report
        if run.known.verdict.outcome != "cause-present":
            return None
        drawn = self._drawn
        # Drawn anew only where the answer is another: each drawing delays the watch.
        if drawn is not None and _same(drawn, run.known):
            return drawn
        return run.known

    def _status(self) -> Iterator[str]:
        run, problem = self._run(), self._problem()
        if problem:
            yield tag("p", problem, class_="problem", role="alert")
        elif run is None:
            yield line(translate(_START), "quiet")
        elif run.problem:
            yield tag("p", self.text, class_="problem", role="alert")
        else:
            yield tag("p", *_steps(run), class_="steps", role="status")
            yield line(shown_text(self._when(run)), "run")

    def _when(self, run: Run) -> str:
        """Say of which run this is; where the clock stands still, so does the page."""
        where = run.intake.url or translate("a server of its own")
        report = run.report
        if run.complete and report is not None:
            ended = report.taken_at + timedelta(seconds=report.took_s)
            return translate(
                "Done at {at:%H:%M:%S} UTC, in {took}, against {url}",
                at=ended,
                took=duration(report.took_s),
                url=report.target.url,
            )
        now = datetime.now(UTC)
        said = translate(
            "Running against {where}, as of {at:%H:%M:%S} UTC", where=where, at=now
        )
        if self._shown() is None:
            return said
        return translate(
            "{said}. What stands below is so far, and may change", said=said
        )

    def _card(self, report: Report | None) -> Iterator[str]:
        run = self._run()
        if report is None or run is None:
            return
        yield card_html(document_of(report), card_keys(report))

    def _refresh_check(self, report: Report | None) -> None:
        run = self._run()
        over = run is not None and run.complete and report is not None
        fixable = over and report is not None and bool(fixes(report))
        _set(self._row.layout, "display", None if fixable else "none")
        _set(self.check, "disabled", self._loop.running)
        _put(self.checked, "".join(self._outcome()) if fixable else "")

    def _outcome(self) -> Iterator[str]:
        played = f"{translate('REHEARSAL')} · " if self._loop.rehearses else ""
        if self._loop.running and self._loop.run is not None:
            yield line(f"{played}… {activity(self._loop.run)}", "steps")
        elif self._loop.problem:
            yield tag("p", self._loop.problem, class_="problem", role="alert")
        elif self._loop.checked is not None:
            found, at = self._loop.checked
            when = translate("Checked at {at:%H:%M:%S} UTC.", at=at)
            said = prose(f"{played}{found.line} {when}")
            yield tag("p", said, class_=_outcome_tone(found), role="status")

    def _check(self) -> None:
        self._loop.check()
        self.refresh()


def card_keys(report: Report) -> tuple[Key, ...]:
    """Return the sections that stand on the card of this report."""
    return CARD if fixes(report) else _OPEN_CARD


def _steps(run: Run) -> Iterator[Html]:
    told = [_step(step) for step in steps_of(run.known, over=run.complete)]
    if run.fault:
        told.insert(0, tag("span", translate("REHEARSAL"), class_="open"))
    if not run.complete:
        told.append(tag("span", f"… {activity(run)}", class_="open"))
    for place, each in enumerate(told):
        yield Html(" · " if place else "")
        yield each


def _step(step: Step) -> Html:
    return tag("span", step.line, class_=_TONES[step.mark])


def _same(one: Report, other: Report) -> bool:
    mine, theirs = one.verdict, other.verdict
    return (mine.lead, mine.causes, mine.owner) == (
        theirs.lead,
        theirs.causes,
        theirs.owner,
    )


def _outcome_tone(found: Checked) -> str:
    tones = {True: "right", False: "wrong", None: "open"}
    return f"steps {tones[found.mended]}"


def _put(widget: Any, content: str, kept: int = 0) -> None:  # noqa: ANN401 - ipywidgets has no types
    """Show content, or take the widget's room away where there is none."""
    _set(widget, "value", dressed(content, kept))
    _set(widget.layout, "display", None if content else "none")


def _set(owner: Any, name: str, value: object) -> None:  # noqa: ANN401
    if getattr(owner, name) != value:
        setattr(owner, name, value)
