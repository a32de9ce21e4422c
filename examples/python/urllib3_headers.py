"""Puts the token on the requests of a library that evertoken has no adapter for: urllib3.

export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
python urllib3_headers.py acme.piwik.pro
"""

import sys

import evertoken
import urllib3


def main(account: str) -> None:
    http = urllib3.PoolManager()
    with evertoken.TokenSource(evertoken.piwik_pro(account)) as source:

        def get(path: str) -> urllib3.BaseHTTPResponse:
            # source.url refuses what is not the API's, and no redirect is followed: the token goes nowhere else.
            return http.request("GET", source.url(path), headers=source.headers(), redirect=False)

        answer = get("/api/apps/v2")
        if answer.status == 401:  # revoked before its time
            source.invalidate()
            answer = get("/api/apps/v2")
        print(answer.status, answer.json())


if __name__ == "__main__":
    main(sys.argv[1])
