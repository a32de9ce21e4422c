"""The project's one page."""

from django.urls import path
from views import apps

urlpatterns = [path("apps", apps)]
