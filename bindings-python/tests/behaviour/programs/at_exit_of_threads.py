"""Uses a cold source and one in its window after the last thread could be started (3.12 and later refuse new ones)."""

import sys
import threading

import evertoken
from later import Later

clock = Later()
provider = evertoken.oro_commerce(sys.argv[1], surface="back_office")
cold = evertoken.TokenSource(provider)
in_window = evertoken.TokenSource(provider, clock=clock)
in_window.headers()


def last_words() -> None:
    clock.by_ms = 3_100_000
    for source in (in_window, cold):
        print(source.headers()["Authorization"][:7], flush=True)


threading._register_atexit(last_words)  # type: ignore[attr-defined]
