"""The Celery application: `celery --app tasks worker --pool prefork`."""

import os
from datetime import datetime, timezone

import django
from celery import Celery, Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

import evertoken
from analytics import app_names

app = Celery("tasks")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(bind=True, max_retries=5)
def list_apps(self: "Task[[], list[str]]") -> list[str]:
    try:
        return app_names()
    except evertoken.EvertokenError as error:
        if not error.retryable:  # `error.fix` says what to change; no retry will
            raise
        seconds = (error.retry_at - datetime.now(timezone.utc)).total_seconds() if error.retry_at else 10
        raise self.retry(exc=error, countdown=max(1, seconds)) from error
