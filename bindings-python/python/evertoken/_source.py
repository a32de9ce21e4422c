"""The source of tokens that a program shares."""

from __future__ import annotations

from evertoken import _native
from evertoken._credentials import CredentialsSource
from evertoken._errors import not_unicode, refused
from evertoken._providers import Provider
from evertoken._shell import Shell
from evertoken._waiting import here

# What takes long to import is imported where it is first needed.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, TypedDict

    from evertoken._clock import Clock
    from evertoken._credentials import Secrets
    from evertoken._events import Event, Explanation
    from evertoken._policy import Policy
    from evertoken._transport import AsyncTransport, Transport

    class TokenResponse(TypedDict):
        """A token as a token endpoint answers it (RFC 6749 section 5.1)."""

        access_token: str
        token_type: str
        expires_in: int


class TokenSource:
    """A valid access token, whenever asked: fetched once however many callers wait, reused, refreshed before it ends.

    Make one per provider and share it between threads, event loops and HTTP clients; nothing is sent before the first
    call. It survives a fork. While the token is good nobody waits: a refresh runs on a thread or task of its own.

    Args:
        provider: Who hands out the tokens: :func:`evertoken.piwik_pro` and its siblings.
        transport: What sends token requests; by default the HTTP library whose adapter uses the source, else one that
            is installed.
        policy: Numbers of the behaviour that differ from the default, by name, in milliseconds.
        patience: Seconds that a call waits for a token at most; 15 by default.
        on_event: Called with each :class:`evertoken.Event`, in their order, on whichever thread brings it about; it
            should be quick.
        clock: A test's own clock.

    Raises:
        ConfigurationError: A number of the policy is out of its range (``invalid_option``).
    """

    __slots__ = ("__weakref__", "_fresh", "_fresh_snapshot", "_options", "_shell")

    def __init__(
        self,
        provider: Provider,
        *,
        transport: Transport | AsyncTransport | None = None,
        policy: Policy | None = None,
        patience: float | None = None,
        on_event: Callable[[Event], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not isinstance(provider, Provider):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"provider: is made by evertoken.piwik_pro(..) and its siblings, not {type(provider).__name__}"
            )
        numbers: Policy = {**policy} if policy else {}
        if patience is not None:
            numbers["patience_ms"] = _ms("patience", patience)
        self._options = {"transport": transport, "policy": numbers or None, "on_event": on_event, "clock": clock}
        self._shell = Shell(provider, transport, numbers or None, on_event, clock)
        machine = self._shell.machine
        # A test's clock is read in Python, so no token is handed out without asking the machine.
        self._fresh: Callable[[], Mapping[str, str] | None] = machine.fresh if clock is None else _never
        self._fresh_snapshot: Callable[[], _native.Snapshot | None] = (
            machine.fresh_snapshot if clock is None else _never
        )

    def headers(self, *, min_valid: float = 0.0, patience: float | None = None) -> Mapping[str, str]:
        """Returns the header that carries a valid token, as a read-only mapping of one item that all callers share.

        Args:
            min_valid: Seconds that the token must still live, as for a long upload; counts as at most half of its
                lifetime.
            patience: Seconds that this call waits at most, if another token must be fetched.

        Raises:
            EvertokenError: There is no token; the exception says why and what to do.
        """
        if not min_valid:
            fresh = self._fresh()
            if fresh is not None:
                return fresh
        headers: Mapping[str, str] = self._obtain(_ms("min_valid", min_valid), _patience(patience)).headers()
        return headers

    async def aheaders(self, *, min_valid: float = 0.0, patience: float | None = None) -> Mapping[str, str]:
        """Returns what :meth:`headers` does, waiting on the event loop (asyncio or trio)."""
        if not min_valid:
            fresh = self._fresh()
            if fresh is not None:
                return fresh
        headers: Mapping[str, str] = (await self._aobtain(_ms("min_valid", min_valid), _patience(patience))).headers()
        return headers

    def token(self, *, min_valid: float = 0.0, patience: float | None = None) -> str:
        """Returns the token alone; arguments and errors as for :meth:`headers`."""
        fresh = None if min_valid else self._fresh_snapshot()
        return (fresh or self._obtain(_ms("min_valid", min_valid), _patience(patience))).token

    async def atoken(self, *, min_valid: float = 0.0, patience: float | None = None) -> str:
        """Returns the token alone; arguments and errors as for :meth:`headers`."""
        fresh = None if min_valid else self._fresh_snapshot()
        return (fresh or await self._aobtain(_ms("min_valid", min_valid), _patience(patience))).token

    def token_response(self, *, min_valid: float = 0.0, patience: float | None = None) -> TokenResponse:
        """Returns a token as a broker hands it out (RFC 6749 section 5.1), with whole seconds that are left of it.

        Send it as JSON with ``Cache-Control: no-store``; arguments and errors as for :meth:`headers`.
        """
        fresh = None if min_valid else self._fresh_snapshot()
        return self._response(fresh or self._obtain(_ms("min_valid", min_valid), _patience(patience)))

    async def atoken_response(self, *, min_valid: float = 0.0, patience: float | None = None) -> TokenResponse:
        """Returns what :meth:`token_response` does, waiting on the event loop (asyncio or trio)."""
        fresh = None if min_valid else self._fresh_snapshot()
        return self._response(fresh or await self._aobtain(_ms("min_valid", min_valid), _patience(patience)))

    def _response(self, snapshot: _native.Snapshot) -> TokenResponse:
        kind, seconds = snapshot.kind_and_seconds(self._shell.now())
        return {"access_token": snapshot.token, "token_type": kind, "expires_in": seconds}

    def invalidate(self) -> None:
        """Drops the held token because the user knows that it is no good; the next call fetches another."""
        shell = self._shell
        shell.carry_out(shell.machine.invalidate(None, shell.now()), here())

    def retry(self) -> None:
        """Ends a pause after failures, except for one that the server asked for: the user says that it may work now."""
        shell = self._shell
        shell.carry_out(shell.machine.retry(shell.now()), here())

    def credentials_changed(self, credentials: Secrets | None = None, *, drop_token: bool = False) -> None:
        """Says that the credentials are other ones; a refresh with them starts if the source is in use.

        Args:
            credentials: The new ones; left out, the callable or the environment is asked anew.
            drop_token: The held token must not be used any more; otherwise it serves until it is replaced.
        """
        shell = self._shell
        if credentials is not None:
            shell.credentials = CredentialsSource(credentials, shell.provider._grant.fields)
        shell.carry_out(shell.machine.credentials_changed(drop_token, shell.now()), here())

    def logout(self) -> None:
        """Drops the token and everything on its way; a later call fetches another."""
        shell = self._shell
        shell.carry_out(shell.machine.logout(shell.now()), here())

    def close(self) -> None:
        """Ends the source for good; a second time does nothing."""
        shell = self._shell
        shell.carry_out(shell.machine.close(shell.now()), here())

    def explain(self) -> Explanation:
        """Says what the source holds, does and will do next; nothing secret. ``print`` it."""
        from evertoken._events import explanation

        return explanation(self._shell.explain())

    @property
    def provider(self) -> Provider:
        """Who hands out the tokens."""
        return self._shell.provider

    @property
    def hint(self) -> str | None:
        """What may help when the API goes on rejecting tokens of this source."""
        return self._api.rejection_hint

    def url(self, path: str) -> str:
        """Returns the URL of a path as the vendor's documentation prints it, or of a URL of the API.

        Raises:
            ConfigurationError: The URL is not the API's (``origin_not_allowed``).
        """
        try:
            return self._api.resolve(path)
        except UnicodeEncodeError:
            raise not_unicode("path") from None

    def content_type(self, url: str) -> str:
        """Returns the media type of JSON bodies for a path or URL of the API, such as ``application/vnd.api+json``."""
        return self._api.content_type(self.url(url), []) or "application/json"

    @property
    def _api(self) -> _native.Api:
        return self._shell.provider._api

    def _obtain(self, min_valid_ms: int, patience_ms: int | None) -> _native.Snapshot:
        return self._shell.obtain(min_valid_ms, self._budget(patience_ms))

    async def _aobtain(self, min_valid_ms: int, patience_ms: int | None) -> _native.Snapshot:
        return await self._shell.aobtain(min_valid_ms, self._budget(patience_ms))

    def _recover(
        self, generation: int, *, replayable: bool, retried: bool, patience_ms: int | None
    ) -> _native.Snapshot | None:
        return self._shell.recover(generation, replayable, retried, self._budget(patience_ms))

    async def _arecover(
        self, generation: int, *, replayable: bool, retried: bool, patience_ms: int | None
    ) -> _native.Snapshot | None:
        return await self._shell.arecover(generation, replayable, retried, self._budget(patience_ms))

    def _budget(self, patience_ms: int | None) -> int:
        return self._shell.patience_ms if patience_ms is None else patience_ms

    def _prefer(self, factory: Callable[[], Transport | AsyncTransport], *, asynchronous: bool) -> None:
        self._shell.transports.offer(factory, asynchronous=asynchronous)

    @property
    def _patience_ms(self) -> int:
        return self._shell.patience_ms

    def __enter__(self) -> TokenSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> TokenSource:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __copy__(self) -> TokenSource:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> TokenSource:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # Credentials that were changed to texts refuse, as the provider's do.
        return _restored, (self._shell.provider, self._options, self._shell.credentials)

    def __repr__(self) -> str:
        return f"<evertoken.TokenSource {self.provider.name} {self.provider.base_url}>"


def _restored(provider: Provider, options: dict[str, Any], credentials: CredentialsSource) -> TokenSource:
    source = TokenSource(provider, **options)
    source._shell.credentials = credentials
    return source


def _never() -> None:
    return None


def _ms(option: str, seconds: float) -> int:
    """Converts a time; one that is over already, as the rest of a budget may be, is none."""
    if not seconds < float("inf"):
        raise refused(f"{option}: {seconds!r} is no number of seconds", "Give a number from 0 on.")
    return int(max(0, min(seconds, _LONGEST_S)) * 1000)


def _patience(seconds: float | None) -> int | None:
    return None if seconds is None else _ms("patience", seconds)


_LONGEST_S = 10 * 365 * 86_400
