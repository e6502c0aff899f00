"""Saves reports of real runs against the lab: `cd tests && python -m old_reports`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from streamtriage.lab import serve
from streamtriage.triage import triage

FOLDER = Path(__file__).parent / "data" / "reports"
SAVED = (
    "get-4xx-instead-of-405",
    "gateway-blocks-get",
    "half-open-stream-409",
    "multi-replica-no-affinity",
    "nginx-buffering",
    "oauth-metadata-broken",
)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in SAVED:
        with serve(name) as lab:
            report = asyncio.run(triage(lab.intake, environ={})).shown
        text = report.model_dump_json()
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
