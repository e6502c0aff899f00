"""The widgets of a comparison: two files, by path or from the browser's machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from IPython.display import display

from streamtriage.apps.compare.inputs import from_file, read
from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.languages import translate
from streamtriage.notebook.labels import Labels, LanguageButton
from streamtriage.notebook.live import with_fallback
from streamtriage.ticket.files_in import FILE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.apps.compare.inputs import Side
    from streamtriage.apps.compare.parameters import ComparisonParameters
    from streamtriage.notebook.pane import Pane

__all__ = ["Form"]

_WIDE = {"width": "auto", "max_width": "64em"}
_LABELS = {"description_width": "15em"}
_KINDS = ".json,.ipynb,.html,.zip"


class Form:
    """Two files and the error text; an upload is read at once and not kept."""

    def __init__(
        self,
        given: ComparisonParameters,
        status: Pane,
        on_run: Callable[[], None],
        on_language: Callable[[], None] = lambda: None,
    ) -> None:
        self._status = status
        self.labels = labels = Labels()
        self._read: dict[str, tuple[str, Side]] = {}
        self.paths = {
            "broken": labels.name(
                _text(given.broken), description="File of the failing side"
            ),
            "working": labels.name(
                _text(given.working), description="File of the working side"
            ),
        }
        for path in self.paths.values():
            labels.name(
                path,
                placeholder="a report, a ticket, an executed runbook or a snapshot",
            )
        self.uploads = {
            "broken": labels.name(_upload(), description="or upload the failing side"),
            "working": labels.name(_upload(), description="or upload the working side"),
        }
        self.error = labels.name(
            widgets.Textarea(value=given.error, layout=_WIDE, style=_LABELS),
            description="What was printed?",
            placeholder="for two snapshots; a report has its own",
        )
        self.same_service = labels.name(
            widgets.Checkbox(value=given.same_service, layout=_WIDE, style=_LABELS),
            description="Two addresses of one service",
            tooltip="Tick it where one server was asked in two ways",
        )
        self.run = labels.button(
            description="Compare",
            tooltip="Compare the two; with no file, rehearse",
            style="primary",
        )
        self.language = LanguageButton(
            labels, on_language, runbook="compare", written_in=given.lang
        )
        self.run.on_click(lambda _button: on_run())

    def _ipython_display_(self) -> None:
        pairs = (
            (self.paths[name], self.uploads[name]) for name in ("broken", "working")
        )
        fields = [field for pair in pairs for field in pair]
        buttons = widgets.HBox([self.run, self.language.widget])
        box = widgets.VBox([*fields, self.error, self.same_service, buttons])
        box.add_class("streamtriage-form")
        words = translate("The form needs a running kernel; see the table below.")
        display(with_fallback(box, words), raw=True)
        display(self._status)

    def names(self) -> dict[str, str]:
        """Return what each side was called."""
        given = {name: field.value.strip() for name, field in self.paths.items()}
        return given | {name: called for name, (called, _) in self._read.items()}

    def sides(self) -> tuple[Side, Side] | None:
        """Return both sides, or None if nothing was given; raises ParameterError."""
        found = [self._side(name) for name in ("broken", "working")]
        if found == [None, None]:
            return None
        broken, working = found
        if broken is None or working is None:
            raise ParameterError(translate("Give both files, or neither to rehearse."))
        return broken, working

    def _side(self, name: str) -> Side | None:
        failing = name == "broken"
        which = translate("The failing side" if failing else "The working side")
        path = self.paths[name].value.strip()
        self._take_upload(name, which)
        if path:
            self._read.pop(name, None)
            return from_file(path, which)
        return self._read[name][1] if name in self._read else None

    def _take_upload(self, name: str, which: str) -> None:
        """Read what was uploaded, and let no widget keep its content."""
        upload = self.uploads[name]
        if not upload.value:
            return
        content, called = _uploaded(upload.value)
        upload.set_trait("value", type(upload.value)())
        if upload.has_trait("data"):  # where ipywidgets 7 keeps it beside the value
            upload.data, upload.metadata = [], []
        if len(content) > FILE_LIMIT:
            raise ParameterError(
                translate(
                    "{which}: larger than {most} MB.",
                    which=which,
                    most=FILE_LIMIT >> 20,
                )
            )
        self._read[name] = (called, read(content, which))


def _text(value: str) -> Any:  # noqa: ANN401 - ipywidgets has no types
    return widgets.Text(
        value=value, continuous_update=False, layout=_WIDE, style=_LABELS
    )


def _upload() -> Any:  # noqa: ANN401
    return widgets.FileUpload(accept=_KINDS, multiple=False, layout={"width": "22em"})


def _uploaded(value: Any) -> tuple[bytes, str]:  # noqa: ANN401
    """Return the content and the name of the file; ipywidgets 7 keeps them by name."""
    if isinstance(value, dict):
        name, file = next(iter(value.items()))
        return bytes(file["content"]), str(name)
    return bytes(value[0]["content"]), str(value[0]["name"])
