"""Fifty greenlets of a monkey-patched gevent make an API call with requests."""

import gevent.monkey

gevent.monkey.patch_all()

import sys  # noqa: E402

import evertoken  # noqa: E402
import evertoken.requests  # noqa: E402
import gevent  # noqa: E402
import requests  # noqa: E402

source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"), patience=600)


def call() -> int:
    with requests.Session() as session:
        session.auth = evertoken.requests.Auth(source)
        return session.get(sys.argv[1] + "/admin/api/users").status_code


greenlets = [gevent.spawn(call) for _ in range(50)]
gevent.joinall(greenlets)
print({greenlet.get() for greenlet in greenlets}, flush=True)
