"""The stable names: error codes, their classes and events, as a type checker knows them; the same in every language."""

from __future__ import annotations

from typing import Literal

ErrorCode = Literal[
    "account_refused",
    "answer_too_large",
    "attempt_deadline",
    "cancelled",
    "closed",
    "credentials_rejected",
    "deadline",
    "invalid_account",
    "invalid_descriptor",
    "invalid_endpoint",
    "invalid_lifetime",
    "invalid_option",
    "invalid_token",
    "malformed_answer",
    "missing_credentials",
    "missing_token",
    "misuse",
    "network_or_cors",
    "origin_not_allowed",
    "redirect_refused",
    "reentrant",
    "request_refused",
    "server_error",
    "throttled",
    "token_dead_on_arrival",
    "token_rejected_again",
    "transport_failed",
]
"""What exactly failed."""

ErrorClass = Literal[
    "account",
    "cancelled",
    "configuration",
    "credentials",
    "deadline",
    "protocol",
    "throttled",
    "transient",
    "transport",
]
"""The kind of failure, which decides what a source does next."""

EventType = Literal[
    "abandoned",
    "adopted",
    "clock_stepped",
    "credentials_changed",
    "expired",
    "failed",
    "granted",
    "invalidated",
    "paused",
    "rejected",
    "reset",
    "same_token",
    "started",
]
"""What happened to a token."""
