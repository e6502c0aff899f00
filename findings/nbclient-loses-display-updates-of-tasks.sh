#!/usr/bin/env bash
# nbclient 0.11.0 with ipykernel 7.4.0 (PyPI), Python 3.11: a display that an asyncio task
# updates while later cells run keeps its first state in the executed notebook.
#
# Valid input: a cell displays a line with a display id and starts a task, or a thread, that
# updates it three times; the next cells wait for it. Expected: the executed notebook holds
# the last state ("when a display_id is specified for a display, it can be updated later with
# an update_display_data message", Messaging in Jupyter), as it does with a thread, and with
# ipykernel 6.31.0. Seen: with a task and ipykernel 7 it holds the first.
#
#   ipykernel 6.31.0: thread 'three', task 'three'
#   ipykernel 7.4.0: thread 'three', task 'one'
#
# ipykernel 7 sends what a task displays in the name of the cell that started the task;
# nbclient passes over all messages that are not in the name of the cell that it waits for.
# A live view of a stream, made by a task, so is saved as it was before the first event.
# Exits with 0 if that is still so, with 1 if it changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export IPYTHONDIR="$folder/ipython"
export JUPYTER_CONFIG_DIR="$folder/config" JUPYTER_DATA_DIR="$folder/data"
python3 -m venv "$folder/venv"

cat >"$folder/execute.py" <<'PYTHON'
import importlib.metadata

import nbformat.v4 as v4
from nbclient import NotebookClient

SHOW = "from IPython.display import display\nline = display('one', display_id=True)\n"
THREAD = """
import threading, time
def follow():
    for state in ("two", "two and a half", "three"):
        time.sleep(0.3)
        line.update(state)
thread = threading.Thread(target=follow)
thread.start()
"""
TASK = """
import asyncio
async def follow():
    for state in ("two", "two and a half", "three"):
        await asyncio.sleep(0.3)
        line.update(state)
task = asyncio.create_task(follow())
"""


def saved(*cells):
    """Return what the executed notebook shows below its first cell."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=30, startup_timeout=60).execute()
    return notebook.cells[0].outputs[0].data["text/plain"]


thread = saved(SHOW + THREAD, "time.sleep(0.1)", "thread.join()")
task = saved(SHOW + TASK, "await asyncio.sleep(0.1)", "await task")
version = importlib.metadata.version("ipykernel")
print(f"ipykernel {version}: thread {thread}, task {task}")
PYTHON

expected="ipykernel 6.31.0: thread 'three', task 'three'
ipykernel 7.4.0: thread 'three', task 'one'"
seen=$(for version in 6.31.0 7.4.0; do
  "$folder/venv/bin/pip" install -q nbclient==0.11.0 "ipykernel==$version"
  PATH="$folder/venv/bin:$PATH" timeout 60 "$folder/venv/bin/python" "$folder/execute.py"
done)
printf '%s\n' "$seen"
if [ "$seen" != "$expected" ]; then
  echo "CHANGED: expected" >&2
  printf '%s\n' "$expected" >&2
  exit 1
fi
