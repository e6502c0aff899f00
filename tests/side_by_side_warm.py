"""What the processes of `side_by_side` have in common: one server was asked already.

What Python loads at first use, over HTTP/2 too, would make those late that come first.
"""

import asyncio
import gc

import pytest  # noqa: F401 - the modules of tests, where what is asked is written

from streamtriage.lab import serve
from streamtriage.triage import triage

with serve("h2-stream-reset") as lab:
    asyncio.run(triage(lab.intake, environ={}))
gc.collect()
gc.freeze()
