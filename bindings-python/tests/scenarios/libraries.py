"""The HTTP libraries that the scenarios run over, each used as its users do."""

from __future__ import annotations

import importlib
import json
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import evertoken
from evertoken._urllib import UrllibTransport

from .api import Answer, Api
from .crew import Crew
from .envelope import File
from .format import Request
from .loop import Loop
from .stage import Stage
from .traffic import Traffic, async_door, door


class Trust:
    """The sandbox's own authority."""

    def __init__(self, ca_file: str) -> None:
        self.ca_file = ca_file
        self.context = ssl.create_default_context(cafile=ca_file)


class Library(ABC):
    """How clients are made, and where their calls run."""

    stage: Callable[[], Stage]
    blocks = False
    """Whether a thread reads the answers of the token endpoint, which nobody can end."""

    def leaves_out(self, file: File) -> str | None:
        """Says why a file cannot be run, if it cannot."""
        return None

    def transport(self, traffic: Traffic, trust: Trust) -> Any:
        """Returns what the source is given for its token requests; None where the client brings it."""
        return None

    @abstractmethod
    def api(self, source: evertoken.TokenSource, traffic: Traffic, trust: Trust) -> Api:
        """Makes the authenticated client."""


class HttpxLibrary(Library):
    """``evertoken.httpx`` or ``evertoken.httpx2``; the user's transport serves the token requests too."""

    def __init__(self, name: str, stage: Callable[[], Stage]) -> None:
        self._library = importlib.import_module(name)
        self._adapter = importlib.import_module(f"evertoken.{name}")
        self.stage = stage
        self.blocks = stage is Crew

    def api(self, source: evertoken.TokenSource, traffic: Traffic, trust: Trust) -> Api:
        library, adapter = self._library, self._adapter
        if self.stage is not Crew:
            inner = library.AsyncHTTPTransport(verify=trust.context, trust_env=False)
            transport, kind = async_door(library, traffic, inner), adapter.AsyncClient
        else:
            inner = library.HTTPTransport(verify=trust.context, trust_env=False)
            transport, kind = door(library, traffic, inner), adapter.Client
        client = kind(source, transport=transport, trust_env=False, follow_redirects=True, timeout=60)
        return HttpxApi(client, library.HTTPError)


class HttpxApi(Api):
    def __init__(self, client: Any, failure: type[Exception]) -> None:
        self._client = client
        self.failures = (failure,)

    def request(self, call: Request) -> Answer:
        body = _stream(call) if not call.replayable else call.body
        return self._answer(
            self._client.request(call.method, call.path, headers=call.headers, json=call.json, content=body)
        )

    async def arequest(self, call: Request) -> Answer:
        body = _astream(call) if not call.replayable else call.body
        answer = await self._client.request(call.method, call.path, headers=call.headers, json=call.json, content=body)
        return self._answer(answer)

    def _answer(self, answer: Any) -> Answer:
        headers = [(name.lower(), value) for name, value in answer.headers.multi_items()]
        return Answer(answer.status_code, headers, _text(answer.content), self._client.source.hint)

    def __repr__(self) -> str:
        return repr(self._client)

    def close(self) -> None:
        self._client.close()

    async def aclose(self) -> None:
        await self._client.aclose()


class Passing(evertoken.Transport):
    """Counts the token requests of a transport that a user gives to the source."""

    def __init__(self, inner: evertoken.Transport, traffic: Traffic) -> None:
        self._inner = inner
        self._traffic = traffic

    def send(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        with self._traffic.enter(), self._traffic.blocked():
            return self._inner.send(request)


class AsyncPassing(evertoken.AsyncTransport):
    """The same for tasks."""

    def __init__(self, inner: evertoken.AsyncTransport, traffic: Traffic) -> None:
        self._inner = inner
        self._traffic = traffic

    async def asend(self, request: evertoken.TokenRequest) -> evertoken.TokenAnswer:
        with self._traffic.begin():
            return await self._inner.asend(request)


class RequestsLibrary(Library):
    """``requests``: a session of the user's with ``evertoken.requests.Auth``."""

    stage = Crew
    blocks = True

    def transport(self, traffic: Traffic, trust: Trust) -> evertoken.Transport:
        import evertoken.requests

        return Passing(evertoken.requests.Transport(verify=trust.ca_file, trust_env=False), traffic)

    def api(self, source: evertoken.TokenSource, traffic: Traffic, trust: Trust) -> Api:
        return RequestsApi(source, traffic, trust)


class RequestsApi(Api):
    def __init__(self, source: evertoken.TokenSource, traffic: Traffic, trust: Trust) -> None:
        import evertoken.requests
        import requests
        from requests.adapters import HTTPAdapter

        class Door(HTTPAdapter):
            def send(self, *given: Any, **options: Any) -> requests.Response:
                with traffic.enter(), traffic.blocked():
                    answer = super().send(*given, **options)
                    _ = answer.content  # read while it is counted
                    return answer

        self._source = source
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = trust.ca_file
        self._session.auth = evertoken.requests.Auth(source)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Door(pool_maxsize=100))
        self.failures = (requests.RequestException,)

    def request(self, call: Request) -> Answer:
        url, (headers, body) = self._source.url(call.path), _written(self._source, call)
        data = body if call.replayable else _stream(call)
        answer = self._session.request(call.method, url, headers=headers, data=data, timeout=60)
        received = [(name.lower(), value) for name, value in answer.headers.items()]
        return Answer(answer.status_code, received, _text(answer.content), self._source.hint)

    def __repr__(self) -> str:
        return f"{self._session!r} {self._session.auth!r}"

    def close(self) -> None:
        self._session.close()


class AiohttpLibrary(Library):
    """``aiohttp``: a session of the user's with ``evertoken.aiohttp.middleware``."""

    stage = Loop

    def transport(self, traffic: Traffic, trust: Trust) -> evertoken.AsyncTransport:
        import evertoken.aiohttp

        return AsyncPassing(evertoken.aiohttp.Transport(ssl=trust.context), traffic)

    def api(self, source: evertoken.TokenSource, traffic: Traffic, trust: Trust) -> Api:
        return AiohttpApi(source, traffic, trust)


class AiohttpApi(Api):
    def __init__(self, source: evertoken.TokenSource, traffic: Traffic, trust: Trust) -> None:
        import aiohttp
        import evertoken.aiohttp

        async def door(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
            with traffic.begin():
                answer = await handler(request)
                await answer.read()  # read while it is counted
                return answer

        self._source = source
        self._middleware = evertoken.aiohttp.middleware(source)
        connector = aiohttp.TCPConnector(ssl=trust.context)
        self._session = aiohttp.ClientSession(connector=connector, middlewares=[self._middleware, door])
        self.failures = (aiohttp.ClientError,)

    async def arequest(self, call: Request) -> Answer:
        url, (headers, body) = self._source.url(call.path), _written(self._source, call)
        data = body if call.replayable else _astream(call)
        async with self._session.request(call.method, url, headers=headers, data=data) as answer:
            received = [(name.lower(), value) for name, value in answer.headers.items()]
            return Answer(answer.status, received, _text(await answer.read()), self._source.hint)

    def __repr__(self) -> str:
        return f"{self._session!r} {self._middleware!r}"

    async def aclose(self) -> None:
        await self._session.close()


def _written(source: evertoken.TokenSource, call: Request) -> tuple[dict[str, str], bytes | None]:
    """Where the session is the user's own, the media type of a JSON body is the user's to set."""
    if call.json is None:
        return call.headers, None if call.body is None else call.body.encode()
    body = json.dumps(call.json, separators=(",", ":")).encode()
    return {"Content-Type": source.content_type(call.path), **call.headers}, body


def _stream(call: Request) -> Iterator[bytes]:
    """A body that is gone once it is sent."""
    yield (call.body or "").encode()


async def _astream(call: Request) -> AsyncIterator[bytes]:
    yield (call.body or "").encode()


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


class BareLibrary(Library):
    """No HTTP library: the standard library's transport, and a program that asks for the header alone."""

    blocks = True

    def __init__(self, stage: Callable[[], Stage]) -> None:
        self.stage = stage

    def leaves_out(self, file: File) -> str | None:
        if '"request":' in file.text:
            return "there is no client that a call of the API could go through"
        return "only the system's authorities are trusted" if ".https}" in file.text else None

    def transport(self, traffic: Traffic, trust: Trust) -> evertoken.Transport:
        # What a source takes by itself where no library is installed.
        return Passing(UrllibTransport(), traffic)

    def api(self, source: evertoken.TokenSource, traffic: Traffic, trust: Trust) -> Api:
        return NoApi()


class NoApi(Api):
    def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def _nursery() -> Stage:
    from .nursery import Nursery

    return Nursery()


LIBRARIES: dict[str, Callable[[], Library]] = {
    "python": lambda: HttpxLibrary("httpx", Crew),
    "python-async": lambda: HttpxLibrary("httpx", Loop),
    "python-trio": lambda: HttpxLibrary("httpx", _nursery),
    "python-httpx2": lambda: HttpxLibrary("httpx2", Crew),
    "python-httpx2-async": lambda: HttpxLibrary("httpx2", Loop),
    "python-requests": RequestsLibrary,
    "python-aiohttp": AiohttpLibrary,
    "python-bare": lambda: BareLibrary(Crew),
    "python-bare-async": lambda: BareLibrary(Loop),
    "python-bare-trio": lambda: BareLibrary(_nursery),
}
"""The bindings by the names that their results have."""
