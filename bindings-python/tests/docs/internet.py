"""The host names that the pages are written with, answered over verified https by the sandbox.

A relay ends TLS for each name with a certificate of a test authority and passes the bytes on to the sandbox. A child
process whose environment is `Internet.environment` finds the relays by those names: what it runs is the page's own
text, and nothing in evertoken is replaced.
"""

import asyncio
import json
import os
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import evertoken
import trustme

HOSTS = {
    "acme.piwik.pro": "piwik_pro",
    "api.didomi.io": "didomi",
    "shop.example.com": "oro",
    "crm.example.com": "oro",
    "login.example.com": "oauth2",
    "api.example.com": "oauth2",
    "app.example.com": "oauth2",
}
PACKAGE = Path(evertoken.__file__).parents[1]
"""Where a child finds the package that this process uses."""


class Internet:
    def __init__(self, about: dict[str, Any], folder: Path) -> None:
        self._authority = trustme.CA()
        self._ca_file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self._ca_file))
        self._about = about
        self._ports: dict[str, int] = {}
        self._listening = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> "Internet":
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with AsyncExitStack() as relays:
            for host, vendor in HOSTS.items():
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                self._authority.issue_cert(host).configure_cert(context)
                target = urlsplit(self._about[vendor]["http"])
                relay = _Relay(str(target.hostname), target.port or 80)
                server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
                await relays.enter_async_context(_closing(server))
                self._ports[host] = server.sockets[0].getsockname()[1]
            self._listening.set()
            await self._over.wait()

    def environment(self, **more: str) -> dict[str, str]:
        """Returns the environment of a child: of the parent's only what a program needs to start."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_START")
        }
        keys = self._about["keys"]
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent / "names"), str(PACKAGE)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SSL_CERT_FILE": str(self._ca_file),
            "REQUESTS_CA_BUNDLE": str(self._ca_file),
            "EVERTOKEN_TEST_NAMES": json.dumps(self._ports),
            "PIWIK_PRO_CLIENT_ID": keys["piwik_pro"]["id"],
            "PIWIK_PRO_CLIENT_SECRET": keys["piwik_pro"]["secret"],
            "DIDOMI_API_KEY": keys["didomi"]["id"],
            "DIDOMI_API_SECRET": keys["didomi"]["secret"],
            "ORO_CLIENT_ID": keys["oro_back_office"]["id"],
            "ORO_CLIENT_SECRET": keys["oro_back_office"]["secret"],
            "CLIENT_ID": keys["oauth2"]["id"],
            "CLIENT_SECRET": keys["oauth2"]["secret"],
            **more,
        }


@asynccontextmanager
async def _closing(server: asyncio.Server) -> AsyncIterator[None]:
    try:
        yield
    finally:
        server.close()


class _Relay:
    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        backend_reader, backend_writer = await asyncio.open_connection(self._host, self._port)
        await asyncio.gather(_pass(reader, backend_writer), _pass(backend_reader, writer))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    except OSError:  # either side may go away
        pass
    finally:
        writer.close()
