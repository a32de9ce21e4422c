"""Ends an event loop, and with it the process, while a token request hangs."""

import asyncio
import sys

import evertoken

source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"))


async def main() -> None:
    try:
        await source.aheaders(patience=0.2)
    except evertoken.DeadlineError:
        print("leaving", flush=True)
    await asyncio.to_thread(input)


asyncio.run(main())
