"""Fifty greenlets of a monkey-patched gevent ask for a token at once."""

import gevent.monkey

gevent.monkey.patch_all()

import sys  # noqa: E402

import evertoken  # noqa: E402
import gevent  # noqa: E402

source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"), patience=600)
others = 0


def tick() -> None:
    global others
    while True:
        others += 1
        gevent.sleep(0.001)


gevent.spawn(tick)
greenlets = [gevent.spawn(source.headers) for _ in range(50)]
while source.explain().waiting < 50:
    gevent.sleep(0.001)
print("waiting", flush=True)
before = others
while others < before + 20:
    gevent.sleep(0.001)
print("alive", flush=True)
gevent.joinall(greenlets)
print(len({greenlet.get()["Authorization"] for greenlet in greenlets}), flush=True)
