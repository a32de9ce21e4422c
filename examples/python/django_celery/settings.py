"""The part of a Django project's settings that this example is about, and the least that Django needs besides."""

import os

# The credentials stay in the environment: PIWIK_PRO_CLIENT_ID, PIWIK_PRO_CLIENT_SECRET.
PIWIK_PRO_ACCOUNT = os.environ["PIWIK_PRO_ACCOUNT"]

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "memory://")
CELERY_RESULT_BACKEND = os.environ.get("CELERY_RESULT_BACKEND", "cache+memory://")

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "for-this-example-only")
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
USE_TZ = True
