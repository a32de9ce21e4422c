"""Puts the token on gRPC calls, as call credentials.

export CLIENT_ID=.. CLIENT_SECRET=..
python grpc_metadata.py https://login.example.com/oauth2/token orders.example.com:443 /shop.Orders/List
"""

import os
import sys
from pathlib import Path

import evertoken
import grpc


class TokenMetadata(grpc.AuthMetadataPlugin):
    """Asks for the token on gRPC's own thread, once for each call."""

    def __init__(self, source: evertoken.TokenSource) -> None:
        self._source = source

    def __call__(self, context: grpc.AuthMetadataContext, callback: grpc.AuthMetadataPluginCallback) -> None:
        try:
            headers = self._source.headers(patience=5)
        except Exception as error:  # gRPC makes UNAVAILABLE of it, with its text
            callback((), error)
        else:
            callback(tuple((name.lower(), value) for name, value in headers.items()), None)


def main(token_endpoint: str, target: str, method: str) -> None:
    provider = evertoken.oauth2(
        token_endpoint,
        api=f"https://{target}",
        client_id=os.environ["CLIENT_ID"],
        client_secret=os.environ["CLIENT_SECRET"],
    )
    trusted = os.environ.get("SSL_CERT_FILE")
    channel_credentials = grpc.ssl_channel_credentials(Path(trusted).read_bytes() if trusted else None)
    with evertoken.TokenSource(provider) as source:
        credentials = grpc.composite_channel_credentials(
            channel_credentials, grpc.metadata_call_credentials(TokenMetadata(source))
        )
        with grpc.secure_channel(target, credentials) as channel:
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
            for _ in range(3):
                print(call(b"").decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
