"""The exceptions: one class for each class of failure, with stable codes."""

from __future__ import annotations

from evertoken import _native

# What takes long to import is imported where it is first needed.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from evertoken._names import ErrorClass, ErrorCode


class EvertokenError(Exception):
    """Says why there is no token, and what to do about it; never a secret.

    Failures of the call of the API itself stay the HTTP library's own exceptions. Exceptions can be pickled and
    compared.

    Attributes:
        code: What exactly failed, such as ``credentials_rejected``; stable in every language.
        error_class: The class of failure, which decides what the source does next, such as ``credentials``.
        retryable: The same call may succeed later without a change by the user.
        retry_at: When the source itself asks again, as an aware datetime, if it is paused.
        fix: What to do about it, on one line.
        description: What is known beyond the code, on one line.
        status: The HTTP status of the token endpoint's answer, if there was one.
        provider_code: The server's own error code, such as ``invalid_client``.
    """

    code: ErrorCode
    error_class: ErrorClass
    retryable: bool
    retry_at: datetime | None
    fix: str
    description: str | None
    status: int | None
    provider_code: str | None

    def __init__(
        self,
        message: str,
        *,
        code: ErrorCode,
        error_class: ErrorClass,
        retryable: bool,
        fix: str,
        retry_at: datetime | None = None,
        description: str | None = None,
        status: int | None = None,
        provider_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.error_class = error_class
        self.retryable = retryable
        self.retry_at = retry_at
        self.fix = fix
        self.description = description
        self.status = status
        self.provider_code = provider_code

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EvertokenError) and type(self) is type(other) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash((type(self), self.code, self.description))

    def __reduce__(self) -> tuple[Any, ...]:
        noted = {name: value for name, value in vars(self).items() if name not in self._facts()}
        return _restored, (type(self), str(self), self._facts()), noted or None

    def _facts(self) -> dict[str, Any]:
        names = ("code", "error_class", "retryable", "retry_at", "fix", "description", "status", "provider_code")
        return {name: getattr(self, name) for name in names}


class ConfigurationError(EvertokenError):
    """What the program was set up with is wrong; asking again does not help."""


class CredentialsError(EvertokenError):
    """The token endpoint does not accept the credentials; asking again does not help."""


class AccountError(EvertokenError):
    """The account behind the credentials is refused: no licence, disabled."""


class ThrottledError(EvertokenError):
    """The token endpoint asks for fewer requests; ``retry_at`` says when the source asks again."""


class TransientError(EvertokenError):
    """The token endpoint failed in a way that passes."""


class ProtocolError(EvertokenError):
    """The token endpoint's answer is not what the provider's descriptor says."""


class TransportError(EvertokenError):
    """No answer came from the token endpoint; ``__cause__`` is the HTTP library's own exception."""


class DeadlineError(EvertokenError, TimeoutError):
    """The caller's patience, or the time for a token request, ran out."""


class CallCancelledError(EvertokenError):
    """The call waited for a token while the source was logged out."""


_CLASSES: dict[ErrorClass, type[EvertokenError]] = {
    "account": AccountError,
    "cancelled": CallCancelledError,
    "configuration": ConfigurationError,
    "credentials": CredentialsError,
    "deadline": DeadlineError,
    "protocol": ProtocolError,
    "throttled": ThrottledError,
    "transient": TransientError,
    "transport": TransportError,
}


def exception(failure: _native.Failure) -> EvertokenError:
    """Makes the exception of a failure; each caller gets one of its own, as tracebacks are kept in it."""
    at = failure.retry_at_ms
    code: Any = failure.code
    error_class: Any = failure.error_class
    return _CLASSES[error_class](
        str(failure),
        code=code,
        error_class=error_class,
        retryable=failure.retryable,
        retry_at=None if at is None else _time(at),
        fix=failure.fix,
        description=failure.description,
        status=failure.status,
        provider_code=failure.provider_code,
    )


def refused(description: str, fix: str) -> EvertokenError:
    """Makes the error of an option that cannot be taken."""
    return exception(_native.Failure("invalid_option", description, fix))


def not_unicode(option: str) -> EvertokenError:
    """Makes the error of a text with a lone surrogate; Python's own exception carries the whole text."""
    return refused(f"{option}: a text is not Unicode", "Read it in the encoding that it is written in.")


def _time(unix_ms: int) -> datetime | None:
    from datetime import datetime, timezone

    try:
        return datetime.fromtimestamp(unix_ms / 1000, tz=timezone.utc)
    except (OverflowError, ValueError):  # beyond the year 9999, as a broken clock tells
        return None


def _restored(kind: type[EvertokenError], message: str, facts: dict[str, Any]) -> EvertokenError:
    return kind(message, **facts)
