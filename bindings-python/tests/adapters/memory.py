"""A program: a token request whose answer is 64 MiB; tells the error's code, and by how many KiB the process grew."""

import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path

import evertoken
from transports import KINDS


class Growth:
    """How much memory came to be needed since it was made, in KiB."""

    def __init__(self) -> None:
        # `getrusage` would also know the peak of the process that started this one.
        self._counted = Path("/proc/self/clear_refs")
        if self._counted.exists():
            self._counted.write_text("5")
            self._before = self._kib("VmRSS")
        else:
            tracemalloc.start()

    def kib(self) -> int:
        """Tells the peak; elsewhere than on Linux, of Python's own memory."""
        if self._counted.exists():
            return self._kib("VmHWM") - self._before
        return tracemalloc.get_traced_memory()[1] // 1024

    def _kib(self, field: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field))


name, url, client_id, client_secret = sys.argv[1:]
kind = next(kind for kind in KINDS if kind.name == name)
provider = evertoken.oauth2(f"{url}/oauth2/token", api=f"{url}/api", client_id=client_id, client_secret=client_secret)

# What the libraries load at their first requests, and at the first failure, is not the answer's.
for policy in (None, None, {"body_limit_bytes": 1, "fetch_attempts": 1}):
    with suppress(evertoken.ProtocolError):
        kind.headers(evertoken.TokenSource(provider, transport=kind.make(), policy=policy))

growth = Growth()
# One answer: malloc keeps what a thread has freed, in as many places as there are threads at a time.
source = evertoken.TokenSource(provider, transport=kind.make(), policy={"fetch_attempts": 1})
try:
    kind.headers(source)
except evertoken.EvertokenError as error:
    print(error.code, growth.kib())
