"""Piwik PRO for the whole project.

One client for each process: a web worker or a Celery child that is forked gets a token of its own by itself.
"""

import evertoken
from django.conf import settings

piwik = evertoken.Client(evertoken.piwik_pro(settings.PIWIK_PRO_ACCOUNT), timeout=30)


def app_names() -> list[str]:
    apps = piwik.get("/api/apps/v2").raise_for_status().json()
    return [app["attributes"]["name"] for app in apps["data"]]
