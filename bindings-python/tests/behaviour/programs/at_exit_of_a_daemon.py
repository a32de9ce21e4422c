"""Ends while a daemon thread waits for a token and others use one."""

import sys
import threading

import evertoken

provider = evertoken.oro_commerce(sys.argv[1], surface="back_office")
warm = evertoken.TokenSource(provider)
warm.headers()
cold = evertoken.TokenSource(provider, patience=600)
print("warm", flush=True)
input()


def use() -> None:
    while True:
        warm.headers()


threading.Thread(target=cold.headers, daemon=True).start()
for _ in range(3):
    threading.Thread(target=use, daemon=True).start()
print("leaving", flush=True)
input()
