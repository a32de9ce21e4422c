"""A page that calls the API."""

import evertoken
from analytics import app_names
from django.http import HttpRequest, JsonResponse


def apps(_: HttpRequest) -> JsonResponse:
    try:
        return JsonResponse({"apps": app_names()})
    except evertoken.EvertokenError:
        return JsonResponse({"error": "analytics_unavailable"}, status=503)
