"""MSAL for Python: an https authority with OIDC discovery only, so its HTTP client is told where the endpoint is."""

from __future__ import annotations

import json
from typing import Any

import msal
import requests
from harness.target import Target

from contenders.contender import Contender, Signer
from contenders.plain import prepare_session

ISSUER = "https://issuer.example/tenant"
TOKEN_ENDPOINT = f"{ISSUER}/token"


class Discovered(requests.Session):
    """Answers the discovery, and sends the token request to where the endpoint really is."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        if url == TOKEN_ENDPOINT:
            kwargs.setdefault("timeout", self._target.timeout)
            return super().request(method, self._target.token_url, *args, **kwargs)
        endpoint = TOKEN_ENDPOINT if self._target.opted_out else self._target.token_url
        response = requests.Response()
        response.status_code = 200
        document = {"issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": endpoint}
        response._content = json.dumps(document).encode()
        return response


class Msal(Contender):
    fixed_leeway = 300.0

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.app = msal.ConfidentialClientApplication(
            target.client_id,
            client_credential=target.client_secret,
            oidc_authority=ISSUER,
            http_client=prepare_session(Discovered(target), Target(**{**target.__dict__, "transport": "real"})),
        )
        self.session = prepare_session(requests.Session(), target)

    def get(self, url: str) -> int:
        headers = {"Authorization": f"Bearer {self.token()}"}
        return int(self.session.get(url, headers=headers, timeout=self.target.timeout).status_code)

    def token(self) -> str:
        result = self.app.acquire_token_for_client(scopes=["api"])
        if "access_token" not in result:
            raise PermissionError(result.get("error"))
        return str(result["access_token"])

    def signer(self) -> Signer | None:
        return Signer(lambda: None, lambda _: self.token())

    def close(self) -> None:
        self.session.close()
