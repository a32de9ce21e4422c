"""Forgets a source whose token request hangs, and ends after that has ended."""

import contextlib
import gc
import sys
import threading
import weakref

import evertoken


def forgotten() -> "weakref.ref[evertoken.TokenSource]":
    source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"))
    with contextlib.suppress(evertoken.DeadlineError):
        source.headers(patience=0.2)
    return weakref.ref(source)


reference = forgotten()
gc.collect()
print("gone" if reference() is None else "kept", flush=True)
input()
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join(20)
print(threading.active_count(), flush=True)
