"""The runbook without a screen: executed, kept as three files, and an exit code."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import tempfile
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import papermill
from papermill.exceptions import PapermillExecutionError

from streamtriage import lab
from streamtriage.apps.named import unnamed
from streamtriage.apps.triage.machine_scan import LOCAL
from streamtriage.apps.triage.object_store import (
    StoreError,
    check_store,
    copy_to,
    is_store,
)
from streamtriage.apps.triage.parameters import Parameters
from streamtriage.apps.triage.rehearsal import FAULT, rehearsed
from streamtriage.apps.triage.run import PROGRESS_FILE, stop_file
from streamtriage.console import ProgressLine
from streamtriage.escapes import columns, may_escape
from streamtriage.exit_codes import EXIT_CODES, TOOL_FAULT, USAGE
from streamtriage.languages import spoken, translate
from streamtriage.letting_in import read_checked
from streamtriage.model import Report
from streamtriage.notebook import export
from streamtriage.notebook.paths import runbook_path
from streamtriage.notebook.prose import in_language
from streamtriage.outbox import Outbox
from streamtriage.redaction import (
    Wall,
    holds_a_secret,
    shown_text,
    values_of,
)
from streamtriage.report import render_html, render_text
from streamtriage.stopping import Presses
from streamtriage.transport.target import target_of
from streamtriage.triage import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Headless", "Paths", "run_headless"]

# Kernel start, active probes and rendering, on a machine that is busy.
MARGIN_S = 180
# Where a kernel writes its profile, its connection and what it remembers.
_FOLDERS = (
    "IPYTHONDIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
)
# The kernel reads a URL that may be a secret from here, never from a parameter.
_URL = "STREAMTRIAGE_URL"


@dataclass(frozen=True)
class Paths:
    """Where one headless run left its files; a fault may have kept it from some."""

    notebook: Path
    html: Path
    json: Path

    def existing(self) -> tuple[Path, ...]:
        return tuple(p for p in (self.notebook, self.html, self.json) if p.exists())


@dataclass(frozen=True)
class Headless:
    """What one headless run came to.

    A rehearsal has the exit code 0 if the verdict names the planted fault, else 4.
    """

    report: Report | None
    paths: Paths
    exit_code: int


def run_headless(
    *,
    lab_fault: str = "",
    out: str | Path = "out",
    notebook: Path | None = None,
    local: bool = True,
    **entered: Any,  # noqa: ANN401 - checked by the model
) -> Headless:
    """Execute the runbook, keep it as notebook, HTML and JSON, and print the verdict.

    What is `entered` are fields of the intake; the runbook has the others.
    Without `local` this machine is not looked at; a rehearsal never looks. The first
    Ctrl-C ends the watch, and the runbook goes on with what was seen until then.
    With an object store as `out` (`s3://BUCKET/PREFIX`) copies are written there of
    what is kept in the folder `out`.
    Raises IntakeError and StoreError, before anything is sent, if what was given cannot
    be used.
    """
    store = str(out) if is_store(str(out)) else ""
    if store:
        check_store(store)
    url = str(entered.get("url", ""))
    given = entered | {"lab_fault": lab_fault}
    environ = {_URL: url} if url else {}
    environ |= {} if local else {LOCAL: "no"}
    given["url"] = f"env:{_URL}" if holds_a_secret(url, address=True) else url
    wanted = _checked(given, environ)
    paths = _paths(Path("out" if store else out))
    values = wanted.model_dump(exclude_defaults=True) | {
        "ask": False,
        "lang": spoken(),
        "report_json": _named(paths.json),
    }
    with _environment(environ), _own_folders(), _progress(wanted):
        problem = _execute(notebook or runbook_path(), paths, values, wanted.hold_s)
    done = _concluded(wanted, paths, problem)
    return _copied(done, store) if store else done


def _copied(done: Headless, store: str) -> Headless:
    """Copy what was kept into the object store, and say where it is."""
    try:
        there = copy_to(store, done.paths.existing())
    except StoreError as problem:
        Outbox().tell(f"streamtriage: {problem}\n")
        return replace(done, exit_code=TOOL_FAULT)
    Outbox().print(
        translate("Copied to:") + "\n" + "".join(f"  {each}\n" for each in there)
    )
    return done


def _checked(given: dict[str, Any], environ: Mapping[str, str]) -> Parameters:
    """Check what was given as the notebook will, and redact the pasted text."""
    wanted = Parameters.read(given)
    env = os.environ | environ
    intake = wanted.intake(env)
    if not wanted.url and not wanted.lab_fault:
        raise unnamed("url", "'https://host/mcp'", f"lab_fault = '{FAULT}'")
    if wanted.rehearses:
        rehearsed(wanted.lab_fault, intake)
        return wanted.model_copy(update={"error": shown_text(wanted.error)})
    headers = target_of(intake, env).headers.values()
    wall = Wall(value.get_secret_value() for value in headers)
    return wanted.model_copy(update={"error": wall.let_in(wanted.error).shown})


def _paths(out: Path) -> Paths:
    """Return names that nobody has used; the time in them is UTC."""
    out.mkdir(parents=True, exist_ok=True)
    stem = f"triage-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (stem, *(f"{stem}-{n}" for n in range(2, 100)))
    for name in names:
        path = out / f"{name}.ipynb"
        with contextlib.suppress(FileExistsError):
            path.touch(exist_ok=False)
            return Paths(path, out / f"{name}.html", out / f"{name}.json")
    raise FileExistsError(str(out / stem))


def _named(path: Path) -> str:
    """Spell a path without the folders above, which are nobody else's business."""
    here = Path.cwd()
    absolute = path.resolve()
    inside = absolute.is_relative_to(here)
    return str(absolute.relative_to(here) if inside else path)


def _execute(
    source: Path, paths: Paths, values: dict[str, Any], hold_s: float
) -> BaseException | None:
    """Execute the runbook; return what stopped it, if anything."""
    target = paths.notebook
    plain = in_language(export.cleared(export.read(source)), spoken())
    problem: BaseException | None = None
    try:
        papermill.execute_notebook(
            plain,
            str(target),
            parameters=values,
            kernel_name="python3",
            progress_bar=False,
            execution_timeout=int(hold_s) + MARGIN_S,
            extra_arguments=["--log-level=ERROR"],
        )
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - shown, exit code 4
        problem = error
    if not target.stat().st_size:
        target.unlink()
    else:
        executed = export.tidied(export.read(target))
        names = (values.get(name, "") for name in ("auth_env", "second_auth_env"))
        outbox = Outbox(values_of((*names, *values.get("header_envs", {}).values())))
        export.write(executed, target, outbox)
        # A report has a page of its own, and to make this one takes over a second.
        if not paths.json.exists():
            outbox.file(paths.html, export.to_html(executed, target.stem))
    return problem


def _concluded(
    wanted: Parameters, paths: Paths, problem: BaseException | None
) -> Headless:
    report = None
    if paths.json.exists():
        report = read_checked(Report, paths.json.read_bytes())
        # The one page of a report.
        outbox = Outbox(values_of(report.intake.secret_names))
        outbox.file(paths.html, render_html(report))
        shown = render_text(report, colour=may_escape(sys.stdout), width=columns())
        outbox.print(shown)
    stopped = isinstance(problem, KeyboardInterrupt) and report is not None
    if report is None or (problem is not None and not stopped):
        code = _failed(problem)
    elif wanted.rehearses:
        code = _rehearsal(wanted.lab_fault, report)
    else:
        code = EXIT_CODES[report.verdict.outcome]
    files = "".join(f"  {_named(path)}\n" for path in paths.existing())
    Outbox().print(f"\n{translate('Kept for the incident ticket:')}\n{files}")
    return Headless(report, paths, code)


def _failed(problem: BaseException | None) -> int:
    """Say what stopped the notebook; its own traceback is kept in it."""
    if isinstance(problem, PapermillExecutionError):
        said = f"{problem.ename}: {problem.evalue}"
        usage = problem.ename in ("IntakeError", "ParameterError")
    else:
        said, usage = f"{type(problem).__name__}: {problem}", False
    said = said if problem else translate("it wrote no report")
    Outbox().tell(
        translate(
            "The runbook stopped ({why}). This says nothing about the server.\n",
            why=shown_text(said, 400),
        )
    )
    return USAGE if usage else TOOL_FAULT


def _rehearsal(fault: str, report: Report) -> int:
    planted = lab.scenario(fault).cause
    named = report.verdict.causes[:1]
    found = named == (planted,) if planted else report.verdict.outcome == "healthy"
    right = translate("the verdict is right." if found else "the verdict is WRONG.")
    rehearsed = translate(
        "Rehearsal on the built-in fault lab ({fault}), not on your server:",
        fault=fault,
    )
    Outbox().print(f"\n{rehearsed} {right}\n")
    return 0 if found else TOOL_FAULT


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables that the kernel inherits, for as long as the block runs."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextlib.contextmanager
def _own_folders() -> Iterator[None]:
    """Let Jupyter and IPython keep what they write out of the person's home."""
    with contextlib.ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix="streamtriage-")
        folder = stack.enter_context(made)
        named = {name: f"{folder}/{name.lower()}" for name in _FOLDERS}
        stack.enter_context(_environment(named))
        yield


@contextlib.contextmanager
def _progress(wanted: Parameters) -> Iterator[None]:
    """Show on standard error how far the kernel is: it writes a file, we follow it."""
    with tempfile.TemporaryDirectory(prefix="streamtriage-") as folder:
        file = Path(folder) / "progress"
        file.touch(mode=0o600)
        line = ProgressLine(rehearsal=wanted.rehearses)
        over = threading.Event()
        line.show(Progress("Starting the notebook's kernel"))
        follower = threading.Thread(target=_follow, args=(file, line, over))
        follower.start()
        try:
            with _environment({PROGRESS_FILE: str(file)}), _presses(file):
                yield
        finally:
            over.set()
            follower.join()
            line.end()


def _presses(progress: Path) -> Presses:
    """Let the first Ctrl-C or SIGTERM end the watch, and the third the notebook too."""

    def first() -> None:
        stop_file(progress).touch()

    def third() -> None:
        # Out of papermill, which then keeps the notebook as far as it came.
        raise KeyboardInterrupt

    return Presses(first, third)


def _follow(file: Path, line: ProgressLine, over: threading.Event) -> None:
    with file.open(encoding="utf-8") as news:
        for _ in itertools.count():
            for text in news.readlines():
                phase, _, left = text.rstrip("\n").partition("\t")
                line.show(Progress(phase, float(left) if left else None))
            if over.wait(0.3):
                return
