"""Uses a source in a signal handler and in finalisers, in the middle of everything that the program does with it."""

import gc
import signal
import sys
import time

import evertoken

source = evertoken.TokenSource(
    evertoken.oro_commerce(sys.argv[1], surface="back_office"), on_event=lambda event: source.explain()
)
source.headers()
handled = finalised = 0


def handle(*_: object) -> None:
    global handled
    source.headers()
    source.explain()
    handled += 1


class Finalised:
    def __init__(self) -> None:
        self.cycle = self

    def __del__(self) -> None:
        global finalised
        source.headers()
        source.explain()
        finalised += 1


gc.set_threshold(50, 5, 5)
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
end = time.monotonic() + 20
while (handled < 300 or finalised < 300) and time.monotonic() < end:
    Finalised()
    source.headers()
    source.explain()
    source.retry()
    source.credentials_changed()
signal.setitimer(signal.ITIMER_REAL, 0)
print(handled >= 300 and finalised >= 300, flush=True)
