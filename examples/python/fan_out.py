"""Makes many calls at once, with a progress bar; one token request serves them all.

export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
python fan_out.py acme.piwik.pro --calls 500
"""

import argparse
import asyncio
from collections import Counter

import evertoken
from rich.progress import track


async def main(account: str, calls: int, at_once: int) -> None:
    free = asyncio.Semaphore(at_once)  # httpx's pool would do, but those who wait there are under its time-out

    async with evertoken.AsyncClient(evertoken.piwik_pro(account)) as client:

        async def call() -> int:
            async with free:
                return (await client.get("/api/apps/v2")).status_code

        statuses: Counter[int] = Counter()
        for done in track(asyncio.as_completed([call() for _ in range(calls)]), description="Calling", total=calls):
            statuses[await done] += 1

        print(dict(statuses))
        print(client.source.explain())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("account")
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=20)
    options = parser.parse_args()
    asyncio.run(main(options.account, options.calls, options.at_once))
