"""
The token machine and its exchange, compiled; an internal part of the package.
"""

from _typeshed import SupportsGetItem
from typing import Any, Final, SupportsIndex, final

__all__ = ["VERSION", "Api", "Attempt", "Credentials", "Exchange", "Explained", "Failure", "Field", "Grant", "Machine", "Outcome", "Request", "Seat", "Snapshot", "Step", "Told", "catalogues", "default_policy"]

VERSION: Final[str]
"""
The package's version.
"""

@final
class Api:
    """
    Where a token may go, in which header, and which answers reject it.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __repr__(self, /) -> str: ...
    def accept(self, /, url: str, names: SupportsGetItem[int, str]) -> str | None:
        """
        Returns the `Accept` to add to a request that has headers of these names.
        """
    def admits(self, /, url: str) -> str | None:
        """
        Returns the media type of a request that may carry the token, empty where the API wants none; none where it may not.
        """
    def allows(self, /, url: str) -> bool:
        """
        Says whether a request to a URL may carry the token.
        """
    @property
    def base_url(self, /) -> str:
        """
        What paths are appended to.
        """
    def content_type(self, /, url: str, names: SupportsGetItem[int, str]) -> str | None:
        """
        Returns the `Content-Type` to add to a JSON body of a request that has headers of these names.
        """
    @property
    def facts(self, /) -> str:
        """
        The facts by which a URL is matched, as JSON.
        """
    @property
    def header_name(self, /) -> str: ...
    def inspects(self, /, status: SupportsIndex) -> bool:
        """
        Says whether answers of a status are looked into.
        """
    def judge(self, /, status: SupportsIndex, headers: SupportsGetItem[int, tuple[str, str]], body: bytes | None = None) -> bool:
        """
        Says whether an answer to a request with our token rejects the token.
        """
    def reads_body(self, /, status: SupportsIndex, headers: SupportsGetItem[int, tuple[str, str]]) -> bool:
        """
        Says whether `judge` wants the body.
        """
    @property
    def rejection_hint(self, /) -> str | None:
        """
        What may be wrong if new tokens are rejected too.
        """
    def resolve(self, /, path_or_url: str) -> str:
        """
        Makes the URL of a path, as the vendor's documentation prints it, or of a URL of the API; raises for any other.
        """

@final
class Attempt:
    """
    An attempt to be started: run an exchange and report its end.
    """
    @property
    def abort_after_ms(self, /) -> int:
        """
        How long its I/O may take, in milliseconds.
        """
    def begin(self, /) -> None:
        """
        Says that somebody runs it, who will report its end.
        """
    @property
    def number(self, /) -> int:
        """
        Names it in the report.
        """
    @property
    def sent(self, /) -> tuple[int, int]:
        """
        The moment from which the token's life counts: monotonic and Unix milliseconds.
        """

@final
class Credentials:
    """
    Named secrets: never shown, never pickled, wiped when dropped. Python's own copies of them are out of its reach.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self, /) -> int:
        """
        Equal secrets have equal names, and no more than that is told of them.
        """
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, named: dict[str, str]) -> Credentials: ...
    def __reduce__(self, /) -> Any: ...
    def __repr__(self, /) -> str: ...
    def completed(self, /, named: dict[str, str]) -> Credentials:
        """
        Adds what is missing, from elsewhere.
        """

@final
class Exchange:
    """
    One run of an exchange: `next` gives a request to send, `answer` or `fail` takes what came of it, until `next` gives an outcome.
    """
    def __repr__(self, /) -> str: ...
    def answer(self, /, now: tuple[SupportsIndex, SupportsIndex], status: SupportsIndex, headers: SupportsGetItem[int, tuple[str, str]], body: bytes, truncated: bool = False) -> None:
        """
        Takes an answer of any status; `now` is the moment of its arrival.
        """
    @staticmethod
    def begin(grant: Grant, credentials: Credentials, sent: tuple[SupportsIndex, SupportsIndex], policy: str | None = None) -> "Exchange | Outcome":
        """
        Begins; a token's life counts from `sent`, a pair of monotonic and Unix milliseconds. A refusal is the first outcome.
        """
    def fail(self, /, now: tuple[SupportsIndex, SupportsIndex], failure: Failure) -> None:
        """
        Takes the reason why there is no answer.
        """
    def next(self, /, headers: SupportsGetItem[int, tuple[str, str]]) -> "Request | Outcome":
        """
        Says what to do next; a request gets headers that only the host knows, such as the session and CSRF headers of a broker.
        """

@final
class Explained:
    """
    A picture of a machine: as JSON and in words.
    """
    @property
    def json(self, /) -> str: ...
    @property
    def text(self, /) -> str: ...

@final
class Failure:
    """
    What failed, why, and what to do about it; nothing secret.
    """
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __new__(cls, /, code: str, description: str | None = None, fix: str | None = None, status: SupportsIndex | None = None, provider_code: str | None = None) -> Failure:
        """
        Makes a failure of a code of `errors.json`.
        """
    def __repr__(self, /) -> str: ...
    def __str__(self, /) -> str: ...
    @property
    def code(self, /) -> str: ...
    @property
    def description(self, /) -> str | None: ...
    @property
    def error_class(self, /) -> str:
        """
        The class of `errors.json` that the code belongs to.
        """
    @property
    def fix(self, /) -> str: ...
    @property
    def provider_code(self, /) -> str | None: ...
    @property
    def retry_at_ms(self, /) -> int | None:
        """
        When the source itself asks again, in Unix milliseconds.
        """
    @property
    def retryable(self, /) -> bool: ...
    @property
    def status(self, /) -> int | None: ...

@final
class Field:
    """
    A credential that a provider asks for.
    """
    @property
    def env(self, /) -> str | None:
        """
        The environment variable that it is read from.
        """
    @property
    def identity(self, /) -> bool:
        """
        It names the client and is no secret.
        """
    @property
    def name(self, /) -> str:
        """
        By which name it is given.
        """

@final
class Grant:
    """
    A provider, its endpoint, client, scopes and surface: the whole key of a token, and no secret.
    """
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...
    def __new__(cls, /, provider: str | None = None, *, descriptor: str | None = None, variables: dict[str, str] | None = None, endpoint: str | None = None, client_id: str | None = None, scopes: SupportsGetItem[int, str] = ..., audience: str | None = None, resource: str | None = None, parameters: SupportsGetItem[int, tuple[str, str]] = ..., surface: str | None = None, api: Api | None = None, api_url: str | None = None, client_auth: str | None = None, body: str | None = None) -> Grant:
        """
        Makes a grant of a built-in provider's name, or of a descriptor.
        """
    def __repr__(self, /) -> str: ...
    @property
    def api(self, /) -> Api:
        """
        The API that the token is for.
        """
    @property
    def endpoint(self, /) -> str:
        """
        The token endpoint; empty for a provider that asks no server.
        """
    @property
    def fields(self, /) -> list[Field]:
        """
        The credentials that the provider asks for.
        """
    @property
    def provider(self, /) -> str:
        """
        The provider's name, such as `piwik_pro`.
        """

@final
class Machine:
    """
    The token machine of one source.
    """
    def __new__(cls, /, seed: SupportsIndex, policy: str | None = None) -> Machine:
        """
        Makes a machine of a policy as JSON, which may leave out what is the default.
        """
    def abandoned(self, /, attempt: SupportsIndex, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Brings the end of an attempt that has no outcome: its task or thread was ended.
        """
    def alarm_ms(self, /, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> int | None:
        """
        Returns how long a caller may wait before it calls `tick`, in milliseconds.
        """
    def close(self, /, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Ends the source for good.
        """
    def credentials_changed(self, /, drop_token: bool, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Says that the credentials are other ones from here on.
        """
    def explain(self, /, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Explained:
        """
        Says what the machine does and will do next.
        """
    def finished(self, /, attempt: SupportsIndex, outcome: Outcome, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Brings the end of an attempt.
        """
    def fork(self, /, seed: SupportsIndex, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Starts over in a child process: attempts and callers stayed behind, the token is kept, random numbers are others.
        """
    def forsake(self, /, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Says that an exception ended a call of this thread: what it was to start and has not is abandoned.
        """
    def fresh(self, /) -> "Any":
        """
        Returns the header while it is good by comparing numbers; `want` decides everything else.
        """
    def fresh_snapshot(self, /) -> Snapshot | None:
        """
        Returns what `fresh` does, with the generation that an API's rejection is told of.
        """
    def invalidate(self, /, generation: SupportsIndex | None = None, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Drops the token of a generation, or the one that is held.
        """
    def logout(self, /, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Drops the token and everything on its way.
        """
    @staticmethod
    def now() -> tuple[int, int]:
        """
        Reads the clocks that the machine is told: monotonic and Unix milliseconds.
        """
    def policy_number(self, /, name: str) -> int:
        """
        Returns a number of the policy.
        """
    def rejected(self, /, generation: SupportsIndex, replayable: bool, retried: bool, patience_ms: SupportsIndex, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Brings an API's rejection of the token of a generation.
        """
    def retry(self, /, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Ends a pause, if it may be ended.
        """
    def take_event(self, /) -> Told | None:
        """
        Takes the next event, unless somebody else hands out one right now.
        """
    def tick(self, /, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Says that a timer fired.
        """
    def want(self, /, min_valid_ms: SupportsIndex, patience_ms: SupportsIndex, waited: bool, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> Step:
        """
        Brings the wish for a token.
        """

@final
class Outcome:
    """
    How an attempt ended.
    """
    def __new__(cls, /, failure: Failure) -> Outcome:
        """
        Makes the outcome of an attempt that failed.
        """
    def __repr__(self, /) -> str: ...
    @property
    def failure(self, /) -> Failure | None:
        """
        Why the attempt failed; none for a token.
        """

@final
class Request:
    """
    A token request, to be sent byte for byte and shown nowhere.
    """
    def __repr__(self, /) -> str: ...
    @property
    def body(self, /) -> bytes | None: ...
    @property
    def headers(self, /) -> list[tuple[str, str]]: ...
    @property
    def method(self, /) -> str: ...
    @property
    def url(self, /) -> str:
        """
        The absolute URL; its query may carry a secret.
        """

@final
class Seat:
    """
    The seat of one caller that waits for a token.
    """
    def answer(self, /) -> "Snapshot | Failure | None":
        """
        Returns the answer, if there is one.
        """
    def register(self, /, wake: Any) -> None:
        """
        Says how the caller is woken; look for an answer after it.
        """

@final
class Snapshot:
    """
    A valid token with the header that carries it.
    """
    def __repr__(self, /) -> str: ...
    @property
    def generation(self, /) -> int:
        """
        Counts the tokens of a source.
        """
    @property
    def header_name(self, /) -> str: ...
    @property
    def header_value(self, /) -> str: ...
    def headers(self, /) -> "Any":
        """
        The header as a read-only mapping of one item, shared by all who ask.
        """
    def kind_and_seconds(self, /, now: tuple[SupportsIndex, SupportsIndex, SupportsIndex] | None = None) -> tuple[str, int]:
        """
        What precedes the token in the header, and the whole seconds that are left of it.
        """
    def raw(self, /) -> "tuple[bytes, bytes, bytes]":
        """
        The header as bytes: its name, its name in lower case, its value.
        """
    @property
    def token(self, /) -> str:
        """
        The token alone.
        """

@final
class Step:
    """
    What comes of one input: first `wakes`, `given_up` and `starts` are carried out, then the verdict is obeyed.
    """
    @property
    def failure(self, /) -> Failure | None:
        """
        The error of `fail`.
        """
    @property
    def given_up(self, /) -> list[int]:
        """
        Attempts whose I/O is to be aborted; their end is reported already.
        """
    @property
    def rest_ms(self, /) -> int | None:
        """
        How long `retry_after` rests, in milliseconds.
        """
    @property
    def seat(self, /) -> Seat | None:
        """
        The seat of `wait`.
        """
    @property
    def snapshot(self, /) -> Snapshot | None:
        """
        The token of `use` and `retry_with`.
        """
    @property
    def starts(self, /) -> list[Attempt]:
        """
        Attempts to start.
        """
    @property
    def until_ms(self, /) -> int | None:
        """
        Until when `wait` waits, in monotonic milliseconds.
        """
    @property
    def verdict(self, /) -> str:
        """
        One of `use`, `retry_with`, `wait`, `retry_after`, `surface`, `fail`, `done`.
        """
    @property
    def wakes(self, /) -> list[Any]:
        """
        What wakes the callers that have news.
        """

@final
class Told:
    """
    An event that is being handed out; the next one is taken when it is gone, however that comes about.
    """
    @property
    def json(self, /) -> str:
        """
        The event as JSON.
        """

def catalogues() -> tuple[str, str]:
    """
    Every error code with its class and fix, and every event, as JSON: `errors.json` and `events.json` of the core.
    """

def default_policy() -> str:
    """
    The policy's numbers with their defaults, as JSON.
    """
