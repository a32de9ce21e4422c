"""Waits for a token in asyncio until Ctrl-C, then asks again in another loop."""

import asyncio
import sys

import evertoken

source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"), patience=600)


async def main() -> None:
    print("waiting", flush=True)
    await source.aheaders()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted", flush=True)
input()
print(asyncio.run(source.aheaders())["Authorization"][:7], flush=True)
