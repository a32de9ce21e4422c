"""django-oauth-toolkit as the token server that Piwik PRO's and Oro's clients meet: JSON bodies, opaque tokens.

Issuing, storing, checking and revoking tokens is the toolkit's work, with its own strictness. What is added here: the two
token paths, an API that refuses a bad token as Oro does (401, empty body), and a control surface for tests.
"""

import argparse
import collections
import json
import os
import secrets
import socketserver
import sys
import tempfile
import threading
import warnings
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.conf import settings

arguments = argparse.ArgumentParser()
arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
arguments.add_argument("--ttl", type=int, default=1800, help="lifetime of the long client's tokens, in seconds")
arguments.add_argument("--short-ttl", type=int, default=4, help="lifetime of the short client's tokens, in seconds")
arguments.add_argument("--until-stdin-closes", action="store_true", help="end with the process that holds the other end of stdin")
options = arguments.parse_args()

CLIENTS = {
    "long": {"client_id": "evertoken-long", "client_secret": "not-a-secret-long", "ttl": options.ttl},
    "short": {"client_id": "evertoken-short", "client_secret": "not-a-secret-short", "ttl": options.short_ttl},
}

warnings.filterwarnings("ignore", category=DeprecationWarning)  # JSONOAuthLibCore goes with 4.0; requirements.txt stays below


def lifetime(request):
    """The client's own lifetime: a client's name carries it, so that tests with different lifetimes run side by side."""
    return int(request.client.name)


folder = tempfile.TemporaryDirectory(prefix="evertoken-django-", ignore_cleanup_errors=True)
settings.configure(
    DEBUG=False,
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    MIDDLEWARE=[],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.path.join(folder.name, "db"),
            # Many threads write tokens at once: wait for the lock instead of answering 500.
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"},
        }
    },
    # The secrets of clients are hashed. The default hasher takes half a second, on purpose; these protect nothing.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
    OAUTH2_PROVIDER={
        "OAUTH2_BACKEND_CLASS": "oauth2_provider.oauth2_backends.JSONOAuthLibCore",
        "EXTRA_SERVER_KWARGS": {"token_expires_in": lifetime},
        "SCOPES": {"read": "Read"},
        "DEFAULT_SCOPES": ["read"],
    },
)
django.setup()

from django.core.management import call_command  # noqa: E402 (Django wants its settings first)
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from django.views.decorators.http import require_http_methods  # noqa: E402
from oauth2_provider.decorators import protected_resource  # noqa: E402
from oauth2_provider.models import AccessToken, Application  # noqa: E402
from oauth2_provider.oauth2_backends import OAuthLibCore  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402
from oauth2_provider.views import IntrospectTokenView, RevokeTokenView, TokenView  # noqa: E402
from oauthlib.oauth2 import Server  # noqa: E402

requests_of = collections.Counter()
counting = threading.Lock()
issue = TokenView.as_view()


@csrf_exempt
def token(request):
    try:
        client = json.loads(request.body).get("client_id")
    except (ValueError, AttributeError):
        client = None
    with counting:
        requests_of[client] += 1
    return issue(request)


@csrf_exempt
def api(request, rest):
    """An API as Oro's: a bad token is a 401 with an empty body, and the answer says what arrived."""
    known, checked = OAuthLibCore(Server(OAuth2Validator())).verify_request(request, scopes=["read"])
    if not known:
        return HttpResponse(status=401)
    return JsonResponse(
        {
            "data": [],
            "meta": {
                "method": request.method,
                "path": request.get_full_path(),
                "client_id": checked.client.client_id,
                "accept": request.headers.get("Accept"),
                "content_type": request.headers.get("Content-Type"),
                "body": request.body.decode("utf-8", "replace"),
            },
        },
        content_type="application/vnd.api+json",
    )


@protected_resource(scopes=["read"])
def stock(request):
    """The toolkit's own decorator, as it comes: it refuses a bad token with a plain 403."""
    return JsonResponse({"ok": True})


def create(client_id, client_secret, ttl):
    Application.objects.create(
        client_id=client_id,
        client_secret=client_secret,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        name=str(ttl),
    )


@csrf_exempt
@require_http_methods(["POST"])
def new_client(request):
    """Creates a client; its secret is shown once, here."""
    client = {"client_id": secrets.token_hex(16), "client_secret": secrets.token_hex(40), "ttl": json.loads(request.body or "{}").get("ttl", options.ttl)}
    create(**client)
    return JsonResponse(client, status=201)


@csrf_exempt
@require_http_methods(["DELETE"])
def delete_client(request, client_id):
    deleted, _ = Application.objects.filter(client_id=client_id).delete()
    return HttpResponse(status=204 if deleted else 404)


@csrf_exempt
@require_http_methods(["POST"])
def revoke_tokens(request, client_id):
    """Every token of the client, without the client having been told."""
    count, _ = AccessToken.objects.filter(application__client_id=client_id).delete()
    return JsonResponse({"revoked": count})


def token_requests(request, client_id):
    with counting:
        return JsonResponse({"count": requests_of[client_id]})


urlpatterns = [
    path("auth/token", token),
    path("oauth2-token", token),
    path("revoke", RevokeTokenView.as_view()),
    path("introspect", IntrospectTokenView.as_view()),
    path("api/<path:rest>", api),
    path("admin/api/<path:rest>", api),
    path("stock", stock),
    path("control/clients", new_client),
    path("control/clients/<str:client_id>", delete_client),
    path("control/clients/<str:client_id>/revoke-tokens", revoke_tokens),
    path("control/clients/<str:client_id>/token-requests", token_requests),
]


class ThreadedServer(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_):
        """Requests are counted, not written down."""


call_command("migrate", verbosity=0)
for fixed in CLIENTS.values():
    create(**fixed)

server = ThreadedServer(("127.0.0.1", options.port), QuietHandler)
server.set_app(get_wsgi_application())

if options.until_stdin_closes:

    def end_with_the_other_end():
        sys.stdin.buffer.read()
        server.shutdown()

    threading.Thread(target=end_with_the_other_end, daemon=True).start()

print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "clients": CLIENTS}), flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
