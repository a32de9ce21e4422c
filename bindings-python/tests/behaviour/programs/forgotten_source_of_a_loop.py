"""Forgets a source whose token request hangs in an event loop that goes on."""

import asyncio
import contextlib
import gc
import sys
import weakref

import evertoken


async def forgotten() -> "weakref.ref[evertoken.TokenSource]":
    source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"))
    with contextlib.suppress(evertoken.DeadlineError):
        await source.aheaders(patience=0.2)
    print("asked", flush=True)
    await asyncio.to_thread(input)
    return weakref.ref(source)


async def main() -> None:
    reference = await forgotten()
    gc.collect()
    print("gone" if reference() is None else "kept", flush=True)
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0.01)
    gc.collect()
    print(len(asyncio.all_tasks()), flush=True)


asyncio.run(main())
