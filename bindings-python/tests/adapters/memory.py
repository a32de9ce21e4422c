"""A program: a token request whose answer is 64 MiB; tells the error's code, and by how many KiB the process grew."""

import sys
from pathlib import Path

import evertoken
from transports import KINDS


def memory_kib(field: str) -> int:
    """Reads what Linux counts; `getrusage` would also know the peak of the process that started this one."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


name, url, client_id, client_secret = sys.argv[1:]
kind = next(kind for kind in KINDS if kind.name == name)
provider = evertoken.oauth2(f"{url}/oauth2/token", api=f"{url}/api", client_id=client_id, client_secret=client_secret)

# What the libraries load at their first requests is not the answer's.
for _ in range(3):
    kind.headers(evertoken.TokenSource(provider, transport=kind.make()))

Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = memory_kib("VmRSS")
source = evertoken.TokenSource(provider, transport=kind.make())
try:
    kind.headers(source)
except evertoken.EvertokenError as error:
    print(error.code, memory_kib("VmHWM") - before)
