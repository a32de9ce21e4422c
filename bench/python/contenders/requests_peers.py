"""The peers on requests: requests-oauthlib, requests-oauth2client, requests-auth, oauth2-client."""

from __future__ import annotations

import os
from typing import Any

from harness.target import Target

from contenders.contender import Contender, Signer
from contenders.plain import RequestsFamily, prepare_session


class RequestsOauthlib(Contender):
    """Its token expires on the caller: who has no refresh token catches TokenExpiredError and fetches again."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        if target.opted_out:
            os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
        from oauthlib.oauth2 import BackendApplicationClient
        from requests_oauthlib import OAuth2Session

        self.session = prepare_session(
            OAuth2Session(client=BackendApplicationClient(client_id=target.client_id)), target
        )

    def fetch(self) -> None:
        target = self.target
        self.session.fetch_token(
            target.token_url, client_id=target.client_id, client_secret=target.client_secret, timeout=target.timeout
        )

    def get(self, url: str) -> int:
        from oauthlib.oauth2 import TokenExpiredError

        if not self.session.token:
            self.fetch()
        try:
            return int(self.session.get(url, timeout=self.target.timeout).status_code)
        except TokenExpiredError:
            self.fetch()
            return int(self.session.get(url, timeout=self.target.timeout).status_code)

    def signer(self) -> Signer | None:
        client, url = self.session._client, self.target.api_url
        return Signer(dict, lambda headers: client.add_token(url, http_method="GET", body=None, headers=headers))

    def close(self) -> None:
        self.session.close()


class RequestsOauth2client(RequestsFamily):
    def make_auth(self) -> Any:
        from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth

        target = self.target
        client = OAuth2Client(target.token_url, auth=(target.client_id, target.client_secret), testing=target.opted_out)
        leeway: dict[str, Any] = {} if target.leeway is None else {"leeway": int(target.leeway)}
        return OAuth2ClientCredentialsAuth(client, **leeway)


class RequestsAuth(RequestsFamily):
    def make_auth(self) -> Any:
        from requests_auth import OAuth2ClientCredentials

        target = self.target
        more: dict[str, Any] = {} if target.leeway is None else {"early_expiry": target.leeway}
        if target.header_name is not None:
            more |= {"header_name": target.header_name, "header_value": "{token}"}
        return OAuth2ClientCredentials(target.token_url, target.client_id, target.client_secret, **more)

    @classmethod
    def forget(cls) -> None:
        from requests_auth import OAuth2

        OAuth2.token_cache.clear()  # type: ignore[no-untyped-call]


class Oauth2ClientManager(Contender):
    """It fetches when told to, and renews only with a refresh token."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        from oauth2_client.credentials_manager import CredentialManager, ServiceInformation

        service = ServiceInformation(None, target.token_url, target.client_id, target.client_secret, [])
        self.manager = CredentialManager(service)

    def get(self, url: str) -> int:
        if self.manager._session is None:
            self.manager.init_with_client_credentials()
            prepare_session(self.manager._session, self.target)
        return int(self.manager.get(url, timeout=self.target.timeout).status_code)
