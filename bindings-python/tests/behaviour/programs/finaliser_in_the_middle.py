"""Collects garbage whose finaliser uses a source at the very moment at which the source makes what it hands out."""

import gc
import sys

import evertoken

source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"))
finalised = 0


class Finalised:
    def __init__(self) -> None:
        self.cycle = self

    def __del__(self) -> None:
        global finalised
        finalised += 1
        source.headers()


gc.set_threshold(1)
for name in ("headers", "raw"):
    gc.disable()
    source.credentials_changed(drop_token=True)
    hand_out = getattr(source._obtain(0, None), name)
    gc.collect()
    Finalised()
    gc.enable()
    # The next container that is made collects the garbage: until 3.11 at once, later after the call.
    hand_out()
gc.collect()
print(finalised, flush=True)
