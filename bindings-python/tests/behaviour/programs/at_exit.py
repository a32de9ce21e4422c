"""Uses a source, cold and warm, when the interpreter is already ending."""

import atexit
import sys

import evertoken

warm = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"))
cold = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"))
rejected = evertoken.TokenSource(evertoken.oro_commerce(sys.argv[1], surface="back_office"))
warm.headers()
rejected.headers()


@atexit.register
def last_words() -> None:
    rejected.invalidate()
    for source in (warm, cold, rejected):
        print(source.headers()["Authorization"][:7], flush=True)
