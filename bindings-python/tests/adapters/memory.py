"""A program: a token request whose answer is 64 MiB; tells the error's code, and by how many KiB the process grew."""

import resource
import sys

import evertoken
from transports import KINDS

name, url, client_id, client_secret = sys.argv[1:]
kind = next(kind for kind in KINDS if kind.name == name)
provider = evertoken.oauth2(f"{url}/oauth2/token", api=f"{url}/api", client_id=client_id, client_secret=client_secret)

# What the libraries load at their first requests is not the answer's.
for _ in range(3):
    kind.headers(evertoken.TokenSource(provider, transport=kind.make()))

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = evertoken.TokenSource(provider, transport=kind.make(), policy={"fetch_attempts": 1})
try:
    kind.headers(source)
except evertoken.EvertokenError as error:
    print(error.code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
