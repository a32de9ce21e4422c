"""Each HTTP library is an extra: what needs one says so where it is missing, and nothing else needs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import evertoken
import pytest


def run(program: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests", "aiohttp"])
def test_a_missing_library_is_named_with_what_to_install(library: str) -> None:
    told = run(f"import sys; sys.modules['{library}'] = None\nimport evertoken\nimport evertoken.{library}")
    assert told.returncode == 1
    assert f'pip install "evertoken[{library}]"' in told.stderr.splitlines()[-1]
    assert told.stderr.splitlines()[-1].startswith("ImportError")


@pytest.mark.parametrize("name", ["Client", "AsyncClient"])
def test_a_client_without_httpx_says_what_to_install(name: str) -> None:
    told = run(f"import sys; sys.modules['httpx'] = None\nimport evertoken\nevertoken.{name}")
    assert 'pip install "evertoken[httpx]"' in told.stderr


def test_an_aiohttp_without_middlewares_is_named() -> None:
    told = run(
        "import aiohttp\ndel aiohttp.ClientHandlerType\naiohttp.__version__ = '3.11.0'\nimport evertoken.aiohttp"
    )
    assert "aiohttp 3.12.2 or newer" in told.stderr.splitlines()[-1]


def test_the_package_alone_imports_no_http_library() -> None:
    told = run(
        "import sys, evertoken\n"
        "evertoken.TokenSource(evertoken.oro_platform('http://127.0.0.1:9', client_id='a', client_secret='b'))\n"
        "print([name for name in ('httpx', 'httpx2', 'requests', 'aiohttp', 'urllib.request') if name in sys.modules])"
    )
    assert told.stderr == ""
    assert told.stdout.strip() == "[]"


def test_a_token_comes_without_any_http_library() -> None:
    told = run(
        "import sys\n"
        "for name in ('httpx', 'httpx2', 'requests', 'aiohttp'): sys.modules[name] = None\n"
        "import evertoken\n"
        "provider = evertoken.oro_platform('http://127.0.0.1:9', client_id='a', client_secret='b')\n"
        "source = evertoken.TokenSource(provider, policy={'fetch_attempts': 1})\n"
        "try: source.headers()\n"
        "except evertoken.TransportError as error: print(error.code, type(error.__cause__).__name__)\n"
    )
    assert told.stderr == ""
    assert told.stdout.strip() == "transport_failed URLError"


def test_httpx2_is_served_by_the_same_text_as_httpx() -> None:
    texts = [(Path(evertoken.__file__).parent / name).read_text() for name in ("httpx.py", "httpx2.py")]
    one, two = (" ".join(text.replace("httpx2", "httpx").split()) for text in texts)
    assert one == two


@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_a_library_is_imported_off_the_event_loop(library: str) -> None:
    told = run(
        "import asyncio, sys, threading\n"
        f"for name in {{'httpx', 'httpx2', 'aiohttp', 'requests'}} - {{{library!r}}}: sys.modules[name] = None\n"
        "import evertoken\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'evertoken.{library}': print(threading.current_thread() is threading.main_thread())\n"
        "sys.meta_path.insert(0, Finder())\n"
        "provider = evertoken.oro_platform('http://127.0.0.1:9', client_id='a', client_secret='b')\n"
        "source = evertoken.TokenSource(provider, policy={'fetch_attempts': 1})\n"
        "try: asyncio.run(source.aheaders())\n"
        f"except evertoken.TransportError as error: print({library!r} in sys.modules, error.code)\n"
    )
    assert told.stderr == ""
    assert told.stdout.split() == ["False", "True", "transport_failed"]


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_certificates_are_read_off_the_event_loop(library: str) -> None:
    told = run(
        "import asyncio, threading\n"
        f"import evertoken, evertoken.{library} as adapter, {library}\n"
        f"make = {library}.create_ssl_context\n"
        "def noted(*args, **options):\n"
        "    print(threading.current_thread() is threading.main_thread())\n"
        "    return make(*args, **options)\n"
        f"{library}.create_ssl_context = noted\n"
        "provider = evertoken.oro_platform('http://127.0.0.1:9', client_id='a', client_secret='b')\n"
        "source = evertoken.TokenSource(provider, transport=adapter.AsyncTransport(), policy={'fetch_attempts': 1})\n"
        "try: asyncio.run(source.aheaders())\n"
        "except evertoken.TransportError as error: print(error.code)\n"
    )
    assert told.stderr == ""
    assert told.stdout.split() == ["False", "transport_failed"]
