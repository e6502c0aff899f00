"""What VS Code and Colab make of the form and the answer, by managers of their kind.

VS Code's extension ships two managers of widgets, for ipywidgets 8 and for 7, which
Colab keeps. Each shows here what a real kernel sends, in a page that is laid out and
coloured as VS Code's is in a dark theme. Their whole screens are not seen.
"""

from __future__ import annotations

import json
import os
import queue
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import Locator, Page, Route, sync_playwright

from notebook.served import CHROMIUM, FLAGS
from real_clients.installing import Overlay, Tarballs, Unavailable, installed
from streamtriage.lab import serve
from streamtriage.notebook.paths import runbook_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

pytestmark = [
    pytest.mark.real(part="browser"),
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="NO BROWSER: install Debian's chromium to test other frontends' widgets",
    ),
]
PASTED = (
    "Failed to reconnect SSE stream: Streamable HTTP error: "
    "Failed to open SSE stream: Conflict"
)
ORIGIN = "http://frontend.test"
_LONGEST_S = 60.0
# The light colours of Jupyter that managers bring, on VS Code's dark page.
_PAGE = """<!doctype html><html lang="en"><head><title>A notebook</title><style>
:root {
  --vscode-foreground: #cccccc; --vscode-editor-foreground: #cccccc;
  --vscode-editor-background: #1f1f1f; --vscode-input-background: #313131;
  --vscode-descriptionForeground: #9d9d9d; --vscode-textCodeBlock-background: #2b2b2b;
  --jp-ui-font-color1: #212121; --jp-content-font-color1: #212121;
  --jp-layout-color1: #ffffff; --jp-layout-color2: #eeeeee; --jp-layout-color3: #bdbdbd;
  --jp-border-color1: #bdbdbd; --jp-border-color2: #e0e0e0; --jp-brand-color1: #1976d2;
  --jp-inverse-ui-font-color1: #ffffff; --jp-ui-inverse-font-color1: #ffffff;
  --jp-widgets-color: #212121; --jp-widgets-label-color: #212121;
  --jp-widgets-input-color: #212121; --jp-widgets-input-background-color: #ffffff;
  --jp-widgets-input-border-color: #bdbdbd; --jp-widgets-font-size: 13px;
}
body { margin: 8px; font: 13px sans-serif; }
.vscode-dark { background: #1f1f1f; color: #cccccc; }
.vscode-dark code { background: var(--vscode-textCodeBlock-background); }
.vscode-dark .cell-output-ipywidget-background { background: white !important; }
</style></head><body class="%s" data-box="%s"><main id="cells"></main>
<script src="/require.js"></script><script type="module" src="/frontend.js"></script>
</body></html>"""


class Frontend(NamedTuple):
    """One frontend: its mark in the kernel, its manager, its page, its ipywidgets."""

    mark: str
    manager: str
    page: tuple[str, str]
    packages: tuple[str, ...] = ()


FRONTENDS = {
    "VS Code": Frontend(
        "__vsc_ipynb_file__ = '/home/me/triage.ipynb'",
        "vscode-jupyter-ipywidgets8",
        ("vscode-dark", "output_container"),
    ),
    "Colab": Frontend(
        "import sys, types; sys.modules['google.colab'] = types.ModuleType('c')",
        "vscode-jupyter-ipywidgets7",
        ("", "output_area"),
        ("ipywidgets==7.7.1", "ipython-genutils==0.2.0"),
    ),
}


class Seat:
    """Somebody who looks at a page that is connected to a kernel."""

    def __init__(self, page: Page, client: BlockingKernelClient) -> None:
        self.page, self._client = page, client
        self._said: list[dict[str, Any]] = []
        self._idle: set[str] = set()
        page.expose_function("send", lambda text: self._said.append(json.loads(text)))

    def turn(self) -> None:
        """Carry what each side said to the other."""
        while self._said:
            said = self._said.pop(0)
            message = self._client.session.msg(
                said["type"], said["content"], metadata=said["metadata"]
            )
            message["header"]["msg_id"] = message["msg_id"] = said["id"]
            self._client.shell_channel.send(message)
        heard: list[dict[str, Any]] = []
        while message := self._next(0.1 if not heard else 0):
            heard.append(message | {"buffers": []})
            if message["content"].get("execution_state") == "idle":
                self._idle.add(message["parent_header"].get("msg_id", ""))
        self.page.evaluate(
            "text => window.heard(JSON.parse(text))", json.dumps(heard, default=str)
        )

    def _next(self, wait_s: float) -> dict[str, Any] | None:
        try:
            return dict(self._client.get_iopub_msg(timeout=wait_s))
        except queue.Empty:
            return None

    def until(self, met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _LONGEST_S
        while not met():
            assert time.monotonic() < deadline, self.page.inner_text("body")[-2000:]
            self.turn()

    def run(self, code: str) -> None:
        """Run one cell to its end."""
        self.page.evaluate("begin_cell()")
        sent = self._client.execute(code, store_history=False)
        self.until(lambda: sent in self._idle)

    def await_sight(self, what: Locator) -> None:
        self.until(lambda: what.filter(visible=True).count() > 0)

    def press(self, button: str) -> None:
        """Press a button as soon as it can be."""
        found = self.page.get_by_role("button", name=button, exact=True)
        self.until(lambda: found.filter(visible=True).count() > 0)
        self.until(found.is_enabled)
        found.click()


@pytest.fixture
def client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, frontend: Frontend
) -> Iterator[BlockingKernelClient]:
    """Start a kernel with the frontend's own ipywidgets."""
    for name in ("JPY_SESSION_NAME", "SERVER_SOFTWARE", "STREAMTRIAGE_REHEARSE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STREAMTRIAGE_LOCAL", "no")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    if frontend.packages:
        older = wanted(Overlay(frontend.packages), "ipywidgets7")
        paths = (str(older), os.environ.get("PYTHONPATH", ""))
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def wanted(what: Overlay | Tarballs, name: str) -> Path:
    try:
        return installed(what, name)
    except Unavailable as problem:
        pytest.skip(f"NOT INSTALLED: {problem}")


def served(page: Page, frontend: Frontend) -> None:
    """Open the page of a frontend; nothing of it leaves this machine."""
    packages = (
        "@vscode/jupyter-ipywidgets8@1.0.9",
        "@vscode/jupyter-ipywidgets7@2.0.4",
        "requirejs@2.3.7",
    )
    folder = wanted(Tarballs(packages), "widget-managers")
    scripts = {
        "/ipywidgets.js": folder / frontend.manager / "package/dist/ipywidgets.js",
        "/require.js": folder / "requirejs" / "package" / "require.js",
        "/frontend.js": Path(__file__).with_name("frontend.js"),
    }

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/":
            body = _PAGE % frontend.page
            route.fulfill(body=body, content_type="text/html; charset=utf-8")
        elif path in scripts:
            kind = "text/javascript; charset=utf-8"
            route.fulfill(body=scripts[path].read_bytes(), content_type=kind)
        else:
            route.abort()

    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/")
    page.wait_for_function("window.ready")


@pytest.mark.parametrize("frontend", FRONTENDS.values(), ids=list(FRONTENDS))
def test_the_form_leads_to_a_card_that_can_be_read(
    frontend: Frontend, client: BlockingKernelClient, tmp_path: Path
) -> None:
    notebook = nbformat.read(str(runbook_path("triage")), as_version=4)
    with serve("half-open-stream-409") as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        seat = Seat(page, client)
        served(page, frontend)
        seat.run(frontend.mark)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                seat.run(cell.source)
        page.get_by_label("What was printed?").fill(PASTED)
        page.get_by_label("Which server?").fill(lab.url)
        seat.press("Run")
        seat.await_sight(page.locator(".card.cause-present"))
        seat.press("Cancel the watch")
        seat.await_sight(page.get_by_text("Done at"))
        seat.press("Copy the change")
        page.get_by_text("Copied").or_(page.get_by_text("Selected")).first.wait_for()
        page.screenshot(path=tmp_path / "answer.png")
        kept = page.locator("pre.kept").filter(visible=True).all_inner_texts()
        found = Axe().run(page, context={"include": [["#cells"]]})
        seat.press("I applied this: check it")
        seat.await_sight(page.get_by_text("Checked at"))
        failures = page.evaluate("window.failures")
        broken = page.get_by_text("Click to show javascript error").count()
        browser.close()

    assert failures == []
    assert broken == 0
    assert [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ] == []
    if frontend.page[1] == "output_container":
        assert kept == []
    else:
        # What hides the copies is not known there, so they say what they are.
        assert kept
        assert all("for readers without a kernel" in each for each in kept)
