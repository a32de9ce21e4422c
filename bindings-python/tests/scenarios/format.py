"""The format of a client-level file; ``core/scenarios/README.md`` says what each member means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NewType

MAIN = "main"
"""The client that a step means when it names none."""

Signed = NewType("Signed", int)
"""A number that may be negative; all others may not."""

Texts = dict[str, str]
Vendor = Literal["piwik_pro", "didomi", "oro", "oauth2", "elsewhere"]
Hidden = Literal["redirects", "unexposed_headers", "network_errors"]


def named(name: str) -> Any:
    """Declares a member that cannot have its JSON name in Python."""
    return field(metadata={"name": name})


@dataclass(frozen=True)
class ClientSpec:
    provider: Literal["piwik_pro", "didomi", "oro_commerce", "oro_platform", "oauth2", "broker", "fixed", "custom"]
    url: str | None = None
    endpoint: str | None = None
    api: str | ClientSpec | None = None
    surface: str | None = None
    backend_prefix: str | None = None
    client_auth: Literal["basic", "basic_raw", "body"] | None = None
    body: Literal["form", "json"] | None = None
    scopes: list[str] = field(default_factory=list)
    audience: str | None = None
    descriptor: Any = None
    variables: Texts = field(default_factory=dict)
    credentials: Texts = field(default_factory=dict)
    policy: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Control:
    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True)
class Headers:
    name: str = named("as")
    client: str = MAIN
    times: int = 1
    min_valid_ms: int = 0
    patience_ms: int | None = None


@dataclass(frozen=True)
class Token:
    name: str = named("as")
    client: str = MAIN
    times: int = 1


@dataclass(frozen=True)
class Request:
    path: str
    name: str = named("as")
    client: str = MAIN
    times: int = 1
    method: str = "GET"
    headers: Texts = field(default_factory=dict)
    json: Any = None
    body: str | None = None
    replayable: bool = True


@dataclass(frozen=True)
class Cancel:
    call: str


@dataclass(frozen=True)
class Invalidate:
    client: str = MAIN


@dataclass(frozen=True)
class Retry:
    client: str = MAIN


@dataclass(frozen=True)
class CredentialsChanged:
    credentials: Texts
    client: str = MAIN
    drop_token: bool = False


@dataclass(frozen=True)
class Logout:
    client: str = MAIN


@dataclass(frozen=True)
class Close:
    client: str = MAIN


@dataclass(frozen=True)
class Advance:
    ms: int


@dataclass(frozen=True)
class Suspend:
    ms: int


@dataclass(frozen=True)
class StepWall:
    ms: Signed


@dataclass(frozen=True)
class ErrorIs:
    code: str
    error_class: str | None = field(default=None, metadata={"name": "class"})
    retryable: bool | None = None
    retry_at_ms: int | None = None
    status: int | None = None
    provider_code: str | None = None
    says: str | None = None

    def assertions(self) -> int:
        return (
            _named(self.error_class, self.retryable, self.retry_at_ms, self.status, self.provider_code, self.says) + 1
        )


@dataclass(frozen=True)
class CallIs:
    """What has become of a call: exactly one of its forms."""

    waiting: bool = False
    cancelled: bool = False
    http_failure: bool = False
    header: Texts | None = None
    token: str | None = None
    error: ErrorIs | None = None
    status: int | None = None
    body: str | None = None
    headers: dict[str, str | None] = field(default_factory=dict)
    hidden: dict[Hidden, CallIs] = field(default_factory=dict)

    def forms(self) -> int:
        return sum((self.waiting, self.cancelled, self.http_failure)) + _named(
            self.header, self.token, self.error, self.status
        )

    def assertions(self) -> int:
        of_error = self.error.assertions() - 1 if self.error is not None else 0
        return self.forms() + of_error + _named(self.body) + len(self.headers)


@dataclass(frozen=True)
class Counts:
    token: int | None = None
    api: int | None = None

    def assertions(self) -> int:
        return _named(self.token, self.api)


@dataclass(frozen=True)
class Sent:
    vendor: Vendor
    kind: Literal["token", "api"]
    nth: int
    method: str | None = None
    path: str | None = None
    headers: dict[str, str | None] = field(default_factory=dict)
    body: str | None = None
    status: int | None = None

    def assertions(self) -> int:
        return _named(self.method, self.path, self.body, self.status) + len(self.headers)


@dataclass(frozen=True)
class Explained:
    token: str | None = None
    lifetime_ms: int | None = None
    flight: str | None = None
    why: str | None = None
    waiting: int | None = None

    def assertions(self) -> int:
        return _named(self.token, self.lifetime_ms, self.flight, self.why, self.waiting)


@dataclass(frozen=True)
class Expect:
    calls: dict[str, CallIs] = field(default_factory=dict)
    counts: dict[Vendor, Counts] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    events: dict[str, list[str]] = field(default_factory=dict)
    explain: dict[str, Explained] = field(default_factory=dict)

    def assertions(self) -> int:
        """Returns how many comparisons the step makes: one for each value that it names."""
        named: list[CallIs | Counts | Sent | Explained]
        named = [*self.calls.values(), *self.counts.values(), *self.sent, *self.explain.values()]
        return sum(one.assertions() for one in named) + len(self.events)


Action = (
    Control
    | Headers
    | Token
    | Request
    | Cancel
    | Invalidate
    | Retry
    | CredentialsChanged
    | Logout
    | Close
    | Advance
    | Suspend
    | StepWall
    | Expect
)

ACTIONS: dict[str, type[Action]] = {
    "control": Control,
    "headers": Headers,
    "token": Token,
    "request": Request,
    "cancel": Cancel,
    "invalidate": Invalidate,
    "retry": Retry,
    "credentials_changed": CredentialsChanged,
    "logout": Logout,
    "close": Close,
    "advance": Advance,
    "suspend": Suspend,
    "step_wall": StepWall,
    "expect": Expect,
}


@dataclass(frozen=True)
class MustFail:
    kind: str
    step: int | None = None


@dataclass(frozen=True)
class Head:
    """What every scenario file begins with, of either level."""

    name: str
    level: Literal["client"]
    shows: list[str]
    why: str
    schema: str = named("$schema")
    must_fail: MustFail | None = None


@dataclass(frozen=True)
class Scenario:
    clients: dict[str, ClientSpec]
    steps: list[Action]
    entropy: str | None = None

    def assertions(self) -> int:
        """Returns how many comparisons the file's steps make, wherever it runs."""
        return sum(step.assertions() for step in self.steps if isinstance(step, Expect))


def _named(*values: object) -> int:
    return sum(value is not None for value in values)
