"""What a frontend that cannot be run here gets from a kernel: the core widgets alone.

VS Code and Colab show widgets by the protocol that Jupyter has for them. Their marks in
the kernel are set here as they set them; `test_widget_managers` shows what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.paths import runbook_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

CORE = {"@jupyter-widgets/base", "@jupyter-widgets/controls"}
MARKS = {
    "VS Code": "__vsc_ipynb_file__ = '/home/me/triage.ipynb'",
    "Colab": "import sys, types; sys.modules['google.colab'] = types.ModuleType('c')",
}
# What takes no parameters of its own to show its form.
RUNBOOKS = ("triage", "compare", "practise", "preflight")
_LONGEST_S = 60.0


@pytest.fixture
def kernel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[BlockingKernelClient]:
    for name in ("JPY_SESSION_NAME", "SERVER_SOFTWARE", "STREAMTRIAGE_REHEARSE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STREAMTRIAGE_LOCAL", "no")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def heard(client: BlockingKernelClient, code: str) -> list[dict[str, Any]]:
    """Run one cell and return all that a frontend is sent for it."""
    sent = client.execute(code, store_history=False)
    messages: list[dict[str, Any]] = []
    while True:
        message: dict[str, Any] = client.get_iopub_msg(timeout=_LONGEST_S)
        messages.append(message)
        own = message["parent_header"].get("msg_id") == sent
        if own and message["content"].get("execution_state") == "idle":
            return messages


def cells(runbook: str) -> list[str]:
    notebook = nbformat.read(str(runbook_path(runbook)), as_version=4)
    return [each.source for each in notebook.cells if each.cell_type == "code"]


@pytest.mark.parametrize(
    ("frontend", "runbook"),
    [("VS Code", each) for each in RUNBOOKS] + [("Colab", "triage")],
)
def test_a_form_is_made_of_core_widgets(
    kernel: BlockingKernelClient, frontend: str, runbook: str
) -> None:
    """No module of a frontend's own is asked for, so nothing has to be installed."""
    heard(kernel, MARKS[frontend])
    got = [each for code in cells(runbook) for each in heard(kernel, code)]
    errors = [m["content"] for m in got if m["msg_type"] == "error"]
    opened = [
        m["content"]["data"]["state"] for m in got if m["msg_type"] == "comm_open"
    ]
    shown = [m["content"]["data"] for m in got if m["msg_type"] == "display_data"]
    views = [d for d in shown if "application/vnd.jupyter.widget-view+json" in d]

    assert errors == []
    assert {state["_model_module"] for state in opened} <= CORE
    assert {state["_view_module"] for state in opened} - {None} <= CORE
    assert "OutputModel" not in {state["_model_name"] for state in opened}
    assert {"ButtonModel", "HTMLModel"} <= {state["_model_name"] for state in opened}
    assert views
    # Who shows no widgets reads what they are.
    assert all(view["text/plain"].strip() for view in views)
    assert not [d for d in shown if "application/javascript" in d]


def test_without_a_mark_nobody_looks_on(kernel: BlockingKernelClient) -> None:
    """A kernel of papermill's, nbclient's or nbval's asks nobody anything."""
    asked = (
        "from streamtriage.notebook.frontend import somebody_looks_on as s; print(s())"
    )
    (said,) = [m for m in heard(kernel, asked) if m["msg_type"] == "stream"]

    assert said["content"]["text"].strip() == "False"
    assert somebody_looks_on({"SERVER_SOFTWARE": "voila/0.5.13"})
