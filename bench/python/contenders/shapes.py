"""What a user writes for each vendor's token request: the bodies of these functions are counted, and run.

Each returns something whose `get(url).status_code` is an API call with a token, and which renews the token when it
expires. Piwik PRO's and Oro's endpoints want the credentials in a JSON body; Didomi's wants other names and grants a
JWT without `expires_in`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Shape = Callable[[str, str, str], Any]


def piwik_authlib_requests(base: str, key: str, secret: str) -> Any:
    import json

    from authlib.integrations.requests_client import OAuth2Session

    def in_json(client, method, uri, headers, body):
        body = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        }
        return uri, {**headers, "Content-Type": "application/json"}, json.dumps(body)

    session = OAuth2Session(
        key,
        secret,
        token_endpoint_auth_method="json",
        token_endpoint=f"{base}/auth/token",
        grant_type="client_credentials",
    )
    session.register_client_auth_method(("json", in_json))
    session.fetch_token()
    return session


def didomi_authlib_requests(base: str, key: str, secret: str) -> Any:
    import base64
    import json
    import time

    from authlib.integrations.requests_client import OAuth2Session

    def in_json(client, method, uri, headers, body):
        body = {"type": "api-key", "key": client.client_id, "secret": client.client_secret}
        return uri, {**headers, "Content-Type": "application/json"}, json.dumps(body)

    def with_expiry(response):
        answer = response.json()
        payload = answer["access_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        answer["expires_in"] = int(claims["exp"] - time.time())
        response._content = json.dumps(answer).encode()
        return response

    session = OAuth2Session(
        key,
        secret,
        token_endpoint_auth_method="json",
        token_endpoint=f"{base}/v1/sessions",
        grant_type="client_credentials",
    )
    session.register_client_auth_method(("json", in_json))
    session.register_compliance_hook("access_token_response", with_expiry)
    session.fetch_token()
    return session


def piwik_requests_oauthlib(base: str, key: str, secret: str) -> Any:
    import json

    from oauthlib.oauth2 import BackendApplicationClient, TokenExpiredError
    from requests_oauthlib import OAuth2Session

    def in_json(token_url, headers, request_kwargs):
        body = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
        headers = {**headers, "Content-Type": "application/json"}
        return token_url, headers, {**request_kwargs, "data": json.dumps(body)}

    class Session(OAuth2Session):
        def request(self, method, url, *args, **kwargs):
            try:
                return super().request(method, url, *args, **kwargs)
            except TokenExpiredError:
                self.fetch_token(f"{base}/auth/token", auth=False)
                return super().request(method, url, *args, **kwargs)

    session = Session(client=BackendApplicationClient(client_id=key))
    session.register_compliance_hook("access_token_request", in_json)
    session.fetch_token(f"{base}/auth/token", auth=False)
    return session


def didomi_requests_oauthlib(base: str, key: str, secret: str) -> Any:
    import base64
    import json
    import time

    from oauthlib.oauth2 import BackendApplicationClient, TokenExpiredError
    from requests_oauthlib import OAuth2Session

    def in_json(token_url, headers, request_kwargs):
        body = {"type": "api-key", "key": key, "secret": secret}
        headers = {**headers, "Content-Type": "application/json"}
        return token_url, headers, {**request_kwargs, "data": json.dumps(body)}

    def with_expiry(response):
        answer = response.json()
        payload = answer["access_token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        answer |= {"token_type": "Bearer", "expires_in": int(claims["exp"] - time.time())}
        response._content = json.dumps(answer).encode()
        return response

    class Session(OAuth2Session):
        def request(self, method, url, *args, **kwargs):
            try:
                return super().request(method, url, *args, **kwargs)
            except TokenExpiredError:
                self.fetch_token(f"{base}/v1/sessions", auth=False)
                return super().request(method, url, *args, **kwargs)

    session = Session(client=BackendApplicationClient(client_id=key))
    session.register_compliance_hook("access_token_request", in_json)
    session.register_compliance_hook("access_token_response", with_expiry)
    session.fetch_token(f"{base}/v1/sessions", auth=False)
    return session


def piwik_requests_oauth2client(base: str, key: str, secret: str) -> Any:
    import json

    import requests
    from requests_oauth2client import OAuth2Client, OAuth2ClientCredentialsAuth

    class InJson(requests.auth.AuthBase):
        def __call__(self, request):
            body = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
            request.headers["Content-Type"] = "application/json"
            request.prepare_body(json.dumps(body), None)
            return request

    session = requests.Session()
    session.auth = OAuth2ClientCredentialsAuth(OAuth2Client(f"{base}/auth/token", auth=InJson(), testing=True))
    return session


def didomi_requests_oauth2client(base: str, key: str, secret: str) -> Any:
    import base64
    import json

    import requests
    from requests_oauth2client import BearerToken, OAuth2Client, OAuth2ClientCredentialsAuth

    class InJson(requests.auth.AuthBase):
        def __call__(self, request):
            request.headers["Content-Type"] = "application/json"
            request.prepare_body(json.dumps({"type": "api-key", "key": key, "secret": secret}), None)
            return request

    class Client(OAuth2Client):
        def parse_token_response(self, response, *, dpop_key=None):
            token = response.json()["access_token"]
            payload = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            return BearerToken(token, expires_in=claims["exp"] - claims["iat"])

    session = requests.Session()
    session.auth = OAuth2ClientCredentialsAuth(Client(f"{base}/v1/sessions", auth=InJson(), testing=True))
    return session


def piwik_httpx_auth(base: str, key: str, secret: str) -> Any:
    import httpx
    from httpx_auth import OAuth2ClientCredentials

    class InJson(OAuth2ClientCredentials):
        def request_new_token(self):
            body = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
            answer = httpx.post(self.token_url, json=body).raise_for_status().json()
            return self.state, answer["access_token"], answer["expires_in"]

    return httpx.Client(auth=InJson(f"{base}/auth/token", key, secret))


def didomi_httpx_auth(base: str, key: str, secret: str) -> Any:
    import httpx
    from httpx_auth import OAuth2ClientCredentials

    class InJson(OAuth2ClientCredentials):
        def request_new_token(self):
            body = {"type": "api-key", "key": key, "secret": secret}
            answer = httpx.post(self.token_url, json=body).raise_for_status().json()
            return self.state, answer["access_token"]

    return httpx.Client(auth=InJson(f"{base}/v1/sessions", key, secret))


def piwik_requests_auth(base: str, key: str, secret: str) -> Any:
    import requests
    from requests_auth import OAuth2ClientCredentials

    class InJson(OAuth2ClientCredentials):
        def request_new_token(self):
            body = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
            response = requests.post(self.token_url, json=body)
            response.raise_for_status()
            return self.state, response.json()["access_token"], response.json()["expires_in"]

    session = requests.Session()
    session.auth = InJson(f"{base}/auth/token", key, secret)
    return session


def didomi_requests_auth(base: str, key: str, secret: str) -> Any:
    import requests
    from requests_auth import OAuth2ClientCredentials

    class InJson(OAuth2ClientCredentials):
        def request_new_token(self):
            response = requests.post(self.token_url, json={"type": "api-key", "key": key, "secret": secret})
            response.raise_for_status()
            return self.state, response.json()["access_token"]

    session = requests.Session()
    session.auth = InJson(f"{base}/v1/sessions", key, secret)
    return session


def piwik_google(base: str, key: str, secret: str) -> Any:
    import datetime
    import json

    import google.auth.credentials
    from google.auth.exceptions import RefreshError
    from google.auth.transport.requests import AuthorizedSession

    class Credentials(google.auth.credentials.Credentials):
        def refresh(self, request):
            body = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
            headers = {"Content-Type": "application/json"}
            response = request(f"{base}/auth/token", method="POST", headers=headers, body=json.dumps(body))
            if response.status != 200:
                raise RefreshError(response.data)
            answer = json.loads(response.data)
            self.token = answer["access_token"]
            now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
            self.expiry = now + datetime.timedelta(seconds=answer["expires_in"])

    return AuthorizedSession(Credentials())


def didomi_google(base: str, key: str, secret: str) -> Any:
    import datetime
    import json

    import google.auth.credentials
    from google.auth import jwt
    from google.auth.exceptions import RefreshError
    from google.auth.transport.requests import AuthorizedSession

    class Credentials(google.auth.credentials.Credentials):
        def refresh(self, request):
            body = {"type": "api-key", "key": key, "secret": secret}
            headers = {"Content-Type": "application/json"}
            response = request(f"{base}/v1/sessions", method="POST", headers=headers, body=json.dumps(body))
            if response.status not in (200, 201):
                raise RefreshError(response.data)
            self.token = json.loads(response.data)["access_token"]
            expires_at = datetime.datetime.fromtimestamp(
                jwt.decode(self.token, verify=False)["exp"], datetime.timezone.utc
            )
            self.expiry = expires_at.replace(tzinfo=None)

    return AuthorizedSession(Credentials())


def piwik_by_hand(base: str, key: str, secret: str) -> Any:
    import time

    import httpx

    class Auth(httpx.Auth):
        requires_response_body = True
        token, expires_at = None, 0.0

        def auth_flow(self, request):
            if time.time() >= self.expires_at - 30:
                body = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
                response = yield httpx.Request("POST", f"{base}/auth/token", json=body)
                response.raise_for_status()
                self.token = response.json()["access_token"]
                self.expires_at = time.time() + response.json()["expires_in"]
            request.headers["Authorization"] = f"Bearer {self.token}"
            yield request

    return httpx.Client(auth=Auth())


def didomi_by_hand(base: str, key: str, secret: str) -> Any:
    import base64
    import json
    import time

    import httpx

    class Auth(httpx.Auth):
        requires_response_body = True
        token, expires_at = None, 0.0

        def auth_flow(self, request):
            if time.time() >= self.expires_at - 30:
                body = {"type": "api-key", "key": key, "secret": secret}
                response = yield httpx.Request("POST", f"{base}/v1/sessions", json=body)
                response.raise_for_status()
                self.token = response.json()["access_token"]
                payload = self.token.split(".")[1]
                self.expires_at = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
            request.headers["Authorization"] = f"Bearer {self.token}"
            yield request

    return httpx.Client(auth=Auth())


def piwik_evertoken(base: str, key: str, secret: str) -> Any:
    import evertoken

    return evertoken.Client(evertoken.piwik_pro(base, client_id=key, client_secret=secret))


def didomi_evertoken(base: str, key: str, secret: str) -> Any:
    import evertoken

    return evertoken.Client(evertoken.didomi(key, secret, endpoint=base))


SHAPES: dict[str, tuple[Shape, Shape]] = {
    "authlib/requests": (piwik_authlib_requests, didomi_authlib_requests),
    "requests-oauthlib": (piwik_requests_oauthlib, didomi_requests_oauthlib),
    "requests-oauth2client": (piwik_requests_oauth2client, didomi_requests_oauth2client),
    "requests-auth": (piwik_requests_auth, didomi_requests_auth),
    "httpx-auth": (piwik_httpx_auth, didomi_httpx_auth),
    "google-auth": (piwik_google, didomi_google),
    "hand-written/httpx": (piwik_by_hand, didomi_by_hand),
    "**evertoken**/httpx": (piwik_evertoken, didomi_evertoken),
}
