"""Ends while a token request hangs."""

import sys

import evertoken

source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"))
try:
    source.headers(patience=0.2)
except evertoken.DeadlineError:
    print("leaving", flush=True)
input()
