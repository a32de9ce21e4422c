"""Ends while a refresh in the background hangs."""

import sys

import evertoken
from later import Later

clock = Later()
source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"), clock=clock)
source.headers()
print("warm", flush=True)
input()
clock.by_ms = 3_100_000
source.headers()
print("leaving", flush=True)
input()
