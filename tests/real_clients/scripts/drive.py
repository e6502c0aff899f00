"""What every client is made to do: connect, list, wait, call twice, end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys

# What a program that logs at all keeps of its clients.
logging.basicConfig(level=logging.INFO)


async def tell(step, action):
    try:
        async with asyncio.timeout(15):
            await action()
        print(f"{step}: done", flush=True)
    except BaseException as error:
        print(f"{step}: {error!r}", flush=True)
        if isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)):
            raise


async def use(list_tools, call):
    """Do the steps within a session that is open."""
    print("open: done", flush=True)
    await tell("list", list_tools)
    await asyncio.sleep(float(sys.argv[2]))
    await tell("call", call)
    await tell("call again", call)


def run(main):
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(main(sys.argv[1]))
        print("end: done", flush=True)
    except BaseException as error:
        print(f"end: {error!r}", flush=True)
