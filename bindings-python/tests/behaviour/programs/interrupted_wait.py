"""Waits for a token until Ctrl-C, then asks again."""

import sys

import evertoken

source = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"), patience=600)
try:
    print("waiting", flush=True)
    source.headers()
except KeyboardInterrupt:
    print("interrupted", flush=True)
input()
print(source.headers()["Authorization"][:7], flush=True)
