"""Asks in a loop whose tasks begin to run where they are made (3.12 and later), with a transport that never waits."""

import asyncio
import json
import sys

import evertoken


class AtOnce:
    async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        body = json.dumps({"access_token": "sandbox-token", "expires_in": 3600}).encode()
        return evertoken.TokenAnswer(status=200, headers=(), body=body)


async def main() -> None:
    if sys.version_info >= (3, 12):
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    provider = evertoken.oro_commerce(sys.argv[1], surface="back_office")
    source = evertoken.TokenSource(provider, transport=AtOnce())
    tasks = [asyncio.create_task(source.aheaders()) for _ in range(100)]
    given = {headers["Authorization"] for headers in await asyncio.gather(*tasks)}
    source.invalidate()
    given.add((await source.aheaders())["Authorization"])
    print(given, source.explain().requests, source.explain().flight.state, flush=True)


asyncio.run(main(), debug=True)
