"""A page's own server, which keeps the secret and hands out short-lived tokens. WSGI, any server; see also RFC 6749, 5.

export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
python broker.py acme.piwik.pro [PORT]

In the page: broker("/token", { api: piwikPro.api("acme.piwik.pro"), headers: () => ({ "x-csrf-token": csrf }) })
"""

import json
import re
import secrets
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from wsgiref.simple_server import make_server

import evertoken

A_DAY = 86_400  # counts as half of a token's life at most: a page gets a token that is worth having
source = evertoken.TokenSource(evertoken.piwik_pro(sys.argv[1]))
client = evertoken.Client(source)
sessions: dict[str, str] = {}  # your own session store: here a session's cookie and its CSRF token


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    def answer(status: str, body: object, *headers: tuple[str, str]) -> list[bytes]:
        start_response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *headers])
        return [json.dumps(body).encode()]

    if environ["PATH_INFO"] == "/login":  # your log-in; the CSRF token goes into your page
        session, csrf = secrets.token_hex(16), secrets.token_hex(16)
        sessions[session] = csrf
        return answer("200 OK", csrf, ("Set-Cookie", f"session={session}; HttpOnly; SameSite=Strict; Path=/"))
    if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != "/token":
        return answer("405 Method Not Allowed", {"error": "invalid_request"}, ("Allow", "POST"))
    cookie = re.search(r"(?:^|; )session=([0-9a-f]+)", environ.get("HTTP_COOKIE", ""))
    if not cookie or sessions.get(cookie[1]) != environ.get("HTTP_X_CSRF_TOKEN", ""):
        return answer("401 Unauthorized", {"error": "access_denied"})
    try:
        if environ.get("HTTP_X_TOKEN_REJECTED"):  # the page says so; the client finds out by itself
            client.get("/api/apps/v2", params={"limit": 1})
        return answer("200 OK", source.token_response(min_valid=A_DAY))
    except evertoken.EvertokenError as error:
        # What went wrong and how to mend it is for the server's log; a page can only ask again later.
        print("broker:", error, file=environ["wsgi.errors"], flush=True)
        left = (error.retry_at - datetime.now(timezone.utc)).total_seconds() if error.retry_at else 1
        headers = ("Retry-After", str(max(1, round(left))))
        return answer("503 Service Unavailable", {"error": "temporarily_unavailable"}, headers)


if __name__ == "__main__":
    with make_server("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 8080, application) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
