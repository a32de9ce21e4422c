"""The sandbox's OAuth 2 server, as these tests steer it; what they believe is what it has logged."""

from __future__ import annotations

import json
from typing import Any, Protocol

import evertoken


class Sandbox(Protocol):
    """A started sandbox."""

    about: dict[str, Any]

    def control(self, method: str, path: str, body: Any = None) -> Any: ...


class Server:
    """A token endpoint, an API below ``/api``, and another origin to be redirected to."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url: str = sandbox.about["oauth2"]["http"]
        self.api = f"{self.url}/api"
        self.elsewhere: str = sandbox.about["elsewhere"]["http"]
        self.key: dict[str, str] = sandbox.about["keys"]["oauth2"]

    def provider(self, header: str = "Authorization") -> evertoken.Provider:
        """Makes a provider whose token goes in a header of that name."""
        credentials = {"client_id": self.key["id"], "client_secret": self.key["secret"]}
        if header == "Authorization":
            return evertoken.oauth2(f"{self.url}/oauth2/token", api=self.api, credentials=credentials)
        descriptor = {
            "version": 1,
            "name": "odd",
            "title": "an API with a header of its own",
            "docs": ["https://example.com/docs"],
            "variables": {"url": {"kind": "base_url", "label": "URL"}},
            "credentials": [
                {"name": "client_id", "label": "client ID", "identity": True},
                {"name": "client_secret", "label": "client secret"},
            ],
            "request": {
                "url": "{url}/oauth2/token",
                "basic": {"username": "{client_id}", "password": "{client_secret}", "encoding": "form"},
                "body": {"form": {"grant_type": "client_credentials"}},
            },
            "response": {"token": {"pointer": "/access_token"}, "lifetime": [{"fixed_ms": 3_600_000}]},
            "errors": {"code": ["/error"], "description": ["/error_description"]},
            "api": {
                "base_url": "{url}",
                "header": {"name": header, "prefix": ""},
                "surfaces": [{"name": "api", "path": "/api"}],
            },
        }
        return evertoken.custom(descriptor, variables={"url": self.url}, surface="api", credentials=credentials)

    def source(self, header: str = "Authorization", **options: Any) -> evertoken.TokenSource:
        """Makes a source that has no token yet."""
        return evertoken.TokenSource(self.provider(header), **options)

    def fault(self, fault: dict[str, Any], *, vendor: str = "oauth2", **rule: Any) -> None:
        """Adds a fault."""
        self.sandbox.control("POST", f"/{vendor}/faults", {**rule, "fault": fault})

    def redirect(self, status: int, location: str, *, kind: str = "api", vendor: str = "oauth2", **rule: Any) -> None:
        """Answers with a redirect."""
        fault = {"type": "redirect", "status": status, "location": location}
        self.fault(fault, vendor=vendor, kind=kind, **rule)

    def mend(self) -> None:
        """Removes the faults; what is held stays held."""
        self.sandbox.control("DELETE", "/oauth2/faults")

    def release(self) -> None:
        """Lets held answers go."""
        self.sandbox.control("POST", "/oauth2/release", {})

    def revoke(self) -> None:
        """Makes every token bad."""
        self.sandbox.control("POST", "/oauth2/tokens/revoke", {})

    @property
    def token_requests(self) -> int:
        """How many token requests have arrived."""
        return int(self.sandbox.control("GET", "/counts")["oauth2"]["token"])

    def log(self, vendor: str = "oauth2", kind: str = "api") -> list[Request]:
        """What has arrived, oldest first."""
        return [Request(entry) for entry in self.sandbox.control("GET", f"/log?vendor={vendor}&kind={kind}")]


class Request:
    """A request as it has arrived."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.method: str = entry["method"]
        self.target: str = entry["target"]
        self.status: int | None = entry["status"]
        self.body: str | None = entry["body_text"]
        self.headers: dict[str, str] = dict(entry["headers"])
        self.everything = json.dumps(entry)
