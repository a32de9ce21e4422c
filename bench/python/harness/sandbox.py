"""The token server and API of all rows: the repository's sandbox, in a process of its own."""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from harness.target import Target

Json = dict[str, Any]


class Sandbox:
    """Control of a running sandbox; its OAuth 2 vendor is what contenders talk to."""

    def __init__(self, about: Json) -> None:
        self.about = about
        self.origin: str = about["oauth2"]["http"]
        self.elsewhere: str = about["elsewhere"]["http"]
        self.secret: str = about["keys"]["oauth2"]["secret"]
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def target(self, **more: Any) -> Target:
        key = self.about["keys"]["oauth2"]
        fields = {"origin": self.origin, "token_url": f"{self.origin}/oauth2/token", **more}
        return Target(client_id=key["id"], client_secret=key["secret"], **fields)

    def control(self, method: str, path: str, body: Json | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.about["control"] + path, data, {"Content-Type": "application/json"}, method=method
        )
        with self._opener.open(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def reset(self) -> None:
        self.control("POST", "/reset")

    def settings(self, **fields: Any) -> None:
        self.control("PATCH", "/oauth2/settings", fields)

    def fault(self, fault: Json, *, kind: str = "token", **rule: Any) -> int:
        return int(self.control("POST", "/oauth2/faults", {"kind": kind, "fault": fault, **rule})["id"])

    def no_faults(self) -> None:
        """Ends all faults; what is held stays held until `release`."""
        self.control("DELETE", "/oauth2/faults")

    def latency(self, ms: int) -> None:
        self.fault({"type": "latency", "ms": ms})

    def announce(self, seconds: float) -> None:
        """Makes answers say another lifetime than the tokens have."""
        self.fault({"type": "expires_in", "raw": str(round(seconds))})

    def grant(self, token: str) -> None:
        """Has this very token granted, here and from now on, so that a header that never changes is a good one."""
        self.fault({"type": "token", "value": token})
        target = self.target()
        form = {
            "grant_type": "client_credentials",
            "client_id": target.client_id,
            "client_secret": target.client_secret,
        }
        self._opener.open(target.token_url, urlencode(form).encode(), timeout=30).close()

    def release(self) -> None:
        self.control("POST", "/oauth2/release", {})

    def revoke_all(self) -> None:
        self.control("POST", "/oauth2/tokens/revoke", {})

    def forget(self) -> None:
        """Sets the counts to nought."""
        self.control("DELETE", "/log")

    def token_requests(self, vendor: str = "oauth2") -> int:
        return int(self.control("GET", "/counts")[vendor]["token"])

    def log(self, vendor: str = "oauth2", kind: str = "token") -> list[Json]:
        answer = self.control("GET", f"/log?vendor={vendor}&kind={kind}")
        return list(answer if isinstance(answer, list) else answer["entries"])

    def shows_secret(self, entry: Json) -> bool:
        """Whether a request carried the client secret, in the body, the URL or a Basic header."""
        spellings = {self.secret, quote(self.secret), quote_plus(self.secret)}
        text = (entry["body_text"] or "") + entry["target"]
        for name, value in entry["headers"]:
            if name == "authorization" and value.startswith("Basic "):
                text += base64.b64decode(value[6:]).decode("latin-1")
        return any(spelling in text for spelling in spellings)


class SandboxProcess:
    """Starts a sandbox and stops it."""

    def __init__(self, binary: Path) -> None:
        self._process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.sandbox = Sandbox(json.loads(self._process.stdout.readline()))

    def __enter__(self) -> Sandbox:
        return self.sandbox

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
