"""google-auth, which has no client-credentials grant: the subclass that its users write."""

from __future__ import annotations

import datetime
import json
from typing import Any
from urllib.parse import urlencode

import google.auth.credentials
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from harness.target import Target

from contenders.contender import Contender, Signer
from contenders.plain import prepare_session


class ClientCredentials(google.auth.credentials.Credentials):
    def __init__(self, target: Target) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.target = target

    def refresh(self, request: Any) -> None:
        target = self.target
        form = {
            "grant_type": "client_credentials",
            "client_id": target.client_id,
            "client_secret": target.client_secret,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = request(target.token_url, method="POST", headers=headers, body=urlencode(form))
        if response.status != 200:
            raise RefreshError(response.data)  # type: ignore[no-untyped-call]
        answer = json.loads(response.data)
        self.token = answer["access_token"]
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        self.expiry = now + datetime.timedelta(seconds=answer["expires_in"])


class GoogleAuth(Contender):
    fixed_leeway = 225.0
    non_blocking = False

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self.credentials = ClientCredentials(target)
        if self.non_blocking:
            self.credentials.with_non_blocking_refresh()  # type: ignore[no-untyped-call]
        self.session = prepare_session(AuthorizedSession(self.credentials), target)  # type: ignore[no-untyped-call]

    def get(self, url: str) -> int:
        return int(self.session.get(url, timeout=self.target.timeout).status_code)

    def signer(self) -> Signer | None:
        request, url = Request(), self.target.api_url
        before_request: Any = self.credentials.before_request
        return Signer(dict, lambda headers: before_request(request, "GET", url, headers))

    def close(self) -> None:
        self.session.close()


class GoogleAuthNonBlocking(GoogleAuth):
    non_blocking = True
