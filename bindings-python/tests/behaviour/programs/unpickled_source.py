"""Uses a source that another process has pickled."""

import base64
import pickle

source = pickle.loads(base64.b64decode(input()))
print(source.headers()["Authorization"][:7], flush=True)
