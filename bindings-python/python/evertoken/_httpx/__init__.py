"""What httpx and httpx2 have in common, which is everything but the names: each has a thin module of its own.

httpx2 refuses an ``httpx.Auth``, and the other way round, so the classes here are halves: a thin module joins each
with the class of its library.
"""

from __future__ import annotations

from evertoken._httpx.answer import AsyncResumed, Resumed
from evertoken._httpx.auth import AuthFlow
from evertoken._httpx.client import AsyncHalf, Half, SyncHalf
from evertoken._httpx.headers import OpenHeaders, TokenHeaders
from evertoken._httpx.library import Library
from evertoken._httpx.transport import AsyncSender, AsyncShared, Sender, Shared

__all__ = [
    "AsyncHalf",
    "AsyncResumed",
    "AsyncSender",
    "AsyncShared",
    "AuthFlow",
    "Half",
    "Library",
    "OpenHeaders",
    "Resumed",
    "Sender",
    "Shared",
    "SyncHalf",
    "TokenHeaders",
]
