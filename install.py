"""Installs the tool into a folder of its own, without make and without a shell.

python install.py                       the command line, without Jupyter
python install.py notebook              also the runbooks, to be run headless
python install.py notebook,jupyterlab   also JupyterLab; and fleet, exports, s3

Each has the lab, in which a rehearsal runs.

Nothing outside of that folder is changed. It may be run again at any time.
"""

from __future__ import annotations

import argparse
import collections
import os
import re
import subprocess
import sys
import time
import typing
from pathlib import Path

OLDEST = (3, 11)
HERE = Path(__file__).resolve().parent
# What each extra brings with it, counted on Linux: packages, and MB on the disk.
BRINGS = {
    "": (45, 65),
    "notebook": (100, 150),
    "jupyterlab": (130, 235),
    "fleet": (155, 570),
    "test": (215, 1150),
}
# Between two lines where nobody sees a line being replaced.
QUIET_S = 15.0
_STEP = re.compile(
    r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)"
    r"|Processing \S*[/\\]([A-Za-z0-9._]+)-"
)


def main() -> int:
    """Install, say what is done and for how long, and what to type then."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument(
        "extras", nargs="?", default="", help="such as notebook,jupyterlab"
    )
    asked.add_argument("--into", default=".venv", metavar="FOLDER")
    given = asked.parse_args()
    named = [each for each in given.extras.split(",") if each]
    extras = list(dict.fromkeys((*named, "lab")))
    if sys.version_info < OLDEST:
        here = ".".join(map(str, sys.version_info[:2]))
        print(
            f"Python 3.11 or newer is needed, and this is {here}. Run it with another "
            "one: python3.12 install.py, on Windows py -3.12 install.py; with make: "
            "make PYTHON=python3.12 …",
            file=sys.stderr,
        )
        return 2
    folder = Path(given.into)
    packages, size_mb = max(BRINGS.get(each, (0, 0)) for each in ("", *extras))
    what = f"streamtriage[{','.join(extras)}]"
    print(
        f"Installing {what} into {folder}: about {packages} packages, {size_mb} MB on "
        "the disk. This takes one to five minutes, and is done once.",
        flush=True,
    )
    begun = time.monotonic()
    python = made(folder)
    asked_for = f"[{','.join(extras)}]"
    code = installed(python, asked_for, begun, packages)
    if code == 0:
        print(
            f"Installed in {time.monotonic() - begun:.0f} s. Next: "
            f"{python.parent / 'streamtriage'} rehearse"
        )
    return code


def made(folder: Path) -> Path:
    """Make the environment if there is none; return its Python."""
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = folder.joinpath(*inside)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return python


def installed(python: Path, extras: str, begun: float, packages: int) -> int:
    """Let pip install the tree, and show on one line how far it is."""
    pinned = str(HERE / "constraints.txt")
    # Pinned also where pip builds packages; the second name is for pip 25.3 and newer.
    environ = {
        **os.environ,
        "PIP_CONSTRAINT": pinned,
        "PIP_BUILD_CONSTRAINT": pinned,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
    }
    command = [
        *(str(python), "-m", "pip", "install", "--progress-bar", "off"),
        *("-e", f"{HERE}{extras}"),
    ]
    last: collections.deque[str] = collections.deque(maxlen=15)
    with subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        assert pip.stdout is not None
        follow(pip.stdout, last, begun, packages)
    if pip.returncode:
        print(
            "\n".join(last),
            f"pip could not install it (exit code {pip.returncode}). The reason is "
            "above; a company's package index is told to pip by PIP_INDEX_URL, a "
            "proxy by HTTPS_PROXY. Then run this again.",
            sep="\n\n",
            file=sys.stderr,
        )
        return 1
    return 0


def follow(
    lines: typing.Iterable[str],
    last: collections.deque[str],
    begun: float,
    packages: int,
) -> None:
    """Say how far pip is: on a terminal on one line, else now and then."""
    replaced, told = sys.stdout.isatty(), begun
    seen: set[str] = set()
    for line in lines:
        last.append(line.rstrip())
        found = _STEP.match(line.strip())
        if found:
            seen.add((found[1] or found[2]).lower().replace("_", "-"))
        now, writes = time.monotonic(), line.startswith("Installing collected")
        if not (replaced or writes or now - told >= QUIET_S):
            continue
        told = now
        what = "being written" if writes else f"of about {packages} looked at"
        shown = f"{now - begun:4.0f} s, {len(seen)} packages {what}"
        print(f"\r{shown:<60}" if replaced else f"{shown}\n", end="", flush=True)
    print(f"\r{'':<60}\r" if replaced else "", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
